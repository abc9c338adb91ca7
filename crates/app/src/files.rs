//! Document files: read whole, written so that a crash leaves the old bytes or the new ones, nothing else.
//!
//! Not the documents' meaning: only bytes and their digest.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use millrace_api::document::{SaveDocument, SavedDocument};
use millrace_api::{ApiError, Code};
/// How the bytes of a document are named.
pub(crate) use millrace_store::sha256_hex as digest;

/// The largest document, in bytes.
pub(crate) const MAX_DOCUMENT: u64 = 64 << 20;

/// How a file is called that is not whole yet; then come letters that nobody chose.
pub(crate) const UNFINISHED: &str = ".millrace-save-";
/// Whoever writes a file for so long was killed.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// A document's bytes and where they came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentFile {
    /// The canonical path: links followed.
    pub(crate) path: PathBuf,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Why it cannot be written, where it cannot.
    pub(crate) read_only: Option<String>,
}

/// Reads a document.
///
/// # Errors
/// `NotFound` where there is no such file; `File` where it cannot be read; `InvalidDocument` where it is too large.
pub(crate) fn read(path: &Path) -> Result<DocumentFile, ApiError> {
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            ApiError::new(Code::NotFound, format!("there is no file {}", path.display()))
        }
        _ => ApiError::new(Code::File, format!("cannot read {}: {error}", path.display())),
    };
    let path = path.canonicalize().map_err(cannot)?;
    let file = fs::File::open(&path).map_err(cannot)?;
    let found = file.metadata().map_err(cannot)?;
    if !found.is_file() {
        let message = format!("{} is not a file", path.display());
        return Err(ApiError::new(Code::File, message).help("name a workflow document (.json)"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        return Err(too_large(&path));
    }
    let read_only = write_refusal(&path, &found);
    Ok(DocumentFile { path, bytes, read_only })
}

/// Writes a document by temporary file, fsync and rename. A link stays a link; its target is written.
///
/// # Errors
/// `ChangedOutside` where the file is not the one that was read; `InvalidDocument` where the text is too large to be
/// read again; `ReadOnly`; `File`.
pub(crate) fn save(save: &SaveDocument) -> Result<SavedDocument, ApiError> {
    let path = Path::new(&save.path);
    if !path.is_absolute() {
        let message = format!("{} is not an absolute path", save.path);
        return Err(ApiError::new(Code::InvalidRequest, message));
    }
    if save.text.len() as u64 > MAX_DOCUMENT {
        return Err(too_large(path));
    }
    let target = match path.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => new_target(path)?,
        Err(error) => return Err(cannot_write(path, &error)),
    };
    let before = match read(&target) {
        Ok(found) => Some(found),
        Err(error) if error.code == Code::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(reason) = before.as_ref().and_then(|found| found.read_only.clone()) {
        let message = format!("{} cannot be written: {reason}", target.display());
        return Err(ApiError::new(Code::ReadOnly, message).help("save it under another name"));
    }
    if !save.overwrite {
        unchanged(&target, before.as_ref(), save.expected_digest.as_deref())?;
    }
    replace(&target, save.text.as_bytes(), before.is_some())
        .map_err(|error| cannot_write(&target, &error))?;
    Ok(SavedDocument::new(target.display().to_string(), digest(save.text.as_bytes())))
}

fn unchanged(
    target: &Path,
    before: Option<&DocumentFile>,
    expected: Option<&str>,
) -> Result<(), ApiError> {
    let happened = match (before, expected) {
        (None, None) => return Ok(()),
        (Some(found), Some(expected)) if digest(&found.bytes) == expected => return Ok(()),
        (Some(_), Some(_)) => "was changed by another program since it was opened",
        (Some(_), None) => "exists already",
        (None, Some(_)) => "was deleted since it was opened",
    };
    Err(ApiError::new(Code::ChangedOutside, format!("{} {happened}", target.display()))
        .help("load it again, overwrite it, or save under another name"))
}

/// Where a file that does not exist yet will be: its folder must exist; of a dangling link, its target.
pub(crate) fn new_target(path: &Path) -> Result<PathBuf, ApiError> {
    let path = match fs::read_link(path) {
        Ok(link) => path.parent().unwrap_or(Path::new("/")).join(link),
        Err(_) => path.to_owned(),
    };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        let message = format!("{} does not name a file", path.display());
        return Err(ApiError::new(Code::InvalidRequest, message));
    };
    let folder = folder.canonicalize().map_err(|error| cannot_write(&path, &error))?;
    Ok(folder.join(name))
}

