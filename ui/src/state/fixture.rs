//! What the tests of this folder begin with, and how they carry a change out.

use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::ident::Ident;

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
