//! What is done with everything that is selected on the canvas: deleted, moved, switched off and on.

use egui::Vec2;
use millrace_model::ident::Ident;

use super::App;
use crate::command::Place;
use crate::state::{self, Change};

impl App {
    pub(super) fn delete_selected(&mut self) {
        let Some((tasks, notes)) = self.selected_to_edit() else { return };
        let Some(editor) = self.tabs.current_mut() else { return };
        let change = match editor.watch.canvas.selected_wire.clone() {
            Some((from, to)) => Change::Disconnect { from, to },
            None if tasks.is_empty() && notes.is_empty() => return,
            None => state::delete_all(&editor.doc.workflow, tasks, &notes),
        };
        // Another note would take its place in the list.
        editor.watch.canvas.pieces.selected.clear();
        self.change(&change);
    }

    pub(super) fn move_selected(&mut self, by: Vec2) {
        let Some((tasks, notes)) = self.selected_to_edit() else { return };
        if tasks.is_empty() && notes.is_empty() {
            return;
        }
        let Some(editor) = self.tabs.current() else { return };
        let change = state::move_all(&editor.doc.workflow, &tasks, &notes, by);
        self.change(&change);
    }

    pub(super) fn toggle_disabled(&mut self) {
        let Some((tasks, _)) = self.selected_to_edit() else { return };
        let Some(editor) = self.tabs.current() else { return };
        let all = editor.doc.workflow.tasks.iter();
        // Where some are on, all go off.
        let disabled = all.filter(|task| tasks.contains(&task.name)).any(|task| !task.disabled);
        self.change(&Change::Disable { tasks, disabled });
    }

    /// The selected tasks and notes of the document in view; none where it cannot be edited from here.
    pub(super) fn selected_to_edit(&self) -> Option<(Vec<Ident>, Vec<usize>)> {
        if self.place != Place::Editor {
            return None;
        }
        let canvas = &self.tabs.current()?.watch.canvas;
        Some((canvas.selected.iter().cloned().collect(), canvas.selected_notes()))
    }
}
