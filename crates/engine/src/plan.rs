//! A sealed workflow: checked, numbered, compiled. What has been checked has another type.
//!
//! A plan never changes and holds nothing of a run. Task indices are positions in the document's list of tasks.

mod graph;
mod hooks;
mod needs;
mod problem;
mod seal;
pub(crate) mod tally;

use std::collections::HashMap;
use std::sync::Arc;

use millrace_model::action::{Branch, Wait};
use millrace_model::document::{AtomSet, Defaults, RetryPolicy, Task, Workflow};
use millrace_model::expr::Expr;
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;
use millrace_model::join_expr::JoinExpr;
use millrace_model::template::Template;
use millrace_model::time::Span;

use graph::Rows;
pub(crate) use hooks::PlanHooks;
pub(crate) use needs::Needs;
pub use problem::PlanProblem;
use tally::{EdgeClass, EdgeJoin};

/// Which tasks of a workflow a run has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// These, and what they need: run to here. Teardowns of setups among them come along.
    Until(Vec<Ident>),
    /// Only these: run one. Dependencies on other tasks are taken as met.
    Only(Vec<Ident>),
}

/// A workflow that can run, and which part of it does.
#[derive(Debug)]
pub struct Plan {
    workflow: Arc<Workflow>,
    index: HashMap<Ident, u32>,
    tasks: Vec<PlanTask>,
    up: Rows<Up>,
    down: Rows<Down>,
    classes: Rows<(EdgeClass, u32)>,
    /// The labels that edges ask for.
    labels: Vec<Box<str>>,
    order: Vec<u32>,
    hooks: PlanHooks,
    selected: usize,
    only: Option<Vec<Ident>>,
}

/// A task of a plan.
#[derive(Debug)]
pub(crate) struct PlanTask {
    pub(crate) key: TaskKey,
    pub(crate) selected: bool,
    pub(crate) condition: Condition,
    pub(crate) when: Option<Expr>,
    pub(crate) lock: Option<Template>,
    pub(crate) needs: Needs,
    /// Tasks on the longest path from here, itself counted.
    pub(crate) path: u32,
    pub(crate) pool: Option<(Arc<str>, u32)>,
    pub(crate) setups: u32,
    /// It runs another workflow, and so takes no place.
    pub(crate) calls: bool,
    /// It does not wait for the end of the run that it starts.
    pub(crate) detached: bool,
    /// What it waits for, where it is a wait: the core itself sees to it, without a place.
    pub(crate) wait: Option<Box<Wait>>,
    /// What it chooses between, where it is a branch task: decided by the core itself, without a place.
    pub(crate) branch: Option<Box<Branch>>,
    /// Until what it is repeated, where it is.
    pub(crate) repeat: Option<Box<PlanRepeat>>,
    /// What it is mapped over, where it is.
    pub(crate) map: Option<Box<PlanMap>>,
    /// A hook runs it, so it sees why.
    pub(crate) is_hooked: bool,
    /// Only hooks run it: it is not among the tasks that run with the others.
    pub(crate) on_call: bool,
    /// It is never handed over ahead of a place: no keeper can begin it when another attempt ends.
    pub(crate) needs_place: bool,
}

/// Until what a task is repeated.
#[derive(Debug)]
pub(crate) struct PlanRepeat {
    pub(crate) until: Expr,
    /// Between two iterations.
    pub(crate) delay: Span,
    /// At most so many iterations.
    pub(crate) limit: u32,
}

/// What a mapped task is mapped over.
#[derive(Debug)]
pub(crate) struct PlanMap {
    pub(crate) items: Expr,
    /// Items at a time.
    pub(crate) max_parallel: Option<u32>,
    /// The first failed item cancels the others.
    pub(crate) fail_fast: bool,
    /// The task's condition is asked for each item, because it names it.
    pub(crate) when_per_item: bool,
}

