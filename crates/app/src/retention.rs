//! Retention: artifacts of runs that ended long ago, or that are too many bytes together, are given up. Which runs go is in
//! [`crate::clean`].
//!
//! First the history says so, on the disk; then the files go. Whoever dies between the two leaves files, and the next pass finds
//! them by what the history says. What a run that has not ended names is never given up.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Weak;
use std::time::Duration;

use millrace_api::settings::Retention;
use millrace_api::{ApiError, Code};
use millrace_exec::{ArtifactStore, RunDir};
use millrace_model::event::{Carried, Run, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;
use millrace_store::{ArtifactRow, KeptRow, Reader, StoreError};

use crate::app::{App, blocking};
use crate::errors::store_error;
use crate::hub::on_store;
use crate::storage;

/// Between two passes.
const APART: Duration = Duration::from_hours(1);
/// So many runs are written in one go.
const AT_ONCE: usize = 200;

/// An artifact of a run, by the names of its task and its own.
type Place = (RunId, String, Option<u32>, String);

/// Keeps to the settings until the app is gone: now, each hour, and whenever they change.
pub(crate) async fn serve(app: Weak<App>) {
    let Some(mut settings) = app.upgrade().map(|app| app.settings.watch()) else { return };
    loop {
        let wanted = {
            let Some(app) = app.upgrade() else { return };
            match app.keep_to_retention().await {
                Err(error) if error.code == Code::ShuttingDown => return,
                Err(error) => {
                    tracing::warn!(%error, "what is beyond the limits could not be given up");
                }
                Ok(_) => {}
            }
            app.settings.get().retention
        };
        let others = settings.wait_for(|settings| settings.retention != wanted);
        // Late is soon enough, and the app may be gone by then.
        if let Ok(Err(_)) = tokio::time::timeout(APART, others).await {
            return;
        }
    }
}

impl App {
    /// Gives up artifacts that are beyond the settings, and removes what was given up: how many, and their bytes.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub(crate) async fn give_up_artifacts(&self) -> Result<(u64, u64), ApiError> {
        let (wanted, now) = (self.settings.get().retention, self.clock.now());
        let find = move |reader: &Reader| beyond(reader, wanted, now);
        let runs = on_store(&self.store, find).await.map_err(|error| store_error(&error))?;
        let mut count = 0;
        for some in runs.chunks(AT_ONCE) {
            let some = some.to_vec();
            count += self.write(move |writer| writer.remove_artifacts(&some, now)).await?;
        }
        if count > 0 {
            tracing::info!(count, runs = runs.len(), "artifacts were given up by retention");
        }
        Ok((count as u64, self.clear_removed(now).await?))
    }

    async fn clear_removed(&self, now: Timestamp) -> Result<u64, ApiError> {
        let look = |reader: &Reader| {
            let removed = reader.removed_artifacts()?;
            let mut still = HashSet::new();
            for run in removed.iter().map(|(run, _)| *run).collect::<HashSet<_>>() {
                let rows = reader.artifacts(run)?.into_iter();
                still.extend(rows.filter(|it| it.removed.is_none()).map(|row| place(run, &row)));
            }
            let kept = if removed.is_empty() { HashSet::new() } else { reader.kept_contents()? };
            Ok((removed, still, kept))
        };
        let found = on_store(&self.store, look).await.map_err(|error| store_error(&error))?;
        let (removed, still, kept) = found;
        let Some(last) = removed.iter().filter_map(|(_, row)| row.removed).max() else {
            return Ok(0);
        };
        let (contents, runs) = (self.artifacts.clone(), self.home.runs());
        let clear = move || {
            let (mut is_clear, mut bytes) = (true, 0);
            for (run, row) in &removed {
                let is_kept = kept.contains(&row.artifact.sha256);
                let is_laid_out = still.contains(&place(*run, row));
                let size =
                    if is_kept { 0 } else { storage::content(&contents, &row.artifact.sha256) };
                let is_gone = clear(&contents, &runs, *run, row, (is_kept, is_laid_out));
                is_clear &= is_gone;
                bytes += if is_gone { size } else { 0 };
            }
            Ok((is_clear, bytes))
        };
        let (is_clear, bytes) = blocking(clear).await?;
        if is_clear {
            let before = last.max(now).plus(Duration::from_micros(1));
            self.write(move |writer| writer.artifacts_cleared(before)).await?;
        }
        Ok(bytes)
    }

    /// Refuses a retry that would go on without what its tasks had left.
    ///
    /// # Errors
    /// `CannotCarry`, with the task and since when its artifacts are gone.
    pub(crate) async fn check_retry(&self, run: &Run) -> Result<(), ApiError> {
        let id = run.run;
        let rows = on_store(&self.store, move |reader| reader.artifacts(id)).await;
        let rows = rows.map_err(|error| store_error(&error))?;
        let is_needed = |row: &&ArtifactRow| {
            let task = Ident::new(&row.task).ok().map(TaskKey::plain);
            let task = task.and_then(|key| run.tasks.get(&key));
            task.is_some_and(|task| task.state == TaskState::Succeeded)
        };
        let gone = rows.iter().filter(|row| row.removed.is_some()).find(is_needed);
        let Some((row, at)) = gone.and_then(|row| Some((row, row.removed?))) else {
            return Ok(());
        };
        let message = format!(
            "{} has succeeded, and the artifacts that it left were removed on {} by retention",
            row.task,
            at.date()
        );
        let help = format!("run all of it again: `millrace rerun {id:.8}`");
        Err(ApiError::new(Code::CannotCarry, message).help(help))
    }
}

