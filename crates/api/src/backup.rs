//! Backups: a home as one file. Going back to one is not asked of a daemon: it has the home.

use serde::{Deserialize, Serialize};

/// Writes a backup of the home, while runs go on. The answer comes when it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackUp {
    /// The file; an absolute path.
    pub path: String,
    /// Replace a file that is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
    /// Leave out logs and scratch space of runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_logs: bool,
    /// Leave out what tasks left on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_artifacts: bool,
}

/// A backup that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// How many files are in it.
    pub files: u64,
    /// How many runs are in it.
    pub runs: u64,
    /// Files that were left out: links, devices, names that are no text, and what could not be read.
    pub left_out: u64,
    /// Secrets whose values are in this machine's keyring, and in no backup: they must be set anew elsewhere.
    pub secrets: Vec<String>,
}

/// Asks how far the backup is that is being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBackup {}

/// What is being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupProgress {
    /// The backup; none = none is being written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<RunningBackup>,
}

/// A backup that is being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningBackup {
    /// The file.
    pub path: String,
    /// So many bytes of the home are in it.
    pub done: u64,
    /// Of so many; 0 = they are not counted yet.
    pub total: u64,
}

/// Gives up the backup that is being written, and removes its file. Nothing where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelBackup {}