/// What has to have happened before a task starts.
#[derive(Debug)]
pub(crate) enum Condition {
    Edges { join: EdgeJoin, min_succeeded: u32 },
    Expr { expr: JoinExpr, min_succeeded: u32 },
    Teardown,
}

/// An edge, seen from below.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Up {
    pub(crate) task: u32,
    pub(crate) on: AtomSet,
    pub(crate) class: EdgeClass,
    /// Position in the plan's flat list of classes.
    pub(crate) class_at: u32,
    pub(crate) setup: bool,
    /// The label that a branch task must have chosen: its position in the plan's list.
    pub(crate) label: Option<u32>,
}

/// An edge, seen from above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Down {
    pub(crate) task: u32,
    /// The edge's position in the flat list of `Up`s.
    pub(crate) edge: u32,
}

impl Plan {
    /// Checks `workflow` and compiles it for running.
    ///
    /// # Errors
    /// All problems that keep it from running. A workflow that validation passed has none.
    pub fn seal(
        workflow: Arc<Workflow>,
        selection: &Selection,
    ) -> Result<Arc<Self>, Vec<PlanProblem>> {
        seal::seal(workflow, selection).map(Arc::new)
    }

    /// The workflow that was sealed.
    #[must_use]
    pub fn workflow(&self) -> &Arc<Workflow> {
        &self.workflow
    }

    /// How many tasks the workflow has; their indices are smaller.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether the workflow has no tasks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// How many tasks run.
    #[must_use]
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// The tasks that run, where they are not all: for [`millrace_model::event::RunHead::only`].
    #[must_use]
    pub fn only(&self) -> Option<&[Ident]> {
        self.only.as_deref()
    }

    /// The definition of a task.
    #[must_use]
    pub fn task(&self, task: u32) -> &Task {
        &self.workflow.tasks[task as usize]
    }

