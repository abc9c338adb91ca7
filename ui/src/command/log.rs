//! What can be done with the log in view.

use millrace_api::log::Output;

/// A thing to do with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogCommand {
    /// Show one stream alone, or both.
    Only(Option<Output>),
    /// Type in the field of the search.
    Find,
    /// Look for what stands in the field, or go to a line by its number.
    Search,
    /// Go to the next hit, or to the one before.
    Step {
        /// To the next.
        forward: bool,
    },
    /// Look for lines that speak of an error.
    NextError,
    /// Break long lines, or do not.
    Wrap,
    /// Show when each line was printed, or do not.
    Times,
    /// Go to the end and stay there.
    Follow,
    /// Copy the lines that are marked.
    CopyMarked,
    /// Copy all of it.
    CopyAll,
    /// Write all of it into a file that the person chooses.
    Save,
}

impl LogCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Only(None) => "Show all of the log",
            Self::Only(Some(Output::Stdout)) => "Show standard output of the log",
            Self::Only(Some(Output::Stderr)) => "Show standard error of the log",
            Self::Find => "Find in the log",
            Self::Search => "Search the log",
            Self::Step { forward: true } => "Next hit in the log",
            Self::Step { forward: false } => "Previous hit in the log",
            Self::NextError => "Go to errors in the log",
            Self::Wrap => "Wrap long lines of logs",
            Self::Times => "Show times in logs",
            Self::Follow => "Go to the end of the log",
            Self::CopyMarked => "Copy the marked lines of the log",
            Self::CopyAll => "Copy the log",
            Self::Save => "Save the log as…",
        }
    }
}
