//! What tasks gave in earlier runs, read from the history for attempts that need not run.

use std::sync::{Arc, Mutex, PoisonError};

use millrace_exec::earlier::{self, Earlier, Finding};
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_store::{Reader, Store, StoreError};
use serde_json::Value;

use crate::hub::on_store;

/// The history as exec sees it.
#[derive(Debug)]
pub(crate) struct Given {
    store: Arc<Store>,
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
    /// Reads from this history.
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store, items: Arc::default() }
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
                let Some((run, outputs)) = reader.newest_given(workflow, &key)? else {
                    return Ok(None);
                };
                let Some(item) = item else { return Ok(Some((run, outputs))) };
                let items = items_of(reader, &known, run, key.whole())?;
                if key.item.and_then(|index| items.get(index as usize)) == Some(&item) {
                    return Ok(Some((run, outputs)));
                }
                // The list was another one.
                let Some(index) = items.iter().position(|other| *other == item) else {
                    return Ok(None);
                };
                let before = TaskKey { item: u32::try_from(index).ok(), ..key };
                Ok(Some((run, reader.outputs(run, &before)?)))
            })
            .await;
            let found = found.map_err(|error| format!("its outputs of earlier runs: {error}"))?;
            Ok(found.map(|(run, outputs)| earlier::Given { run, outputs }))
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
