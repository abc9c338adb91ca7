//! The menu of a workflow in the library: behind its button at the right, and under the right mouse button.

use egui::{Popup, Response, Ui};
use millrace_api::document::WorkflowRow;
use millrace_api::place::PlaceOf;
use millrace_api::schedule::StarterKind;

use super::open_folder::open_folder_item;
use crate::app::App;
use crate::command::{
    Command, FileCommand, GridCommand, LibraryCommand, RunsCommand, ScheduleCommand,
};
use crate::theme::icons::icon;
use crate::widgets::{Button, asking_menu_item, menu_frame, menu_item, menu_line};

/// Draws the button, and whichever menu is open.
pub(super) fn row_menu_ui(app: &mut App, ui: &mut Ui, row: &WorkflowRow, response: &Response) {
    let Some(path) = row.path.clone() else { return };
    let title = row.title.as_deref().unwrap_or(&row.name);
    let has_schedules =
        app.schedules.of_path(&path).any(|starter| starter.kind == StarterKind::Schedule);
    let has = Has {
        errors: row.errors > 0,
        schedules: has_schedules,
        ran: !row.recent.is_empty(),
        folders: app.library.tree.len() > 1,
    };
    let workflow = row.name.clone();
    let name = format!("More about {title}");
    let button = Button::quiet_icon(icon::DOTS_THREE, &name).show(ui);
    Popup::menu(&button).show(|ui| items_ui(app, ui, (&path, &workflow), has));
    response.context_menu(|ui| items_ui(app, ui, (&path, &workflow), has));
}

/// What decides which rows there are.
#[derive(Clone, Copy)]
struct Has {
    errors: bool,
    schedules: bool,
    ran: bool,
    folders: bool,
}

fn items_ui(app: &mut App, ui: &mut Ui, (path, workflow): (&str, &str), has: Has) {
    menu_frame(ui);
    // Others may have the same name.
    let row = app.library.rows.iter().flatten().find(|row| row.path.as_deref() == Some(path));
    let id = row.and_then(|row| row.workflow_id);
    let mut item = |ui: &mut Ui, picture: &str, words: &str, command: Command| {
        // What is known already is shown also while nobody answers.
        let asks = matches!(
            command,
            Command::RunFile(_) | Command::File(_) | Command::Library(_) | Command::Schedule(_)
        );
        let row = if asks { asking_menu_item } else { menu_item };
        if row(ui, picture, words, "") {
            app.send(command);
        }
    };
    let text = || path.to_owned();
    item(ui, icon::FOLDER_OPEN, "Open", Command::OpenFile(text()));
    if !has.errors {
        item(ui, icon::PLAY, "Run", Command::RunFile(text()));
    }
    if has.ran {
        let runs = RunsCommand::OfWorkflow(workflow.to_owned());
        item(ui, icon::LIST_BULLETS, "Show its runs", Command::Runs(runs));
        let grid = GridCommand::Of(workflow.to_owned(), id);
        item(ui, icon::GRID_FOUR, "How it fares", Command::Grid(grid));
    }
    menu_line(ui);
    for (picture, command) in [
        (icon::COPY_SIMPLE, FileCommand::DuplicateFile(text())),
        (icon::PENCIL_SIMPLE, FileCommand::AskName(text())),
        (icon::FOLDER, FileCommand::Move(text())),
    ] {
        let command = Command::File(command);
        item(ui, picture, command.label(), command);
    }
    if has.folders {
        let command = Command::Library(LibraryCommand::AskMove(text()));
        item(ui, icon::FOLDER, command.label(), command);
    }
    if has.schedules {
        menu_line(ui);
        let backfill = ScheduleCommand::AskBackfill { path: Some(text()), name: None };
        item(ui, icon::CLOCK_COUNTER_CLOCKWISE, "Backfill…", Command::Schedule(backfill));
    }
    menu_line(ui);
    item(ui, icon::COPY, "Copy path", Command::Copy(text()));
    if let Some((folder, _)) = path.rsplit_once('/') {
        item(ui, icon::COPY, "Copy path of its folder", Command::Copy(folder.to_owned()));
    }
    open_folder_item(app, ui, "Open folder", PlaceOf::File { path: text() });
    menu_line(ui);
    if asking_menu_item(ui, icon::TRASH, "Delete", "") {
        app.send(Command::File(FileCommand::Trash(text())));
    }
}
