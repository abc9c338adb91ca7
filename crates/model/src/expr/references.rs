//! What an expression reads, found without evaluating it.

use std::collections::{BTreeMap, BTreeSet};

use cel::common::ast::{EntryExpr, Expr as Ast, IdedExpr, LiteralValue, operators};

use super::scope::ROOTS;

/// What an expression reads of its scope.
///
/// A name that is computed (`params[x]`) counts as "any": see [`References::any_param`] and [`TaskReferences::any_output`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// `params.NAME`, with the column of the first mention.
    pub params: BTreeMap<String, usize>,
    /// It reads a parameter whose name is computed, or all of them.
    pub any_param: bool,
    /// `tasks.NAME`
    pub tasks: BTreeMap<String, TaskReferences>,
    /// It reads a task whose name is computed, or all of them.
    pub any_task: bool,
    /// `env.NAME`, with the column of the first mention.
    pub env: BTreeMap<String, usize>,
    /// It reads a variable whose name is computed, or all of them.
    pub any_env: bool,
    /// It reads `item`.
    pub item: bool,
    /// It reads `index`.
    pub index: bool,
    /// It reads `run`.
    pub run: bool,
    /// It reads `run.try`: its value differs from try to try.
    pub run_try: bool,
    /// It reads the task's own `outputs`.
    pub own_outputs: bool,
    /// It reads `hook`.
    pub hook: bool,
}

/// What an expression reads of one task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskReferences {
    /// The column of the first mention.
    pub column: usize,
    /// `tasks.NAME.outputs.…`
    pub outputs: BTreeSet<String>,
    /// It reads an output whose name is computed, or all of them.
    pub any_output: bool,
    /// `tasks.NAME.state`
    pub state: bool,
}

impl References {
    /// Adds what another expression reads, `moved` characters further to the right.
    pub(crate) fn merge(&mut self, other: &Self, moved: usize) {
        for (from, to) in [(&other.params, &mut self.params), (&other.env, &mut self.env)] {
            for (name, column) in from {
                to.entry(name.clone()).or_insert(column + moved);
            }
        }
        for (name, task) in &other.tasks {
            let entry = self.tasks.entry(name.clone()).or_insert_with(|| TaskReferences {
                column: task.column + moved,
                ..TaskReferences::default()
            });
            entry.outputs.extend(task.outputs.iter().cloned());
            entry.any_output |= task.any_output;
            entry.state |= task.state;
        }
        self.any_param |= other.any_param;
        self.any_task |= other.any_task;
        self.any_env |= other.any_env;
        self.item |= other.item;
        self.index |= other.index;
        self.run |= other.run;
        self.run_try |= other.run_try;
        self.own_outputs |= other.own_outputs;
        self.hook |= other.hook;
    }

    /// Whether its value is the same for every item and every try of a task, given the run and the ancestors.
    #[must_use]
    pub fn is_constant_in_task(&self) -> bool {
        !(self.item || self.index || self.run_try || self.own_outputs || self.hook)
    }
}

/// Collects what `ast` reads. `column` tells where a node stands.
pub(super) fn references(ast: &IdedExpr, column: &dyn Fn(u64) -> usize) -> References {
    let mut collector = Collector { found: References::default(), bound: Vec::new(), column };
    collector.visit(ast);
    collector.found
}

/// A chain of names with the node of its first one: `tasks.a.outputs`, or the same by `["a"]`.
pub(super) struct Path<'e> {
    pub(super) root: &'e IdedExpr,
    /// The names; none = computed.
    pub(super) names: Vec<Option<&'e str>>,
    /// The nodes that compute names.
    pub(super) computed: Vec<&'e IdedExpr>,
}

