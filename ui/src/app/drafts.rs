//! Drafts: what is changed and not saved is kept by the daemon within a second, and is there again at the next start.
//!
//! A document and its draft meet here alone: whatever changes a document, this sees that its draft lags behind.

use millrace_api::document::{DocumentText, ReadDocument, Source};
use millrace_api::draft::{Draft, DraftList, DropDraft, KeepDraft, ListDrafts};
use millrace_api::{ApiError, Code, Command as _};
use millrace_model::document::Workflow;
use millrace_model::read;

use super::{App, Purpose, TabId};
use crate::command::Place;
use crate::state::Document;

/// Seconds between two times that one draft is kept, and until it is tried again where that failed. With the time that
/// an answer takes it stays below the second that may be lost.
const KEEP_SECS: f64 = 0.8;

/// The draft of an open document.
#[derive(Debug)]
pub(crate) struct EditorDraft {
    /// Its name; none until it is kept first.
    name: Option<String>,
    /// The revision that is kept; none where no draft is.
    kept: Option<u64>,
    /// A request is under way.
    asking: bool,
    asked_at: f64,
    /// The last request failed, and was said to have.
    failed: bool,
}

impl Default for EditorDraft {
    fn default() -> Self {
        let asked_at = f64::NEG_INFINITY;
        Self { name: None, kept: None, asking: false, asked_at, failed: false }
    }
}

impl EditorDraft {
    /// The draft of this name, which holds `revision`.
    fn known(name: String, revision: u64) -> Self {
        Self { name: Some(name), kept: Some(revision), ..Self::default() }
    }

    /// Whether the daemon has this revision as the draft.
    pub(super) fn has(&self, revision: Option<u64>) -> bool {
        self.kept == revision
    }

    /// Whether the daemon has a draft.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }
}

impl super::Editor {
    /// Whether something of it was changed that neither its file nor a draft has.
    pub(super) fn is_unkept(&self) -> bool {
        let wanted = if self.discarded { None } else { self.doc.draft_revision() };
        wanted.is_some() && !self.draft.has(wanted)
    }
}

impl App {
    pub(super) fn ask_drafts(&mut self) {
        self.backend.ask(ListDrafts {}.into_request(), Purpose::Drafts);
    }

    /// Brings the drafts up to date with the documents; gives the seconds until that is due again. `at_once`: not
    /// only when they are due.
    pub(super) fn keep_drafts(&mut self, time: f64, at_once: bool) -> Option<f64> {
        let mut next: Option<f64> = None;
        let now = self.backend.now();
        for editor in self.tabs.all_mut() {
            let tab = editor.tab;
            let wanted = if editor.discarded { None } else { editor.doc.draft_revision() };
            let draft = &mut editor.draft;
            if draft.asking || draft.kept == wanted {
                continue;
            }
            let due = draft.asked_at + KEEP_SECS - time;
            // A draft that is of no use any more goes at once: a kill after a save must not bring back what was before it.
            let at_once = at_once || wanted.is_none();
            if due > 0.0 && (draft.failed || !at_once) {
                next = Some(next.map_or(due, |next| next.min(due)));
                continue;
            }
            let name = draft.name.get_or_insert_with(|| format!("{:x}-{tab:x}", now.0)).clone();
            draft.asking = true;
            draft.asked_at = time;
            let request = match wanted {
                Some(_) => KeepDraft {
                    draft: Draft {
                        draft: name,
                        path: editor.doc.path.clone(),
                        text: editor.doc.text(),
                        base_digest: editor.doc.digest.clone(),
                        is_trusted: editor.doc.is_trusted,
                    },
                }
                .into_request(),
                None => DropDraft { draft: name }.into_request(),
            };
            self.backend.ask(request, Purpose::Draft(tab, wanted));
        }
        next
    }

    /// A draft was kept (this revision) or dropped, or was not.
    pub(super) fn take_kept(
        &mut self,
        tab: TabId,
        revision: Option<u64>,
        answer: Result<(), ApiError>,
    ) {
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        let draft = &mut editor.draft;
        draft.asking = false;
        match answer {
            Ok(()) => {
                draft.kept = revision;
                draft.failed = false;
            }
            Err(error) => {
                // Said once, not with every try.
                if !std::mem::replace(&mut draft.failed, true) {
                    self.unreachable_or_fail(error);
                }
            }
        }
    }

