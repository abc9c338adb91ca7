//! The menus of the canvas: of a card, of a wire, and of the empty ground.

use egui::{Response, Ui};
use millrace_api::answer::MarkAs;
use millrace_model::ident::Ident;

use super::task::has_log;
use crate::app::App;
use crate::canvas::layout::{Axis, Side};
use crate::canvas::{MenuOf, Piece, Port};
use crate::command::{AnswerCommand, Arrange, Command, Keymap, PieceCommand, Place};
use crate::state::arrange::count_selected;
use crate::state::{Change, Spot};
use crate::theme::Hue;
use crate::theme::icons::icon;
use crate::widgets::{Button, asking_menu_item, menu_frame, menu_item, menu_line};

/// The menu of what was clicked with the right button.
pub(super) fn canvas_menu(app: &mut App, response: &Response, of: &MenuOf) {
    let can_edit = app.why_not_edit().is_none();
    if !matches!(of, MenuOf::Card(_)) && !can_edit {
        return;
    }
    response.context_menu(|ui| {
        menu_frame(ui);
        match of {
            MenuOf::Card(task) => card_menu(app, ui, task, can_edit),
            MenuOf::Wire => wire_menu(app, ui),
            MenuOf::Piece(piece) => piece_menu(app, ui, *piece),
            MenuOf::Ground => ground_menu(app, ui),
        }
    });
}

fn piece_menu(app: &mut App, ui: &mut Ui, piece: Piece) {
    let edit = Command::Piece(PieceCommand::Edit(piece));
    let keys = Keymap::of(ui.ctx()).keys_of(&Command::EditTitle);
    if menu_item(ui, icon::PENCIL_SIMPLE, edit.label(), &keys) {
        app.send(edit);
    }
    match piece {
        Piece::Note(note) => {
            item(app, ui, icon::CORNERS_OUT, Command::Piece(PieceCommand::FitNote(note)));
            copy_item(app, ui);
            item(app, ui, icon::COPY_SIMPLE, Command::Duplicate);
        }
        Piece::Group(group) => {
            let fold = Command::Piece(PieceCommand::Fold(group));
            if menu_item(ui, icon::ARROWS_IN_SIMPLE, "Collapse", "") {
                app.send(fold);
            }
            item(app, ui, icon::SELECTION_SLASH, Command::Piece(PieceCommand::Ungroup));
        }
    }
    menu_line(ui);
    ui.horizontal(|ui| {
        ui.add_space(6.0);
        for hue in Hue::ALL {
            if super::piece::swatch(ui, hue, false) {
                app.send(Command::Piece(PieceCommand::Colour(piece, hue)));
                ui.close();
            }
        }
    });
    menu_line(ui);
    item(app, ui, icon::TRASH, Command::Delete);
}

fn wire_menu(app: &mut App, ui: &mut Ui) {
    let ends = app.shown_watch().and_then(|watch| watch.canvas.selected_wire.clone());
    let Some((from, to)) = ends else { return };
    let at = ui.input(|input| input.pointer.press_origin());
    let keys = Keymap::of(ui.ctx()).keys_of(&Command::PickTask(None, Spot::default()));
    if menu_item(ui, icon::PLUS, "Insert a task…", &keys) {
        let split = Some((from.clone(), to.clone()));
        app.send(Command::PickTask(at, Spot { split, ..Spot::default() }));
    }
    menu_line(ui);
    let conditions = [
        ("On success", icon::CHECK_CIRCLE),
        ("On failure", icon::X_CIRCLE),
        ("When finished", icon::CIRCLE),
    ];
    for (port, (words, picture)) in Port::ALL.into_iter().zip(conditions) {
        if menu_item(ui, picture, words, "") {
            let (from, to) = (from.clone(), to.clone());
            app.send(Command::Change(Change::Condition { from, to, on: port.condition() }));
        }
    }
    menu_line(ui);
    item(app, ui, icon::TRASH, Command::Delete);
}

fn item(app: &mut App, ui: &mut Ui, icon: &str, command: Command) {
    if menu_item(ui, icon, command.label(), &Keymap::of(ui.ctx()).keys_of(&command)) {
        app.send(command);
    }
}

/// Its keys are those of the clipboard, which no other command can have.
fn copy_item(app: &mut App, ui: &mut Ui) {
    if menu_item(ui, icon::COPY, Command::CopyTasks.label(), "Ctrl+C") {
        app.send(Command::CopyTasks);
    }
}

fn card_menu(app: &mut App, ui: &mut Ui, name: &Ident, can_edit: bool) {
    let active = app.shown_run_is_active();
    let can_run = app.place == Place::Editor && app.why_not_run().is_none();
    if can_run && app.why_held().is_none() && !active {
        item(app, ui, icon::PLAY, Command::RunOnly(name.clone()));
        item(app, ui, icon::ARROW_LINE_RIGHT, Command::RunUntil(name.clone()));
    }
    callee_items(app, ui, name);
    task_run_items(app, ui, name);
    copy_item(app, ui);
    if !can_edit {
        return;
    }
    item(app, ui, icon::COPY_SIMPLE, Command::Duplicate);
    menu_line(ui);
    group_items(app, ui, name);
    arrange_items(app, ui);
    let disabled = app
        .shown_watch()
        .is_some_and(|watch| watch.scene().cards.iter().any(|c| c.name == *name && c.disabled));
    let words = if disabled { "Enable" } else { "Disable" };
    let keys = Keymap::of(ui.ctx()).keys_of(&Command::ToggleDisabled);
    if menu_item(ui, icon::PROHIBIT, words, &keys) {
        let change = Change::Disable { tasks: vec![name.clone()], disabled: !disabled };
        app.send(Command::Change(change));
    }
    item(app, ui, icon::FLOW_ARROW, Command::DeleteAndReconnect);
    item(app, ui, icon::TRASH, Command::Delete);
}

