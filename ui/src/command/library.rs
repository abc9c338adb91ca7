//! What can be done in the place of the workflows.

use crate::app::Carry;
use crate::state::shelf::ShelfOrder;

/// A thing to do with the library.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LibraryCommand {
    /// Put the workflows in this order.
    Order(ShelfOrder),
    /// Show cards, or a table.
    ShowCards(bool),
    /// Fold a folder, or open it.
    Fold(String),
    /// Ask for the name of a folder that is to be made in this one; none: in the first one of the library.
    AskFolder(Option<String>),
    /// Ask for another name for this folder.
    AskFolderName(String),
    /// Make this folder.
    MakeFolder(String),
    /// Give a folder another name.
    RenameFolder {
        /// The folder.
        path: String,
        /// The new name.
        name: String,
    },
    /// Remove this folder, in which nothing is.
    RemoveFolder(String),
    /// Ask for a folder for this document.
    AskMove(String),
    /// Move a document into a folder.
    MoveInto {
        /// The document.
        path: String,
        /// The folder.
        folder: String,
    },
    /// Look for these words in all workflows.
    SearchFor(String),
    /// Show a place that was found.
    OpenHit(Carry),
}

impl LibraryCommand {
    /// What stands in the list of commands and has no key of its own.
    pub(super) fn without_keys() -> impl Iterator<Item = Self> {
        [Self::AskFolder(None)].into_iter()
    }

    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Order(_) => "Order of workflows",
            Self::ShowCards(true) => "Show cards",
            Self::ShowCards(false) => "Show a table",
            Self::Fold(_) => "Fold or open",
            Self::AskFolder(_) => "New folder…",
            Self::AskFolderName(_) => "Rename folder…",
            Self::MakeFolder(_) => "Make the folder",
            Self::RenameFolder { .. } => "Rename the folder",
            Self::RemoveFolder(_) => "Remove the folder",
            Self::AskMove(_) => "Move to folder…",
            Self::MoveInto { .. } => "Move",
            Self::SearchFor(_) => "Search all workflows",
            Self::OpenHit(_) => "Show what was found",
        }
    }
}
