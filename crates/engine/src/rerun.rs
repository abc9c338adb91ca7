//! Rerun from a task: what a new run of the current document takes over from an old run.
//!
//! Pure: the fold of the old run, its snapshot and the new document go in, results or refusals come out.

use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::event::{Carried, Cause, Run, TaskRun, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;

use crate::again::{self, Before};
use crate::plan::Plan;

/// Why a result cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RerunRefusal {
    /// There is no such task to run from.
    #[error("the workflow has no task {0} to run from")]
    NoSuchTask(Ident),
    /// Only hooks run it.
    #[error(
        "only hooks run {0}, so nothing runs from it; `millrace run FILE --only {0}` runs it alone"
    )]
    OfHooks(Ident),
    /// It is new.
    #[error("{0} did not exist in the old run; rerun from it or from a task before it")]
    New(Ident),
    /// It did not end well.
    #[error("{task} ended {state} in the old run; rerun from it or from a task before it")]
    NotUsable {
        /// Which task.
        task: Ident,
        /// How it ended.
        state: TaskState,
    },
    /// It is not the same task any more.
    #[error("{0} has been changed since the old run; rerun from it or from a task before it")]
    Changed(Ident),
}

/// What a run of `plan` from the task `from` takes over from `old`, a run of `old_workflow`. With no `from`, nothing.
///
/// A setup that was torn down since is not taken over where a task that runs again needs it.
///
/// Disabled tasks are not taken over: they cost nothing and are decided again. `pinned` results stand in for their tasks,
/// whatever the old run says.
///
/// # Errors
/// Every task outside the downstream of `from` whose result cannot be taken over, in the order of the document.
pub fn carried(
    old: &Run,
    old_workflow: &Workflow,
    plan: &Plan,
    from: Option<&Ident>,
    pinned: Vec<Carried>,
) -> Result<Vec<Carried>, Vec<RerunRefusal>> {
    let Some(from) = from else { return Ok(pinned) };
    if plan.index_of(from.as_str()).is_some_and(|task| plan.is_on_call(task)) {
        return Err(vec![RerunRefusal::OfHooks(from.clone())]);
    }
    let Some(start) = plan.index_of(from.as_str()).filter(|task| plan.runs(*task)) else {
        return Err(vec![RerunRefusal::NoSuchTask(from.clone())]);
    };
    let before = |task: u32| old.tasks.get(plan.key(task)).map(Before::of);
    let again = again::tasks(plan, &before, [start]);
    let mut before = Definitions::of(old_workflow);
    let mut after = Definitions::of(plan.workflow());
    let mut found = pinned;
    let mut refused = Vec::new();
    for task in (0..plan.count()).filter(|task| plan.runs(*task) && !again[*task as usize]) {
        let definition = plan.task(task);
        if definition.disabled {
            continue;
        }
        let name = &definition.name;
        let key = TaskKey::plain(name.clone());
        if found.iter().any(|result| result.task == key) {
            continue;
        }
        match old.tasks.get(&key) {
            None => refused.push(RerunRefusal::New(name.clone())),
            Some(result) if !is_usable(result, definition) => {
                refused.push(RerunRefusal::NotUsable { task: name.clone(), state: result.state });
            }
            Some(_) if before.get(name) != after.get(name) => {
                refused.push(RerunRefusal::Changed(name.clone()));
            }
            Some(result) => found.push(carry(old, key, result)),
        }
    }
    if refused.is_empty() { Ok(found) } else { Err(refused) }
}

/// What a run of only some tasks takes over from `old` for their expressions and inputs: the results of all tasks before
/// them that succeeded there.
#[must_use]
pub fn inputs(old: &Run, plan: &Plan, ancestors: &[Ident]) -> Vec<Carried> {
    ancestors
        .iter()
        .filter(|name| plan.index_of(name.as_str()).is_some_and(|task| !plan.runs(task)))
        .filter_map(|name| {
            let key = TaskKey::plain(name.clone());
            let result = old.tasks.get(&key).filter(|of| of.state == TaskState::Succeeded)?;
            Some(carry(old, key, result))
        })
        .collect()
}

fn carry(old: &Run, task: TaskKey, result: &TaskRun) -> Carried {
    // A result that was itself taken over still comes from the run that it ran in.
    let from = match result.cause {
        Some(Cause::CarriedOver { run }) => Some(run),
        Some(Cause::Pinned) => None,
        _ => Some(old.run),
    };
    let (outputs, artifacts) = (result.outputs.clone(), result.artifacts.clone());
    Carried { task, state: result.state, from, outputs, artifacts }
}

fn is_usable(result: &TaskRun, definition: &Task) -> bool {
    match result.state {
        TaskState::Succeeded | TaskState::Skipped => true,
        TaskState::Failed | TaskState::Error => definition.allow_failure,
        _ => false,
    }
}

/// What a task's result depends on: its definition without what only people read, and its edges.
struct Definitions<'a> {
    tasks: std::collections::HashMap<&'a Ident, &'a Task>,
    edges: std::collections::HashMap<&'a Ident, Vec<&'a Dependency>>,
}

impl<'a> Definitions<'a> {
    fn of(workflow: &'a Workflow) -> Self {
        let mut edges: std::collections::HashMap<_, Vec<&Dependency>> = Default::default();
        for edge in &workflow.dependencies {
            edges.entry(&edge.to).or_default().push(edge);
        }
        for list in edges.values_mut() {
            list.sort_by(|a, b| a.from.cmp(&b.from));
        }
        Self { tasks: workflow.tasks.iter().map(|task| (&task.name, task)).collect(), edges }
    }

    fn get(&mut self, name: &Ident) -> Option<(Task, Vec<Dependency>)> {
        let task = (*self.tasks.get(name)?).clone();
        let task = Task {
            title: None,
            description: None,
            hooks: Vec::new(),
            pinned_outputs: None,
            priority: 0,
            ..task
        };
        let edges =
            self.edges.get(name).into_iter().flatten().map(|edge| (*edge).clone()).collect();
        Some((task, edges))
    }
}
