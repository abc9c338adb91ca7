//! New tasks: from the palette, from the search box, at the end of a wire.

use egui::{Context, Pos2};
use millrace_model::kinds;

use super::App;
use crate::command::Place;
use crate::panels::Picker;
use crate::state::{self, Spot};

impl App {
    /// Why the document in view cannot be edited; none where it can.
    pub(crate) fn why_not_edit(&self) -> Option<String> {
        match (self.tabs.current(), self.place) {
            (Some(editor), Place::Editor) => editor.doc.read_only.clone(),
            _ => Some("no document is open".to_owned()),
        }
    }

    pub(super) fn add_task(&mut self, kind: &str, spot: &Spot) {
        let Some(kind) = kinds::kind(kind) else { return };
        let mut spot = spot.clone();
        let Some(editor) = self.tabs.current_mut() else { return };
        if spot == Spot::default() {
            // A click in the palette goes on from the one task that is selected, or takes the middle of the view.
            spot = match editor.watch.canvas.only_selected() {
                Some(task) => {
                    let on = millrace_model::document::AtomSet::SUCCEEDED;
                    Spot { after: vec![(task, on)], ..spot }
                }
                None => Spot { at: editor.watch.canvas.middle().map(state::around), ..spot },
            };
        }
        let added = state::add(&editor.doc.workflow, kind, &spot);
        let Some((name, change)) = added else { return };
        if let Err(why) = editor.doc.change(&change) {
            return self.toasts.fail(why, None);
        }
        editor.watch.reveal_next = Some(name);
        self.settings.count_kind(kind.id);
    }

    pub(super) fn pick_task(&mut self, ctx: &Context, screen: Option<Pos2>, spot: Spot) {
        if let Some(why) = self.why_not_edit() {
            return self.toasts.fail(why, None);
        }
        let spot = match screen {
            None if spot == Spot::default() => self.spot_of_selection().unwrap_or(spot),
            _ => spot,
        };
        let Some(editor) = self.tabs.current() else { return };
        let canvas = &editor.watch.canvas;
        let Some(rect) = canvas.rect else { return };
        // By the keyboard it opens at the pointer, or in the middle where that is elsewhere.
        let pointer = ctx.input(|input| input.pointer.latest_pos()).filter(|at| rect.contains(*at));
        let screen = screen.or(pointer).unwrap_or(rect.center());
        let at =
            spot.at.unwrap_or_else(|| state::around(canvas.camera.to_canvas(rect.min, screen)));
        self.picker = Some(Picker::new(screen, Spot { at: Some(at), ..spot }));
    }
}
