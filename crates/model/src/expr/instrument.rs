//! Charges, and calls of our functions, put into a syntax tree.
//!
//! The crate's evaluator has no limits of its own. So the tree is rewritten once, at parsing: what a macro goes over
//! is charged for before the loop, what is built or compared is charged for by its size, and our functions get the
//! budget as an argument. Names with `@` cannot be spelled in a source, so none of this can be called or undone.
//! Also, a map of the scope that is taken whole (`params`, not `params.x`) is turned to a plain one here.

use cel::common::ast::{
    CallExpr, EntryExpr, Expr as Ast, IdedExpr, LiteralValue, SelectExpr, operators,
};
use cel::common::types::CelInt;

use super::functions::{self, ADDEND, BUILT, CALL, CHARGE, ITERATE};
use super::references::Path;
use super::values::{BUDGET, WHOLE};

/// Rewrites `ast` in place. Every new node has the id, and so the column, of the one that it stands for.
pub(super) fn instrument(ast: &mut IdedExpr) {
    Rewriter { bound: Vec::new() }.visit(ast, Use::Whole);
}

/// What becomes of a value.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    /// An entry of it is looked up.
    Indexed,
    /// Anything else.
    Whole,
}

struct Rewriter {
    /// Names that macros bind around the place that is visited.
    bound: Vec<String>,
}

impl Rewriter {
    fn visit(&mut self, expr: &mut IdedExpr, used: Use) {
        let is_lazy = used == Use::Whole && self.is_lazy(expr);
        self.visit_inner(expr);
        if is_lazy {
            let operand = Box::new(std::mem::take(expr));
            expr.id = operand.id;
            expr.expr = Ast::Select(SelectExpr { operand, field: WHOLE.to_owned(), test: false });
        }
    }

    fn visit_inner(&mut self, expr: &mut IdedExpr) {
        match &mut expr.expr {
            Ast::Select(select) => self.visit(&mut select.operand, Use::Indexed),
            Ast::Call(_) => self.visit_call(expr),
            Ast::Comprehension(fold) => {
                let weight = 1 + nodes(&fold.loop_step);
                self.visit(&mut fold.iter_range, Use::Whole);
                wrap(&mut fold.iter_range, ITERATE, &[int(weight), budget()]);
                self.visit(&mut fold.accu_init, Use::Whole);
                let before = self.bound.len();
                self.bound.push(fold.iter_var.clone());
                self.bound.extend(fold.iter_var2.clone());
                self.visit(&mut fold.loop_cond, Use::Whole);
                let accu = fold.accu_var.clone();
                self.visit_step(&mut fold.loop_step, &accu);
                self.visit(&mut fold.result, Use::Whole);
                self.bound.truncate(before);
            }
            Ast::List(list) => {
                list.elements.iter_mut().for_each(|element| self.visit(element, Use::Whole));
                if !list.elements.iter().all(is_small) {
                    charge(expr);
                }
            }
            Ast::Map(map) => {
                for entry in &mut map.entries {
                    if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                        self.visit(&mut entry.key, Use::Whole);
                        self.visit(&mut entry.value, Use::Whole);
                    }
                }
                charge(expr);
            }
            Ast::Ident(_) | Ast::Literal(_) | Ast::Struct(_) | Ast::Unspecified => {}
        }
    }

    /// A macro's step. `@result + [x]`, alone or behind a condition, keeps its shape, by which the evaluator knows
    /// that it can append in place.
    fn visit_step(&mut self, step: &mut IdedExpr, accu: &str) {
        let Ast::Call(call) = &mut step.expr else { return self.visit(step, Use::Whole) };
        let is_accu = |expr: &IdedExpr| matches!(&expr.expr, Ast::Ident(name) if name == accu);
        match (call.func_name.as_str(), call.args.as_mut_slice()) {
            (operators::CONDITIONAL, [condition, then, _]) => {
                self.visit(condition, Use::Whole);
                self.visit_step(then, accu);
            }
            (operators::ADD, [left, IdedExpr { expr: Ast::List(list), .. }]) if is_accu(left) => {
                for element in &mut list.elements {
                    self.visit(element, Use::Whole);
                    charge(element);
                }
            }
            _ => self.visit(step, Use::Whole),
        }
    }

    fn visit_call(&mut self, expr: &mut IdedExpr) {
        let Ast::Call(call) = &mut expr.expr else { return };
        match call.func_name.as_str() {
            operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT
                if call.args.len() == 2 =>
            {
                self.visit(&mut call.args[0], Use::Indexed);
                self.visit(&mut call.args[1], Use::Whole);
            }
            operators::ADD => {
                self.visit_args(call);
                if let Some(right) = call.args.get_mut(1)
                    && !matches!(right.expr, Ast::Literal(_) | Ast::List(_))
                {
                    wrap(right, ADDEND, &[budget()]);
                }
                wrap(expr, BUILT, &[budget()]);
            }
            operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS => {
                self.visit_args(call);
                if !call.args.iter().any(is_literal) {
                    call.args.iter_mut().for_each(charge);
                }
            }
            operators::IN => {
                self.visit_args(call);
                call.args.iter_mut().skip(1).for_each(charge);
            }
            name if is_function(name) => {
                let found = functions::find(name);
                self.visit_args(call);
                match found {
                    Some((index, function)) if function.run.is_some() => {
                        let id = expr.id;
                        let node = |ast| IdedExpr { id, expr: ast };
                        let mut args = vec![node(int(index)), node(budget())];
                        args.extend(call.target.take().map(|target| *target));
                        args.append(&mut call.args);
                        expr.expr = call_of(CALL, args);
                    }
                    _ => {
                        call.target
                            .as_deref_mut()
                            .into_iter()
                            .chain(&mut call.args)
                            .for_each(charge);
                    }
                }
            }
            _ => self.visit_args(call),
        }
    }

    fn visit_args(&mut self, call: &mut CallExpr) {
        call.target
            .as_deref_mut()
            .into_iter()
            .chain(&mut call.args)
            .for_each(|arg| self.visit(arg, Use::Whole));
    }

    /// Whether `expr` is a map of the scope of which only entries become values.
    fn is_lazy(&self, expr: &IdedExpr) -> bool {
        if matches!(&expr.expr, Ast::Select(select) if select.test) {
            return false;
        }
        let Some(path) = Path::of(expr) else { return false };
        if self.bound.iter().any(|name| name == path.first()) {
            return false;
        }
        match path.first() {
            "params" | "run" | "env" | "outputs" => path.names.len() == 1,
            // A computed name after a task's may be that of its outputs.
            "tasks" => {
                path.names.len() <= 2
                    || path.names.len() == 3 && path.names[2].is_none_or(|name| name == "outputs")
            }
            _ => false,
        }
    }
}

