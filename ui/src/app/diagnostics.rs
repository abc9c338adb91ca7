//! The file for a report of a problem: what would be in it is shown first, then it is written where the person chooses.

use millrace_api::diagnostics::{Diagnostics, ReadDiagnostics, SaveDiagnostics, SavedDiagnostics};
use millrace_api::{ApiError, Code, Command as _};

use super::{App, Purpose, Sheet};
use crate::bridge::{FileKind, Pick};
use crate::words;

/// What is known of how everything stands: none while it is being looked at.
pub(crate) type Diagnosis = Option<Result<Diagnostics, ApiError>>;

impl App {
    /// Opens the sheet, and has everything looked at anew.
    pub(super) fn ask_diagnostics(&mut self) {
        self.setting.diagnosis = None;
        self.sheet = Some(Sheet::Diagnostics);
        if !self.backend.is_asking(|p| *p == Purpose::Diagnostics) {
            self.backend.ask(ReadDiagnostics {}.into_request(), Purpose::Diagnostics);
        }
    }

    pub(super) fn take_diagnostics(&mut self, answer: Result<Diagnostics, ApiError>) {
        self.setting.diagnosis = Some(answer);
    }

    /// Asks where the file is to be.
    pub(super) fn pick_diagnostics(&mut self) {
        self.sheet = None;
        let file_name = "millrace-diagnostics.tar.gz".to_owned();
        let pick = Pick::Save { folder: self.folder(), file_name, kind: FileKind::Any };
        self.backend.pick(pick, Purpose::PickedDiagnostics);
    }

    pub(super) fn take_picked_diagnostics(&mut self, picked: Result<Option<String>, ApiError>) {
        match picked {
            Ok(Some(path)) => {
                // The dialog of the system has asked whether what is there may go.
                let request = SaveDiagnostics { path, replace: true };
                self.backend.ask(request.into_request(), Purpose::DiagnosticsSaved);
            }
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_saved_diagnostics(
        &mut self,
        answer: Result<SavedDiagnostics, ApiError>,
        time: f64,
    ) {
        match answer {
            Ok(saved) => {
                let size = words::bytes(saved.bytes);
                let text = format!("Diagnostics saved: {}, {size}", saved.path);
                self.say_saved(text, saved.path, time);
            }
            Err(error) if error.code == Code::Unreachable => {
                let help = "without the engine, `millrace doctor --bundle FILE` writes the same";
                self.toasts.fail(error.message, Some(help.to_owned()));
            }
            Err(error) => self.fail(error),
        }
    }
}
