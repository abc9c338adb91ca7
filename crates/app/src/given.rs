//! What tasks gave in earlier runs, read from the history for attempts that need not run.

use std::sync::Arc;

use millrace_exec::earlier::{self, Earlier, Finding};
use millrace_model::ids::{TaskKey, WorkflowId};
use millrace_store::Store;

use crate::hub::on_store;

/// The history as exec sees it.
#[derive(Debug)]
pub(crate) struct Given(Arc<Store>);

impl Given {
    /// Reads from this history.
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self(store)
    }
}

impl Earlier for Given {
    fn newest<'a>(&'a self, workflow: WorkflowId, task: &'a TaskKey) -> Finding<'a> {
        Box::pin(async move {
            let key = task.clone();
            let found = on_store(&self.0, move |reader| reader.newest_given(workflow, &key)).await;
            let found = found.map_err(|error| format!("its outputs of earlier runs: {error}"))?;
            Ok(found.map(|(run, outputs)| earlier::Given { run, outputs }))
        })
    }
}
