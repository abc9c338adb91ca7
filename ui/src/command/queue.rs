//! What can be done with the runs that have not ended.

use millrace_api::queue::QueuePlace;
use millrace_model::ids::RunId;

/// A thing to do with what runs and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueueCommand {
    /// Put a run before or after others.
    Move {
        /// Which.
        run: RunId,
        /// Where to.
        to: QueuePlace,
    },
    /// Stop a run; the second time at once.
    Cancel(RunId),
}

impl QueueCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Move { to: QueuePlace::First, .. } => "Move first",
            Self::Move { to: QueuePlace::Last, .. } => "Move last",
            Self::Move { to: QueuePlace::Before(_), .. } => "Move",
            Self::Cancel(_) => "Stop",
        }
    }
}
