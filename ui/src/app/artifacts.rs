//! Artifacts of the run in view: read by parts to be shown, and copied where a person chooses.

use egui::TextureHandle;
use millrace_api::artifact::{
    ArtifactName, ArtifactPart, ReadArtifact, SaveArtifact, SavedArtifact,
};
use millrace_api::{ApiError, Command as _};
use millrace_model::event::Artifact;

use super::{App, Purpose, Sheet};
use crate::bridge::{FileKind, Pick};
use crate::command::ArtifactCommand;
use crate::state::Tree;
use crate::state::preview::{Shown, limit, shown};

/// Read at a time.
const PART: u32 = 1 << 20;

/// An artifact that is shown.
pub(crate) struct ArtifactShown {
    pub(crate) name: ArtifactName,
    pub(crate) artifact: Artifact,
    bytes: Vec<u8>,
    /// What there is to see, once as much as can be shown is there.
    pub(crate) shown: Option<Result<Shown, ApiError>>,
    /// Of a picture, once it was drawn.
    pub(crate) texture: Option<TextureHandle>,
    /// Of a JSON document, what is open.
    pub(crate) tree: Tree,
}

/// A value of a run that is shown large.
#[derive(Debug)]
pub(crate) struct ValueShown {
    /// How an expression names it.
    pub(crate) name: String,
    pub(crate) shown: Shown,
}

impl ArtifactShown {
    /// Whether only its beginning is shown.
    pub(crate) fn is_cut(&self) -> bool {
        self.artifact.bytes > limit(&self.artifact)
    }
}

impl App {
    pub(crate) fn show_value(&mut self, value: ValueShown) {
        self.value = Some(value);
        self.sheet = Some(Sheet::Value);
    }

    pub(super) fn apply_to_artifact(&mut self, command: ArtifactCommand) {
        match command {
            ArtifactCommand::Open(name, artifact) => {
                let request = ReadArtifact {
                    artifact: name.clone(),
                    offset: 0,
                    max_bytes: next_part(&artifact, 0),
                };
                self.backend.ask(request.into_request(), Purpose::Artifact(name.clone(), 0));
                let (bytes, shown, texture, tree) = (Vec::new(), None, None, Tree::default());
                let open = ArtifactShown { name, artifact, bytes, shown, texture, tree };
                self.artifact = Some(open);
                self.sheet = Some(Sheet::Artifact);
            }
            ArtifactCommand::Save(name) => {
                let file_name = name.name.rsplit('/').next().unwrap_or(&name.name).to_owned();
                let pick = Pick::Save { folder: self.folder(), file_name, kind: FileKind::Any };
                self.backend.pick(pick, Purpose::PickedArtifact(name));
            }
        }
    }

    pub(super) fn take_artifact(
        &mut self,
        name: &ArtifactName,
        offset: usize,
        answer: Result<ArtifactPart, ApiError>,
    ) {
        let Some(open) = self.artifact.as_mut().filter(|open| open.name == *name) else { return };
        if open.shown.is_some() || open.bytes.len() != offset {
            return;
        }
        let part = match answer {
            Ok(part) => part,
            Err(error) => return open.shown = Some(Err(error)),
        };
        let is_over = part.data.as_bytes().is_empty();
        open.bytes.extend_from_slice(part.data.as_bytes());
        let offset = open.bytes.len();
        let max_bytes = next_part(&open.artifact, offset);
        if max_bytes == 0 || is_over {
            open.shown = Some(Ok(shown(&open.artifact, &std::mem::take(&mut open.bytes))));
            return;
        }
        let (artifact, purpose) = (name.clone(), Purpose::Artifact(name.clone(), offset));
        let request = ReadArtifact { artifact, offset: offset as u64, max_bytes };
        self.backend.ask(request.into_request(), purpose);
    }

    pub(super) fn take_picked_artifact(
        &mut self,
        artifact: ArtifactName,
        picked: Result<Option<String>, ApiError>,
    ) {
        match picked {
            Ok(Some(path)) => {
                // The dialog of the system has asked whether what is there may go.
                let request = SaveArtifact { artifact, path, replace: true };
                self.backend.ask(request.into_request(), Purpose::ArtifactSaved);
            }
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_saved_artifact(
        &mut self,
        answer: Result<SavedArtifact, ApiError>,
        time: f64,
    ) {
        match answer {
            Ok(saved) => self.say_saved(format!("Saved: {}", saved.path), saved.path, time),
            Err(error) => self.fail(error),
        }
    }
}

/// How much is to be asked for after so many bytes; nothing where all is there that can be shown.
fn next_part(artifact: &Artifact, offset: usize) -> u32 {
    let wanted = artifact.bytes.min(limit(artifact)).saturating_sub(offset as u64);
    u32::try_from(wanted).unwrap_or(PART).min(PART)
}
