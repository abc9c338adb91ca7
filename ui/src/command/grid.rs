//! What can be done where the runs of a workflow stand beside each other.

use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, WorkflowId};

/// A thing to do with the grid of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GridCommand {
    /// Show how this workflow fares.
    Of(String, Option<WorkflowId>),
    /// Show this run with this task and its log.
    Open(RunId, Ident),
}

impl GridCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Of(..) => "How it fares",
            Self::Open(..) => "Open the task in its run",
        }
    }
}
