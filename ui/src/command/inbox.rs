//! What can be done with what a person should look at.

use millrace_api::inbox::MarkSeen;
use millrace_model::ids::RunId;

/// A thing to do with what is in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InboxCommand {
    /// Show a failed run; it is seen then.
    Open(RunId),
    /// Run what failed in a run again; it is seen then.
    Retry(RunId),
    /// These were seen.
    Seen(MarkSeen),
    /// All failures and all that did not start were seen.
    AllSeen,
    /// Ask which of the times that this is about are to be run after all.
    CatchUp(u64),
    /// These were not seen after all.
    Unseen(MarkSeen),
}

impl InboxCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Open(_) => "Open",
            Self::Retry(_) => "Retry",
            Self::Seen(_) => "Mark as seen",
            Self::AllSeen => "Mark all as seen",
            Self::CatchUp(_) => "Catch up…",
            Self::Unseen(_) => "Undo",
        }
    }
}
