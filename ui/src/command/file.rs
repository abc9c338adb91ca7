//! What can be done with documents as a whole: tabs, files, drafts.

use egui::Pos2;
use millrace_api::document::Problem;
use millrace_api::place::PlaceOf;
use millrace_model::ident::Ident;

use crate::app::{Asked, Leaving, PictureForm, TabId};
use crate::bridge::DesktopChoice;

/// A thing to do with a document as a whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FileCommand {
    /// Open the gallery of what a new workflow can start as.
    New,
    /// A new workflow from this template.
    NewFrom(usize),
    /// Ask for a file and open it.
    Open,
    /// Ask for a crontab, a Makefile or a script, and make workflows of it.
    Import,
    /// Ask for a place and save there.
    SaveAs,
    /// Save the document of this tab there, in place of the file that is there.
    ReplaceFile(TabId, String),
    /// End the window.
    Leave(Leaving),
    /// End it although something that was changed is not kept.
    LeaveUnkept(Leaving),
    /// Switch something of the desktop on or off.
    Choose {
        /// What.
        choice: DesktopChoice,
        /// On.
        on: bool,
    },
    /// Take files that were let go here.
    Drop {
        /// Their paths.
        paths: Vec<String>,
        /// Where, in points of the window.
        at: Pos2,
    },
    /// Put a task that runs the workflow in this file on the canvas.
    CallFile {
        /// The file.
        path: String,
        /// Where, in points of the window.
        at: Pos2,
    },
    /// Ask what a link of Millrace's own scheme asks for.
    FollowLink(String),
    /// Run what a link asked for.
    RunAsked(Asked),
    /// Show what differs between the file and the document.
    Compare,
    /// A new document with what is in this one.
    Duplicate,
    /// Ask what a picture of the canvas is to look like.
    AskPicture,
    /// Draw the canvas in view, ask for a place, and write the picture there.
    DrawPicture(PictureForm),
    /// Ask for another name and title for the workflow in this file.
    AskName(String),
    /// Give the workflow in this file another name and title.
    Rename {
        /// The file.
        path: String,
        /// The new name.
        name: Ident,
        /// The new title; empty: none.
        title: String,
    },
    /// Ask for another place for this file, and move it there.
    Move(String),
    /// A new document with what is in this file.
    DuplicateFile(String),
    /// Show in the file manager where this lies.
    OpenFolder(PlaceOf),
    /// Put this file into the trash.
    Trash(String),
    /// Put a document back from the trash.
    Restore(String),
    /// Open the tab again that was closed last.
    ReopenTab,
    /// Go back to what is in the file; a document without a file goes away. Both can be taken back.
    Discard,
    /// Put a version on the canvas.
    RestoreVersion(u64),
    /// Show what differs between a version and what is here.
    CompareVersion(u64),
    /// Open the bar that finds tasks in the workflow in view.
    Find,
    /// Show what a problem is about.
    ShowProblem(Box<Problem>),
    /// The document was typed in as text.
    EditText,
    /// The typing is over.
    EndText,
    /// What was typed and could not be applied goes.
    DropText,
    /// The line about restored changes was read.
    Restored,
    /// Take the path in the sheet.
    TakePath,
}

impl FileCommand {
    /// What stands in the list of commands and has no key of its own.
    pub(super) fn without_keys() -> impl Iterator<Item = Self> {
        [Self::Import, Self::Duplicate, Self::Compare, Self::Discard, Self::AskPicture].into_iter()
    }

    /// What it does, as a person reads it.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::New => "New workflow",
            Self::NewFrom(_) => "New workflow from template",
            Self::Open => "Open…",
            Self::Import => "Import…",
            Self::SaveAs => "Save as…",
            Self::ReplaceFile(..) => "Replace",
            Self::Leave(_) => "Close the window",
            Self::LeaveUnkept(_) => "Close without them",
            Self::Choose { .. } => "Change a setting",
            Self::Drop { .. } => "Drop",
            Self::CallFile { .. } => "Add a task that runs it",
            Self::FollowLink(_) => "Follow link",
            Self::RunAsked(_) => "Run",
            Self::Compare => "Compare with the file",
            Self::Duplicate => "Duplicate workflow",
            Self::AskPicture => "Export as picture…",
            Self::DrawPicture(_) => "Save picture…",
            Self::AskName(_) => "Rename…",
            Self::Rename { .. } => "Rename",
            Self::Move(_) => "Move…",
            Self::DuplicateFile(_) => "Duplicate",
            Self::OpenFolder(_) => "Open folder",
            Self::Trash(_) => "Delete",
            Self::Restore(_) => "Undo",
            Self::ReopenTab => "Reopen closed tab",
            Self::Discard => "Discard changes",
            Self::RestoreVersion(_) => "Restore version",
            Self::CompareVersion(_) => "Compare with version",
            Self::Find => "Find in workflow",
            Self::ShowProblem(_) => "Show the problem",
            Self::EditText | Self::EndText => "Edit as JSON",
            Self::DropText => "Drop this text",
            Self::Restored => "Close",
            Self::TakePath => "Choose",
        }
    }
}
