//! What a person can have to say in a run.

use millrace_api::answer::{AnswerTask, MarkTask};
use millrace_model::ids::{RunId, TaskKey};

/// A thing to say in a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AnswerCommand {
    /// Show what a task asks.
    Ask(RunId, TaskKey),
    /// Give the answer.
    Give(Box<AnswerTask>),
    /// Say how a task ends.
    Mark(Box<MarkTask>),
}

impl AnswerCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Ask(..) => "Answer…",
            Self::Give(_) => "Answer",
            Self::Mark(_) => "Mark",
        }
    }
}
