//! What is in document files now: digests, read again only where the file looks different than before.
//!
//! Nothing is watched: whoever wants to know asks.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use millrace_api::document::{DocumentStat, DocumentStats, FileState};
use millrace_api::{ApiError, Code};

use crate::files;

/// Files asked for at once at most.
const MOST_PATHS: usize = 1_000;
/// Files whose digests are remembered at most.
const MOST_KNOWN: usize = 2_000;
/// A file that was written so short a time before it was read may be written again without looking different.
const TOO_FRESH: Duration = Duration::from_secs(2);

/// The digests of files as they were read last.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    known: Mutex<HashMap<PathBuf, (Look, String)>>,
}

/// What tells two contents of a file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    /// What a file looks like.
    pub(crate) fn of(found: &fs::Metadata) -> Self {
        Self {
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }

    /// Whether it cannot be written any more without looking different.
    pub(crate) fn is_settled(&self) -> bool {
        let changed = UNIX_EPOCH + Duration::from_secs(u64::try_from(self.changed.0).unwrap_or(0));
        SystemTime::now().duration_since(changed).is_ok_and(|age| age > TOO_FRESH)
    }
}

impl Digests {
    /// What is in these files. Blocks on files.
    ///
    /// # Errors
    /// `InvalidRequest` where there are too many, or a path is not absolute.
    pub(crate) fn stat(&self, paths: Vec<String>) -> Result<DocumentStats, ApiError> {
        if paths.len() > MOST_PATHS {
            let message =
                format!("{} files are too many at once; ask for {MOST_PATHS}", paths.len());
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
        if let Some(path) = paths.iter().find(|path| !Path::new(path).is_absolute()) {
            let message = format!("{path} is not an absolute path");
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
        let documents = paths
            .into_iter()
            .map(|path| DocumentStat { state: self.state(Path::new(&path)), path });
        Ok(DocumentStats { documents: documents.collect() })
    }

    fn state(&self, path: &Path) -> FileState {
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return FileState::Gone,
            Err(error) => return FileState::Unreadable(error.to_string()),
        };
        let look = Look::of(&found);
        if let Some((known, digest)) = self.known().get(path)
            && *known == look
        {
            return FileState::Digest(digest.clone());
        }
        let digest = match files::read(path) {
            Ok(file) => files::digest(&file.bytes),
            Err(error) if error.code == Code::NotFound => return FileState::Gone,
            Err(error) => return FileState::Unreadable(error.message),
        };
        if look.is_settled() {
            let mut known = self.known();
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            known.insert(path.to_owned(), (look, digest.clone()));
        }
        FileState::Digest(digest)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, (Look, String)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(digests: &Digests, paths: &[&Path]) -> Vec<FileState> {
        let paths = paths.iter().map(|path| path.display().to_string()).collect();
        digests.stat(paths).unwrap().documents.into_iter().map(|found| found.state).collect()
    }

    #[test]
    fn a_file_is_told_by_its_content_however_quickly_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (path, gone) = (dir.path().join("a.json"), dir.path().join("gone.json"));
        let digests = Digests::default();
        for text in ["one", "two", "one"] {
            fs::write(&path, text).unwrap();
            let expected = [FileState::Digest(files::digest(text.as_bytes())), FileState::Gone];
            assert_eq!(states(&digests, &[&path, &gone]), expected);
        }
        assert!(matches!(states(&digests, &[dir.path()])[0], FileState::Unreadable(_)));
    }

    #[test]
    fn a_file_that_looks_the_same_is_not_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        fs::write(&path, "one").unwrap();
        let digests = Digests::default();
        let found = fs::metadata(&path).unwrap();
        let look = Look::of(&found);
        digests.known().insert(path.clone(), (look, "remembered".to_owned()));
        assert_eq!(states(&digests, &[&path]), [FileState::Digest("remembered".to_owned())]);
        fs::write(&path, "longer").unwrap();
        assert_eq!(states(&digests, &[&path]), [FileState::Digest(files::digest(b"longer"))]);
    }

    #[test]
    fn relative_paths_and_too_many_are_refused() {
        let digests = Digests::default();
        for paths in [vec!["a.json".to_owned()], vec!["/a".to_owned(); MOST_PATHS + 1]] {
            assert_eq!(digests.stat(paths).unwrap_err().code, Code::InvalidRequest);
        }
    }
}
