//! Workflows from a crontab, a Makefile or a shell script: each opens as a document of its own that is in no file yet.
//!
//! What a file means is the model's to say. Like any document that was not made here, they are looked at before they run.

use millrace_api::document::{DocumentText, ReadDocument, Source};
use millrace_api::{ApiError, Command as _};
use millrace_model::import::{self, import};

use super::{App, Purpose};
use crate::bridge::PickPath;
use crate::command::Place;
use crate::state::{Document, free_name};

/// So many tabs are opened at once; whoever has more wants files.
const MOST: usize = 24;

impl App {
    pub(super) fn pick_import(&mut self) {
        let title = "Import crontab, Makefile or script".to_owned();
        let pick = PickPath { folder: false, title, start: self.folder() };
        self.backend.pick_path(pick, Purpose::PickedImport);
    }

    pub(super) fn import_file(&mut self, path: String) {
        let request = ReadDocument { source: Source::Path(path.clone()) };
        self.backend.ask(request.into_request(), Purpose::Import(path));
    }

    pub(super) fn take_import(
        &mut self,
        path: &str,
        answer: Result<DocumentText, ApiError>,
        time: f64,
    ) {
        let text = match answer {
            Ok(answer) => answer.text,
            Err(error) => return self.fail(error),
        };
        let Some(source) = import::Source::guess(path, &text) else {
            let help = "crontabs, Makefiles and shell scripts can be; `millrace import --from` takes them under any name";
            return self.toasts.fail(format!("{path} was not imported"), Some(help.to_owned()));
        };
        let made = import(source, path, &text);
        let count = made.workflows.len();
        if count == 0 || count > MOST {
            let help = match made.remarks.first() {
                _ if count > MOST => {
                    format!(
                        "it makes {count} workflows: `millrace import FILE -o FOLDER` writes them"
                    )
                }
                Some(remark) => remark.to_string(),
                None => "there is nothing in it that a workflow can be made of".to_owned(),
            };
            return self.toasts.fail(format!("{path} was not imported"), Some(help));
        }
        let left_out = made.remarks.first().map(ToString::to_string);
        let to_look_at: usize =
            made.workflows.iter().map(|it| it.remarks.len()).sum::<usize>() + made.remarks.len();
        for mut it in made.workflows {
            it.workflow.name = free_name(&it.workflow.name, |name| self.is_name_taken(name));
            let mut doc = Document::unsaved(it.workflow, None);
            doc.is_trusted = false;
            doc.touch();
            self.tabs.open(doc);
        }
        self.place = Place::Editor;
        let workflows = if count == 1 { "1 workflow" } else { &format!("{count} workflows") };
        let said = match to_look_at {
            0 => format!("Imported {workflows}"),
            1 => format!("Imported {workflows}; there is 1 thing to look at"),
            many => format!("Imported {workflows}; there are {many} things to look at"),
        };
        self.toasts.say(said, time);
        if let Some(first) = left_out {
            let file = path.rsplit('/').next().unwrap_or(path);
            let more = match made.remarks.len() {
                1 => String::new(),
                many => format!(" (and {} more)", many - 1),
            };
            self.toasts.fail(format!("{file} was not taken in whole"), Some(first + &more));
        }
    }
}
