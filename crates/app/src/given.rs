//! What tasks gave in earlier runs, read from the history for attempts that need not run.

use std::sync::Arc;

use millrace_exec::ArtifactStore;
use millrace_exec::earlier::{self, Earlier, Finding};
use millrace_model::ids::{TaskKey, WorkflowId};
use millrace_model::time::Timestamp;
use millrace_store::{GivenRow, Store};

use crate::hub::on_store;

/// The history as exec sees it.
#[derive(Debug)]
pub(crate) struct Given {
    store: Arc<Store>,
    artifacts: ArtifactStore,
}

impl Given {
    /// Reads from this history, whose contents are these.
    pub(crate) fn new(store: Arc<Store>, artifacts: ArtifactStore) -> Self {
        Self { store, artifacts }
    }

    /// The result, unless somebody took a part of it away.
    fn whole(&self, row: GivenRow) -> Option<earlier::Given> {
        let GivenRow { run, outputs, artifacts } = row;
        let is_there = |hash: &str| self.artifacts.path(hash).is_some_and(|path| path.is_file());
        artifacts.iter().all(|artifact| is_there(&artifact.sha256)).then_some(earlier::Given {
            run,
            outputs,
            artifacts,
        })
    }
}

impl Earlier for Given {
    fn newest<'a>(&'a self, workflow: WorkflowId, task: &'a TaskKey) -> Finding<'a> {
        Box::pin(async move {
            let key = task.clone();
            let found = on_store(&self.store, move |reader| reader.newest_given(workflow, &key));
            let found =
                found.await.map_err(|error| format!("its outputs of earlier runs: {error}"))?;
            Ok(found.and_then(|row| self.whole(row)))
        })
    }

    fn same<'a>(
        &'a self,
        workflow: WorkflowId,
        task: &'a TaskKey,
        fingerprint: &'a str,
        oldest: Option<Timestamp>,
    ) -> Finding<'a> {
        Box::pin(async move {
            let (key, fingerprint) = (task.clone(), fingerprint.to_owned());
            let found = on_store(&self.store, move |reader| {
                reader.same_given(workflow, &key, &fingerprint, oldest)
            });
            let found = found.await.map_err(|error| format!("`cache`: {error}"))?;
            Ok(found.and_then(|row| self.whole(row)))
        })
    }
}
