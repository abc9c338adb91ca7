//! What a document can hold and this version cannot carry out yet.
//!
//! An error where a run would do something else than the document says; a notice where a run by hand is right.

use super::Checker;
use crate::problem::{Code, Path, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        let path = |key: &str| Path::task(at).key(key);
        if task.cache.is_some() {
            not_supported(checker, path("cache"), "`cache`");
        }
        if task.pinned_outputs.is_some() {
            let message = "the editor's runs use these outputs and do not run the task; all other runs run it";
            checker
                .push(Problem::new(Code::PinnedOutputs, path("pinned_outputs"), message).at_key());
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