    /// The drafts of earlier windows become tabs.
    pub(super) fn take_drafts(&mut self, answer: Result<DraftList, ApiError>) {
        let drafts = match answer {
            Ok(list) => list.drafts,
            Err(error) => {
                self.lacks_drafts = error.code == Code::Unreachable;
                return self.unreachable_or_fail(error);
            }
        };
        for kept in drafts {
            let draft = kept.draft;
            match draft.path.clone() {
                Some(path) => {
                    let request = ReadDocument { source: Source::Path(path) };
                    let purpose = Purpose::OpenDraft(Box::new(draft));
                    self.backend.ask(request.into_request(), purpose);
                }
                None => self.restore_without_file(draft),
            }
        }
    }

    /// The file of a draft was read, or could not be.
    pub(super) fn take_draft(&mut self, draft: Draft, answer: Result<DocumentText, ApiError>) {
        let Some(workflow) = parse(&draft.text) else { return };
        let text = match answer {
            Ok(text) => text,
            Err(error) => {
                if error.code != Code::NotFound {
                    self.unreachable_or_fail(error);
                }
                return self.restore_without_file(draft);
            }
        };
        // It was saved, and the window ended before the draft was dropped.
        if parse(&text.text).as_ref() == Some(&workflow) {
            let request = DropDraft { draft: draft.draft };
            return self.backend.ask(request.into_request(), Purpose::SpentDraft);
        }
        let open = text.path.as_deref().and_then(|path| self.tabs.of_path(path));
        let before = self.tabs.current().map(|editor| editor.tab);
        let tab = match open {
            Some(tab) => tab,
            None => self.tabs.open(Document::open(text)),
        };
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        // A second draft of the same file, or one of a file that can only be read now, becomes a copy.
        if editor.doc.is_dirty() || editor.doc.replace("restore changes", workflow).is_err() {
            return self.restore_without_file(Draft { path: None, ..draft });
        }
        editor.restored = true;
        // What was changed was another text: the file does not take it unasked.
        editor.conflict = draft.base_digest != editor.doc.digest;
        editor.doc.digest = draft.base_digest;
        editor.doc.is_trusted &= draft.is_trusted;
        editor.draft = EditorDraft::known(draft.draft, editor.doc.revision);
        self.show_restored(tab, before);
    }

    fn restore_without_file(&mut self, draft: Draft) {
        let Some(workflow) = parse(&draft.text) else { return };
        let mut doc = Document::unsaved(workflow, draft.path);
        doc.is_trusted = draft.is_trusted;
        doc.touch();
        let revision = doc.revision;
        let before = self.tabs.current().map(|editor| editor.tab);
        let tab = self.tabs.open(doc);
        if let Some(editor) = self.tabs.get_mut(tab) {
            editor.restored = true;
            editor.draft = EditorDraft::known(draft.draft, revision);
        }
        self.show_restored(tab, before);
    }

    /// Shows what was restored, unless the person is somewhere else already: in `before`, or in another place.
    fn show_restored(&mut self, tab: TabId, before: Option<TabId>) {
        self.tabs.select(before.filter(|_| self.has_acted).unwrap_or(tab));
        if self.place == Place::Workflows && !self.has_acted {
            self.place = Place::Editor;
        }
    }

    pub(super) fn discard(&mut self) {
        let Some(editor) = self.tabs.current_mut() else { return };
        editor.restored = false;
        editor.drafts.clear();
        if editor.doc.has_file() {
            match editor.doc.discard() {
                Ok(()) => editor.conflict = false,
                Err(why) => self.toasts.fail(why, None),
            }
        } else {
            editor.discarded = true;
            let tab = editor.tab;
            self.close_tab(Some(tab));
        }
    }

    pub(super) fn mark_restored(&mut self, tab: TabId) {
        if let Some(editor) = self.tabs.get_mut(tab) {
            editor.restored = editor.doc.is_dirty();
        }
    }

    /// Opens the tab again that was closed last.
    pub(super) fn reopen_tab(&mut self) {
        if let Some(tab) = self.tabs.reopen() {
            self.show_reopened(tab);
        }
    }

    /// Shows a tab that came back, with its run as it is now.
    pub(super) fn show_reopened(&mut self, tab: TabId) {
        self.place = Place::Editor;
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        editor.discarded = false;
        if let Some(run) = editor.watch.live.as_ref().map(|live| live.id) {
            self.ask_run(run, false);
        }
    }
}

fn parse(text: &str) -> Option<Workflow> {
    read::Document::parse(text.as_bytes()).workflow
}
