//! The queue as clients see it.

use millrace_api::ApiError;
use millrace_api::queue::{PoolHolder, PoolUse, Queue, QueuePlace, QueuedRun};
use millrace_api::run::Wait;
use millrace_engine::core::Place;
use millrace_model::ids::RunId;
use millrace_store::{Reader, StoreError};

use crate::app::App;
use crate::errors::{engine_error, store_error};
use crate::hub::on_store;
use crate::query;

/// Of so many runs it is told why they wait; of the others only that they do.
const MOST_TOLD: usize = 50;

impl App {
    /// What runs and what waits.
    ///
    /// # Errors
    /// When the engine has stopped, or the history cannot be read.
    pub(crate) async fn queue(&self) -> Result<Queue, ApiError> {
        let queue = self.engine.queue().await.map_err(|error| engine_error(&error))?;
        let ids: Vec<_> = queue.runs.iter().map(|it| it.run).collect();
        let read = move |reader: &Reader| {
            let rows = ids.into_iter().map(|run| match reader.run_row(run) {
                Ok(row) => Ok(Some(row)),
                Err(StoreError::NoRun { .. }) => Ok(None),
                Err(error) => Err(error),
            });
            rows.collect::<Result<Vec<_>, _>>()
        };
        let rows = on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
        let mut runs = Vec::new();
        for (it, row) in queue.runs.into_iter().zip(rows) {
            let Some(row) = row.and_then(query::row) else { continue };
            let waits = it.waiting > 0 || !it.started;
            let why = match waits && runs.len() < MOST_TOLD {
                true => self.engine.why(it.run).await.map_err(|error| engine_error(&error))?,
                false => Vec::new(),
            };
            let why = why.into_iter().next().map(|(task, why)| Wait { task, why });
            runs.push(QueuedRun { row, running: it.running, waiting: it.waiting, why });
        }
        let workflow = |run: RunId| {
            let row = runs.iter().map(|it: &QueuedRun| &it.row).find(|row| row.run == run);
            row.map(|row| row.title.clone().unwrap_or_else(|| row.workflow.to_string()))
        };
        let pools = queue.pools.into_iter().map(|it| PoolUse {
            name: it.name,
            used: it.used,
            slots: it.slots,
            holders: it
                .holders
                .into_iter()
                .filter_map(|held| {
                    let (run, task, slots) = (held.run, held.task, held.slots);
                    Some(PoolHolder { run, workflow: workflow(run)?, task, slots })
                })
                .collect(),
        });
        let pools = pools.collect();
        let busy = self.engine.busy();
        let running_tasks = busy.borrow().load.placed;
        let parallel_tasks = self.settings.get().parallel_tasks.get();
        Ok(Queue { runs, running_tasks, parallel_tasks, pools })
    }
}

/// The place as the engine names it.
pub(crate) fn place(to: QueuePlace) -> Place {
    match to {
        QueuePlace::First => Place::First,
        QueuePlace::Last => Place::Last,
        QueuePlace::Before(run) => Place::Before(run),
    }
}
