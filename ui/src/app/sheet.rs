//! What lies over the window until a person has answered or closed it.

use super::extract::ExtractForm;
use super::pictures::PictureForm;
use super::shelf::RenameForm;
use super::{
    AnswerForm, Asked, BackfillForm, ChannelForm, ConnectionForm, FolderForm, Leaving, MoveForm,
    MoveToForm, PathForm, SecretForm, TabId,
};
use crate::state::tries::Tries;

/// A sheet over the window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sheet {
    /// What a new workflow can start as.
    New,
    /// Another name for the workflow in a file.
    Rename(RenameForm),
    /// The name of a folder.
    Folder(FolderForm),
    /// A folder for a document.
    MoveTo(MoveToForm),
    /// A workflow of their own for the selected tasks.
    Extract(ExtractForm),
    /// Whether the document of this tab is to replace the file that is there.
    Replace(TabId, String),
    /// How the window is to end while runs go on.
    Leave(Leaving),
    /// Whether the window is to end although something that was changed cannot be kept.
    Unkept(Leaving),
    /// Whether what a link asks for is to run.
    Asked(Asked),
    /// What a picture of the canvas in view is to look like.
    Picture(PictureForm),
    /// A path, where the system has no dialog for it.
    Path(Box<PathForm>),
    /// A secret that is to be stored.
    Secret(Box<SecretForm>),
    /// A channel by which people are told.
    Channel(Box<ChannelForm>),
    /// A connection of the settings.
    Connection(Box<ConnectionForm>),
    /// What a run asks.
    Answer(Box<AnswerForm>),
    /// Another time for a single tick.
    MoveTick(Box<MoveForm>),
    /// Which past ticks are to run.
    Backfill(Box<BackfillForm>),
    /// Two tries of a task beside each other.
    Tries(Box<Tries>),
    /// What is in a file that a task left.
    Artifact,
    /// A value, large.
    Value,
    /// What this is made of, as far as it has what is searched for.
    Licences(String),
    /// What a file for a report of a problem would have in it.
    Diagnostics,
}
