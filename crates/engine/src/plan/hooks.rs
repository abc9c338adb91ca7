//! Which tasks the hooks of a workflow run, and on what.
//!
//! Not those that tell people: these follow the history and never matter to a run.

use std::collections::HashMap;

use millrace_model::document::{Hook, HookAction, HookOn, Task, Workflow};
use millrace_model::ident::Ident;

use super::PlanProblem;

/// The hooks of a workflow that run a task.
#[derive(Debug, Default)]
pub(crate) struct PlanHooks {
    /// Those of the workflow itself.
    pub(crate) own: Vec<PlanHook>,
    /// Those of its tasks.
    by_task: HashMap<u32, Vec<PlanHook>>,
}

/// A hook that runs a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlanHook {
    pub(crate) on: HookOn,
    pub(crate) task: u32,
}

impl PlanHooks {
    /// Reads them, and which tasks they run.
    pub(super) fn read(
        workflow: &Workflow,
        index: &HashMap<Ident, u32>,
        problems: &mut Vec<PlanProblem>,
    ) -> (Self, Vec<bool>) {
        let mut is_run = vec![false; workflow.tasks.len()];
        for (of, hook) in workflow.all_hooks() {
            let HookAction::Task(name) = &hook.action else { continue };
            match index.get(name) {
                Some(at) => is_run[*at as usize] = true,
                None => {
                    let message = format!("a hook runs the task {name}, but there is no such task");
                    problems.push(match of {
                        Some(of) => PlanProblem::of(&of.name, message),
                        None => PlanProblem::workflow(message),
                    });
                }
            }
        }
        let list = |hooks: &[Hook]| -> Vec<PlanHook> {
            let runs = |hook: &Hook| match &hook.action {
                HookAction::Task(name) => Some(PlanHook { on: hook.on, task: *index.get(name)? }),
                HookAction::Notify(_) => None,
            };
            hooks.iter().filter_map(runs).collect()
        };
        let mut by_task = HashMap::new();
        for (task, at) in workflow.tasks.iter().zip(0u32..) {
            let hooks = list(&task.hooks);
            if is_run[at as usize] {
                obstacles(workflow, task, &hooks, problems);
            }
            if !hooks.is_empty() {
                by_task.insert(at, hooks);
            }
        }
        (Self { own: list(&workflow.hooks), by_task }, is_run)
    }

    /// Those of a task.
    pub(crate) fn of(&self, task: u32) -> &[PlanHook] {
        self.by_task.get(&task).map_or(&[], Vec::as_slice)
    }
}

/// What keeps hooks from running a task.
fn obstacles(
    workflow: &Workflow,
    task: &Task,
    hooks: &[PlanHook],
    problems: &mut Vec<PlanProblem>,
) {
    let mut problem = |message: &str| problems.push(PlanProblem::of(&task.name, message));
    let is_joined = |edge: &millrace_model::document::Dependency| {
        edge.from == task.name || edge.to == task.name
    };
    if workflow.dependencies.iter().any(is_joined)
        || !task.teardown_for.is_empty()
        || workflow.tasks.iter().any(|other| other.teardown_for.contains(&task.name))
    {
        problem("a hook runs it, so it must have no dependencies; remove them");
    }
    if task.for_each.is_some() {
        problem("a hook runs it, once for each time, so it cannot be mapped; remove `for_each`");
    }
    if task.kind == "branch" {
        problem("a hook runs it, and a branch task would have nothing to choose");
    }
    if !hooks.is_empty() {
        problem("a hook runs it, so its own hooks can run no task; let them notify");
    }
}
