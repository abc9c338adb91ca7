//! What is wrong with what a workflow means: every problem of the whole document at once.
//!
//! Text and shape are checked while reading (`read`). Nothing here stops an edit: an error only keeps the workflow from
//! running. The cost grows with tasks plus dependencies, not with their product.

mod ancestors;
mod branches;
mod cache;
mod callees;
mod connections;
mod edges;
mod expressions;
mod hooks;
mod joins;
mod limits;
mod mapped;
mod names;
mod pinned;
mod produces;
mod schedules;
mod secrets;
mod specs;
mod waits;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::action::Callee;
use crate::connection::ConnectionKind;
use crate::document::{Dependency, HookAction, Task, Workflow};
use crate::graph::{Graph, task_index};
use crate::problem::{Code, Path, Problem};
use crate::read::{Document, name_tasks, read_workflow, sort};
use crate::write;

pub use callees::Called;

/// At most so many problems are listed of what a workflow means; of its text and shape as many errors, and as many others.
pub const MAX_PROBLEMS: usize = 10_000;

/// What a workflow is checked against, beside itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'s> {
    /// The pools of the home, each with its slots; none = not known, and not checked.
    pub pools: Option<&'s BTreeMap<String, u32>>,
    /// What is known of the workflows that its tasks run, by what the tasks say; none = not known, and not checked.
    pub callees: Option<&'s BTreeMap<Callee, Called>>,
    /// The names of the home's stored secrets; none = not known, and not checked.
    pub secrets: Option<&'s BTreeSet<String>>,
    /// The names of the channels by which people of this home are told; none = not known, and not checked.
    pub channels: Option<&'s BTreeSet<String>>,
    /// The names of the home's connections, each with what it leads to; none = not known, and not checked.
    pub connections: Option<&'s BTreeMap<String, ConnectionKind>>,
}

/// Every problem of a workflow, without places, worst first.
#[must_use]
pub fn validate(workflow: &Workflow, surroundings: &Surroundings<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if has_extra(workflow) {
        // What the types cannot hold stands in the tree only.
        problems.append(&mut read_workflow(&write::tree_as_is(workflow)).1.problems);
    }
    problems.append(&mut meaning(workflow, surroundings));
    finish(workflow, problems)
}

impl Document {
    /// Every problem of the document, of its text as well as of what it means, in the order of the text.
    #[must_use]
    pub fn check(&self, surroundings: &Surroundings<'_>) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        if let Some(workflow) = &self.workflow
            && !problems.iter().any(|problem| problem.code == Code::NewerVersion)
        {
            let mut found = finish(workflow, meaning(workflow, surroundings));
            self.locate(&mut found);
            problems.append(&mut found);
        }
        sort(&mut problems);
        problems
    }
}

fn meaning(workflow: &Workflow, surroundings: &Surroundings<'_>) -> Vec<Problem> {
    let mut checker = Checker::new(workflow, surroundings);
    names::check(&mut checker);
    edges::check(&mut checker);
    joins::check(&mut checker);
    mapped::check(&mut checker);
    branches::check(&mut checker);
    limits::check(&mut checker);
    specs::check(&mut checker);
    callees::check(&mut checker);
    expressions::check(&mut checker);
    schedules::check(&mut checker);
    hooks::check(&mut checker);
    secrets::check(&mut checker);
    connections::check(&mut checker);
    produces::check(&mut checker);
    cache::check(&mut checker);
    waits::check(&mut checker);
    pinned::check(&mut checker);
    checker.problems
}

fn finish(workflow: &Workflow, mut problems: Vec<Problem>) -> Vec<Problem> {
    name_tasks(&mut problems, |index| workflow.tasks.get(index).map(|task| task.name.as_str()));
    sort(&mut problems);
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        problems.push(Problem::new(
            Code::TooMany,
            Path::root(),
            format!("{more} more problems are not listed"),
        ));
    }
    problems
}

