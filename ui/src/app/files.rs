//! Documents as a whole: new ones, opening, the place where one is saved.

use std::sync::Arc;

use millrace_api::document::{SaveDocument, SavedDocument};
use millrace_api::{ApiError, Code, Command as _};

use super::{App, Purpose, Sheet, TabId};
use crate::bridge::{DesktopAsk, FileKind, Pick};
use crate::command::{Command, FileCommand, Place};
use crate::state::{Document, GREETING, copy_of, free_name, templates};

impl App {
    pub(super) fn apply_to_file(&mut self, ctx: &egui::Context, command: FileCommand) {
        match command {
            FileCommand::New => self.sheet = Some(Sheet::New),
            FileCommand::NewFrom(index) => self.new_from(index),
            FileCommand::Open => {
                let pick = Pick::Open { folder: self.folder() };
                self.backend.pick(pick, Purpose::PickedOpen);
            }
            FileCommand::Import => self.pick_import(),
            FileCommand::SaveAs => self.pick_place(),
            FileCommand::ReplaceFile(tab, path) => {
                self.sheet = None;
                self.save_there(tab, path, true);
            }
            FileCommand::Leave(leaving) => self.leave(leaving),
            FileCommand::LeaveUnkept(leaving) => self.end(leaving),
            FileCommand::Choose { choice, on } => {
                self.backend.desktop(DesktopAsk::Choose { choice, on }, Purpose::Desktop);
            }
            FileCommand::Drop { paths, at } => self.drop_files(paths, at),
            FileCommand::CallFile { path, at } => self.call_file(&path, at),
            FileCommand::FollowLink(link) => self.follow_link(&link),
            FileCommand::RunAsked(asked) => self.run_asked(asked),
            FileCommand::Compare => {
                if let Some(tab) = self.tabs.current().map(|editor| editor.tab) {
                    self.read_again(tab, Purpose::Compare(tab));
                }
            }
            FileCommand::AskPicture => self.ask_picture(),
            FileCommand::DrawPicture(form) => self.draw_picture(ctx, form),
            FileCommand::AskName(path) => self.ask_name(&path),
            FileCommand::Rename { path, name, title } => self.rename_file(path, name, title),
            FileCommand::Move(path) => self.pick_new_place(path),
            FileCommand::DuplicateFile(path) => self.duplicate_file(path),
            FileCommand::OpenFolder(of) => self.open_folder(of),
            FileCommand::Trash(path) => self.trash_file(path),
            FileCommand::Restore(trashed) => self.restore_file(trashed),
            FileCommand::Duplicate => self.duplicate_document(),
            FileCommand::ReopenTab => self.reopen_tab(),
            FileCommand::Discard => self.discard(),
            FileCommand::RestoreVersion(version) => {
                self.read_version(version, Purpose::RestoreVersion);
            }
            FileCommand::CompareVersion(version) => {
                self.compare_version(version);
            }
            FileCommand::Find => {
                if self.place != Place::Changes && self.shown_watch().is_some() {
                    self.find_bar.get_or_insert_default().wants_focus = true;
                }
            }
            FileCommand::ShowProblem(problem) => self.show_problem(&problem),
            FileCommand::EditText => self.take_text(),
            FileCommand::EndText => {
                if let Some(editor) = self.tabs.current_mut() {
                    editor.doc.end_step();
                    editor.json.settle();
                }
            }
            FileCommand::DropText => {
                if let Some(editor) = self.tabs.current_mut() {
                    editor.json.drop_typed();
                }
            }
            FileCommand::TakePath => self.take_typed_path(ctx.input(|input| input.time)),
            FileCommand::Restored => {
                if let Some(editor) = self.tabs.current_mut() {
                    editor.restored = false;
                }
            }
        }
    }

    /// Whether a workflow of the library or an open one has this name.
    pub(super) fn is_name_taken(&self, name: &str) -> bool {
        self.library.rows.iter().flatten().any(|row| row.name == name)
            || self.tabs.iter().any(|editor| editor.doc.workflow.name.as_str() == name)
    }

    fn new_from(&mut self, index: usize) {
        self.sheet = None;
        let Some(mut workflow) = templates().get(index).cloned() else { return };
        workflow.name = free_name(&workflow.name, |name| self.is_name_taken(name));
        self.tabs.open(Document::unsaved(workflow, None));
        self.place = Place::Editor;
    }

    /// At the very first start a small workflow is open, which one key runs. Nobody touched it: it is not kept.
    pub(super) fn greet(&mut self) {
        let greeted = std::mem::replace(&mut self.settings.greeted, true);
        if !greeted && self.opening.is_none() && self.settings.recent_documents.is_empty() {
            self.new_from(GREETING);
        }
    }