/// Writes a file that must not exist yet, with the permissions of `like`.
///
/// # Errors
/// `WrongState` where it exists; `File`.
pub(crate) fn create(target: &Path, bytes: &[u8], like: &Path) -> Result<(), ApiError> {
    let folder = target.parent().unwrap_or(Path::new("/"));
    let write = || -> io::Result<()> {
        let mut temporary = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.as_file().set_permissions(fs::metadata(like)?.permissions())?;
        temporary.as_file().sync_all()?;
        temporary.persist_noclobber(target).map_err(|error| error.error)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            ApiError::new(Code::WrongState, format!("{} exists already", target.display()))
                .help("choose another name, or move that file away")
        }
        _ => cannot_write(target, &error),
    })
}

/// Writes a file by temporary file, fsync and rename; one that `existed` keeps its permissions.
///
/// # Errors
/// Those of the file system; the old bytes are there still.
pub(crate) fn replace(target: &Path, bytes: &[u8], existed: bool) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("/"));
    let mut temporary = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    let mode = match existed {
        true => fs::metadata(target)?.permissions(),
        // As any new file of this user would be: the temporary one is private.
        false => fs::Permissions::from_mode(0o666 & !umask()),
    };
    temporary.as_file().set_permissions(mode)?;
    temporary.as_file().sync_all()?;
    temporary.persist(target).map_err(|error| error.error)?;
    fs::File::open(folder)?.sync_all()?;
    sweep(folder);
    Ok(())
}

/// Removes what killed processes have left of files that they were writing into a folder. A file that cannot be removed
/// stays: it is in nobody's way.
pub(crate) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            continue;
        }
        let written = entry.metadata().and_then(|found| found.modified());
        let age = written.ok().and_then(|written| written.elapsed().ok());
        if age.is_some_and(|age| age > ABANDONED) {
            let _stays = fs::remove_file(entry.path());
        }
    }
}

/// Writes what a person takes out of the home to the absolute path that they gave, by temporary file and rename; gives the
/// place and the size in bytes.
///
/// # Errors
/// `InvalidRequest` where the path is not absolute; `File` where something is there that may not be replaced, or where
/// writing fails.
pub(crate) fn take_out(
    path: &str,
    may_replace: bool,
    write: impl FnOnce(&mut fs::File) -> io::Result<u64>,
) -> Result<(String, u64), ApiError> {
    // As any new file of this user would be: the temporary one is private.
    put_out(path, may_replace, 0o666 & !umask(), write)
}

/// The same, for nobody else's eyes.
///
/// # Errors
/// Those of [`take_out`].
pub(crate) fn take_out_private(
    path: &str,
    may_replace: bool,
    write: impl FnOnce(&mut fs::File) -> io::Result<u64>,
) -> Result<(String, u64), ApiError> {
    put_out(path, may_replace, 0o600, write)
}

fn put_out(
    path: &str,
    may_replace: bool,
    mode: u32,
    write: impl FnOnce(&mut fs::File) -> io::Result<u64>,
) -> Result<(String, u64), ApiError> {
    let path = Path::new(path);
    if !path.is_absolute() {
        let message = format!("{} is not an absolute path", path.display());
        return Err(ApiError::new(Code::InvalidRequest, message));
    }
    let target = match path.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => new_target(path)?,
        Err(error) => return Err(cannot_write(path, &error)),
    };
    if target.exists() && !may_replace {
        let message = format!("{} is there already", target.display());
        return Err(ApiError::new(Code::File, message).help("choose another name, or replace it"));
    }
    let folder = target.parent().unwrap_or(Path::new("/"));
    let put = || -> io::Result<u64> {
        let mut temporary = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        let bytes = write(temporary.as_file_mut())?;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
        temporary.as_file().sync_all()?;
        temporary.persist(&target).map_err(|error| error.error)?;
        fs::File::open(folder)?.sync_all()?;
        Ok(bytes)
    };
    let bytes = put().map_err(|error| cannot_write(&target, &error))?;
    Ok((target.display().to_string(), bytes))
}

