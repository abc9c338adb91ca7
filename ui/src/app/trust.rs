//! Documents that came from elsewhere: they run when a person has said that they may.

use std::collections::BTreeMap;

use millrace_api::document::{DocumentText, ReadDocument, Source};
use millrace_api::run::{Done, StartRun};
use millrace_api::trust::Trust;
use millrace_api::{ApiError, Command as _};

use super::apply::start_of;
use super::{App, Purpose};
use crate::command::{Command, TrustCommand};

const NOT_TRUSTED: &str = "not run: this workflow came from elsewhere and is not trusted yet";
/// What a person does about it.
const TO_TRUST: &str = "look at what its tasks do, then trust it or its folder above the canvas";

impl App {
    pub(super) fn apply_to_trust(&mut self, command: TrustCommand) {
        match command {
            TrustCommand::Document(path) | TrustCommand::Folder(path) => self.trust(path, true),
            TrustCommand::Withdraw(path) => self.trust(path, false),
            TrustCommand::Dismiss => {
                if let Some(editor) = self.tabs.current_mut() {
                    editor.saw_restriction = true;
                }
            }
        }
    }

    /// Runs the workflow in a file that is not in view, where it may run.
    pub(super) fn look_and_run(&mut self, path: String, params: BTreeMap<String, String>) {
        let request = ReadDocument { source: Source::Path(path.clone()) };
        self.backend.ask(request.into_request(), Purpose::LookAndRun(path, params));
    }

    pub(super) fn take_look(
        &mut self,
        path: String,
        params: BTreeMap<String, String>,
        answer: Result<DocumentText, ApiError>,
    ) {
        match answer {
            Ok(text) if text.is_trusted => {
                let source = Source::Path(path);
                let request = StartRun { param_texts: params, ..start_of(source) };
                self.backend.ask(request.into_request(), Purpose::StartFile);
            }
            Ok(_) => {
                self.refuse(NOT_TRUSTED);
                self.send(Command::OpenFile(path));
            }
            Err(error) => self.fail(error),
        }
    }

    fn refuse(&mut self, why: &str) {
        self.toasts.fail(why, Some(TO_TRUST.to_owned()));
    }

    fn trust(&mut self, path: String, on: bool) {
        let request = Trust { path: path.clone(), on };
        self.backend.ask(request.into_request(), Purpose::Trusted(path, on));
    }

    pub(super) fn take_trusted(
        &mut self,
        path: String,
        on: bool,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        if let Err(error) = answer {
            return self.fail(error);
        }
        for editor in self.tabs.all_mut() {
            let of_it = |file: &String| *file == path || is_below(file, &path);
            if editor.doc.path.as_ref().is_some_and(of_it) {
                editor.doc.is_trusted = on;
                editor.saw_restriction = false;
            }
        }
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        if on {
            let undo = Command::Trust(TrustCommand::Withdraw(path));
            self.toasts.offer(format!("{name} is trusted"), ("Undo", undo), time);
        } else {
            self.toasts.say(format!("{name} is not trusted any more"), time);
        }
        self.starters_changed();
    }

    /// Why the document in view would not run although nothing is wrong with it, and what to do; none where it would.
    pub(crate) fn why_held(&self) -> Option<String> {
        let editor = self.tabs.current().filter(|editor| !editor.doc.is_trusted);
        let why = "It came from elsewhere and is not trusted yet";
        editor.map(|_| format!("{why}: {TO_TRUST}."))
    }

    /// A document from elsewhere does not run: says why, and shows the line with what can be done. Whether it was so.
    pub(super) fn refuse_restricted(&mut self) -> bool {
        let Some(editor) = self.tabs.current_mut().filter(|editor| !editor.doc.is_trusted) else {
            return false;
        };
        editor.saw_restriction = false;
        self.refuse(NOT_TRUSTED);
        true
    }
}

fn is_below(file: &str, folder: &str) -> bool {
    file.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}
