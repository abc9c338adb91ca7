//! What can be done where two runs are compared.

use millrace_model::ident::Ident;

/// A thing to do with two runs beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TwoRunsCommand {
    /// The older one becomes the newer one.
    Swap,
    /// Show what this task printed and gave in both.
    Show(Ident),
    /// Show what this item of the task printed in both, by its place in the list.
    ShowItem(usize),
    /// Show the next task, or the one before.
    Step {
        /// The next.
        forward: bool,
    },
    /// Show what differs between what they ran.
    Changes,
    /// Lines that differ only in numbers differ, or no more.
    ToggleNumbers,
    /// Back to where it was opened.
    Close,
}

impl TwoRunsCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Swap => "Swap the runs",
            Self::Show(_) => "Show the task in both runs",
            Self::ShowItem(_) => "Show the item in both runs",
            Self::Step { forward: true } => "Next task",
            Self::Step { forward: false } => "Previous task",
            Self::Changes => "What differs in what they ran",
            Self::ToggleNumbers => "Compare numbers, too",
            Self::Close => "Close the comparison",
        }
    }
}
