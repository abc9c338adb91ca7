//! The menus of the canvas: of a card, and of the empty ground.

use egui::{Response, Ui};
use millrace_model::ident::Ident;

use crate::app::App;
use crate::command::{Command, Keymap, Place};
use crate::state::{Change, Spot};
use crate::theme::icons::icon;
use crate::widgets::{menu_frame, menu_item, menu_line};

/// The menu of what was clicked with the right button.
pub(super) fn canvas_menu(app: &mut App, response: &Response, card: Option<&Ident>) {
    let card = card.cloned();
    let can_edit = app.why_not_edit().is_none();
    if card.is_none() && !can_edit {
        return;
    }
    response.context_menu(|ui| {
        menu_frame(ui);
        match card {
            Some(task) => card_menu(app, ui, &task, can_edit),
            None => ground_menu(app, ui),
        }
    });
}

fn item(app: &mut App, ui: &mut Ui, icon: &str, command: Command) {
    if menu_item(ui, icon, command.label(), &Keymap::of(ui.ctx()).keys_of(&command)) {
        app.send(command);
    }
}

fn card_menu(app: &mut App, ui: &mut Ui, name: &Ident, can_edit: bool) {
    let active = app.shown_run_is_active();
    let task = app
        .shown_watch()
        .and_then(|watch| watch.live.as_ref()?.task(name))
        .map(|(key, run)| (key.clone(), !run.attempts.is_empty(), run.state.is_final()));
    if app.place == Place::Editor && app.why_not_run().is_none() && !active {
        item(app, ui, icon::PLAY, Command::RunOnly(name.clone()));
        item(app, ui, icon::ARROW_LINE_RIGHT, Command::RunUntil(name.clone()));
    }
    if let Some((key, has_log, ended)) = task {
        if ended && !active {
            item(app, ui, icon::ARROW_CLOCKWISE, Command::RerunFrom(name.clone()));
        }
        if has_log {
            item(app, ui, icon::FILE_TEXT, Command::OpenLog(key, None));
        }
    }
    item(app, ui, icon::COPY, Command::CopyTasks);
    if !can_edit {
        return;
    }
    item(app, ui, icon::COPY_SIMPLE, Command::Duplicate);
    menu_line(ui);
    let disabled = app
        .shown_watch()
        .is_some_and(|watch| watch.scene().cards.iter().any(|c| c.name == *name && c.disabled));
    let words = if disabled { "Enable" } else { "Disable" };
    let keys = Keymap::of(ui.ctx()).keys_of(&Command::ToggleDisabled);
    if menu_item(ui, icon::PROHIBIT, words, &keys) {
        let change = Change::Disable { tasks: vec![name.clone()], disabled: !disabled };
        app.send(Command::Change(change));
    }
    item(app, ui, icon::TRASH, Command::Delete);
}

fn ground_menu(app: &mut App, ui: &mut Ui) {
    let at = ui.input(|input| input.pointer.press_origin());
    let keys = Keymap::of(ui.ctx()).keys_of(&Command::PickTask(None, Spot::default()));
    if menu_item(ui, icon::PLUS, "Add a task…", &keys) {
        app.send(Command::PickTask(at, Spot::default()));
    }
    menu_line(ui);
    item(app, ui, icon::SELECTION_ALL, Command::SelectAll);
    item(app, ui, icon::CORNERS_OUT, Command::ZoomFit);
}
