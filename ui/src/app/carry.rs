//! From elsewhere into a document: where the editor is to be once it shows it.

use millrace_model::ident::Ident;
use millrace_model::ids::RunId;

use super::App;
use crate::command::{Command, Place};
use crate::panels::FindBar;

/// A place in a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carry {
    /// The document.
    pub(crate) path: String,
    /// The task; none: the workflow itself.
    pub(crate) task: Option<Ident>,
    /// With what.
    pub(crate) with: CarryWith,
}

/// What is taken along.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CarryWith {
    /// The run that was looked at.
    Run(RunId),
    /// The words that were looked for.
    Words(String),
}

impl App {
    pub(super) fn open_runs_document(&mut self) {
        let Some(shown) = &self.run else { return };
        let run = shown.watch.live.as_ref().and_then(|live| live.run.as_ref());
        let Some(path) = run.and_then(|run| run.head.path.clone()) else {
            return self.toasts.fail("this run did not come from a file", None);
        };
        let task = shown.watch.canvas.only_selected();
        let with = CarryWith::Run(shown.run);
        self.carry_to(Carry { path, task, with });
    }

    /// Opens a document at a place.
    pub(super) fn carry_to(&mut self, carry: Carry) {
        self.send(Command::OpenFile(carry.path.clone()));
        self.carry = Some(carry);
    }

    /// The document in view may be the one that something is carried to.
    pub(super) fn arrive(&mut self) {
        let Some(carry) = self.carry.take() else { return };
        let current = self.tabs.current().filter(|_| self.place == Place::Editor);
        let Some(tab) = current
            .filter(|editor| editor.doc.path.as_ref() == Some(&carry.path))
            .map(|editor| editor.tab)
        else {
            // It is being opened, or could not be.
            if self.opening.is_some() || !self.queue.is_empty() {
                self.carry = Some(carry);
            }
            return;
        };
        match carry.with {
            CarryWith::Run(run) => {
                let shown = self.tabs.get_mut(tab).and_then(|editor| editor.watch.live.as_ref());
                let other = shown.filter(|live| live.id != run);
                let goes_on = other
                    .and_then(|live| live.run.as_ref())
                    .is_some_and(|run| !run.state.is_final());
                // A run that goes on there is not lost from sight.
                if shown.is_none_or(|live| live.id != run) && !goes_on {
                    self.follow_in_editor(tab, run);
                }
                if let Some(editor) = self.tabs.get_mut(tab) {
                    // What failed is not what was looked at.
                    editor.watch.jumped |= carry.task.is_some();
                }
            }
            CarryWith::Words(words) => self.find_bar = Some(FindBar::of(&words)),
        }
        if let Some(task) = carry.task {
            self.send(Command::Reveal(task));
        }
    }
}
