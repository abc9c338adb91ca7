//! Which runs go because of the settings, and one pass over all that can be given up.
//!
//! A run that goes by a limit is not deleted by a person: it cannot be put back. What its files are worth is measured, so that
//! the whole home keeps to its bytes.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use millrace_api::ApiError;
use millrace_api::settings::Retention;
use millrace_api::storage::{Clean, Cleaned};
use millrace_exec::{ArtifactStore, RunDir};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{KeptRow, Reader, StoreError};

use crate::app::{App, blocking};
use crate::deletion::KEPT;
use crate::errors::store_error;
use crate::hub::on_store;
use crate::{retention, storage};

/// So many runs are written in one go.
const AT_ONCE: usize = 200;
/// So many deleted runs are looked at for what their space is.
const MOST_DELETED: usize = 100_000;

/// What can be given up just now.
#[derive(Debug, Default)]
struct Expendable {
    runs: Vec<RunId>,
    deleted: Vec<RunId>,
    /// Artifacts of runs that stay.
    artifacts: u64,
    bytes: u64,
}

impl App {
    /// Gives up what is beyond the settings, runs and then artifacts, and removes what was given up.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub(crate) async fn keep_to_retention(&self) -> Result<Cleaned, ApiError> {
        let _alone = self.cleaning.lock().await;
        self.give_up(false).await
    }

    /// The same at once and with all deleted runs; or says what would go.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub(crate) async fn clean_now(&self, args: Clean) -> Result<Cleaned, ApiError> {
        if args.dry_run {
            let found = self.expendable().await?;
            return Ok(Cleaned {
                runs: found.runs.len() as u64,
                deleted: found.deleted.len() as u64,
                artifacts: found.artifacts,
                bytes: found.bytes,
            });
        }
        let _alone = self.cleaning.lock().await;
        self.give_up(true).await
    }

    async fn give_up(&self, deleted_too: bool) -> Result<Cleaned, ApiError> {
        let now = self.clock.now();
        let mut cleaned = Cleaned::default();
        let wanted = self.settings.get().retention;
        let find = move |reader: &Reader| by_age_and_count(reader, wanted, now);
        let mut runs = on_store(&self.store, find).await.map_err(|error| store_error(&error))?;
        if let Some(most) = wanted.bytes {
            runs.extend(self.by_bytes(most, &runs).await?);
        }
        // They do not come back: as if they had been deleted long ago.
        let long_ago = now.minus(KEPT).minus(Duration::from_micros(1));
        for some in runs.chunks(AT_ONCE) {
            let some = some.to_vec();
            let _none_goes_on = self.reopening.lock().await;
            let gone = self.write(move |writer| writer.expire_runs(&some, long_ago)).await?;
            cleaned.runs += gone as u64;
        }
        if cleaned.runs > 0 {
            tracing::info!(count = cleaned.runs, "runs went by retention");
            self.hub.relist();
        }
        let before = match deleted_too {
            true => now.plus(Duration::from_micros(1)),
            false => now.minus(KEPT),
        };
        let purged = self.purge(before).await?;
        cleaned.deleted = (purged.runs as u64).saturating_sub(cleaned.runs);
        let (artifacts, bytes) = self.give_up_artifacts().await?;
        cleaned.artifacts = artifacts;
        cleaned.bytes = purged.bytes + bytes;
        if !cleaned.is_nothing() {
            self.meter.forget();
        }
        Ok(cleaned)
    }

    /// What would go, and its bytes.
    async fn expendable(&self) -> Result<Expendable, ApiError> {
        let now = self.clock.now();
        let wanted = self.settings.get().retention;
        let find = move |reader: &Reader| {
            let runs = by_age_and_count(reader, wanted, now)?;
            let deleted =
                reader.deleted_before(now.plus(Duration::from_micros(1)), MOST_DELETED)?;
            Ok((runs, deleted))
        };
        let found = on_store(&self.store, find).await.map_err(|error| store_error(&error))?;
        let (mut runs, deleted) = found;
        if let Some(most) = wanted.bytes {
            runs.extend(self.by_bytes(most, &runs).await?);
        }
        let gone: HashSet<RunId> = runs.iter().chain(&deleted).copied().collect();
        let names = move |reader: &Reader| {
            let beyond = retention::beyond(reader, wanted, now)?;
            let mut rest: HashSet<RunId> = beyond.into_iter().collect();
            rest.retain(|run| !gone.contains(run));
            let mut artifacts = 0;
            for run in &rest {
                let rows = reader.artifacts(*run)?;
                artifacts += rows.iter().filter(|row| row.removed.is_none()).count() as u64;
            }
            Ok((gone, rest, artifacts, reader.kept_artifacts()?))
        };
        let read = on_store(&self.store, names).await.map_err(|error| store_error(&error))?;
        let (gone, rest, artifacts, kept) = read;
        let folders = self.home.runs();
        let contents = self.artifacts.clone();
        blocking(move || {
            let folders = gone.iter().map(|run| storage::run_folder(&RunDir::of(&folders, *run)));
            let bytes = folders.sum::<u64>() + only_of(&kept, &contents, &gone, &rest);
            Ok(Expendable { runs, deleted, artifacts, bytes })
        })
        .await
    }

    /// So many more of the runs that ended first as it takes until the home has `most` bytes, without those in `gone`.
    async fn by_bytes(&self, most: u64, gone: &[RunId]) -> Result<Vec<RunId>, ApiError> {
        let read = |reader: &Reader| Ok((reader.expendable_runs()?, reader.kept_artifacts()?));
        let found = on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
        let (candidates, kept) = found;
        let gone: HashSet<RunId> = gone.iter().copied().collect();
        let (home, contents) = (self.home.clone(), self.artifacts.clone());
        blocking(move || {
            let mut bytes = storage::home_bytes(&home);
            if bytes <= most {
                return Ok(Vec::new());
            }
            let mut named: HashMap<&str, usize> = HashMap::new();
            let mut of_run: HashMap<RunId, Vec<&str>> = HashMap::new();
            for row in &kept {
                *named.entry(&row.sha256).or_default() += 1;
                of_run.entry(row.run).or_default().push(&row.sha256);
            }
            let mut more = Vec::new();
            // Those that go anyway first, so that what they free counts.
            let (first, rest): (Vec<RunId>, Vec<RunId>) =
                candidates.into_iter().partition(|run| gone.contains(run));
            for run in first.into_iter().chain(rest) {
                let is_extra = !gone.contains(&run);
                if is_extra && bytes <= most {
                    break;
                }
                bytes = bytes.saturating_sub(storage::run_folder(&RunDir::of(&home.runs(), run)));
                for content in of_run.get(&run).into_iter().flatten() {
                    let left = named.entry(content).or_default();
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        bytes = bytes.saturating_sub(storage::content(&contents, content));
                    }
                }
                if is_extra {
                    more.push(run);
                }
            }
            Ok(more)
        })
        .await
    }
}

fn by_age_and_count(
    reader: &Reader,
    wanted: Retention,
    now: Timestamp,
) -> Result<Vec<RunId>, StoreError> {
    let before = wanted.runs_for.map(|age| now.minus(age.to_std()));
    reader.expired_runs(before, wanted.runs_count.map(std::num::NonZeroU32::get))
}

/// The bytes of the contents that no run names but those that go, or whose artifacts do.
fn only_of(
    kept: &[KeptRow],
    contents: &ArtifactStore,
    gone: &HashSet<RunId>,
    rest: &HashSet<RunId>,
) -> u64 {
    let goes = |row: &&KeptRow| gone.contains(&row.run) || rest.contains(&row.run);
    let stay: HashSet<&str> =
        kept.iter().filter(|row| !goes(row)).map(|row| row.sha256.as_str()).collect();
    let going = kept.iter().filter(goes).map(|row| row.sha256.as_str());
    let going: HashSet<&str> = going.filter(|content| !stay.contains(content)).collect();
    going.into_iter().map(|content| storage::content(contents, content)).sum()
}
