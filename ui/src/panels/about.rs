//! What this is, and where its data lies.

use egui::Ui;
use millrace_api::place::PlaceOf;

use super::cells::cell;
use super::settings::VALUES;
use crate::app::{App, Sheet};
use crate::command::{Command, SettingCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, section_start, wrapped};

/// Draws the page.
pub(super) fn about_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let window = env!("CARGO_PKG_VERSION");
    row_ui(app, ui, "Millrace", window);
    let Some(report) = app.daemon.report.clone() else {
        let text = match &app.daemon.error {
            Some(error) => format!("The engine does not answer: {error}"),
            None => "Asking the engine".to_owned(),
        };
        wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
        return report_ui(app, ui);
    };
    row_ui(app, ui, "Engine", &format!("{} (process {})", report.version, report.pid));
    row_ui(app, ui, "Tasks at a time", &report.parallel_tasks.to_string());
    section_start(ui, "Where data lies");
    row_ui(app, ui, "Data", &report.home);
    let settings = app.notify.home.as_ref().map(|home| home.path.clone());
    if let Some(path) = settings {
        row_ui(app, ui, "Settings", &path);
    }
    for (name, file) in [("History", "history.db"), ("Runs", "runs"), ("Log", "daemon.log")] {
        row_ui(app, ui, name, &format!("{}/{file}", report.home));
    }
    super::open_folder::open_folder_ui(app, ui, PlaceOf::Home {});
    report_ui(app, ui);
    section_start(ui, "What it is made of");
    if Button::secondary("Licences…").show(ui).clicked() {
        app.sheet = Some(Sheet::Licences(String::new()));
    }
}

/// What tells others of a problem, also of one with the engine.
fn report_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    section_start(ui, "A report of a problem");
    let text = "One file with versions, checks of this machine, the end of the log and sizes, and nothing \
                of your workflows and runs. What is in it is listed before it is written.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    if app.why_away().is_some() {
        let text = "While the engine does not answer, the command line writes it:";
        wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
        return row_ui(app, ui, "Command", "millrace doctor --bundle FILE");
    }
    let command = Command::Setting(SettingCommand::AskDiagnostics);
    if Button::secondary(command.label()).icon(icon::FLOPPY_DISK).show(ui).clicked() {
        app.send(command);
    }
}

/// A value, and a button that copies it.
fn row_ui(app: &mut App, ui: &mut Ui, name: &str, value: &str) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(theme::ROW);
        ui.allocate_ui(egui::vec2(VALUES - 60.0, theme::ROW), |ui| {
            ui.set_width(VALUES - 60.0);
            label(ui, name, theme::sans(theme::BODY), p.dim);
        });
        let room = ui.available_width() - theme::CONTROL - 16.0;
        cell(ui, room, value, theme::sans(theme::BODY), p.text);
        let copy = format!("Copy: {name}");
        if Button::quiet_icon(icon::COPY, &copy).tip(&copy).show(ui).clicked() {
            app.send(Command::Copy(value.to_owned()));
        }
    });
}
