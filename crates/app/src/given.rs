//! What tasks gave in earlier runs, read from the history for attempts that need not run.

use std::sync::{Arc, Mutex, PoisonError};

use millrace_exec::ArtifactStore;
use millrace_exec::earlier::{self, Earlier, Finding};
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_model::time::Timestamp;
use millrace_store::{ArtifactRow, GivenRow, Reader, Store, StoreError};
use serde_json::Value;

use crate::hub::on_store;

/// The history as exec sees it.
#[derive(Debug)]
pub(crate) struct Given {
    store: Arc<Store>,
    artifacts: ArtifactStore,
    /// The items that were looked at last: the next item of the same task asks for the same.
    items: Arc<Mutex<Option<Items>>>,
}

/// The items of a mapped task in an earlier run.
#[derive(Debug, Clone)]
struct Items {
    run: RunId,
    task: TaskKey,
    items: Arc<Vec<Value>>,
}

impl Given {
    /// Reads from this history, whose contents are these.
    pub(crate) fn new(store: Arc<Store>, artifacts: ArtifactStore) -> Self {
        Self { store, artifacts, items: Arc::default() }
    }

    /// The result, unless somebody took a part of it away.
    fn whole(&self, row: GivenRow) -> Option<earlier::Given> {
        let GivenRow { run, outputs, artifacts } = row;
        // It stays until the attempt that takes it over has ended.
        artifacts.iter().all(|it| self.artifacts.hold(&it.sha256)).then_some(earlier::Given {
            run,
            outputs,
            artifacts,
        })
    }
}

impl Earlier for Given {
    fn newest<'a>(
        &'a self,
        workflow: WorkflowId,
        task: &'a TaskKey,
        item: Option<&'a Value>,
    ) -> Finding<'a> {
        Box::pin(async move {
            let (key, item, known) = (task.clone(), item.cloned(), Arc::clone(&self.items));
            let found = on_store(&self.store, move |reader| {
                let Some(given) = reader.newest_given(workflow, &key)? else { return Ok(None) };
                let Some(item) = item else { return Ok(Some(given)) };
                let run = given.run;
                let items = items_of(reader, &known, run, key.whole())?;
                if key.item.and_then(|index| items.get(index as usize)) == Some(&item) {
                    return Ok(Some(given));
                }
                // The list was another one.
                let Some(index) = items.iter().position(|other| *other == item) else {
                    return Ok(None);
                };
                let before = TaskKey { item: u32::try_from(index).ok(), ..key };
                let outputs = reader.outputs(run, &before)?;
                let last = |rows: Vec<ArtifactRow>| {
                    let of = |row: &ArtifactRow| {
                        row.item == before.item && row.task == before.task.as_str()
                    };
                    let number = rows.iter().filter(|row| of(row)).map(|row| row.number).max();
                    let rows = rows.into_iter().filter(|row| of(row) && Some(row.number) == number);
                    rows.collect::<Vec<_>>()
                };
                let left = last(reader.artifacts(run)?);
                if left.iter().any(|row| row.removed.is_some()) {
                    return Ok(None);
                }
                let artifacts = left.into_iter().map(|row| row.artifact).collect();
                Ok(Some(GivenRow { run, outputs, artifacts }))
            })
            .await;
            let found = found.map_err(|error| format!("its outputs of earlier runs: {error}"))?;
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

fn items_of(
    reader: &Reader,
    known: &Mutex<Option<Items>>,
    run: RunId,
    task: TaskKey,
) -> Result<Arc<Vec<Value>>, StoreError> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.as_ref().filter(|known| known.run == run && known.task == task) {
        return Ok(Arc::clone(&known.items));
    }
    let fold = reader.run(run)?;
    let mapped = fold.tasks.get(&task).and_then(|of| of.mapped.as_ref());
    let items = Arc::new(mapped.map(|mapped| mapped.items.clone()).unwrap_or_default());
    *known = Some(Items { run, task, items: Arc::clone(&items) });
    Ok(items)
}
