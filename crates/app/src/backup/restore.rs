//! Going back to a backup: everything or nothing.
//!
//! It is unpacked and checked beside the home, and when it is on the disk the two change places in one step: at no moment
//! there is no home. What was there is moved aside, not deleted.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use millrace_api::home::Home;
use millrace_api::{ApiError, Code};
use millrace_exec::RunDir;
use millrace_keeper::journal::keeper_is_alive;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{Options, Store};
use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};
use rustix::io::Errno;
use serde::Serialize;

use super::archive::Manifest;
use super::pick::{FILES, FOLDERS};
use super::unpack::{self, Bad};
use crate::errors::store_error;
use crate::lock::HomeLock;
use crate::ports::SystemClock;

/// What stands after the home's name, and before a number, in the name of the folder into which is unpacked.
const RESTORING: &str = "restoring-";

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The home that is as it was in the backup.
    pub home: PathBuf,
    /// Where the home is that was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<PathBuf>,
    /// When the backup was made.
    pub made: Timestamp,
    /// How many runs it has.
    pub runs: u64,
    /// Runs that were under way in it: they end as lost.
    pub lost: Vec<RunId>,
    /// Secrets whose values must be stored anew, if this is not the machine and the user of the backup.
    pub secrets: Vec<String>,
    /// Logs are in it.
    pub with_logs: bool,
    /// Artifacts are in it.
    pub with_artifacts: bool,
}

/// Makes the home what it was in the backup. Nobody else may have it. Blocks.
///
/// # Errors
/// `NotABackup` where the file is none, is damaged or newer; `HomeNotEmpty` where something is there and `replace` is not
/// given; `HomeTaken`; `WrongState` where a run of it still goes on here; `File` where there is no room. Then nothing changed.
pub fn restore(home: &Home, file: &Path, replace: bool) -> Result<Restored, ApiError> {
    let told = |error: &Bad| refused(file, error);
    let manifest = unpack::manifest(file).map_err(|error| told(&error))?;
    let lock = HomeLock::take(home)?;
    let is_empty = is_empty(home);
    if !is_empty && !replace {
        let message = format!("something is in the home {}", home.root().display());
        return Err(ApiError::new(Code::HomeNotEmpty, message).help(
            "with --replace it is moved aside, not deleted; or set MILLRACE_HOME to an empty folder",
        ));
    }
    none_goes_on(home, &manifest)?;
    has_room(home, &manifest)?;
    sweep(home);
    let fresh = sibling(home, &format!("{RESTORING}{}", std::process::id()))?;
    let made = fs::DirBuilder::new().mode(0o700).create(&fresh);
    made.map_err(|error| crate::files::cannot_write(&fresh, &error))?;
    let unpacked = unpack::unpack(file, &fresh, &manifest)
        .map_err(|error| told(&error))
        .and_then(|()| opens(&fresh));
    let moved = unpacked.and_then(|()| on_disk(&fresh)).and_then(|()| swap(home, &fresh, is_empty));
    if moved.is_err() {
        let _gone = fs::remove_dir_all(&fresh);
    }
    drop(lock);
    Ok(Restored {
        home: home.root().to_owned(),
        moved: moved?,
        made: manifest.made,
        runs: manifest.runs,
        lost: manifest.under_way,
        secrets: manifest.secrets,
        with_logs: manifest.with_logs,
        with_artifacts: manifest.with_artifacts,
    })
}

fn refused(file: &Path, error: &Bad) -> ApiError {
    match error {
        Bad::Backup(why) => {
            let message = format!("{} cannot be restored: {why}", file.display());
            ApiError::new(Code::NotABackup, message).help("nothing was changed")
        }
        Bad::Write { path, error } => crate::files::cannot_write(path, error)
            .help("nothing was changed: make room, and try again"),
    }
}

/// Nothing of what a backup would bring.
fn is_empty(home: &Home) -> bool {
    let has_some = |name: &&str| {
        fs::read_dir(home.root().join(name)).is_ok_and(|mut entries| entries.next().is_some())
    };
    !FILES.iter().any(|name| home.root().join(name).exists()) && !FOLDERS.iter().any(has_some)
}

/// A run that goes on here under its keeper would be taken for lost, and for the same run.
fn none_goes_on(home: &Home, manifest: &Manifest) -> Result<(), ApiError> {
    let lives = |root: &Path, run: &RunId| {
        keeper_is_alive(&RunDir::of(&root.join("runs"), *run).journal()).unwrap_or(false)
    };
    let of_backup = manifest.under_way.iter().find(|run| lives(&manifest.home, run));
    let here = fs::read_dir(home.runs()).into_iter().flatten().flatten();
    let here = here.filter_map(|entry| entry.file_name().to_str()?.parse::<RunId>().ok());
    let goes_on =
        of_backup.copied().or_else(|| here.into_iter().find(|run| lives(home.root(), run)));
    let Some(run) = goes_on else { return Ok(()) };
    let message = format!("run {run:.8} goes on on this machine");
    Err(ApiError::new(Code::WrongState, message)
        .help("cancel it, or wait for its end, and restore then"))
}

