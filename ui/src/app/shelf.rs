//! What is done with the files of the library: rename, move, duplicate, delete and take that back.

use millrace_api::document::{
    DocumentText, MoveDocument, ReadDocument, RestoreDocument, SavedDocument, Source,
    TrashDocument, TrashedDocument,
};
use millrace_api::{ApiError, Command as _};
use millrace_model::ident::Ident;
use millrace_model::read;

use super::files::with_ending;
use super::{App, Purpose, Sheet};
use crate::bridge::{FileKind, Pick};
use crate::command::{Command, FileCommand, Place};
use crate::state::{Document, copy_of};

/// The form for another name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RenameForm {
    /// The file.
    path: String,
    old_name: String,
    /// What stands in the fields.
    pub(crate) name: String,
    pub(crate) title: String,
    /// It was drawn once: the first field has the keyboard.
    pub(crate) was_shown: bool,
}

impl RenameForm {
    /// What is wrong with the name.
    pub(crate) fn problem(&self) -> Option<String> {
        Ident::new(self.name.trim()).err().map(|error| super::sentence(&error.to_string()))
    }

    /// The new name of the file, where it is named after its workflow and so follows.
    pub(crate) fn new_path(&self) -> Option<String> {
        let (_, file) = self.path.rsplit_once('/')?;
        let follows =
            file == format!("{}.json", self.old_name) && self.name.trim() != self.old_name;
        follows.then(|| format!("{}.json", self.name.trim()))
    }

    /// What makes it so.
    pub(crate) fn command(&self) -> Option<FileCommand> {
        let name = Ident::new(self.name.trim()).ok()?;
        let title = self.title.trim().to_owned();
        Some(FileCommand::Rename { path: self.path.clone(), name, title })
    }
}

impl App {
    pub(super) fn ask_name(&mut self, path: &str) {
        let row = self.library.rows.iter().flatten().find(|row| row.path.as_deref() == Some(path));
        let Some(row) = row else { return };
        self.sheet = Some(Sheet::Rename(RenameForm {
            path: path.to_owned(),
            old_name: row.name.clone(),
            name: row.name.clone(),
            title: row.title.clone().unwrap_or_default(),
            was_shown: false,
        }));
    }

    pub(super) fn rename_file(&mut self, path: String, name: Ident, title: String) {
        if self.has_open_changes(&path) {
            return;
        }
        let request =
            MoveDocument { path: path.clone(), to: None, name: Some(name), title: Some(title) };
        self.backend.ask(request.into_request(), Purpose::Moved(path));
    }

    /// Asks where a file is to go.
    pub(super) fn pick_new_place(&mut self, path: String) {
        if self.has_open_changes(&path) {
            return;
        }
        let Some((folder, file_name)) = path.rsplit_once('/') else { return };
        let (folder, file_name) = (Some(folder.to_owned()), file_name.to_owned());
        let pick = Pick::Save { folder, file_name, kind: FileKind::Document };
        self.backend.pick(pick, Purpose::PickedNewPlace(path));
    }

    pub(super) fn take_new_place(
        &mut self,
        path: String,
        picked: Result<Option<String>, ApiError>,
    ) {
        match picked {
            Ok(Some(to)) if to != path => {
                let to = Some(with_ending(to));
                let request = MoveDocument { path: path.clone(), to, name: None, title: None };
                self.backend.ask(request.into_request(), Purpose::Moved(path));
            }
            Ok(_) => {}
            Err(error) => self.fail(error),
        }
    }