impl<'e> Path<'e> {
    /// The path that `expr` spells, where it spells one.
    pub(super) fn of(expr: &'e IdedExpr) -> Option<Self> {
        match &expr.expr {
            Ast::Ident(name) => {
                Some(Self { root: expr, names: vec![Some(name.as_str())], computed: Vec::new() })
            }
            Ast::Select(select) => {
                let mut path = Self::of(&select.operand)?;
                path.names.push(Some(&select.field));
                Some(path)
            }
            Ast::Call(call)
                if call.target.is_none()
                    && call.args.len() == 2
                    && [operators::INDEX, operators::OPT_INDEX, operators::OPT_SELECT]
                        .contains(&call.func_name.as_str()) =>
            {
                let mut path = Self::of(&call.args[0])?;
                match &call.args[1].expr {
                    Ast::Literal(LiteralValue::String(text)) => path.names.push(Some(text.inner())),
                    _ => {
                        path.names.push(None);
                        path.computed.push(&call.args[1]);
                    }
                }
                Some(path)
            }
            _ => None,
        }
    }

    pub(super) fn first(&self) -> &'e str {
        self.names.first().copied().flatten().unwrap_or_default()
    }
}

struct Collector<'a> {
    found: References,
    /// Names that macros bind around the place that is visited.
    bound: Vec<String>,
    column: &'a dyn Fn(u64) -> usize,
}

impl Collector<'_> {
    fn visit(&mut self, expr: &IdedExpr) {
        if let Some(path) = Path::of(expr) {
            for computed in &path.computed {
                self.visit(computed);
            }
            if !self.bound.iter().any(|name| name == path.first()) {
                self.note(&path);
            }
            return;
        }
        match &expr.expr {
            Ast::Call(call) => {
                call.target.iter().for_each(|target| self.visit(target));
                call.args.iter().for_each(|arg| self.visit(arg));
            }
            Ast::Comprehension(fold) => {
                self.visit(&fold.iter_range);
                self.visit(&fold.accu_init);
                let before = self.bound.len();
                self.bound.push(fold.iter_var.clone());
                self.bound.extend(fold.iter_var2.clone());
                self.bound.push(fold.accu_var.clone());
                self.visit(&fold.loop_cond);
                self.visit(&fold.loop_step);
                self.visit(&fold.result);
                self.bound.truncate(before);
            }
            Ast::List(list) => list.elements.iter().for_each(|element| self.visit(element)),
            Ast::Map(map) => map.entries.iter().for_each(|entry| self.visit_entry(&entry.expr)),
            Ast::Struct(record) => {
                record.entries.iter().for_each(|entry| self.visit_entry(&entry.expr));
            }
            Ast::Select(select) => self.visit(&select.operand),
            Ast::Ident(_) | Ast::Literal(_) | Ast::Unspecified => {}
        }
    }

    fn visit_entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.visit(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.visit(&entry.key);
                self.visit(&entry.value);
            }
        }
    }

    fn note(&mut self, path: &Path<'_>) {
        let column = (self.column)(path.root.id);
        let second = path.names.get(1).copied().flatten().map(str::to_owned);
        let found = &mut self.found;
        match path.first() {
            "params" => match second {
                Some(name) => _ = found.params.entry(name).or_insert(column),
                None => found.any_param = true,
            },
            "env" => match second {
                Some(name) => _ = found.env.entry(name).or_insert(column),
                None => found.any_env = true,
            },
            "run" => {
                found.run = true;
                found.run_try |= second.is_none_or(|name| name == "try");
            }
            "item" => found.item = true,
            "index" => found.index = true,
            "outputs" => found.own_outputs = true,
            "hook" => found.hook = true,
            "tasks" => match second {
                Some(name) => {
                    let task = found
                        .tasks
                        .entry(name)
                        .or_insert_with(|| TaskReferences { column, ..TaskReferences::default() });
                    note_task(task, &path.names[2..]);
                }
                None => found.any_task = true,
            },
            _ => debug_assert!(ROOTS.iter().all(|(name, _)| *name != path.first())),
        }
    }
}

fn note_task(task: &mut TaskReferences, names: &[Option<&str>]) {
    match names.first().copied().flatten() {
        Some("state") => task.state = true,
        Some("outputs") => match names.get(1).copied().flatten() {
            Some(name) => _ = task.outputs.insert(name.to_owned()),
            None => task.any_output = true,
        },
        Some(_) => {}
        None => {
            task.state = true;
            task.any_output = true;
        }
    }
}
