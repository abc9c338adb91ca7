//! A history that was damaged or lacks something: set aside, begun anew, and said until a person has read it.
//!
//! Nothing is deleted, and nothing is put back by itself: the last backup is named with the commands that go back to it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use millrace_api::ApiError;
use millrace_api::home::Home;
use millrace_exec::RunDir;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{DATABASE_FILE, Options, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::errors::store_error;
use crate::files;
use crate::ports::SystemClock;

/// In the folder of a run that the history lacks and that was told of.
const TOLD: &str = "not-in-history";
/// So many losses are remembered.
const REMEMBERED: usize = 8;

/// One loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Loss {
    at: Timestamp,
    /// What was found, where the file was damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Where the damaged file is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aside: Option<PathBuf>,
    /// How many runs have a folder, and are not in the history.
    runs: u64,
    /// The backup of then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backup: Option<LastBackup>,
}

/// The last backup of a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LastBackup {
    path: PathBuf,
    made: Timestamp,
}

/// Opens the history. A damaged one is set aside first; what the history lacks is noted.
///
/// # Errors
/// Those of the store; where the files cannot be moved or the note cannot be written, everything is as it was.
pub(crate) fn open_history(home: &Home, options: Options) -> Result<Store, ApiError> {
    let store = match Store::open(home.root(), options.clone()) {
        Err(StoreError::Corrupt { path, detail }) => {
            tracing::error!(path = %path.display(), detail, "the history is damaged");
            set_aside(home, &detail).map_err(|error| store_error(&error))?;
            Store::open(home.root(), options).map_err(|error| store_error(&error))?
        }
        opened => opened.map_err(|error| store_error(&error))?,
    };
    if store.was_cut_off() {
        note_lost(home, &store)?;
    }
    Ok(store)
}

/// What is to be said of losses, as long as their note is there.
pub(crate) fn warnings(home: &Home) -> Vec<String> {
    read(&note(home)).iter().map(|loss| told(home, loss)).collect()
}

/// Whether a loss is told of: what no run names may be looked for still.
pub(crate) fn is_noted(home: &Home) -> bool {
    note(home).exists()
}

/// Remembers a backup, to name it when it is needed.
pub(crate) fn remember_backup(home: &Home, path: &Path, made: Timestamp) {
    let backup = LastBackup { path: path.to_owned(), made };
    let written = serde_json::to_vec_pretty(&backup)
        .map_err(io::Error::other)
        .and_then(|bytes| files::replace(&last_backup(home), &bytes, false));
    if let Err(error) = written {
        tracing::warn!(%error, "where the last backup is could not be noted");
    }
}

fn set_aside(home: &Home, detail: &str) -> Result<(), StoreError> {
    let at = SystemClock::read();
    let lost = unknown_runs(home, &HashSet::new());
    let aside =
        millrace_store::set_aside(home.root(), detail, &stamp(at, "%Y%m%d-%H%M%S"), |to| {
            let (detail, aside) = (Some(detail.to_owned()), Some(to.to_owned()));
            let backup = fs::read(last_backup(home)).ok();
            let backup = backup.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            add(home, Loss { at, detail, aside, runs: lost.len() as u64, backup })?;
            mark_told(home, &lost)
        })?;
    tracing::error!(aside = %aside.display(), "the damaged history is set aside; a new one begins");
    Ok(())
}

/// A run has a folder only after it was recorded: one that the history does not know was lost to it.
fn note_lost(home: &Home, store: &Store) -> Result<(), ApiError> {
    if fs::read_dir(home.runs()).map_or(true, |mut entries| entries.next().is_none()) {
        return Ok(());
    }
    let known = store.read(|reader| {
        let mut known: HashSet<RunId> = reader.run_names()?.into_iter().map(|it| it.0).collect();
        known.extend(reader.deleted_before(Timestamp(i64::MAX), usize::MAX >> 1)?);
        Ok(known)
    });
    let lost = unknown_runs(home, &known.map_err(|error| store_error(&error))?);
    if lost.is_empty() {
        return Ok(());
    }
    tracing::error!(count = lost.len(), "the history lacks runs that were begun");
    let runs = lost.len() as u64;
    let loss = Loss { at: SystemClock::read(), detail: None, aside: None, runs, backup: None };
    add(home, loss)
        .and_then(|()| mark_told(home, &lost))
        .map_err(|error| files::cannot_write(&note(home), &error))
}

