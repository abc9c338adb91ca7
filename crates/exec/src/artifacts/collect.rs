//! Looks through the folder that an attempt filled: what may be kept is taken in, what may not is named.
//!
//! Nothing in it is followed or trusted: links, pipes, sockets and names that could lead elsewhere are refused.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use millrace_model::artifact::{MAX_ARTIFACT_BYTES, MAX_ARTIFACTS, check_name, media_type};
use millrace_model::event::Artifact;

use super::content::ArtifactStore;

/// Folders within folders.
const MAX_DEPTH: usize = 32;
/// So many refusals are told one by one.
const MAX_NOTES: usize = 10;

/// What was in the folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Collected {
    /// What was taken in, in order of name.
    pub(crate) artifacts: Vec<Artifact>,
    /// What was refused and why, a sentence each.
    pub(crate) notes: Vec<String>,
    /// Why not all of it could be kept that should have been.
    pub(crate) error: Option<String>,
}

/// Takes in what is in `folder`. Blocks on the disk.
pub(crate) fn collect(
    store: &ArtifactStore,
    folder: &Path,
    sync: bool,
    is_secret: &dyn Fn(&str) -> bool,
) -> Collected {
    let mut found = Found { is_secret, files: Vec::new(), refused: Vec::new(), bytes: 0 };
    let mut collected = Collected::default();
    match found.walk(folder, "", 0) {
        Ok(()) => {}
        Err(Stop::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
        Err(Stop::Io(error)) => {
            collected.error =
                Some(format!("its artifacts in {} cannot be read: {error}", folder.display()));
        }
        Err(Stop::Limit(what)) => collected.error = Some(what),
    }
    if collected.error.is_none() {
        found.files.sort();
        for (name, path) in &found.files {
            match store.take(path, sync) {
                Ok(taken) => collected.artifacts.push(Artifact {
                    media_type: media_type(name, &taken.head).to_owned(),
                    name: name.clone(),
                    bytes: taken.bytes,
                    sha256: taken.sha256,
                }),
                Err(error) => {
                    collected.error = Some(format!("its artifact {name} cannot be kept: {error}"));
                    break;
                }
            }
        }
    }
    let more = found.refused.len().saturating_sub(MAX_NOTES);
    collected.notes = found.refused.into_iter().take(MAX_NOTES).collect();
    if more > 0 {
        collected.notes.push(format!("{more} more files are no artifacts"));
    }
    collected
}

struct Found<'a> {
    is_secret: &'a dyn Fn(&str) -> bool,
    files: Vec<(String, PathBuf)>,
    refused: Vec<String>,
    bytes: u64,
}

enum Stop {
    Io(io::Error),
    Limit(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Found<'_> {
    fn walk(&mut self, folder: &Path, before: &str, depth: usize) -> Result<(), Stop> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let shown = format!("{before}{}", entry.file_name().to_string_lossy());
            let Ok(last) = entry.file_name().into_string() else {
                self.refuse(&shown, "has a name that is not UTF-8");
                continue;
            };
            let name = format!("{before}{last}");
            let metadata = entry.metadata()?;
            if let Err(why) = check_name(&name) {
                self.refused.push(format!("artifact refused: {why}"));
            } else if (self.is_secret)(&name) {
                self.refused.push("artifact refused: its name holds a secret".to_owned());
            } else if metadata.is_dir() && depth < MAX_DEPTH {
                self.walk(&entry.path(), &format!("{name}/"), depth + 1)?;
            } else if metadata.is_dir() {
                self.refuse(&name, "lies too deep");
            } else if metadata.is_symlink() {
                self.refuse(&name, "is a symbolic link; copy what it leads to");
            } else if !metadata.is_file() {
                self.refuse(&name, "is not a plain file");
            } else {
                self.add(name, entry.path(), metadata.len())?;
            }
            if self.refused.len() > MAX_ARTIFACTS {
                let what = "its folder of artifacts holds thousands of files that cannot be kept";
                return Err(Stop::Limit(what.to_owned()));
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String, path: PathBuf, bytes: u64) -> Result<(), Stop> {
        self.files.push((name, path));
        self.bytes = self.bytes.saturating_add(bytes);
        if self.files.len() > MAX_ARTIFACTS {
            return Err(Stop::Limit(format!(
                "it left more than {MAX_ARTIFACTS} artifacts; pack them into one archive"
            )));
        }
        if self.bytes > MAX_ARTIFACT_BYTES {
            return Err(Stop::Limit(format!(
                "its artifacts are larger than {} GiB together; keep such files elsewhere and output their paths",
                MAX_ARTIFACT_BYTES >> 30
            )));
        }
        Ok(())
    }

    fn refuse(&mut self, name: &str, why: &str) {
        let name: String = name.escape_debug().take(80).collect();
        self.refused.push(format!("artifact refused: `{name}` {why}"));
    }
}
