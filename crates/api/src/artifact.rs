//! The files that tasks left on purpose: lists of them, parts of them, copies of them.

use serde::{Deserialize, Serialize};

use millrace_model::event::Artifact;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use crate::error::{ApiError, Code};
use crate::log::LogData;

/// Asks what was left in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListArtifacts {
    /// In which run.
    pub run: RunId,
    /// By which task; none = by all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskKey>,
}

/// What was left in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArtifactList {
    /// In order of task, attempt and name.
    pub artifacts: Vec<ArtifactRow>,
}

/// An artifact with who left it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArtifactRow {
    /// Which task.
    pub task: TaskKey,
    /// The attempt's number within the task; 0 = taken over from another run.
    pub number: u32,
    /// The file.
    pub artifact: Artifact,
    /// Where its content lies on the daemon's machine: to be read, not to be written.
    pub path: String,
    /// When its content was given up by retention; none = it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Timestamp>,
}

impl ArtifactRow {
    /// That its content was given up, in a sentence; none where it is kept.
    #[must_use]
    pub fn gone(&self) -> Option<ApiError> {
        let on = self.removed?.date();
        let message = format!("{} was removed on {on} by retention", self.artifact.name);
        let help =
            "run its task again; `retention` in the settings says how long artifacts are kept";
        Some(ApiError::new(Code::ContentGone, message).help(help))
    }
}

/// Names an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ArtifactName {
    /// In which run.
    pub run: RunId,
    /// Left by which task.
    pub task: TaskKey,
    /// By which of its attempts; none = the last that left anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Under which name.
    pub name: String,
}

/// Asks for a part of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadArtifact {
    /// Of which.
    pub artifact: ArtifactName,
    /// So many bytes after its start.
    pub offset: u64,
    /// At most so many bytes; the host may give less (1 MiB at most).
    pub max_bytes: u32,
}

/// A part of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArtifactPart {
    /// Of which file.
    pub artifact: Artifact,
    /// The bytes; empty at its end.
    pub data: LogData,
}

/// Writes a copy of an artifact to where a person wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveArtifact {
    /// Of which.
    pub artifact: ArtifactName,
    /// Where to: an absolute path.
    pub path: String,
    /// A file that is there already is replaced.
    #[serde(default)]
    pub replace: bool,
}

/// A copy that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedArtifact {
    /// Where it is.
    pub path: String,
    /// Its size, in bytes.
    pub bytes: u64,
}
