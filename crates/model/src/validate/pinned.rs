//! Outputs that stand in for a run of their task: right while editing, and to be noticed.

use super::Checker;
use crate::problem::{Code, Path, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        if task.pinned_outputs.is_some() {
            let path = Path::task(at).key("pinned_outputs");
            let message = "the editor's runs use these outputs and do not run the task; all other runs run it";
            checker.push(Problem::new(Code::PinnedOutputs, path, message).at_key());
        }
    }
}
