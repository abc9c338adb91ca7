//! The files that tasks left: found in the history, read and copied from the home's contents.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::{Duration, SystemTime};

use millrace_api::artifact::{
    ArtifactList, ArtifactName, ArtifactPart, ArtifactRow, ListArtifacts, ReadArtifact,
    SaveArtifact, SavedArtifact,
};
use millrace_api::log::LogData;
use millrace_api::{ApiError, Code};
use millrace_exec::ArtifactStore;
use millrace_model::event::Artifact;
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;
use millrace_store::{Reader, Store, StoreError};

use crate::files;

/// The largest part, in bytes.
const MAX_PART: u32 = 1 << 20;
/// A content that no run names is kept so long: its history may be looked for still, after damage.
const KEPT_UNUSED: Duration = Duration::from_hours(7 * 24);

/// Removes contents that no run names any more, and what a crash left. Before anything is taken in.
pub(crate) fn sweep(store: &Store, contents: &ArtifactStore) {
    let swept = store.read(Reader::kept_contents).map_err(io::Error::other).and_then(|kept| {
        let before = SystemTime::now().checked_sub(KEPT_UNUSED).unwrap_or(SystemTime::UNIX_EPOCH);
        contents.sweep(|hash| kept.contains(hash), before)
    });
    match swept {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "contents of artifacts that no run names were removed"),
        Err(error) => tracing::warn!(%error, "artifacts that no run names could not be removed"),
    }
}

/// What was left in a run. Blocks on the store.
pub(crate) fn list(
    reader: &Reader,
    contents: &ArtifactStore,
    request: &ListArtifacts,
) -> Result<ArtifactList, StoreError> {
    let mut artifacts = Vec::new();
    for row in reader.artifacts(request.run)? {
        // Every name was an identifier when it was stored.
        let Ok(task) = Ident::new(&row.task) else { continue };
        let task = TaskKey { task, item: row.item };
        if request.task.as_ref().is_some_and(|wanted| *wanted != task) {
            continue;
        }
        let Some(path) = contents.path(&row.artifact.sha256) else { continue };
        let path = path.display().to_string();
        let millrace_store::ArtifactRow { number, artifact, removed, .. } = row;
        artifacts.push(ArtifactRow { task, number, artifact, path, removed });
    }
    Ok(ArtifactList { artifacts })
}

/// The artifact of this name among those of its task.
///
/// # Errors
/// `NotFound`, with what there is.
pub(crate) fn find(list: ArtifactList, name: &ArtifactName) -> Result<ArtifactRow, ApiError> {
    let ArtifactName { run, task, number, name } = name;
    let number = number.or_else(|| list.artifacts.iter().map(|row| row.number).max());
    let mut rows: Vec<ArtifactRow> =
        list.artifacts.into_iter().filter(|row| Some(row.number) == number).collect();
    if let Some(at) = rows.iter().position(|row| row.artifact.name == *name) {
        return Ok(rows.swap_remove(at));
    }
    let error =
        ApiError::new(Code::NotFound, format!("{task} left no artifact `{name}` in run {run:.8}"));
    let names: Vec<&str> = rows.iter().take(20).map(|row| row.artifact.name.as_str()).collect();
    Err(match names.is_empty() {
        true => error.help("`millrace artifacts RUN` lists those of all its tasks"),
        false => error.help(format!("it left {}", names.join(", "))),
    })
}

/// A part of it. Blocks on the file.
pub(crate) fn read(row: ArtifactRow, request: &ReadArtifact) -> Result<ArtifactPart, ApiError> {
    if let Some(gone) = row.gone() {
        return Err(gone);
    }
    let most = u64::from(request.max_bytes.min(MAX_PART));
    let mut bytes = Vec::new();
    File::open(&row.path)
        .and_then(|mut file| {
            file.seek(SeekFrom::Start(request.offset))?;
            file.take(most).read_to_end(&mut bytes)
        })
        .map_err(|error| unreadable(&row, &error))?;
    Ok(ArtifactPart { artifact: row.artifact, data: LogData::from_bytes(bytes) })
}

/// A copy of it, by temporary file and rename. Blocks on the files.
pub(crate) fn save(row: &ArtifactRow, request: &SaveArtifact) -> Result<SavedArtifact, ApiError> {
    if let Some(gone) = row.gone() {
        return Err(gone);
    }
    let mut source = File::open(&row.path).map_err(|error| unreadable(row, &error))?;
    // A file of its own, not with the rights of the content, which nobody may write to.
    let (path, bytes) = files::take_out(&request.path, request.replace, |copy| {
        let bytes = io::copy(&mut source, copy)?;
        match bytes == row.artifact.bytes {
            true => Ok(bytes),
            false => Err(io::Error::other(format!(
                "its content has {bytes} bytes and not {}: it was changed outside",
                row.artifact.bytes
            ))),
        }
    })?;
    Ok(SavedArtifact { path, bytes })
}

fn unreadable(row: &ArtifactRow, error: &io::Error) -> ApiError {
    let Artifact { name, .. } = &row.artifact;
    let message = format!("the content of {name} cannot be read: {}: {error}", row.path);
    match error.kind() {
        io::ErrorKind::NotFound => ApiError::new(Code::ContentGone, message)
            .help("somebody removed it from the home; run the task again"),
        _ => ApiError::new(Code::File, message),
    }
}
