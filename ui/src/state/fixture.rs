//! What the tests of this folder begin with, and how they carry a change out.

use millrace_api::run::RunRow;
use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::event::RunState;
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

use super::change::Change;

pub(super) fn name(text: &str) -> Ident {
    Ident::new(text).unwrap()
}

/// Shell tasks of these names, with edges for success between them.
pub(super) fn workflow(tasks: &[&str], edges: &[(&str, &str)]) -> Workflow {
    let mut workflow = Workflow::new(name("w"));
    workflow.tasks = tasks.iter().map(|task| Task::new(name(task), "shell")).collect();
    workflow.dependencies =
        edges.iter().map(|(from, to)| Dependency::new(name(from), name(to))).collect();
    workflow
}

/// A run that goes on.
pub(crate) fn run_row(number: u64) -> RunRow {
    RunRow {
        run: RunId(number),
        workflow: name("w"),
        title: None,
        workflow_id: None,
        state: RunState::Running,
        trigger: "manual".to_owned(),
        trigger_name: None,
        queued: Timestamp(0),
        started: None,
        ended: None,
        cause: String::new(),
        failed_task: None,
        last_line: String::new(),
        tasks: 1,
        succeeded: 0,
        failed: 0,
    }
}

/// What a composed change makes of a workflow. Taking it back must give the same workflow again.
pub(super) fn made(before: &Workflow, change: &Change) -> Workflow {
    let Change::Edit { edit, .. } = change else { panic!("{change:?}") };
    let mut next = before.clone();
    let back = edit.clone().apply(&mut next).unwrap();
    let mut again = next.clone();
    back.apply(&mut again).unwrap();
    assert_eq!(again, *before);
    next
}
