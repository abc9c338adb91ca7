//! Files that others change while they are open here.
//!
//! A document without changes follows its file; one with changes of its own waits for the person's decision.

use std::sync::Arc;

use millrace_api::document::{
    DocumentStats, DocumentText, FileState, ReadDocument, Source, StatDocuments,
};
use millrace_api::{ApiError, Command as _};
use millrace_model::read;

use super::changes::Compare;
use super::{App, Editor, Purpose, TabId};
use crate::state::{Document, copy_of};

impl App {
    /// Watches the files of all tabs, but for those that are being written: what is seen of those is old when it arrives.
    pub(super) fn watch_files(&mut self) {
        let editors = self.tabs.iter().filter(|editor| editor.saving.is_none());
        let paths: Vec<String> = editors.filter_map(|editor| editor.doc.path.clone()).collect();
        if paths.is_empty() {
            self.backend.unwatch(&Purpose::Stats);
        } else {
            self.backend.watch(StatDocuments { paths }.into_request(), Purpose::Stats);
        }
    }

    /// Looks at once and not only when it is due.
    pub(super) fn look_outside(&mut self) {
        self.backend.unwatch(&Purpose::Stats);
        self.watch_files();
    }

    pub(super) fn take_stats(&mut self, answer: Result<DocumentStats, ApiError>) {
        // That the engine cannot be reached is said elsewhere; the next look comes soon.
        let Ok(stats) = answer else { return };
        for stat in stats.documents {
            let Some(tab) = self.tabs.of_path(&stat.path) else { continue };
            let Some(editor) = self.tabs.get_mut(tab) else { continue };
            // The answer is older than what will be known.
            if editor.saving.is_some() {
                continue;
            }
            match stat.state {
                FileState::Digest(digest) if editor.doc.digest.as_ref() == Some(&digest) => {
                    editor.conflict = false;
                }
                FileState::Digest(_) if editor.doc.is_dirty() => editor.conflict = true,
                FileState::Digest(_) => self.read_again(tab, Purpose::Follow(tab)),
                FileState::Gone if editor.doc.has_file() => {
                    editor.doc.lose_file();
                    editor.conflict = false;
                    editor.restored = false;
                }
                FileState::Gone | FileState::Unreadable(_) => {}
            }
        }
    }

    pub(super) fn read_again(&mut self, tab: TabId, purpose: Purpose) {
        if self.backend.is_asking(|under_way| *under_way == purpose) {
            return;
        }
        let Some(path) = self.tabs.get_mut(tab).and_then(|editor| editor.doc.path.clone()) else {
            return;
        };
        let request = ReadDocument { source: Source::Path(path) };
        self.backend.ask(request.into_request(), purpose);
    }

    /// The file of a document without changes has other content now.
    pub(super) fn follow(&mut self, tab: TabId, answer: Result<DocumentText, ApiError>, time: f64) {
        // Whatever is wrong with the file now is found out by the next look.
        let (Ok(text), Some(editor)) = (answer, self.tabs.get_mut(tab)) else { return };
        if editor.doc.is_dirty() {
            editor.conflict = true;
            return;
        }
        editor.take_file(text);
        let words = format!("{} changed on disk and was read again", editor.title());
        self.toasts.say(words, time);
    }

    /// What is in the file goes before what was changed here, which becomes a document of its own.
    pub(super) fn take_theirs(&mut self, tab: TabId, answer: Result<DocumentText, ApiError>) {
        let text = match answer {
            Ok(text) => text,
            Err(error) => return self.fail(error),
        };
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        let mine = editor.doc.is_dirty().then(|| editor.doc.workflow.as_ref().clone());
        let was_trusted = editor.doc.is_trusted;
        editor.take_file(text);
        let Some(mine) = mine.filter(|_| !editor.doc.unreadable) else { return };
        let mut copy = copy_of(&mine, |name| self.is_name_taken(name));
        copy.title = Some(format!("{} (my changes)", mine.shown_name()));
        let mut doc = Document::unsaved(copy, None);
        doc.is_trusted = was_trusted;
        doc.touch();
        self.tabs.open(doc);
        self.tabs.select(tab);
    }

    /// Shows what differs between the file and what is here.
    pub(super) fn show_differences(&mut self, tab: TabId, answer: Result<DocumentText, ApiError>) {
        let text = match answer {
            Ok(text) => text,
            Err(error) => return self.fail(error),
        };
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        match read::Document::parse(text.text.as_bytes()).workflow {
            Some(theirs) => {
                let about = (editor.title(), editor.doc.path.clone());
                let file = Compare::This("In the file".to_owned(), Arc::new(theirs));
                self.show_changes(about, Some(tab), [file, Compare::Here]);
            }
            None => self.toasts.fail("the file cannot be compared: it is no workflow now", None),
        }
    }
}

impl Editor {
    /// Takes in what is in the file now; the view stays.
    fn take_file(&mut self, text: DocumentText) {
        self.doc.take_file(text);
        self.checked = self.doc.meaning;
        self.conflict = false;
        self.restored = false;
        self.drafts.clear();
        let workflow = &self.doc.workflow;
        self.watch.canvas.selected.retain(|name| workflow.task(name.as_str()).is_some());
    }
}
