//! *Open folder*: the button and the row of menus that show in the file manager where something lies. In a browser neither is
//! there: the files are on the daemon's machine.

use egui::Ui;
use millrace_api::place::PlaceOf;

use crate::app::App;
use crate::command::{Command, FileCommand};
use crate::theme::icons::icon;
use crate::widgets::{Button, asking_menu_item};

/// Draws the button.
pub(super) fn open_folder_ui(app: &mut App, ui: &mut Ui, of: PlaceOf) {
    if !app.backend.has_file_manager() {
        return;
    }
    let command = FileCommand::OpenFolder(of);
    let tip = "Shows it in the file manager";
    let button = Button::secondary(command.label()).icon(icon::FOLDER_OPEN).tip(tip);
    if button.asks().show(ui).clicked() {
        app.send(Command::File(command));
    }
}

/// Draws the row of a menu.
pub(super) fn open_folder_item(app: &mut App, ui: &mut Ui, words: &str, of: PlaceOf) {
    if app.backend.has_file_manager() && asking_menu_item(ui, icon::FOLDER_OPEN, words, "") {
        app.send(Command::File(FileCommand::OpenFolder(of)));
    }
}
