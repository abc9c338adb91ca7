//! The files that attempts leave on purpose: taken into the home when the attempt ends, and laid out for later tasks.

mod collect;
mod content;

use std::fs;
use std::io;
use std::path::Path;

use millrace_model::event::Artifact;
use millrace_model::ids::TaskKey;

use crate::inputs::write_whole;
use crate::run_dir::RunDir;

pub(crate) use collect::{Collected, collect};
pub use content::ArtifactStore;
pub(crate) use content::{hex, open_regular};

/// Leaves the artifacts of a task that succeeded where every later task of the run finds them: a folder for each task
/// with the files under their names, and a list of them. What it left before is gone.
pub(crate) fn publish(
    dir: &RunDir,
    store: &ArtifactStore,
    task: &TaskKey,
    artifacts: &[Artifact],
) -> io::Result<()> {
    let folder = dir.artifacts_of(task);
    if artifacts.is_empty() {
        return match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let new = folder.with_extension("new");
    match fs::remove_dir_all(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(&new)?;
    for artifact in artifacts {
        let content = store.path(&artifact.sha256).ok_or_else(|| {
            io::Error::other(format!("`{}` is not the name of a content", artifact.sha256))
        })?;
        let path = new.join(&artifact.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        lay_out(&content, &path)?;
    }
    // What is read for whom is decided by this list; the folder is for people and programs.
    write_whole(&dir.artifact_list(task), &serde_json::to_vec(artifacts)?)?;
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::rename(new, folder)
}

/// A second name of a content, which is read-only whatever its name. A file that has as many names as it can have, or
/// lies elsewhere, is pointed at.
fn lay_out(content: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(content, path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            std::os::unix::fs::symlink(content, path)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
