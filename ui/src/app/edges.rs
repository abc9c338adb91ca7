//! Edges by command: delete tasks and reconnect what is left, put a task into the selected edge.

use millrace_model::ident::Ident;

use super::App;
use crate::state::{Spot, delete_and_reconnect};

impl App {
    /// Deletes the selected tasks and connects what is left around them; a selected edge is just deleted.
    pub(super) fn delete_and_reconnect(&mut self) {
        let Some(editor) = self.tabs.current() else { return };
        if self.why_not_edit().is_some() {
            return;
        }
        let canvas = &editor.watch.canvas;
        let tasks: Vec<Ident> = canvas.selected.iter().cloned().collect();
        if tasks.is_empty() || !canvas.selected_notes().is_empty() {
            return self.delete_selected();
        }
        let change = delete_and_reconnect(&editor.doc.workflow, &tasks);
        self.change(&change);
    }

    /// What a wish for a new task without a place means: with a selected edge, one in its middle.
    pub(super) fn spot_of_selection(&self) -> Option<Spot> {
        let canvas = &self.tabs.current()?.watch.canvas;
        let ends = canvas.selected_wire.clone()?;
        Some(Spot { split: Some(ends), ..Spot::default() })
    }
}
