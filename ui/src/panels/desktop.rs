//! What of the settings the desktop carries out: the tray, start at login, staying awake.

use egui::Ui;

use crate::app::App;
use crate::bridge::DesktopChoice;
use crate::command::{Command, FileCommand};
use crate::theme::{self, Palette};
use crate::widgets::{checkbox, section_head, wrapped};

/// Draws the group; none without a desktop.
pub(super) fn desktop_ui(app: &mut App, ui: &mut Ui) {
    let Some(state) = app.desktop.clone() else { return };
    let rows = [
        (
            DesktopChoice::Tray,
            state.tray,
            "Keep in the tray",
            "Closing the window leaves an icon that shows what runs and what failed.",
            &state.tray_problem,
        ),
        (
            DesktopChoice::Login,
            state.login,
            "Start at login",
            "In the tray where that is switched on, else as a window.",
            &None,
        ),
        (
            DesktopChoice::Awake,
            state.awake,
            "Keep awake while tasks run",
            "The machine does not fall asleep by itself.",
            &state.awake_problem,
        ),
    ];
    let p = Palette::of(ui);
    section_head(ui, "Desktop");
    for (choice, is_on, name, what, problem) in rows {
        let mut on = is_on;
        if checkbox(ui, &mut on, name).changed() {
            app.send(Command::File(FileCommand::Choose { choice, on }));
        }
        wrapped(ui, what, theme::sans(theme::SMALL), p.faint);
        if let Some(problem) = problem {
            let text = format!("Not now: {problem}.");
            wrapped(ui, &text, theme::sans(theme::SMALL), p.retry);
        }
    }
    let mut asks = !app.settings.leaves_unasked;
    if checkbox(ui, &mut asks, "Ask before closing while runs go on").changed() {
        app.settings.leaves_unasked = !asks;
    }
    ui.add_space(14.0);
}
