//! Folders of the library: made, renamed, removed.
//!
//! A rename is noted in the home before the folder moves, and forgotten after the history has followed: a crash in between
//! is made good at the next start.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use millrace_api::home::Home;
use millrace_api::library::{ChangedFolder, MakeFolder, RemoveFolder, RenameFolder};
use millrace_api::{ApiError, Code};
use millrace_store::{Mailbox, Store};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};

use crate::errors::store_error;
use crate::ports::SystemClock;
use crate::settings::Settings;
use crate::{callers, files, trust, versions};

/// In the home while a folder is being renamed.
const NOTE: &str = "renaming.json";

/// A folder that is being renamed.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    from: String,
    to: String,
}

/// Makes a folder. Blocks on files.
///
/// # Errors
/// `InvalidRequest` where the path is not absolute, the name makes no sense or it would not be in the library; `WrongState`
/// where it is there; `File`.
pub(crate) fn make(settings: &Settings, args: &MakeFolder) -> Result<ChangedFolder, ApiError> {
    let path = absolute(&args.path)?;
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(outside(&path));
    };
    let name = name.to_string_lossy();
    check_name(&name)?;
    if settings.library.iter().any(|root| root == above) {
        // The library's own folder is made with the first thing that is put into it.
        fs::create_dir_all(above).map_err(|error| cannot("make", &path, &error))?;
    }
    let above = above.canonicalize().map_err(|error| cannot("make", &path, &error))?;
    if !roots(settings).iter().any(|root| above.starts_with(root)) {
        return Err(outside(&path));
    }
    let path = above.join(name.as_ref());
    match fs::create_dir(&path) {
        Ok(()) => Ok(changed(&path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(is_there(&path)),
        Err(error) => Err(cannot("make", &path, &error)),
    }
}

/// Removes an empty folder. Blocks on files.
///
/// # Errors
/// As [`make`]; `NotFound`; `WrongState` where something is in it.
pub(crate) fn remove(settings: &Settings, args: &RemoveFolder) -> Result<(), ApiError> {
    let path = of_library(settings, &args.path)?;
    fs::remove_dir(&path).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty => {
            let message = format!("{} is not empty", path.display());
            ApiError::new(Code::WrongState, message).help("move or delete first what is in it")
        }
        _ => cannot("remove", &path, &error),
    })
}

/// Gives a folder another name. What lies below it keeps its identity, and tasks elsewhere that run it follow. Blocks on
/// files and the store.
///
/// # Errors
/// As [`remove`]; `WrongState` where the new name is taken; those of the store, and nothing has changed then.
pub(crate) fn rename(
    (home, settings): (&Home, &Settings),
    (store, mailbox): (&Store, &Mailbox),
    known: &[PathBuf],
    args: &RenameFolder,
) -> Result<ChangedFolder, ApiError> {
    check_name(&args.name)?;
    let from = of_library(settings, &args.path)?;
    if let Some(root) = roots(settings).iter().find(|root| root.starts_with(&from)) {
        let message =
            format!("{} holds {}, which the settings name", from.display(), root.display());
        let help = "rename it yourself, and change `library` in the settings";
        return Err(ApiError::new(Code::WrongState, message).help(help));
    }
    let to = from.with_file_name(&args.name);
    if to == from {
        return Ok(changed(&from));
    }
    let callers = callers::find_below(settings, known, &from);
    let trusted: BTreeSet<PathBuf> = callers
        .iter()
        .map(|caller| caller.path().to_owned())
        .filter(|path| trust::is_file_trusted(store, path))
        .collect();
    let was_trusted = |path: &str| {
        let path = Path::new(path);
        let before = path.strip_prefix(&to).map_or_else(|_| path.to_owned(), |it| from.join(it));
        trusted.contains(&before)
    };
    let note = Note { from: from.display().to_string(), to: to.display().to_string() };
    write_note(home, &note)?;
    if let Err(error) = renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE) {
        forget(home);
        return Err(match error {
            rustix::io::Errno::EXIST => is_there(&to),
            error => cannot("rename", &from, &error.into()),
        });
    }
    if let Err(error) = follow(mailbox, &note) {
        // Where it cannot go back either, the note stays, and the history follows at the next start.
        if renameat_with(CWD, &to, CWD, &from, RenameFlags::NOREPLACE).is_ok() {
            forget(home);
        }
        return Err(error);
    }
    forget(home);
    let mut answer = changed(&to);
    let (written, left) = callers::follow_below(callers, (&from, &to));
    let now = SystemClock::read();
    for (saved, text) in written {
        versions::keep_text(mailbox, &saved.path, &text);
        if was_trusted(&saved.path) {
            trust::made_here(mailbox, &text, now);
        }
        answer.callers.push(saved.path);
    }
    answer.left = left;
    Ok(answer)
}

/// Makes good what a crash in the middle of a rename left: either all of it happened, or nothing. Blocks on files and the
/// store.
pub(crate) fn recover(home: &Home, mailbox: &Mailbox) {
    let Ok(text) = fs::read(home.root().join(NOTE)) else { return };
    // A note that was not written whole is one of a rename that had not begun.
    let Ok(note) = serde_json::from_slice::<Note>(&text) else { return forget(home) };
    if Path::new(&note.to).is_dir() && !Path::new(&note.from).exists() {
        if let Err(error) = follow(mailbox, &note) {
            return tracing::error!(%error, to = note.to, "a renamed folder has lost its history until the next start");
        }
        tracing::info!(to = note.to, "the history followed a renamed folder");
    }
    forget(home);
}