    fn duplicate_document(&mut self) {
        let Some(editor) = self.tabs.current() else { return };
        if editor.doc.unreadable {
            return self.toasts.fail("not duplicated: the document cannot be read", None);
        }
        let copy = copy_of(&editor.doc.workflow, |name| self.is_name_taken(name));
        let mut doc = Document::unsaved(copy, None);
        doc.is_trusted = editor.doc.is_trusted;
        doc.touch();
        self.tabs.open(doc);
        self.place = Place::Editor;
    }

    /// Applies what was typed as text, where it can be read.
    fn take_text(&mut self) {
        let Some(editor) = self.tabs.current_mut() else { return };
        let Some(workflow) = editor.json.typed() else { return };
        match editor.doc.set_text(workflow) {
            Ok(()) => {
                editor.json.applied(editor.doc.revision);
                let workflow = &editor.doc.workflow;
                let canvas = &mut editor.watch.canvas;
                canvas.selected.retain(|name| workflow.task(name.as_str()).is_some());
            }
            Err(why) => self.toasts.fail(why, None),
        }
    }

    /// Where the system's dialog starts: beside the document in view, else in the library.
    pub(super) fn folder(&self) -> Option<String> {
        let path = self.tabs.current().and_then(|editor| editor.doc.path.as_deref());
        let beside =
            path.and_then(|path| path.rsplit_once('/')).map(|(folder, _)| folder.to_owned());
        beside.or_else(|| self.library.folders.first().cloned())
    }

    /// Asks where the document in view is to be saved.
    pub(super) fn pick_place(&mut self) {
        let Some(editor) = self.tabs.current() else { return };
        if editor.doc.unreadable {
            return self.toasts.fail("not saved: the document cannot be read", None);
        }
        if self.backend.is_asking(|p| matches!(p, Purpose::PickedPlace(_))) {
            return;
        }
        let purpose = Purpose::PickedPlace(editor.tab);
        let file_name = format!("{}.json", editor.doc.workflow.name);
        let pick = Pick::Save { folder: self.folder(), file_name, kind: FileKind::Document };
        self.backend.pick(pick, purpose);
    }

    pub(super) fn take_picked_open(&mut self, picked: Result<Option<String>, ApiError>) {
        match picked {
            Ok(Some(path)) => self.send(Command::OpenFile(path)),
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_picked_place(
        &mut self,
        tab: TabId,
        picked: Result<Option<String>, ApiError>,
    ) {
        match picked {
            Ok(Some(path)) => self.save_there(tab, with_ending(path), false),
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    /// Saves the document of a tab in a place of its own.
    fn save_there(&mut self, tab: TabId, path: String, overwrite: bool) {
        let other = self.tabs.of_path(&path).filter(|other| *other != tab);
        if other.is_some() {
            let help = "close that tab first, or choose another name";
            return self
                .toasts
                .fail(format!("{path} is open in another tab"), Some(help.to_owned()));
        }
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        if editor.saving.is_some() {
            return;
        }
        let text = editor.doc.text();
        let expected = (editor.doc.path.as_ref() == Some(&path)).then(|| editor.doc.digest.clone());
        editor.saving = Some(editor.doc.revision);
        editor.saving_text = Some((Arc::clone(&editor.doc.workflow), text.clone()));
        let purpose = Purpose::SaveThere(tab, editor.doc.revision, path.clone());
        let expected_digest = expected.flatten();
        let is_trusted = editor.doc.is_trusted;
        let request = SaveDocument { path, text, expected_digest, overwrite, is_trusted };
        self.backend.ask(request.into_request(), purpose);
    }

    /// The answer to [`App::save_there`]: nothing that is there is replaced unasked.
    pub(super) fn take_saved_there(
        &mut self,
        tab: TabId,
        revision: u64,
        path: String,
        answer: Result<SavedDocument, ApiError>,
        time: f64,
    ) {
        let exists = answer.as_ref().is_err_and(|error| error.code == Code::ChangedOutside);
        if !exists {
            if answer.is_ok()
                && let Some(editor) = self.tabs.get_mut(tab)
            {
                // What could only be read is a document of its own in its new place.
                editor.doc.read_only = None;
            }
            return self.take_saved(tab, revision, answer, time);
        }
        if let Some(editor) = self.tabs.get_mut(tab) {
            editor.saving = None;
            editor.saving_text = None;
        }
        self.sheet = Some(Sheet::Replace(tab, path));
    }
}

/// A name without an ending gets that of documents.
pub(super) fn with_ending(path: String) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.contains('.') { path } else { format!("{path}.json") }
}
