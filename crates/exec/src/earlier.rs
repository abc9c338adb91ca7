//! The port through which an attempt that need not run gets what its task gave before.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use millrace_model::Values;
use millrace_model::event::Artifact;
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_model::time::Timestamp;
use serde_json::Value;

/// What was found, or a sentence that says why nobody knows; later.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Option<Given>, String>> + Send + 'a>>;

/// Finds results of earlier runs.
pub trait Earlier: fmt::Debug + Send + Sync {
    /// What the task gave in the newest run of the workflow in which it succeeded; none where it did in no run. Of a mapped
    /// task, what was given for this item, whatever its index was.
    fn newest<'a>(
        &'a self,
        workflow: WorkflowId,
        task: &'a TaskKey,
        item: Option<&'a Value>,
    ) -> Finding<'a>;

    /// What the task gave in the newest attempt of the workflow's runs that had this fingerprint, succeeded, and ended at
    /// `oldest` or later, of a mapped task whatever index it had; none where there is none, or not all of it is there any more.
    fn same<'a>(
        &'a self,
        workflow: WorkflowId,
        task: &'a TaskKey,
        fingerprint: &'a str,
        oldest: Option<Timestamp>,
    ) -> Finding<'a>;
}

/// What a task gave in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// In which.
    pub run: RunId,
    /// What; may be empty.
    pub outputs: Values,
    /// The files that it left; may be none.
    pub artifacts: Vec<Artifact>,
}