fn has_room(home: &Home, manifest: &Manifest) -> Result<(), ApiError> {
    let Ok(found) = rustix::fs::statvfs(home.root()) else { return Ok(()) };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    if free > manifest.bytes {
        return Ok(());
    }
    let message = format!(
        "{} bytes are needed for the backup, and {free} are free on the disk of {}",
        manifest.bytes,
        home.root().display()
    );
    Err(ApiError::new(Code::File, message).help("nothing was changed: make room, and try again"))
}

fn sibling(home: &Home, end: &str) -> Result<PathBuf, ApiError> {
    let root = home.root();
    let name = root.file_name().and_then(|name| name.to_str());
    let (Some(parent), Some(name)) = (root.parent(), name) else {
        let message = format!("{} has no folder around it", root.display());
        return Err(ApiError::new(Code::Environment, message)
            .help("set MILLRACE_HOME to a folder within another one"));
    };
    Ok(parent.join(format!("{name}.{end}")))
}

/// The history is sound and of a format that this program knows, and closed again.
fn opens(fresh: &Path) -> Result<(), ApiError> {
    // Another one may run elsewhere, and the home is checked for its file system by the daemon.
    let options =
        Options { check_budget: std::time::Duration::from_hours(1), ..Options::default() };
    let store = Store::open(fresh, options).map_err(|error| not_whole(&store_error(&error)))?;
    if let Some(newer) = store.newer() {
        return Err(not_whole(&store_error(newer)));
    }
    let writer = store.writer().map_err(|error| not_whole(&store_error(&error)))?;
    writer.close().map_err(|error| not_whole(&store_error(&error)))
}

fn not_whole(error: &ApiError) -> ApiError {
    let message = format!("the history of the backup cannot be used: {}", error.message);
    ApiError::new(Code::NotABackup, message).help("nothing was changed")
}

/// All of it is on the disk, before it takes the place of what is there.
fn on_disk(fresh: &Path) -> Result<(), ApiError> {
    let synced = fs::File::open(fresh).and_then(|folder| Ok(syncfs(folder)?));
    synced.map_err(|error| {
        crate::files::cannot_write(fresh, &error).help("nothing was changed: look at the disk")
    })
}

/// Puts `fresh` in the place of the home; where the one before is, if anything was in it. After an error `fresh` is still what
/// was unpacked.
fn swap(home: &Home, fresh: &Path, is_empty: bool) -> Result<Option<PathBuf>, ApiError> {
    let now = SystemClock::read();
    let at = jiff::Timestamp::from_microsecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let at = at.to_zoned_datetime(TimeZone::system()).strftime("%Y%m%d-%H%M%S").to_string();
    let before = aside(home, &at)?;
    let root = home.root();
    let refused = |error| not_moved(fresh, &error).help("nothing was changed");
    // It has the name that the home before shall have, before they change places: whoever is killed in between has no home
    // under a name that is swept.
    fs::rename(fresh, &before).map_err(refused)?;
    if let Err(error) = renameat_with(CWD, &before, CWD, root, RenameFlags::EXCHANGE) {
        fs::rename(&before, fresh).map_err(refused)?;
        match error {
            // Not every file system can do that.
            Errno::INVAL | Errno::NOSYS => in_two_steps(root, fresh, &before)?,
            error => return Err(refused(error.into())),
        }
    }
    if let Some(parent) = root.parent().and_then(|parent| fs::File::open(parent).ok()) {
        let _synced = parent.sync_all();
    }
    if is_empty {
        // Nothing but the lock, the daemon's log and what can be made again.
        let _gone = fs::remove_dir_all(&before);
        return Ok(None);
    }
    Ok(Some(before))
}

/// A name for what was there that nothing has yet.
fn aside(home: &Home, at: &str) -> Result<PathBuf, ApiError> {
    let mut name = sibling(home, &format!("before-restore-{at}"))?;
    let mut more = 2;
    while name.symlink_metadata().is_ok() {
        name = sibling(home, &format!("before-restore-{at}-{more}"))?;
        more += 1;
    }
    Ok(name)
}

/// Removes what restores that were killed have unpacked. Whoever calls has the home's lock, so no other one is under way.
fn sweep(home: &Home) {
    let Ok(prefix) = sibling(home, RESTORING) else { return };
    let (Some(parent), Some(prefix)) = (prefix.parent(), prefix.file_name()) else { return };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let rest = name.as_bytes().strip_prefix(prefix.as_bytes());
        if rest.is_some_and(|pid| !pid.is_empty() && pid.iter().all(u8::is_ascii_digit)) {
            let gone = fs::remove_dir_all(entry.path());
            tracing::info!(folder = %entry.path().display(), ?gone, "what a restore left");
        }
    }
}

fn in_two_steps(root: &Path, fresh: &Path, aside: &Path) -> Result<(), ApiError> {
    fs::rename(root, aside).map_err(|error| {
        let message = format!("{} cannot be moved aside: {error}", root.display());
        ApiError::new(Code::File, message).help("nothing was changed")
    })?;
    fs::rename(fresh, root).map_err(|error| {
        let error = not_moved(fresh, &error);
        match fs::rename(aside, root) {
            Ok(()) => error.help("nothing was changed"),
            Err(_) => error.help(format!("the home that was there is {}", aside.display())),
        }
    })
}

fn not_moved(fresh: &Path, error: &std::io::Error) -> ApiError {
    let message = format!("{} cannot take the place of the home: {error}", fresh.display());
    ApiError::new(Code::File, message)
}
