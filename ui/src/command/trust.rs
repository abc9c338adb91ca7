//! What can be done about documents that came from elsewhere.

/// A thing to do about trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrustCommand {
    /// The document in this file may run.
    Document(String),
    /// All documents that are and will be in this folder may run.
    Folder(String),
    /// What is in this place may not run any more.
    Withdraw(String),
    /// The line about the document in view was read.
    Dismiss,
}

impl TrustCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Document(_) => "Trust this workflow",
            Self::Folder(_) => "Trust its folder",
            Self::Withdraw(_) => "Undo",
            Self::Dismiss => "Dismiss",
        }
    }
}
