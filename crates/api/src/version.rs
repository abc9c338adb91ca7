//! Commands about the versions of a workflow: what its document meant before.

use serde::{Deserialize, Serialize};

use millrace_model::time::Timestamp;

/// Asks for the versions of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListVersions {
    /// The file of its document, by absolute path. A workflow that was moved in the app keeps its versions.
    pub path: String,
}

/// The versions of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionList {
    /// The newest first, at most 200: older ones are dropped.
    pub versions: Vec<Version>,
}

/// A version: kept whenever what the document means was other than before. Moving cards makes none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, for [`ReadVersion`].
    pub version: u64,
    /// When it was kept.
    pub kept: Timestamp,
    /// Why.
    pub reason: VersionReason,
}

/// Why a version was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionReason {
    /// The document was saved.
    Saved,
    /// It was run, saved or not.
    Run,
}

/// Asks for the text of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadVersion {
    /// Its number.
    pub version: u64,
}

/// The text of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionText {
    /// Canonical.
    pub text: String,
}

impl VersionList {
    /// What people call the version in this row of the list: 1 is the oldest that is known.
    #[must_use]
    pub fn number(&self, row: usize) -> usize {
        self.versions.len().saturating_sub(row)
    }

    /// The version that people call so.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Option<&Version> {
        self.versions.len().checked_sub(number).and_then(|row| self.versions.get(row))
    }
}