/// What can be done with a task of the run in view: answered, marked, run again with what follows, read.
pub(super) fn task_run_items(app: &mut App, ui: &mut Ui, name: &Ident) {
    let task = app
        .shown_watch()
        .and_then(|watch| watch.live.as_ref()?.task(name))
        .map(|(key, run)| (key.clone(), has_log(run), run.state.is_final() && !run.is_of_hooks()));
    if let Some((run, key)) = app.asks(name) {
        item(app, ui, icon::CHAT_TEXT, Command::Answer(AnswerCommand::Ask(run, key)));
    }
    for mark in app.marks(name) {
        let (picture, words) = match mark.mark {
            MarkAs::Succeeded => (icon::CHECK_CIRCLE, "Mark as succeeded"),
            MarkAs::Failed => (icon::X_CIRCLE, "Mark as failed"),
        };
        if asking_menu_item(ui, picture, words, "") {
            app.send(Command::Answer(AnswerCommand::Mark(Box::new(mark))));
        }
    }
    let Some((key, has_log, ended)) = task else { return };
    if ended && !app.shown_run_is_active() {
        item(app, ui, icon::ARROW_CLOCKWISE, Command::RerunFrom(name.clone()));
    }
    if has_log {
        item(app, ui, icon::FILE_TEXT, Command::OpenLog(key, None));
    }
}

/// What the menu of a task that runs another workflow says of that.
fn callee_items(app: &mut App, ui: &mut Ui, name: &Ident) {
    let Some(callee) = super::task::callee(app, name) else { return };
    item(app, ui, icon::TREE_STRUCTURE, Command::OpenCallee(callee));
    if let Some(child) = super::task::child_run(app, name)
        && menu_item(ui, icon::ARROW_RIGHT, "Open the child run", "")
    {
        app.send(Command::OpenRun(child));
    }
    menu_line(ui);
}

/// What the menu of a task says of groups.
fn group_items(app: &mut App, ui: &mut Ui, name: &Ident) {
    let watch = app.shown_watch();
    let scene = watch.map(|watch| watch.scene());
    let folded = scene.and_then(|scene| {
        let card = scene.cards.get(scene.index_of(name.as_str())?)?;
        card.group
    });
    let is_in_one = app.tabs.current().is_some_and(|editor| {
        editor.doc.workflow.layout.groups.iter().any(|group| group.tasks.contains(name))
    });
    if let Some(group) = folded
        && menu_item(ui, icon::ARROWS_OUT_SIMPLE, "Expand", "")
    {
        app.send(Command::Piece(PieceCommand::Fold(group)));
    }
    item(app, ui, icon::TREE_STRUCTURE, Command::AskExtract);
    if folded.is_none() {
        item(app, ui, icon::SELECTION_PLUS, Command::Piece(PieceCommand::Group));
    }
    if is_in_one {
        item(app, ui, icon::SELECTION_SLASH, Command::Piece(PieceCommand::Ungroup));
    }
}

/// What puts several selected things in order: a row of pictures.
fn arrange_items(app: &mut App, ui: &mut Ui) {
    let count = app.shown_watch().map_or(0, |watch| count_selected(watch.scene(), &watch.canvas));
    if count < 2 {
        return;
    }
    menu_line(ui);
    item(app, ui, icon::TREE_STRUCTURE, Command::Arrange(Arrange::Tidy));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 1.0;
        for (picture, how) in [
            (icon::ALIGN_LEFT, Arrange::Align(Side::Left)),
            (icon::ALIGN_CENTER_HORIZONTAL, Arrange::Align(Side::Centre)),
            (icon::ALIGN_RIGHT, Arrange::Align(Side::Right)),
            (icon::ALIGN_TOP, Arrange::Align(Side::Top)),
            (icon::ALIGN_CENTER_VERTICAL, Arrange::Align(Side::Middle)),
            (icon::ALIGN_BOTTOM, Arrange::Align(Side::Bottom)),
            (icon::ARROWS_OUT_LINE_HORIZONTAL, Arrange::Spread(Axis::Horizontal)),
            (icon::ARROWS_OUT_LINE_VERTICAL, Arrange::Spread(Axis::Vertical)),
        ] {
            let command = Command::Arrange(how);
            let too_few = count < 3 && matches!(how, Arrange::Spread(_));
            let why = too_few.then(|| "Select at least three tasks, notes or groups".to_owned());
            let button = Button::quiet_icon(picture, how.label()).tip(command.tip(ui.ctx()));
            if button.refused(why).show(ui).clicked() {
                app.send(command);
                ui.close();
            }
        }
    });
    menu_line(ui);
}

fn ground_menu(app: &mut App, ui: &mut Ui) {
    let at = ui.input(|input| input.pointer.press_origin());
    let keys = Keymap::of(ui.ctx()).keys_of(&Command::PickTask(None, Spot::default()));
    if menu_item(ui, icon::PLUS, "Add a task…", &keys) {
        app.send(Command::PickTask(at, Spot::default()));
    }
    let note = Command::Piece(PieceCommand::AddNote(None));
    if menu_item(ui, icon::NOTE, note.label(), &Keymap::of(ui.ctx()).keys_of(&note)) {
        app.send(Command::Piece(PieceCommand::AddNote(at)));
    }
    menu_line(ui);
    item(app, ui, icon::TREE_STRUCTURE, Command::Arrange(Arrange::Tidy));
    item(app, ui, icon::SELECTION_ALL, Command::SelectAll);
    item(app, ui, icon::CORNERS_OUT, Command::ZoomFit);
    item(app, ui, icon::MAP_TRIFOLD, Command::ToggleMinimap);
}