/// Has what is taken over from earlier runs stay until the history names it for the new one.
///
/// # Errors
/// `CannotCarry` where it is not there any more.
pub(crate) fn hold(contents: &ArtifactStore, carried: &[Carried]) -> Result<(), ApiError> {
    for result in carried {
        if let Some(gone) = result.artifacts.iter().find(|it| !contents.hold(&it.sha256)) {
            let message = format!(
                "{} left {} in an earlier run, and that is not there any more",
                result.task, gone.name
            );
            let help = format!("run {} again as well", result.task);
            return Err(ApiError::new(Code::CannotCarry, message).help(help));
        }
    }
    Ok(())
}

fn place(run: RunId, row: &ArtifactRow) -> Place {
    (run, row.task.clone(), row.item, row.artifact.name.clone())
}

/// The runs whose artifacts are too old, or too much together with those of younger ones, the oldest first.
pub(crate) fn beyond(
    reader: &Reader,
    wanted: Retention,
    now: Timestamp,
) -> Result<Vec<RunId>, StoreError> {
    let old = match wanted.artifacts_for {
        Some(age) => reader.keeping_since(now.minus(age.to_std()))?,
        None => Vec::new(),
    };
    match wanted.artifacts_bytes {
        Some(most) if reader.kept_bytes()? > most => {
            Ok(too_much(&reader.kept_artifacts()?, most, old))
        }
        _ => Ok(old),
    }
}

/// These runs, and as many more of those that ended first as it takes. A content counts until the last run that names it goes.
fn too_much(kept: &[KeptRow], most: u64, old: Vec<RunId>) -> Vec<RunId> {
    let mut names: HashMap<&str, usize> = HashMap::new();
    let mut bytes: u64 = 0;
    for row in kept {
        let count = names.entry(&row.sha256).or_default();
        bytes = bytes.saturating_add(if *count == 0 { row.bytes } else { 0 });
        *count += 1;
    }
    let mut gone: HashSet<RunId> = old.iter().copied().collect();
    let mut runs = old;
    for of_run in kept.chunk_by(|a, b| a.run == b.run) {
        let Some(first) = of_run.first().filter(|row| row.ended.is_some()) else { break };
        if !gone.contains(&first.run) {
            if bytes <= most {
                continue;
            }
            gone.insert(first.run);
            runs.push(first.run);
        }
        for row in of_run {
            let count = names.entry(&row.sha256).or_default();
            *count = count.saturating_sub(1);
            bytes = bytes.saturating_sub(if *count == 0 { row.bytes } else { 0 });
        }
    }
    runs
}

/// Removes one that was given up: from where later tasks of its run found it, and its content. Whether nothing is left to do.
fn clear(
    contents: &ArtifactStore,
    runs: &Path,
    run: RunId,
    row: &ArtifactRow,
    (is_kept, is_laid_out): (bool, bool),
) -> bool {
    let mut is_clear = true;
    let mut tell = |error: std::io::Error| {
        let name = &row.artifact.name;
        tracing::warn!(%error, %run, task = row.task, name, "an artifact could not be removed");
        is_clear = false;
    };
    if let Ok(task) = Ident::new(&row.task)
        && !is_laid_out
    {
        let key = TaskKey { task, item: row.item };
        let cleared = RunDir::of(runs, run).clear_artifact(&key, &row.artifact.name);
        cleared.unwrap_or_else(&mut tell);
    }
    if !is_kept {
        match contents.remove(&row.artifact.sha256) {
            Ok(true) => {}
            Ok(false) => is_clear = false,
            Err(error) => tell(error),
        }
    }
    is_clear
}

#[cfg(test)]
mod tests;
