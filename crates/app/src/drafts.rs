//! Drafts: a file each in the home, written so that a kill or a power cut leaves the earlier draft or the new one.
//!
//! Not what is in them: a draft may be as broken as a person's sentence half typed.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use millrace_api::draft::{Draft, KeptDraft};
use millrace_api::{ApiError, Code};
use millrace_model::time::Timestamp;

use crate::files::{self, MAX_DOCUMENT, UNFINISHED};

const LONGEST_NAME: usize = 64;

/// The drafts of a home.
#[derive(Debug, Clone)]
pub(crate) struct Drafts {
    folder: PathBuf,
}

/// What stands in a draft's file, beside its name.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_digest: Option<String>,
    #[serde(default)]
    is_trusted: bool,
    kept: Timestamp,
    text: String,
}

impl Drafts {
    /// The drafts in `folder`, which is made with the first one.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps a draft; it is on the disk then. Blocks on files.
    ///
    /// # Errors
    /// `InvalidRequest` where its name is none; `InvalidDocument` where it is too large; `File`.
    pub(crate) fn keep(&self, draft: Draft, now: Timestamp) -> Result<(), ApiError> {
        let path = self.path_of(&draft.draft)?;
        if draft.text.len() as u64 > MAX_DOCUMENT {
            let message = "the draft is larger than 64 MiB, the limit of a document";
            return Err(ApiError::new(Code::InvalidDocument, message));
        }
        let Draft { path: of, text, base_digest, is_trusted, .. } = draft;
        let content = Content { path: of, base_digest, is_trusted, kept: now, text };
        self.write(&path, &content).map_err(|error| {
            ApiError::new(Code::File, format!("cannot keep the draft {}: {error}", path.display()))
                .help("save the document, or free some space")
        })
    }

    /// All drafts, those kept first first. A file that is no draft is left alone. Blocks on files.
    ///
    /// # Errors
    /// `File` where the folder cannot be read.
    pub(crate) fn list(&self) -> Result<Vec<KeptDraft>, ApiError> {
        files::sweep(&self.folder);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                let message = format!("cannot read {}: {error}", self.folder.display());
                return Err(ApiError::new(Code::File, message));
            }
        };
        let mut drafts: Vec<KeptDraft> =
            entries.flatten().filter_map(|entry| read(&entry.path())).collect();
        drafts.sort_by(|a, b| (a.kept, &a.draft.draft).cmp(&(b.kept, &b.draft.draft)));
        Ok(drafts)
    }

    /// Drops a draft. Blocks on files.
    ///
    /// # Errors
    /// `InvalidRequest` where its name is none; `File`.
    pub(crate) fn drop(&self, name: &str) -> Result<(), ApiError> {
        let path = self.path_of(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let message = format!("cannot drop the draft {}: {error}", path.display());
                Err(ApiError::new(Code::File, message))
            }
            _ => Ok(()),
        }
    }

    fn write(&self, path: &Path, content: &Content) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        // Made for its owner alone, and so is what it becomes.
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(content)?)?;
        // Before it takes the name of the earlier one: a disk may have a name before the bytes.
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        fs::File::open(&self.folder)?.sync_all()
    }

    fn path_of(&self, name: &str) -> Result<PathBuf, ApiError> {
        let fits = (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits {
            return Ok(self.folder.join(format!("{name}.json")));
        }
        let message = format!("`{name}` cannot be the name of a draft");
        Err(ApiError::new(Code::InvalidRequest, message)
            .help("use letters, digits and dashes, at most 64"))
    }
}

fn read(path: &Path) -> Option<KeptDraft> {
    let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
    if name.starts_with('.') {
        return None;
    }
    let content: Content = match fs::read(path).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(content)) => content,
        Ok(Err(error)) => {
            tracing::warn!(%error, path = %path.display(), "a draft cannot be read");
            return None;
        }
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "a draft cannot be read");
            return None;
        }
    };
    let Content { path, base_digest, is_trusted, kept, text } = content;
    let draft = Draft { draft: name.to_owned(), path, text, base_digest, is_trusted };
    Some(KeptDraft { draft, kept })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn draft(name: &str, text: &str) -> Draft {
        Draft {
            draft: name.to_owned(),
            path: Some("/w/a.json".to_owned()),
            text: text.to_owned(),
            base_digest: Some("d".to_owned()),
            is_trusted: true,
        }
    }

    #[test]
    fn drafts_are_kept_replaced_listed_in_order_and_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("drafts");
        let drafts = Drafts::new(folder.clone());
        assert_eq!(drafts.list().unwrap(), []);
        drafts.keep(draft("b", "one"), Timestamp(1)).unwrap();
        drafts.keep(draft("a", "{ half"), Timestamp(2)).unwrap();
        drafts.keep(draft("b", "two"), Timestamp(3)).unwrap();
        let expected = [
            KeptDraft { draft: draft("a", "{ half"), kept: Timestamp(2) },
            KeptDraft { draft: draft("b", "two"), kept: Timestamp(3) },
        ];
        assert_eq!(Drafts::new(folder.clone()).list().unwrap(), expected);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("a.json")), 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "no temporary file stays");
        drafts.drop("a").unwrap();
        drafts.drop("a").unwrap();
        assert_eq!(drafts.list().unwrap().len(), 1);
    }

    #[test]
    fn a_name_cannot_leave_the_folder_and_what_is_no_draft_stays() {
        let dir = tempfile::tempdir().unwrap();
        let drafts = Drafts::new(dir.path().join("drafts"));
        for name in ["", "../a", "a/b", ".a", "a.b", &"x".repeat(65)] {
            let error = drafts.keep(draft(name, ""), Timestamp(1)).unwrap_err();
            assert_eq!(error.code, Code::InvalidRequest, "{name}");
        }
        drafts.keep(draft("a", ""), Timestamp(1)).unwrap();
        fs::write(dir.path().join("drafts/torn.json"), "{\"te").unwrap();
        assert_eq!(drafts.list().unwrap().len(), 1);
        assert!(dir.path().join("drafts/torn.json").exists());
    }
}
