//! What a document can hold and this version cannot carry out yet.
//!
//! An error where a run would do something else than the document says; a notice where a run by hand is right.

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

pub(super) fn not_supported(checker: &mut Checker<'_>, path: Path, what: &str) {
    checker.push(
        Problem::new(Code::NotSupported, path, format!("{what} is not supported yet"))
            .help("it is kept when the document is saved; take it out to run the workflow with this version")
            .at_key(),
    );
}
