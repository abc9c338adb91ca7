//! What can be done where two workflows are compared.

/// A thing to do with the differences of two workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangesCommand {
    /// Compare another workflow: on this side, the one at this place of its menu.
    Choose {
        /// 0 the older one, 1 the newer one.
        side: usize,
        /// The place in the menu.
        place: usize,
    },
    /// Show the difference in this row.
    Show(usize),
    /// Show the next difference, or the one before.
    Step {
        /// The next.
        forward: bool,
    },
    /// Put the older one on the canvas of the editor.
    Restore,
    /// Back to where it was opened.
    Close,
}

impl ChangesCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Choose { .. } => "Compare another version",
            Self::Show(_) => "Show the difference",
            Self::Step { forward: true } => "Next difference",
            Self::Step { forward: false } => "Previous difference",
            Self::Restore => "Restore",
            Self::Close => "Close the comparison",
        }
    }
}
