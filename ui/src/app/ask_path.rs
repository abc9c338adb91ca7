//! Paths that are typed in the window, where the system has no dialog for them: in a browser.

use super::{App, Purpose, Sheet};
use crate::bridge::{FileKind, Pick};
use crate::state::Question;

const PLACE: &str = "On the machine where Millrace runs; a browser has no dialog for its files.";
const PICTURE_PLACE: &str =
    "On the machine where Millrace runs. A picture that is there is replaced.";
const FILE_PLACE: &str = "On the machine where Millrace runs. A file that is there is replaced.";

/// The sheet that asks for a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PathForm {
    /// What is asked for.
    pub(crate) title: String,
    /// The word on the button.
    pub(crate) verb: &'static str,
    /// What stands in the field.
    pub(crate) text: String,
    /// What is to be known beside it.
    pub(crate) hint: &'static str,
    /// It was drawn once: the field has the keyboard.
    pub(crate) was_shown: bool,
    purpose: Purpose,
}

impl PathForm {
    fn new(question: Question, purpose: Purpose) -> Self {
        let folder = |folder: Option<String>| folder.map(|it| format!("{it}/")).unwrap_or_default();
        let (title, verb, text, hint) = match question {
            Question::Document(Pick::Open { folder: start }) => {
                ("Open workflow".to_owned(), "Open", folder(start), PLACE)
            }
            Question::Document(Pick::Save { folder: start, file_name, kind }) => {
                let (title, hint) = match kind {
                    FileKind::Document => ("Save workflow", PLACE),
                    FileKind::Png | FileKind::Svg => ("Save picture", PICTURE_PLACE),
                    FileKind::Html => ("Save report", FILE_PLACE),
                    FileKind::Any => ("Save file", FILE_PLACE),
                };
                (title.to_owned(), "Save", folder(start) + &file_name, hint)
            }
            Question::Path(pick) => (pick.title, "Choose", folder(pick.start), PLACE),
        };
        Self { title, verb, text, hint, was_shown: false, purpose }
    }

    /// Why the path cannot be taken.
    pub(crate) fn problem(&self) -> Option<String> {
        let text = self.text.trim();
        let why = if text.is_empty() {
            "A path is required"
        } else if !text.starts_with('/') {
            "The whole path is expected, from / on"
        } else {
            return None;
        };
        Some(why.to_owned())
    }
}

impl App {
    pub(super) fn ask_for_path(&mut self, question: Question, purpose: Purpose) {
        self.sheet = Some(Sheet::Path(Box::new(PathForm::new(question, purpose))));
    }

    /// The path in the sheet is what the system's dialog would have answered.
    pub(super) fn take_typed_path(&mut self, time: f64) {
        let Some(Sheet::Path(form)) = self.sheet.take_if(|sheet| matches!(sheet, Sheet::Path(_)))
        else {
            return;
        };
        let path = form.text.trim().to_owned();
        match form.purpose {
            purpose @ (Purpose::Path(_) | Purpose::PickedImport) => {
                self.take_path(purpose, Ok(Some(path)));
            }
            purpose => {
                let answer = serde_json::Value::String(path).to_string();
                self.take_reply(purpose, Ok(answer), time);
            }
        }
    }
}
