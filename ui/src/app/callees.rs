//! The workflows that tasks run, as the window knows them: where they are, and which parameters they take.
//!
//! Read when a task that runs one is looked at; nothing is watched here.

use std::collections::BTreeMap;

use millrace_api::document::{DocumentText, ReadDocument, Source};
use millrace_api::{ApiError, Command as _};
use millrace_model::action::Callee;
use millrace_model::document::Param;
use millrace_model::read;

use super::{App, Purpose};
use crate::command::{Command, Place};

/// What names a workflow wherever it is named from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CalleeKey {
    /// Its name in the library.
    Name(String),
    /// The absolute path of its file.
    Path(String),
}

/// The workflows that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Callees {
    params: BTreeMap<CalleeKey, Vec<Param>>,
    /// The one that was asked for last.
    asked: Option<CalleeKey>,
}

impl Callees {
    /// They may take other parameters by now, or be readable.
    pub(super) fn outdated(&mut self) {
        self.asked = None;
    }
}

impl App {
    /// The workflow that a task of the shown document means; none where that cannot be said: no name, or a path beside a
    /// document that has no place yet.
    pub(crate) fn callee_key(&self, callee: &str) -> Option<CalleeKey> {
        let path = match Callee::parse(callee).ok()? {
            Callee::Name(name) => return Some(CalleeKey::Name(name.to_string())),
            Callee::Path(path) if path.starts_with('/') => path,
            Callee::Path(path) => format!("{}/{path}", self.shown_folder()?),
        };
        Some(CalleeKey::Path(plain(&path)))
    }

    /// The folder of the shown document.
    pub(crate) fn shown_folder(&self) -> Option<String> {
        let path = match self.place {
            Place::Editor => self.tabs.current()?.doc.path.clone()?,
            _ => self.run.as_ref()?.watch.live.as_ref()?.run.as_ref()?.head.path.clone()?,
        };
        Some(path.rsplit_once('/')?.0.to_owned())
    }

    /// The parameters of a workflow, as far as it is known; asks for it where another one was looked at before.
    pub(crate) fn callee_params(&mut self, callee: &str) -> Option<Vec<Param>> {
        let key = self.callee_key(callee)?;
        if self.callees.asked.as_ref() != Some(&key) {
            let request = ReadDocument { source: source(&key) };
            self.backend.ask(request.into_request(), Purpose::Callee(key.clone()));
            self.callees.asked = Some(key.clone());
        }
        self.callees.params.get(&key).cloned()
    }

    pub(super) fn take_callee(&mut self, key: CalleeKey, answer: Result<DocumentText, ApiError>) {
        let text = answer.ok().map(|answer| answer.text);
        let workflow = text.and_then(|text| read::Document::parse(text.as_bytes()).workflow);
        match workflow {
            Some(workflow) => _ = self.callees.params.insert(key, workflow.params),
            // What is wrong with it stands at the field.
            None => _ = self.callees.params.remove(&key),
        }
    }

    pub(super) fn open_callee(&mut self, callee: &str) {
        let Some(key) = self.callee_key(callee) else {
            let why =
                format!("{callee} is beside this document, which has no place yet; save it first");
            return self.toasts.fail(why, None);
        };
        let path = match &key {
            CalleeKey::Path(path) => Some(path.clone()),
            CalleeKey::Name(name) => {
                let mut rows = self.library.rows.iter().flatten();
                rows.find(|row| row.name == *name).and_then(|row| row.path.clone())
            }
        };
        match path {
            Some(path) => self.send(Command::OpenFile(path)),
            None => {
                let request = ReadDocument { source: source(&key) };
                self.backend.ask(request.into_request(), Purpose::Open(None));
            }
        }
    }
}

fn source(key: &CalleeKey) -> Source {
    match key {
        CalleeKey::Name(name) => Source::Name(name.clone()),
        CalleeKey::Path(path) => Source::Path(path.clone()),
    }
}

/// The path without `.` and `..` in it.
fn plain(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    format!("/{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_named_from_the_documents_folder() {
        for (folder, path, named) in [
            ("/home/ada/flows", "/home/ada/flows/load.json", "load.json"),
            ("/home/ada/flows", "/home/ada/flows/sub/load.json", "sub/load.json"),
            ("/home/ada/flows", "/home/ada/other/load.json", "../other/load.json"),
            ("/", "/load.json", "load.json"),
        ] {
            assert_eq!(Callee::path_from(folder, path), named);
            assert_eq!(plain(&format!("{folder}/{named}")), path);
        }
    }
}
