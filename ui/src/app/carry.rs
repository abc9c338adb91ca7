//! From a run to its document: the editor goes on with the run and the task that were looked at.

use millrace_model::ident::Ident;
use millrace_model::ids::RunId;

use super::App;
use crate::command::{Command, Place};

/// What the editor is to go on with once it shows the document.
#[derive(Debug)]
pub(crate) struct Carry {
    path: String,
    run: RunId,
    task: Option<Ident>,
}

impl App {
    pub(super) fn open_runs_document(&mut self, ctx: &egui::Context) {
        let Some(shown) = &self.run else { return };
        let run = shown.watch.live.as_ref().and_then(|live| live.run.as_ref());
        let Some(path) = run.and_then(|run| run.head.path.clone()) else {
            return self.toasts.fail("this run did not come from a file", None);
        };
        let task = shown.watch.canvas.only_selected();
        self.carry = Some(Carry { path: path.clone(), run: shown.run, task });
        self.apply(ctx, Command::OpenFile(path));
    }

    /// The document in view may be the one that something is carried to.
    pub(super) fn arrive(&mut self) {
        let Some(carry) = self.carry.take() else { return };
        let Some(editor) = self.tabs.current().filter(|editor| {
            self.place == Place::Editor && editor.doc.path.as_ref() == Some(&carry.path)
        }) else {
            // It is being opened, or could not be.
            if self.opening.is_some() {
                self.carry = Some(carry);
            }
            return;
        };
        let shown = editor.watch.live.as_ref();
        let goes_on =
            shown.and_then(|live| live.run.as_ref()).is_some_and(|run| !run.state.is_final());
        let tab = editor.tab;
        // A run that goes on there is not lost from sight.
        if !goes_on && shown.is_none_or(|live| live.id != carry.run) {
            self.follow_in_editor(tab, carry.run);
        }
        if let (Some(editor), Some(task)) = (self.tabs.get_mut(tab), carry.task) {
            editor.watch.jumped = true;
            editor.watch.reveal_next = Some(task);
        }
    }
}
