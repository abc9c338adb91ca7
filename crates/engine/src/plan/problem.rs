//! Why a workflow cannot be sealed. Not the Problems panel: that is `model`'s validation, which says more and says where.

use std::fmt;

use millrace_model::ident::Ident;

/// Something that keeps a workflow from running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProblem {
    /// The task it concerns; none = the workflow.
    pub task: Option<Ident>,
    /// What is wrong and what to do.
    pub message: String,
}

impl PlanProblem {
    pub(crate) fn of(task: &Ident, message: impl Into<String>) -> Self {
        Self { task: Some(task.clone()), message: message.into() }
    }

    pub(crate) fn workflow(message: impl Into<String>) -> Self {
        Self { task: None, message: message.into() }
    }
}

impl fmt::Display for PlanProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Some(task) => write!(f, "task {task}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for PlanProblem {}
