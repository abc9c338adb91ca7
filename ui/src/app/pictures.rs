//! Pictures of the canvas in view: asked for, drawn, written by the daemon.

use egui::{Context, Theme};
use millrace_api::picture::{SavePicture, SavedPicture};
use millrace_api::{ApiError, Command as _};

use super::{App, Purpose, Sheet};
use crate::bridge::{FileKind, Pick};
use crate::command::Place;
use crate::picture::{PictureLook, svg_of};

/// What a picture is to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureForm {
    /// PNG or SVG.
    pub(crate) kind: FileKind,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// With the colour of the canvas behind it.
    pub(crate) ground: bool,
    /// Pixels of a PNG for a point.
    pub(crate) scale: u32,
}

impl Default for PictureForm {
    /// What most pictures are for: a page that is light, on a screen that is sharp.
    fn default() -> Self {
        Self { kind: FileKind::Png, theme: Theme::Light, ground: true, scale: 2 }
    }
}

/// A picture that has no place yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    svg: String,
    form: PictureForm,
}

impl App {
    pub(super) fn ask_picture(&mut self) {
        match self.why_no_picture() {
            Some(why) => self.toasts.fail(why, None),
            None => self.sheet = Some(Sheet::Picture(self.picture_form)),
        }
    }

    /// Draws the canvas in view and asks where the picture is to be.
    pub(super) fn draw_picture(&mut self, ctx: &Context, form: PictureForm) {
        self.sheet = None;
        self.picture_form = form;
        let Some((title, name)) = self.picture_names() else { return };
        let Some(watch) = self.shown_watch() else { return };
        let look = PictureLook { theme: form.theme, ground: form.ground };
        let svg = svg_of(ctx, watch.scene(), look, &title);
        let file_name = format!("{name}.{}", form.kind.words().1);
        let pick = Pick::Save { folder: self.folder(), file_name, kind: form.kind };
        self.backend.pick(pick, Purpose::PickedPicture(Box::new(Drawn { svg, form })));
    }

    pub(super) fn take_picked_picture(
        &mut self,
        drawn: Drawn,
        picked: Result<Option<String>, ApiError>,
    ) {
        let Drawn { svg, form } = drawn;
        match picked {
            Ok(Some(path)) => {
                let ending = format!(".{}", form.kind.words().1);
                let path = if path.ends_with(&ending) { path } else { path + &ending };
                let request = SavePicture { path, svg, scale: form.scale };
                self.backend.ask(request.into_request(), Purpose::Picture);
            }
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_picture(&mut self, answer: Result<SavedPicture, ApiError>, time: f64) {
        match answer {
            Ok(saved) => {
                self.say_saved(format!("Picture saved: {}", saved.path), saved.path, time);
            }
            Err(error) => self.fail(error),
        }
    }

    /// What the picture shows, in words, and what its file could be called.
    fn picture_names(&self) -> Option<(String, String)> {
        match self.place {
            Place::Run => {
                let shown = self.run.as_ref()?;
                let run = shown.watch.live.as_ref()?.run.as_ref()?;
                let id = shown.run.to_string();
                Some((shown.title(), format!("{}_{}", run.head.workflow, &id[..4])))
            }
            _ => {
                let editor = self.tabs.current()?;
                Some((editor.title(), editor.doc.workflow.name.to_string()))
            }
        }
    }

    fn why_no_picture(&self) -> Option<String> {
        match self.shown_watch() {
            None => Some("no picture: no workflow is open in view".to_owned()),
            Some(watch) if watch.scene().cards.is_empty() && watch.scene().notes.is_empty() => {
                Some("no picture: the canvas is empty".to_owned())
            }
            Some(_) => None,
        }
    }
}
