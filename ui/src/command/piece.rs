//! What can be done with notes and groups.

use egui::Pos2;

use crate::canvas::Piece;
use crate::theme::Hue;

/// A thing to do with notes and groups.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PieceCommand {
    /// Put a note down: here on the screen, or where the pointer is.
    AddNote(Option<Pos2>),
    /// Put a frame around the selected tasks.
    Group,
    /// Take the frames around the selected tasks away.
    Ungroup,
    /// Type in it, on the canvas.
    Edit(Piece),
    /// The typing on the canvas is over.
    EndEdit,
    /// Show a group as one card, or with all that is in it.
    Fold(usize),
    /// Give it a colour.
    Colour(Piece, Hue),
    /// Select it and bring it into view.
    Reveal(Piece),
    /// Make a note as large as its text.
    FitNote(usize),
    /// Open a link of a note.
    OpenLink(String),
}

impl PieceCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::AddNote(_) => "Add a note",
            Self::Group => "Group",
            Self::Ungroup => "Ungroup",
            Self::Edit(Piece::Note(_)) => "Edit note",
            Self::Edit(Piece::Group(_)) => "Rename group",
            Self::EndEdit => "End of typing",
            Self::Fold(_) => "Collapse or expand",
            Self::Colour(..) => "Colour",
            Self::Reveal(_) => "Show",
            Self::FitNote(_) => "As large as its text",
            Self::OpenLink(_) => "Open link",
        }
    }
}