fn umask() -> u32 {
    // Reading it means setting it; the line in /proc spares us a moment with a wrong one.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o077)
}

fn write_refusal(path: &Path, found: &fs::Metadata) -> Option<String> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    if found.permissions().readonly() {
        return Some("the file is read-only".to_owned());
    }
    if accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS).is_err() {
        return Some("you may not write to the file".to_owned());
    }
    let folder = path.parent()?;
    accessat(CWD, folder, Access::WRITE_OK, AtFlags::EACCESS)
        .is_err()
        .then(|| format!("you may not write to the folder {}", folder.display()))
}

fn too_large(path: &Path) -> ApiError {
    let message = format!("{} is larger than 64 MiB, the limit of a document", path.display());
    ApiError::new(Code::InvalidDocument, message)
}

pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> ApiError {
    ApiError::new(Code::File, format!("cannot write {}: {error}", path.display()))
        .help("nothing was changed; free some space or choose another folder, then save again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &Path, text: &str, expected: Option<&str>) -> SaveDocument {
        SaveDocument {
            path: path.display().to_string(),
            text: text.to_owned(),
            expected_digest: expected.map(ToOwned::to_owned),
            overwrite: false,
            is_trusted: true,
        }
    }

    #[test]
    fn saves_anew_and_again_and_keeps_the_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let first = save(&request(&path, "one", None)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        save(&request(&path, "two", Some(&first.digest))).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn what_a_killed_save_left_goes_with_a_later_save_and_one_that_goes_on_stays() {
        let dir = tempfile::tempdir().unwrap();
        let left = |name: &str, age: Duration| {
            let path = dir.path().join(name);
            let file = fs::File::create(&path).unwrap();
            file.set_modified(std::time::SystemTime::now() - age).unwrap();
            path
        };
        let day = Duration::from_secs(24 * 60 * 60);
        let abandoned = left(".millrace-save-a1", day);
        let others = left(".somebody-elses", day);
        let going_on = left(".millrace-save-b2", Duration::from_secs(5));
        save(&request(&dir.path().join("a.json"), "one", None)).unwrap();
        assert!(!abandoned.exists());
        assert!(others.exists() && going_on.exists());
    }

    #[test]
    fn refuses_what_changed_outside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let first = save(&request(&path, "one", None)).unwrap();
        assert_eq!(save(&request(&path, "x", None)).unwrap_err().code, Code::ChangedOutside);
        fs::write(&path, "by hand").unwrap();
        let error = save(&request(&path, "two", Some(&first.digest))).unwrap_err();
        assert_eq!(error.code, Code::ChangedOutside);
        assert_eq!(fs::read_to_string(&path).unwrap(), "by hand");
        let forced = SaveDocument { overwrite: true, ..request(&path, "two", Some(&first.digest)) };
        save(&forced).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        fs::remove_file(&path).unwrap();
        let error = save(&request(&path, "three", Some(&digest(b"two")))).unwrap_err();
        assert!(error.message.contains("deleted"), "{error}");
    }

    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("link.json"));
        fs::write(&real, "one").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        save(&request(&link, "two", Some(&digest(b"one")))).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "two");
    }

    #[test]
    fn a_read_only_file_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(read(&path).unwrap().read_only.is_some());
        let error = save(&request(&path, "two", Some(&digest(b"one")))).unwrap_err();
        assert_eq!(error.code, Code::ReadOnly);
    }

    #[test]
    fn the_digest_is_sha256() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(b"abc"), known);
    }
}
