//! Marks beside the database, and what becomes of a damaged one: its files get other names and stay.
//!
//! `.open` is there while a writer is: also a write-ahead log that somebody deleted cannot hide that the end was none.
//! `.damaged` is there from when damage was found until the files have their other names, so that a kill in between, or
//! a check that ends long after the start, leads to the same end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::place::{DATABASE_FILE, WriterLock, beside, unusable};

const OPEN: &str = ".open";
const DAMAGED: &str = ".damaged";
/// The write-ahead log first: the database alone is the older state, a log alone belongs to none.
const PARTS: [&str; 3] = ["-wal", "-shm", ""];

/// Gives the files of a damaged history other names, `history.damaged-STAMP.db` and what belongs to it; nothing is deleted.
/// `told` is called with that name before the next history can begin: what it writes down is not lost by a kill, though it
/// may be called again.
///
/// # Errors
/// When another process has the history, or the files cannot be renamed; `told`'s own.
pub fn set_aside(
    home: &Path,
    detail: &str,
    stamp: &str,
    told: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<PathBuf, StoreError> {
    let database = home.join(DATABASE_FILE);
    let _lock = WriterLock::take(&database)?;
    let failed = |error: io::Error| unusable(&database, &error);
    let mark = beside(&database, DAMAGED);
    let known = fs::read_to_string(&mark).unwrap_or_default();
    let aside = match known.split_once('\n') {
        // A kill between two renames: what is left goes where the rest is.
        Some((stamp, _)) if !stamp.is_empty() => named(home, stamp),
        _ => {
            let stamp = free_stamp(home, stamp);
            write(&mark, format!("{stamp}\n{detail}").as_bytes()).map_err(failed)?;
            sync_folder(&database).map_err(failed)?;
            named(home, &stamp)
        }
    };
    for part in PARTS {
        match fs::rename(beside(&database, part), beside(&aside, part)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => renamed.map_err(failed)?,
        }
    }
    sync_folder(&database).map_err(failed)?;
    told(&aside).map_err(failed)?;
    mark_closed(&database).map_err(failed)?;
    fs::remove_file(&mark).map_err(failed)?;
    sync_folder(&database).map_err(failed)?;
    Ok(aside)
}

/// What an earlier check found, where the damaged files are still in their place.
pub(crate) fn damage(database: &Path) -> Option<String> {
    let known = fs::read_to_string(beside(database, DAMAGED)).ok()?;
    Some(known.split_once('\n').map_or(known.as_str(), |(_, detail)| detail).to_owned())
}

/// Has the next start set the files aside.
pub(crate) fn note_damage(database: &Path, detail: &str) -> io::Result<()> {
    write(&beside(database, DAMAGED), format!("\n{detail}").as_bytes())?;
    sync_folder(database)
}

/// Notes that a writer has the history; whether the one before left that behind.
pub(crate) fn mark_open(database: &Path) -> Result<bool, StoreError> {
    let mark = beside(database, OPEN);
    if mark.exists() {
        return Ok(true);
    }
    write(&mark, b"")
        .and_then(|()| sync_folder(database))
        .map_err(|error| unusable(database, &error))?;
    Ok(false)
}

/// Notes that it was closed properly.
pub(crate) fn mark_closed(database: &Path) -> io::Result<()> {
    match fs::remove_file(beside(database, OPEN)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn named(home: &Path, stamp: &str) -> PathBuf {
    home.join(format!("history.damaged-{stamp}.db"))
}

/// Nothing is written over.
fn free_stamp(home: &Path, stamp: &str) -> String {
    let is_free = |stamp: &String| {
        let path = named(home, stamp);
        PARTS.iter().all(|part| !beside(&path, part).exists())
    };
    let numbered = (2_u32..).map(|number| format!("{stamp}-{number}"));
    std::iter::once(stamp.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(database: &Path) -> io::Result<()> {
    match database.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
