//! Cards and notes put in order by command.

use super::App;
use crate::command::{Arrange, Place};
use crate::state::arrange;

impl App {
    pub(super) fn arrange(&mut self, how: Arrange) {
        if self.place != Place::Editor {
            return;
        }
        if let Some(why) = self.why_not_edit() {
            return self.toasts.fail(why, None);
        }
        let Some(editor) = self.tabs.current_mut() else { return };
        let workflow = std::sync::Arc::clone(&editor.doc.workflow);
        let (canvas, scene) = editor.watch.canvas_and_scene();
        let needed = match how {
            Arrange::Tidy => 0,
            Arrange::Align(_) => 2,
            Arrange::Spread(_) => 3,
        };
        if arrange::count_selected(scene, canvas) < needed {
            let help = format!("select at least {needed} tasks, notes or groups");
            return self
                .toasts
                .fail(format!("{}: too little is selected", how.label()), Some(help));
        }
        let change = match how {
            Arrange::Tidy => arrange::tidy(&workflow, scene, &canvas.selected),
            Arrange::Align(side) => arrange::align(&workflow, scene, canvas, side),
            Arrange::Spread(axis) => arrange::spread(&workflow, scene, canvas, axis),
        };
        let Some(change) = change else { return };
        // Where everything was in view it still is.
        canvas.fit_when_shown = how == Arrange::Tidy && canvas.shows_all(scene);
        editor.doc.end_step();
        self.change(&change);
    }
}
