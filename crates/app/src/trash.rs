//! Deleted documents: each lies in the home's trash with a note of where it was, until it is put back.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use millrace_api::document::{SavedDocument, TrashedDocument};
use millrace_api::{ApiError, Code};
use millrace_model::time::Timestamp;

use crate::files;

/// The trash of a home.
#[derive(Debug, Clone)]
pub(crate) struct Trash {
    folder: PathBuf,
}

/// What is noted beside a document.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    path: String,
    deleted: Timestamp,
}

impl Trash {
    /// The trash in `folder`, which is made with the first document.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Puts a document in. Blocks on files.
    ///
    /// # Errors
    /// `InvalidRequest` where the path is not absolute; `NotFound`; `File`.
    pub(crate) fn put(&self, path: &str, now: Timestamp) -> Result<TrashedDocument, ApiError> {
        if !Path::new(path).is_absolute() {
            let message = format!("{path} is not an absolute path");
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
        let file = files::read(Path::new(path))?;
        let cannot = |error: &dyn std::fmt::Display| {
            let message = format!("cannot delete {}: {error}", file.path.display());
            ApiError::new(Code::File, message).help("nothing was changed")
        };
        self.make_folder().map_err(|error| cannot(&error))?;
        let trashed = self.free_name(now);
        let note = Note { path: file.path.display().to_string(), deleted: now };
        let note = serde_json::to_vec(&note).map_err(|error| cannot(&error))?;
        // The copy is complete with its note before the file goes: a crash leaves it twice and never none.
        files::create(&self.document(&trashed), &file.bytes, &file.path)?;
        files::create(&self.note(&trashed), &note, &file.path)?;
        if let Err(error) = fs::remove_file(&file.path) {
            self.forget(&trashed);
            return Err(cannot(&error));
        }
        Ok(TrashedDocument { trashed })
    }

    /// Puts a document back. Blocks on files.
    ///
    /// # Errors
    /// `NotFound` where it is not in the trash; `WrongState` where its place is taken; `File`.
    pub(crate) fn restore(&self, trashed: &str) -> Result<SavedDocument, ApiError> {
        let is_name = trashed.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let note = Some(trashed).filter(|_| is_name).and_then(|name| self.read_note(name));
        let Some(note) = note else {
            return Err(ApiError::new(Code::NotFound, format!("`{trashed}` is not in the trash")));
        };
        let file = files::read(&self.document(trashed))?;
        let target = Path::new(&note.path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| files::cannot_write(target, &error))?;
        }
        files::create(target, &file.bytes, &file.path)?;
        self.forget(trashed);
        Ok(SavedDocument::new(note.path, files::digest(&file.bytes)))
    }

    /// Where the documents in the trash were. Blocks on files.
    pub(crate) fn places(&self) -> BTreeSet<String> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return BTreeSet::new() };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let names = names.filter_map(|name| name.strip_suffix(".note").map(str::to_owned));
        names.filter_map(|name| self.read_note(&name)).map(|note| note.path).collect()
    }

    fn make_folder(&self) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }

    fn free_name(&self, now: Timestamp) -> String {
        let base = format!("{:x}", now.0);
        let mut name = base.clone();
        let mut number = 1;
        while self.document(&name).exists() {
            number += 1;
            name = format!("{base}-{number}");
        }
        name
    }

    fn document(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    fn note(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.note"))
    }

    fn read_note(&self, name: &str) -> Option<Note> {
        serde_json::from_slice(&fs::read(self.note(name)).ok()?).ok()
    }

    /// The note goes last: a document without one could not be put back.
    fn forget(&self, name: &str) {
        for path in [self.document(name), self.note(name)] {
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(%error, path = %path.display(), "left over in the trash");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deleted_comes_back_byte_for_byte() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let path = root.join("sub/a.json");
        fs::create_dir(root.join("sub")).unwrap();
        fs::write(&path, "{ half").unwrap();
        let trash = Trash::new(root.join("trash"));
        let text = path.display().to_string();
        let trashed = trash.put(&text, Timestamp(1)).unwrap().trashed;
        assert!(!path.exists());
        assert_eq!(trash.places(), BTreeSet::from([text.clone()]));
        fs::remove_dir(root.join("sub")).unwrap();
        let back = trash.restore(&trashed).unwrap();
        assert_eq!((back.path, back.digest), (text, files::digest(b"{ half")));
        assert_eq!(fs::read_to_string(&path).unwrap(), "{ half");
        assert_eq!(trash.places(), BTreeSet::new());
        assert_eq!(trash.restore(&trashed).unwrap_err().code, Code::NotFound);
    }

    #[test]
    fn two_of_one_moment_do_not_mix_and_a_taken_place_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let trash = Trash::new(root.join("trash"));
        let path = root.join("a.json");
        let text = path.display().to_string();
        let mut names = Vec::new();
        for content in ["one", "two"] {
            fs::write(&path, content).unwrap();
            names.push(trash.put(&text, Timestamp(1)).unwrap().trashed);
        }
        trash.restore(&names[1]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(trash.restore(&names[0]).unwrap_err().code, Code::WrongState);
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(trash.places().len(), 1, "it can still be put back");
        assert_eq!(trash.restore("../a").unwrap_err().code, Code::NotFound);
        assert_eq!(trash.put("a.json", Timestamp(1)).unwrap_err().code, Code::InvalidRequest);
    }
}
