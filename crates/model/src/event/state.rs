//! The states of runs and tasks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::Atom;

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Accepted; waits for its turn.
    Queued,
    /// Under way.
    Running,
    /// Under way, but nothing new is started.
    Paused,
    /// Every task ended well, or its failure was allowed.
    Succeeded,
    /// A task failed, or the run took too long.
    Failed,
    /// A person, a parent run or a newer run ended at least one task.
    Canceled,
}

impl RunState {
    /// All states, in the order of a run's life.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Paused, Self::Succeeded, Self::Failed, Self::Canceled];

    /// Whether nothing more will happen, unless somebody retries.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }

    /// The word in JSON and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The state of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The state of a task run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Its join does not hold yet.
    Pending,
    /// Its join holds; it waits for a free place.
    Queued,
    /// An attempt runs.
    Running,
    /// A sensor, a delay or an approval: holds no place.
    Waiting,
    /// The next try has been arranged.
    UpForRetry,
    /// It ended well.
    Succeeded,
    /// It ran and said no: exit code, assertion, time-out.
    Failed,
    /// It could not be run, or its fate is unknown.
    Error,
    /// It did not have to run.
    Skipped,
    /// It could not run because of a failure before it.
    UpstreamFailed,
    /// It was stopped, or not started any more.
    Canceled,
}

impl TaskState {
    /// All states, in the order of a task's life.
    pub const ALL: [Self; 11] = [
        Self::Pending,
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::UpForRetry,
        Self::Succeeded,
        Self::Failed,
        Self::Error,
        Self::Skipped,
        Self::UpstreamFailed,
        Self::Canceled,
    ];

    /// Whether the task has ended.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.atom().is_some()
    }

    /// How edges see the ending; none while it has not ended.
    #[must_use]
    pub fn atom(self) -> Option<Atom> {
        match self {
            Self::Succeeded => Some(Atom::Succeeded),
            Self::Failed | Self::Error => Some(Atom::Failed),
            Self::Skipped => Some(Atom::Skipped),
            Self::UpstreamFailed => Some(Atom::UpstreamFailed),
            Self::Canceled => Some(Atom::Canceled),
            Self::Pending | Self::Queued | Self::Running | Self::Waiting | Self::UpForRetry => None,
        }
    }

    /// The word in JSON, in expressions and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::UpForRetry => "up_for_retry",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::UpstreamFailed => "upstream_failed",
            Self::Canceled => "canceled",
        }
    }

    /// The state of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The state as a person would say it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::UpForRetry => "up for retry",
            Self::UpstreamFailed => "upstream failed",
            other => other.word(),
        }
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