fn unknown_runs(home: &Home, known: &HashSet<RunId>) -> Vec<RunId> {
    let entries = fs::read_dir(home.runs()).into_iter().flatten().flatten();
    let runs = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<RunId>().ok());
    let runs = runs.filter(|run| !known.contains(run));
    runs.filter(|run| !RunDir::of(&home.runs(), *run).root().join(TOLD).exists()).collect()
}

fn mark_told(home: &Home, runs: &[RunId]) -> io::Result<()> {
    runs.iter().try_for_each(|run| fs::write(RunDir::of(&home.runs(), *run).root().join(TOLD), b""))
}

fn add(home: &Home, loss: Loss) -> io::Result<()> {
    let mut losses = read(&note(home));
    // Told again after a kill.
    losses.retain(|known| known.aside.is_none() || known.aside != loss.aside);
    losses.push(loss);
    let surplus = losses.len().saturating_sub(REMEMBERED);
    losses.drain(..surplus);
    let bytes = serde_json::to_vec_pretty(&losses).map_err(io::Error::other)?;
    files::replace(&note(home), &bytes, false)
}

fn read(note: &Path) -> Vec<Loss> {
    fs::read(note).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn told(home: &Home, loss: &Loss) -> String {
    let path = home.root().join(DATABASE_FILE);
    let (path, runs) = (path.display(), home.runs());
    let (runs, note) = (runs.display(), note(home));
    let at = stamp(loss.at, "%Y-%m-%d %H:%M");
    let what = match (&loss.aside, &loss.detail) {
        (Some(aside), detail) => format!(
            "the history {path} was damaged ({}) and is set aside since {at} as {}: {} not in the list any more",
            detail.as_deref().unwrap_or("unknown"),
            aside.display(),
            counted(loss.runs),
        ),
        (None, _) => format!(
            "the history {path} lacked a part at {at}, because its files were deleted, cut or not on the \
             disk yet: {} not in the list any more",
            counted(loss.runs),
        ),
    };
    let back = match &loss.backup {
        Some(LastBackup { path, made }) if path.is_file() => format!(
            " To go back to the backup of {}: `millrace daemon stop`, then `millrace restore {} --replace`.",
            stamp(*made, "%Y-%m-%d %H:%M"),
            quoted(&path.display().to_string()),
        ),
        Some(LastBackup { path, .. }) => {
            format!(" The last backup is not at {} any more.", path.display())
        }
        None if loss.aside.is_some() => " No backup was made of this home.".to_owned(),
        None => String::new(),
    };
    let note = note.display();
    format!("{what}; their logs are still in {runs}.{back} This is said until {note} is deleted")
}

fn counted(runs: u64) -> String {
    match runs {
        0 => "no known run is".to_owned(),
        1 => "1 run is".to_owned(),
        runs => format!("{runs} runs are"),
    }
}

/// As a shell reads it.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@".contains(c);
    match path.chars().all(is_plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

fn stamp(at: Timestamp, format: &str) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned_datetime(TimeZone::system()).strftime(format).to_string()
}

fn note(home: &Home) -> PathBuf {
    home.root().join("history-damage.json")
}

fn last_backup(home: &Home) -> PathBuf {
    home.root().join("last-backup.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_is_told_again_after_a_kill_stands_once() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path()).unwrap();
        let loss = |aside: Option<&str>, runs| Loss {
            at: Timestamp(0),
            detail: Some("row 7".into()),
            aside: aside.map(PathBuf::from),
            runs,
            backup: None,
        };
        for runs in [3, 4] {
            add(&home, loss(Some("/h/a.db"), runs)).unwrap();
        }
        assert_eq!(read(&note(&home)), [loss(Some("/h/a.db"), 4)]);
        for runs in 0..20 {
            add(&home, loss(None, runs)).unwrap();
        }
        assert_eq!(read(&note(&home)).len(), REMEMBERED);
        assert_eq!(warnings(&home).len(), REMEMBERED);
        fs::write(note(&home), "no json").unwrap();
        assert_eq!(warnings(&home), Vec::<String>::new());
        assert!(is_noted(&home));
    }

    #[test]
    fn the_command_that_goes_back_can_be_copied_into_a_shell() {
        assert_eq!(quoted("/b/monday.millrace"), "/b/monday.millrace");
        assert_eq!(quoted("/b/it's 記録"), "'/b/it'\\''s 記録'");
    }
}
