//! What takes space in a home, and what can be given up.

use serde::{Deserialize, Serialize};

/// Asks what takes space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadStorage {}

/// What takes space, in bytes on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Storage {
    /// The home.
    pub home: String,
    /// The history with its write-ahead log.
    pub history: u64,
    /// The folders of runs: logs, scratch space, values.
    pub runs: u64,
    /// Files that tasks left on purpose.
    pub artifacts: u64,
    /// What can be made again, such as Python environments.
    pub cache: u64,
    /// Documents of the library's own folder.
    pub workflows: u64,
    /// Deleted documents.
    pub trash: u64,
    /// What was changed in windows and not saved.
    pub drafts: u64,
    /// All else, such as settings and the daemon's log.
    pub other: u64,
    /// Free on that disk for this user.
    pub free: u64,
    /// The size of that disk.
    pub disk: u64,
    /// How many runs the history has.
    pub run_count: u64,
    /// How many deleted runs can be put back.
    pub deleted_count: u64,
    /// The workflows that take most, at most 20, from the largest down.
    pub by_workflow: Vec<WorkflowStorage>,
    /// Folders of runs that were not measured yet: ask again for them.
    pub unmeasured: u64,
}

/// What the runs of a workflow take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowStorage {
    /// Its name.
    pub workflow: String,
    /// How many runs it has.
    pub runs: u64,
    /// Their folders.
    pub run_bytes: u64,
    /// Their artifacts, each content counted once.
    pub artifact_bytes: u64,
}

/// Gives up what is beyond the limits of the settings, and all deleted runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clean {
    /// Give up nothing: say what would go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// What went, or would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cleaned {
    /// Runs beyond the limits.
    pub runs: u64,
    /// Runs that had been deleted before and can no more be put back.
    pub deleted: u64,
    /// Artifacts of runs that stay.
    pub artifacts: u64,
    /// The space of all that, in bytes: that which a run shares with others counts where the last of them goes.
    pub bytes: u64,
}

/// A part of what takes space, as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoragePart {
    /// What it is called.
    pub name: &'static str,
    /// What is in it.
    pub what: &'static str,
    /// How much it is.
    pub bytes: u64,
}

impl Storage {
    /// Its parts, in the order in which people read them.
    #[must_use]
    pub fn parts(&self) -> [StoragePart; 8] {
        [
            ("runs", "logs, values and scratch space of runs", self.runs),
            ("artifacts", "files that tasks left on purpose", self.artifacts),
            ("history", "what happened, as a database", self.history),
            ("cache", "what can be made again, such as Python environments", self.cache),
            ("workflows", "documents of the library's own folder", self.workflows),
            ("trash", "deleted documents", self.trash),
            ("drafts", "what was changed and not saved", self.drafts),
            ("other", "settings, the log of the engine", self.other),
        ]
        .map(|(name, what, bytes)| StoragePart { name, what, bytes })
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.parts().iter().fold(0, |all, part| all.saturating_add(part.bytes))
    }
}

impl WorkflowStorage {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.run_bytes.saturating_add(self.artifact_bytes)
    }
}

impl Cleaned {
    /// Whether there is nothing to give up.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