    /// The document in this file has another place, or another name, or both.
    pub(super) fn take_moved(
        &mut self,
        path: &str,
        answer: Result<SavedDocument, ApiError>,
        time: f64,
    ) {
        let saved = match answer {
            Ok(saved) => saved,
            Err(error) => return self.fail(error),
        };
        self.library.stale = true;
        self.starters_changed();
        if self.settings.recent_documents.iter().any(|other| other == path) {
            self.settings.forget_document(path);
            self.settings.remember_document(&saved.path);
        }
        let mut follows = Vec::new();
        for editor in self.tabs.all_mut() {
            if editor.doc.path.as_deref() == Some(path) {
                editor.doc.path = Some(saved.path.clone());
                follows.push((editor.tab, editor.doc.digest.as_ref() != Some(&saved.digest)));
            }
        }
        for (tab, is_other) in follows {
            if is_other {
                self.read_again(tab, Purpose::Follow(tab));
            }
        }
        let words = if saved.path == path { "Renamed" } else { "Moved; its history went along" };
        match saved.callers.len() {
            0 => self.toasts.say(words, time),
            1 => self.toasts.say(format!("{words}. 1 workflow that runs it follows"), time),
            many => self.toasts.say(format!("{words}. {many} workflows that run it follow"), time),
        }
        for why in saved.left {
            self.toasts.fail(why, None);
        }
    }

    pub(super) fn duplicate_file(&mut self, path: String) {
        let request = ReadDocument { source: Source::Path(path) };
        self.backend.ask(request.into_request(), Purpose::DuplicateFile);
    }

    pub(super) fn take_duplicate(&mut self, answer: Result<DocumentText, ApiError>) {
        let text = match answer {
            Ok(text) => text,
            Err(error) => return self.fail(error),
        };
        let Some(workflow) = read::Document::parse(text.text.as_bytes()).workflow else {
            return self.toasts.fail("not duplicated: the document cannot be read", None);
        };
        let copy = copy_of(&workflow, |name| self.is_name_taken(name));
        let mut doc = Document::unsaved(copy, None);
        doc.is_trusted = text.is_trusted;
        doc.touch();
        self.tabs.open(doc);
        self.place = Place::Editor;
    }

    pub(super) fn trash_file(&mut self, path: String) {
        let request = TrashDocument { path: path.clone() };
        self.backend.ask(request.into_request(), Purpose::Trashed(path));
    }

    pub(super) fn take_trashed(
        &mut self,
        path: &str,
        answer: Result<TrashedDocument, ApiError>,
        time: f64,
    ) {
        let trashed = match answer {
            Ok(answer) => answer.trashed,
            Err(error) => return self.fail(error),
        };
        self.library.stale = true;
        self.starters_changed();
        self.settings.forget_document(path);
        // A tab with changes stays: they are in no file.
        let open = self.tabs.of_path(path);
        if let Some(tab) = open
            && self.tabs.get_mut(tab).is_some_and(|editor| !editor.doc.is_dirty())
        {
            self.close_tab(Some(tab));
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let undo = Command::File(FileCommand::Restore(trashed));
        self.toasts.offer(format!("Deleted {name}"), ("Undo", undo), time);
    }

    pub(super) fn restore_file(&mut self, trashed: String) {
        self.backend.ask(RestoreDocument { trashed }.into_request(), Purpose::Restored);
    }

    pub(super) fn take_restored(&mut self, answer: Result<SavedDocument, ApiError>, time: f64) {
        match answer {
            Ok(saved) => {
                self.library.stale = true;
                self.starters_changed();
                let name = saved.path.rsplit('/').next().unwrap_or(&saved.path);
                self.toasts.say(format!("{name} is back"), time);
                self.look_outside();
            }
            Err(error) => self.fail(error),
        }
    }

    /// Whether a document has changes that its file does not have yet; says so.
    pub(super) fn has_open_changes(&mut self, path: &str) -> bool {
        let mut editors = self.tabs.all_mut();
        let has =
            editors.any(|editor| editor.doc.path.as_deref() == Some(path) && editor.doc.is_dirty());
        drop(editors);
        if has {
            let help = "save it first, or discard its changes";
            let text = "this workflow has changes that are not saved";
            self.toasts.fail(text, Some(help.to_owned()));
        }
        has
    }
}