    /// The index of the task of this name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u32> {
        self.index.get(name).copied()
    }

    /// The tasks that run, each after everything that it waits for.
    pub fn in_order(&self) -> impl Iterator<Item = u32> + '_ {
        self.order.iter().copied().filter(|task| self.runs(*task))
    }

    /// Whether the task runs: not left out by the selection, not the target of a hook.
    #[must_use]
    pub fn runs(&self, task: u32) -> bool {
        self.tasks[task as usize].selected
    }

    /// Whether only hooks run the task.
    #[must_use]
    pub fn is_on_call(&self, task: u32) -> bool {
        self.tasks[task as usize].on_call
    }

    pub(crate) fn hooks(&self) -> &PlanHooks {
        &self.hooks
    }

    /// The upstreams whose ends the task waits for.
    pub fn upstreams(&self, task: u32) -> impl Iterator<Item = u32> + '_ {
        self.up.row(task).iter().map(|up| up.task)
    }

    /// The tasks that wait for the end of this one.
    pub fn downstreams(&self, task: u32) -> impl Iterator<Item = u32> + '_ {
        self.down.row(task).iter().map(|down| down.task)
    }

    /// The tasks before this one that its texts name, to read their values. Names that are computed are not among them.
    #[must_use]
    pub fn reads(&self, task: u32) -> &[Ident] {
        &self.tasks[task as usize].needs.tasks
    }

    /// For each task whether it is one of `from` or after one of them.
    #[must_use]
    pub fn downstream_closure(&self, from: impl IntoIterator<Item = u32>) -> Vec<bool> {
        self.closure(from, |task, open| open.extend(self.downstreams(task)))
    }

    /// For each task whether it is one of `from` or before one of them.
    #[must_use]
    pub fn upstream_closure(&self, from: impl IntoIterator<Item = u32>) -> Vec<bool> {
        self.closure(from, |task, open| open.extend(self.upstreams(task)))
    }

    fn closure(
        &self,
        from: impl IntoIterator<Item = u32>,
        extend: impl Fn(u32, &mut Vec<u32>),
    ) -> Vec<bool> {
        let mut found = vec![false; self.len()];
        let mut open: Vec<u32> = from.into_iter().collect();
        while let Some(task) = open.pop() {
            if !std::mem::replace(&mut found[task as usize], true) {
                extend(task, &mut open);
            }
        }
        found
    }

    /// The retry policy of a task: its own or the workflow's default.
    #[must_use]
    pub fn retry(&self, task: u32) -> Option<&RetryPolicy> {
        let own = self.task(task).retry.as_ref();
        own.or_else(|| self.defaults_for(task)?.retry.as_ref())
    }

    /// How long an attempt of the task may take: its own limit or the workflow's default.
    #[must_use]
    pub fn attempt_limit(&self, task: u32) -> Option<Span> {
        self.task(task).timeout.or_else(|| self.defaults_for(task)?.timeout)
    }

    /// The defaults are meant for what runs itself: the tasks of a child run have those of their own workflow.
    fn defaults_for(&self, task: u32) -> Option<&Defaults> {
        self.takes_place(task).then_some(&self.workflow.defaults)
    }

    /// Whether the task is mapped: it becomes a task run for each item of a list that is known when it starts.
    #[must_use]
    pub fn is_mapped(&self, task: u32) -> bool {
        self.tasks[task as usize].map.is_some()
    }

    /// Whether the task runs another workflow: as a run of its own, without a place.
    #[must_use]
    pub fn calls(&self, task: u32) -> bool {
        self.tasks[task as usize].calls
    }

    /// Whether an attempt of the task needs a place. One that does not is no process either.
    pub(crate) fn takes_place(&self, task: u32) -> bool {
        let planned = &self.tasks[task as usize];
        !planned.calls && planned.branch.is_none() && planned.wait.is_none()
    }

    /// What the task waits for, where it is a wait.
    #[must_use]
    pub fn wait(&self, task: u32) -> Option<&Wait> {
        self.tasks[task as usize].wait.as_deref()
    }

    /// Whether the task runs another workflow and does not wait for its end.
    #[must_use]
    pub fn is_detached(&self, task: u32) -> bool {
        self.tasks[task as usize].detached
    }

    /// The label that a branch task must have chosen for the edge to see its end.
    pub(crate) fn label(&self, edge: &Up) -> Option<&str> {
        edge.label.map(|at| &*self.labels[at as usize])
    }

    pub(crate) fn is_teardown(&self, task: u32) -> bool {
        matches!(self.tasks[task as usize].condition, Condition::Teardown)
    }

    /// What this teardown tears down.
    pub(crate) fn setups(&self, teardown: u32) -> impl Iterator<Item = u32> + '_ {
        self.ups(teardown).iter().filter(|up| up.setup).map(|up| up.task)
    }

    /// The teardowns of this setup.
    pub(crate) fn teardowns(&self, setup: u32) -> impl Iterator<Item = u32> + '_ {
        self.downs(setup).iter().filter(|down| self.edge(down.edge).setup).map(|down| down.task)
    }

    pub(crate) fn planned(&self, task: u32) -> &PlanTask {
        &self.tasks[task as usize]
    }

    pub(crate) fn key(&self, task: u32) -> &TaskKey {
        &self.tasks[task as usize].key
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.tasks.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn ups(&self, task: u32) -> &[Up] {
        self.up.row(task)
    }

    pub(crate) fn downs(&self, task: u32) -> &[Down] {
        self.down.row(task)
    }

    pub(crate) fn edge(&self, edge: u32) -> &Up {
        &self.up.values()[edge as usize]
    }

    /// The classes of a task's edges, with how many edges each has and where it stands in the flat list.
    pub(crate) fn classes(&self, task: u32) -> (usize, &[(EdgeClass, u32)]) {
        (self.classes.range(task).start, self.classes.row(task))
    }

    /// The flat list of classes with their numbers of edges.
    pub(crate) fn all_classes(&self) -> &[(EdgeClass, u32)] {
        self.classes.values()
    }
}
