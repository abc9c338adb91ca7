//! What can be said against an expression without values: unknown names and functions, wrong numbers of arguments.

use cel::common::ast::{CallExpr, EntryExpr, Expr as Ast, IdedExpr};

use super::error::ExprError;
use super::functions::{self, FUNCTIONS};
use super::instrument::is_function;
use super::references::Path;
use super::scope::{HOOK_FIELDS, ROOTS, RUN_FIELDS, TASK_FIELDS};
use crate::suggest::{did_you_mean, listed};

/// The names of types, which `type(x)` can be compared with.
const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

/// Refuses what cannot be evaluated whatever the values are.
pub(super) fn check(ast: &IdedExpr, column: &dyn Fn(u64) -> usize) -> Result<(), ExprError> {
    Checker { bound: Vec::new(), column }.visit(ast)
}

struct Checker<'a> {
    /// Names that macros bind around the place that is visited.
    bound: Vec<String>,
    column: &'a dyn Fn(u64) -> usize,
}

impl Checker<'_> {
    fn visit(&mut self, expr: &IdedExpr) -> Result<(), ExprError> {
        if let Some(path) = Path::of(expr) {
            path.computed.iter().try_for_each(|computed| self.visit(computed))?;
            return self.path(&path);
        }
        match &expr.expr {
            Ast::Call(call) => self.call(expr, call),
            Ast::Comprehension(fold) => {
                self.visit(&fold.iter_range)?;
                self.visit(&fold.accu_init)?;
                let before = self.bound.len();
                self.bound.push(fold.iter_var.clone());
                self.bound.extend(fold.iter_var2.clone());
                self.bound.push(fold.accu_var.clone());
                self.visit(&fold.loop_cond)?;
                self.visit(&fold.loop_step)?;
                self.visit(&fold.result)?;
                self.bound.truncate(before);
                Ok(())
            }
            Ast::List(list) => list.elements.iter().try_for_each(|element| self.visit(element)),
            Ast::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.visit(&entry.key)?;
                    self.visit(&entry.value)
                }
                EntryExpr::StructField(_) => {
                    Err(self.at(expr, "a map's keys are values: write `{\"key\": value}`"))
                }
            }),
            Ast::Select(select) => self.visit(&select.operand),
            Ast::Struct(record) => Err(self.at(
                expr,
                format!(
                    "there is no type `{}` to make; write a map: `{{\"key\": value}}`",
                    record.type_name
                ),
            )),
            Ast::Unspecified => Err(self.at(expr, "not an expression")),
            Ast::Ident(_) | Ast::Literal(_) => Ok(()),
        }
    }

    fn path(&self, path: &Path<'_>) -> Result<(), ExprError> {
        let first = path.first();
        if self.bound.iter().any(|name| name == first) {
            return Ok(());
        }
        let names = || ROOTS.iter().map(|(name, _)| *name);
        if !names().any(|name| name == first) {
            if TYPES.contains(&first) && path.names.len() == 1 {
                return Ok(());
            }
            let hint = match FUNCTIONS.iter().find(|function| function.name == first) {
                Some(function) => format!("; it is a function: `{}`", function.signatures[0]),
                None => match did_you_mean(first, names()) {
                    hint if hint.is_empty() => format!("; there is {}", listed(names())),
                    hint => hint,
                },
            };
            return Err(self.at(path.root, format!("there is no `{first}`{hint}")));
        }
        let fields: &[&str] = match (first, path.names.len()) {
            ("run", 2..) => &RUN_FIELDS,
            ("hook", 2..) => &HOOK_FIELDS,
            ("tasks", 3..) => &TASK_FIELDS,
            _ => return Ok(()),
        };
        let at = if first == "tasks" { 2 } else { 1 };
        match path.names[at] {
            Some(name) if !fields.contains(&name) => {
                let of = match (first, path.names[1]) {
                    ("tasks", Some(task)) => format!("tasks.{task}"),
                    ("tasks", None) => "a task".to_owned(),
                    _ => first.to_owned(),
                };
                let hint = match first {
                    "tasks" if did_you_mean(name, fields.iter().copied()).is_empty() => {
                        format!("; outputs are `{of}.outputs.{name}`")
                    }
                    _ => format!("; it has {}", listed(fields.iter().copied())),
                };
                Err(self.at(path.root, format!("`{of}` has no `{name}`{hint}")))
            }
            _ => Ok(()),
        }
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Result<(), ExprError> {
        if is_function(&call.func_name) {
            let Some((_, function)) = functions::find(&call.func_name) else {
                let names = FUNCTIONS.iter().map(|function| function.name);
                let hint = match did_you_mean(&call.func_name, names) {
                    hint if hint.is_empty() => {
                        "; see the list of functions in docs/expressions.md".to_owned()
                    }
                    hint => hint,
                };
                return Err(
                    self.at(expr, format!("there is no function `{}`{hint}", call.func_name))
                );
            };
            let count = call.args.len() + usize::from(call.target.is_some());
            let (least, most) = function.arity;
            if count < least || count > most {
                let forms = listed(function.signatures.iter().copied());
                return Err(self.at(
                    expr,
                    format!(
                        "`{}` is not called with {count} values, but as {forms}",
                        function.name
                    ),
                ));
            }
        }
        call.target.iter().try_for_each(|target| self.visit(target))?;
        call.args.iter().try_for_each(|arg| self.visit(arg))
    }

    fn at(&self, expr: &IdedExpr, message: impl Into<String>) -> ExprError {
        ExprError::at((self.column)(expr.id), message)
    }
}
