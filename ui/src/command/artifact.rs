//! What can be done about the files that tasks left.

use millrace_api::artifact::ArtifactName;
use millrace_model::event::Artifact;

/// A thing to do about an artifact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ArtifactCommand {
    /// Show what is in it.
    Open(ArtifactName, Artifact),
    /// Write a copy of it where the person chooses.
    Save(ArtifactName),
}

impl ArtifactCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Open(..) => "Show artifact",
            Self::Save(_) => "Save artifact as…",
        }
    }
}
