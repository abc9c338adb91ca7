//! Deleting runs: out of sight at once, for good after an hour.
//!
//! The history goes first, on the disk, then the files: whoever dies between the two leaves a deleted run whose files are
//! still there, and the next pass takes it up again. [`App::reopening`] keeps a run from being deleted while somebody has
//! it go on.

use std::collections::HashSet;
use std::sync::Weak;
use std::time::Duration;

use millrace_api::deletion::{
    DeleteRuns, DeletedList, DeletedRun, DeletedRuns, ListDeleted, RestoreRuns,
};
use millrace_api::run::Done;
use millrace_api::{ApiError, Code};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::Reader;

use crate::app::{App, blocking};
use crate::errors::store_error;
use crate::hub::on_store;
use crate::{query, storage};

/// So long deleted runs can be put back.
pub(crate) const KEPT: Duration = Duration::from_hours(1);
/// Between two looks for runs whose time is over.
const APART: Duration = Duration::from_mins(5);
/// So many runs are looked up at a time.
const AT_ONCE: usize = 200;
/// The most that a list has.
const MOST: usize = 1_000;
/// The most in one request.
const MOST_ASKED: usize = 10_000;

/// What a purge removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purge {
    /// Runs of which nothing is left.
    pub(crate) runs: usize,
    /// What that freed on the disk.
    pub(crate) bytes: u64,
}

/// Has deleted runs go for good when their time is over, until the app is gone.
pub(crate) async fn serve(app: Weak<App>) {
    loop {
        {
            let Some(app) = app.upgrade() else { return };
            let _alone = app.cleaning.lock().await;
            match app.purge(app.clock.now().minus(KEPT)).await {
                Err(error) if error.code == Code::ShuttingDown => return,
                Err(error) => tracing::warn!(%error, "deleted runs could not be purged"),
                Ok(Purge { runs: 0, .. }) => {}
                Ok(Purge { runs: count, .. }) => {
                    tracing::info!(count, "deleted runs are gone for good");
                }
            }
        }
        tokio::time::sleep(APART).await;
    }
}

impl App {
    /// Takes runs out of sight.
    ///
    /// # Errors
    /// `WrongState` where one is under way, `NotFound` where one is unknown; then none is deleted.
    pub(crate) async fn delete_runs_now(&self, args: DeleteRuns) -> Result<DeletedRuns, ApiError> {
        bounded(&args.runs)?;
        let now = self.clock.now();
        let _none_goes_on = self.reopening.lock().await;
        let count = self.write(move |writer| writer.delete_runs(&args.runs, now)).await?;
        if count > 0 {
            self.hub.relist();
        }
        Ok(DeletedRuns { count: count as u64, until: now.plus(KEPT) })
    }

    /// Has deleted runs in sight again.
    ///
    /// # Errors
    /// `NotFound` where one is gone for good; then none is put back.
    pub(crate) async fn restore_runs_now(&self, args: RestoreRuns) -> Result<Done, ApiError> {
        bounded(&args.runs)?;
        let put_back = self.write(move |writer| writer.restore_runs(&args.runs)).await;
        match put_back {
            Ok(0) => {}
            Ok(_) => self.hub.relist(),
            Err(error) if error.code == Code::NotFound => {
                return Err(error.help("deleted runs can be put back for an hour"));
            }
            Err(error) => return Err(error),
        }
        Ok(Done {})
    }

    /// What can be put back.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn deleted(&self, _: ListDeleted) -> Result<DeletedList, ApiError> {
        let read = on_store(&self.store, |reader| reader.deleted_runs(MOST)).await;
        let rows = read.map_err(|error| store_error(&error))?.into_iter();
        let runs = rows.filter_map(|deleted| {
            let (deleted, row) = (deleted.deleted, query::row(deleted.row)?);
            Some(DeletedRun { row, deleted, until: deleted.plus(KEPT) })
        });
        Ok(DeletedList { runs: runs.collect() })
    }

    /// Removes all runs for good that were deleted before an instant; how many. One whose files cannot be removed is taken
    /// up by the next pass.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub(crate) async fn purge(&self, before: Timestamp) -> Result<Purge, ApiError> {
        let mut tried: HashSet<RunId> = HashSet::new();
        let (mut count, mut bytes) = (0, 0);
        loop {
            let limit = tried.len() - count + AT_ONCE;
            let find = move |reader: &Reader| reader.deleted_before(before, limit);
            let due = on_store(&self.store, find).await.map_err(|error| store_error(&error))?;
            let fresh: Vec<RunId> = due.into_iter().filter(|run| tried.insert(*run)).collect();
            if fresh.is_empty() {
                break;
            }
            for run in fresh {
                let (is_gone, freed) = self.purge_run(run).await?;
                count += usize::from(is_gone);
                bytes += freed;
            }
        }
        if count > 0 {
            loop {
                match self.write(millrace_store::Writer::give_back).await? {
                    0 => break,
                    freed => bytes += freed,
                }
            }
        }
        Ok(Purge { runs: count, bytes })
    }

    /// Whether nothing is left of it, and the bytes that were freed.
    async fn purge_run(&self, run: RunId) -> Result<(bool, u64), ApiError> {
        let (mut is_clear, mut bytes) = (true, 0);
        loop {
            let purged = self.write(move |writer| writer.purge_run(run)).await?;
            // Somebody has put it back.
            let Some(purged) = purged else { return Ok((false, 0)) };
            let contents = self.artifacts.clone();
            let (is_gone, freed) = blocking(move || {
                let (mut is_clear, mut bytes) = (true, 0);
                for content in purged.contents {
                    let size = storage::content(&contents, &content);
                    match contents.remove(&content) {
                        Ok(true) => bytes += size,
                        // A content that is held just now is swept at a later start.
                        Ok(false) => {}
                        Err(error) => {
                            tracing::warn!(%error, %run, "an artifact could not be removed");
                            is_clear = false;
                        }
                    }
                }
                Ok((is_clear, bytes))
            })
            .await?;
            is_clear &= is_gone;
            bytes += freed;
            if !purged.has_more {
                break;
            }
        }
        let folder = self.run_dir(run);
        let (is_gone, freed) = blocking(move || {
            let size = storage::run_folder(&folder);
            let removed = folder.remove();
            if let Err(error) = &removed {
                tracing::warn!(%error, %run, "the folder of a deleted run could not be removed");
            }
            Ok((removed.is_ok(), if removed.is_ok() { size } else { 0 }))
        })
        .await?;
        is_clear &= is_gone;
        bytes += freed;
        if is_clear {
            self.write(move |writer| writer.forget_run(run)).await?;
        }
        Ok((is_clear, bytes))
    }
}

fn bounded(runs: &[RunId]) -> Result<(), ApiError> {
    if runs.len() <= MOST_ASKED {
        return Ok(());
    }
    let message = format!("{} runs are too many at once", runs.len());
    Err(ApiError::new(Code::InvalidRequest, message)
        .help(format!("ask for at most {MOST_ASKED} at a time")))
}
