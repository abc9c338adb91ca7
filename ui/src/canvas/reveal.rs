//! A wire that is selected from elsewhere, brought into view.

use egui::{Pos2, Rect};
use millrace_model::ident::Ident;

use super::scene::Scene;
use super::view::Canvas;

impl Canvas {
    /// Selects the wire between two tasks, and moves the view where it is not seen whole. One that hangs on a task that
    /// is not there is selected only.
    pub(crate) fn select_and_reveal_wire(&mut self, scene: &Scene, ends: (Ident, Ident)) {
        let wire = scene.ends.iter().position(|known| *known == ends);
        self.select_nothing();
        self.selected_wire = Some(ends);
        let Some(wire) = wire else { return };
        let line = scene.line(wire);
        let around = line.iter().fold(Rect::NOTHING, |all, at| all.union(Rect::from_pos(*at)));
        if !self.view().contains_rect(around) {
            // The middle of the line, not of the room around it: of a long one that is what can be seen.
            let middle: Pos2 = line[line.len() / 2];
            self.centre_on(middle);
        }
    }
}