/// Whether a call's name is that of a function rather than an operator.
pub(super) fn is_function(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn charge(expr: &mut IdedExpr) {
    if !is_small(expr) {
        wrap(expr, CHARGE, &[budget()]);
    }
}

fn wrap(expr: &mut IdedExpr, function: &str, more: &[Ast]) {
    let inner = std::mem::take(expr);
    expr.id = inner.id;
    let more = more.iter().map(|ast| IdedExpr { id: inner.id, expr: ast.clone() });
    let args = more.collect::<Vec<_>>();
    expr.expr = call_of(function, std::iter::once(inner).chain(args).collect());
}

fn call_of(function: &str, args: Vec<IdedExpr>) -> Ast {
    Ast::Call(CallExpr { func_name: function.to_owned(), target: None, args })
}

fn budget() -> Ast {
    Ast::Ident(BUDGET.to_owned())
}

fn int(number: usize) -> Ast {
    Ast::Literal(LiteralValue::Int(CelInt::from(i64::try_from(number).unwrap_or(i64::MAX))))
}

fn is_literal(expr: &IdedExpr) -> bool {
    matches!(expr.expr, Ast::Literal(_))
}

/// Whether it is a literal that costs nothing to copy.
fn is_small(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Ast::Literal(LiteralValue::String(text)) => text.inner().len() < 64,
        Ast::Literal(LiteralValue::Bytes(bytes)) => bytes.inner().len() < 64,
        other => matches!(other, Ast::Literal(_)),
    }
}

/// How many nodes a tree has: about what it costs to evaluate it once, loops within it not counted.
fn nodes(expr: &IdedExpr) -> usize {
    1 + match &expr.expr {
        Ast::Call(call) => {
            call.target.iter().map(|target| nodes(target)).chain(call.args.iter().map(nodes)).sum()
        }
        Ast::Comprehension(fold) => nodes(&fold.iter_range) + nodes(&fold.loop_step),
        Ast::List(list) => list.elements.iter().map(nodes).sum(),
        Ast::Map(map) => map
            .entries
            .iter()
            .map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => nodes(&entry.key) + nodes(&entry.value),
                EntryExpr::StructField(field) => nodes(&field.value),
            })
            .sum(),
        Ast::Select(select) => nodes(&select.operand),
        Ast::Ident(_) | Ast::Literal(_) | Ast::Struct(_) | Ast::Unspecified => 0,
    }
}
