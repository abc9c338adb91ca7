//! What a workflow that was let go on the canvas of another one is to become: a tab, or a task that runs it.

use egui::Ui;

use super::choice_menu::{Choice, choice_menu_ui};
use crate::app::App;
use crate::command::{Command, FileCommand};
use crate::theme::icons::icon;
use crate::widgets::menu_item;

/// A workflow that was let go.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DropChoice {
    /// Its file.
    pub(crate) path: String,
    /// Where, in points of the window.
    pub(crate) at: egui::Pos2,
}

/// Draws the choice where there is one to make. A click elsewhere makes none.
pub(crate) fn drop_choice_ui(app: &mut App, ui: &mut Ui) {
    let Some(DropChoice { path, at }) = app.drop_choice.clone() else { return };
    let name = path.rsplit('/').next().unwrap_or(&path);
    let choice = choice_menu_ui(ui, ("drop_choice", at), name, |ui| {
        let call = Command::File(FileCommand::CallFile { path: path.clone(), at });
        if menu_item(ui, icon::TREE_STRUCTURE, call.label(), "") {
            return Some(call);
        }
        let open = menu_item(ui, icon::FOLDER_OPEN, &format!("Open {name}"), "");
        open.then(|| Command::OpenFile(path.clone()))
    });
    match choice {
        Choice::Open => {}
        Choice::Left => app.drop_choice = None,
        Choice::Made(command) => {
            app.drop_choice = None;
            app.send(command);
        }
    }
}