fn has_extra(workflow: &Workflow) -> bool {
    let task = |task: &Task| {
        !task.extra.is_empty()
            || task.retry.as_ref().is_some_and(|it| !it.extra.is_empty())
            || task.pool.as_ref().is_some_and(|it| !it.extra.is_empty())
            || task.for_each.as_ref().is_some_and(|it| !it.extra.is_empty())
            || task.repeat.as_ref().is_some_and(|it| !it.extra.is_empty())
            || task.cache.as_ref().is_some_and(|it| !it.extra.is_empty())
            || !task.hooks.is_empty()
    };
    !workflow.extra.is_empty()
        || !workflow.defaults.extra.is_empty()
        || workflow.defaults.retry.as_ref().is_some_and(|it| !it.extra.is_empty())
        || workflow.defaults.pool.as_ref().is_some_and(|it| !it.extra.is_empty())
        || !workflow.limits.extra.is_empty()
        || !workflow.layout.extra.is_empty()
        || workflow.layout.notes.iter().any(|it| !it.extra.is_empty())
        || workflow.layout.groups.iter().any(|it| !it.extra.is_empty())
        || !workflow.schedules.is_empty()
        || !workflow.triggers.is_empty()
        || !workflow.hooks.is_empty()
        || workflow.params.iter().any(|it| !it.extra.is_empty())
        || workflow.dependencies.iter().any(|it: &Dependency| !it.extra.is_empty())
        || workflow.tasks.iter().any(task)
}

/// A workflow under validation.
struct Checker<'w> {
    workflow: &'w Workflow,
    pools: Option<&'w BTreeMap<String, u32>>,
    callees: Option<&'w BTreeMap<Callee, Called>>,
    secrets: Option<&'w BTreeSet<String>>,
    channels: Option<&'w BTreeSet<String>>,
    connections: Option<&'w BTreeMap<String, ConnectionKind>>,
    graph: Graph,
    /// The first task of each name.
    index: HashMap<&'w str, usize>,
    /// The tasks that hooks run.
    of_hooks: HashSet<&'w str>,
    /// The dependencies that end at each task, by their index.
    incoming: Vec<Vec<usize>>,
    problems: Vec<Problem>,
    /// How many names may still be compared with all others to find what was meant.
    suggestions_left: usize,
}

impl<'w> Checker<'w> {
    fn new(workflow: &'w Workflow, surroundings: &Surroundings<'w>) -> Self {
        let index = task_index(workflow);
        let mut incoming = vec![Vec::new(); workflow.tasks.len()];
        for (at, edge) in workflow.dependencies.iter().enumerate() {
            if let Some(to) = index.get(edge.to.as_str()) {
                incoming[*to].push(at);
            }
        }
        Self {
            workflow,
            pools: surroundings.pools,
            callees: surroundings.callees,
            secrets: surroundings.secrets,
            channels: surroundings.channels,
            connections: surroundings.connections,
            graph: Graph::of(workflow),
            index,
            of_hooks: workflow
                .all_hooks()
                .filter_map(|(_, hook)| match &hook.action {
                    HookAction::Task(task) => Some(task.as_str()),
                    HookAction::Notify(_) => None,
                })
                .collect(),
            incoming,
            problems: Vec::new(),
            suggestions_left: 2_000_000,
        }
    }

    fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn report(&mut self, code: Code, path: Path, message: impl Into<String>) {
        self.push(Problem::new(code, path, message));
    }

    /// A problem with the name of a task that does not exist, with the name that was probably meant.
    fn missing_task(&mut self, code: Code, path: Path, name: &str, message: String) {
        let mut problem = Problem::new(code, path, message);
        let count = self.workflow.tasks.len();
        if count <= self.suggestions_left {
            self.suggestions_left -= count;
            let names = self.workflow.tasks.iter().map(|task| task.name.as_str());
            if let Some(near) = crate::suggest::nearest(name, names) {
                problem = problem.help(format!("did you mean `{near}`?"));
            }
        }
        self.push(problem);
    }

    /// The distinct tasks that task `at` is joined to: ends of edges, and setups.
    fn upstreams(&self, at: usize) -> Vec<usize> {
        let mut upstreams: Vec<usize> = self.graph.upstreams(at).collect();
        upstreams.sort_unstable();
        upstreams.dedup();
        upstreams
    }
}