fn follow(mailbox: &Mailbox, note: &Note) -> Result<(), ApiError> {
    let (from, to) = (note.from.clone(), note.to.clone());
    let moved = mailbox.call(move |writer| writer.move_folder(&from, &to));
    moved.map_err(|error| store_error(&error))
}

fn write_note(home: &Home, note: &Note) -> Result<(), ApiError> {
    let path = home.root().join(NOTE);
    let text =
        serde_json::to_vec(note).map_err(|error| ApiError::internal("note a rename", &error))?;
    files::replace(&path, &text, false).map_err(|error| cannot("write", &path, &error))
}

fn forget(home: &Home) {
    let path = home.root().join(NOTE);
    if let Err(error) = fs::remove_file(&path) {
        tracing::warn!(%error, path = %path.display(), "the note of a rename cannot be removed");
    }
}

fn changed(path: &Path) -> ChangedFolder {
    ChangedFolder { path: path.display().to_string(), callers: Vec::new(), left: Vec::new() }
}

fn roots(settings: &Settings) -> Vec<PathBuf> {
    settings.library.iter().filter_map(|root| root.canonicalize().ok()).collect()
}

/// A folder below one that the settings name.
fn of_library(settings: &Settings, path: &str) -> Result<PathBuf, ApiError> {
    let path = absolute(path)?;
    let found = path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            ApiError::new(Code::NotFound, format!("there is no folder {}", path.display()))
        }
        _ => cannot("read", &path, &error),
    })?;
    if !found.is_dir() {
        let message = format!("{} is not a folder", found.display());
        return Err(ApiError::new(Code::InvalidRequest, message));
    }
    let roots = roots(settings);
    if roots.contains(&found) {
        let message = format!("{} is a folder that the settings name", found.display());
        let help = "change `library` in the settings instead";
        return Err(ApiError::new(Code::WrongState, message).help(help));
    }
    match roots.iter().any(|root| found.starts_with(root)) {
        true => Ok(found),
        false => Err(outside(&found)),
    }
}

fn absolute(path: &str) -> Result<PathBuf, ApiError> {
    let path = PathBuf::from(path);
    match path.is_absolute() {
        true => Ok(path),
        false => {
            let message = format!("{} is not an absolute path", path.display());
            Err(ApiError::new(Code::InvalidRequest, message))
        }
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let why = match name {
        "" => "a folder needs a name",
        _ if name.starts_with('.') => "a folder whose name begins with a dot is not looked into",
        _ if name.contains('/') => "the name of a folder has no `/` in it",
        _ if name.chars().any(char::is_control) => "the name of a folder has no control characters",
        _ if name.len() > 255 => "the name of a folder has at most 255 bytes",
        _ if name.trim() != name => "the name of a folder does not begin or end with a space",
        _ => return Ok(()),
    };
    Err(ApiError::new(Code::InvalidRequest, why).help("choose another name"))
}

fn outside(path: &Path) -> ApiError {
    let message = format!("{} is not in the library", path.display());
    ApiError::new(Code::InvalidRequest, message)
        .help("name a folder below one that the settings have in `library`")
}

fn is_there(path: &Path) -> ApiError {
    ApiError::new(Code::WrongState, format!("{} exists already", path.display()))
        .help("choose another name")
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> ApiError {
    ApiError::new(Code::File, format!("cannot {what} {}: {error}", path.display()))
        .help("nothing was changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> (tempfile::TempDir, PathBuf, Settings) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("library");
        fs::create_dir(&root).unwrap();
        let settings = Settings { library: vec![root.clone()], ..Settings::default() };
        (dir, root, settings)
    }

    fn text(path: &Path) -> String {
        path.display().to_string()
    }

    #[test]
    fn folders_are_made_and_removed_in_the_library_alone() {
        let (dir, root, settings) = library();
        let make = |path: &Path| make(&settings, &MakeFolder { path: text(path) });
        assert_eq!(make(&root.join("team")).unwrap().path, text(&root.join("team")));
        assert_eq!(make(&root.join("team/每日")).unwrap().path, text(&root.join("team/每日")));
        for (path, code) in [
            (root.join("team"), Code::WrongState),
            (dir.path().join("away"), Code::InvalidRequest),
            (root.join("../up"), Code::InvalidRequest),
            (root.join(".hidden"), Code::InvalidRequest),
            (root.join("none/deep"), Code::File),
            (PathBuf::from("team"), Code::InvalidRequest),
        ] {
            assert_eq!(make(&path).unwrap_err().code, code, "{}", path.display());
        }
        let remove = |path: &Path| remove(&settings, &RemoveFolder { path: text(path) });
        for (path, code) in [
            (root.join("team"), Code::WrongState),
            (root.clone(), Code::WrongState),
            (root.join("none"), Code::NotFound),
            (dir.path().to_owned(), Code::InvalidRequest),
        ] {
            assert_eq!(remove(&path).unwrap_err().code, code, "{}", path.display());
        }
        remove(&root.join("team/每日")).unwrap();
        assert!(!root.join("team/每日").exists());
    }

    #[test]
    fn names_that_make_no_folder_are_refused() {
        for name in ["", ".", "..", ".git", "a/b", "a\nb", " a", &"a".repeat(256)] {
            assert_eq!(check_name(name).unwrap_err().code, Code::InvalidRequest, "{name:?}");
        }
        for name in ["a", "Team A", "每日", "🙂"] {
            check_name(name).unwrap();
        }
    }
}
