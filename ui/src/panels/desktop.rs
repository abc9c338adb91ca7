//! What of the settings the desktop carries out: the tray, start at login, staying awake.

use egui::Ui;

use crate::app::App;
use crate::bridge::DesktopChoice;
use crate::command::{Command, FileCommand};
use crate::theme::{self, Palette};
use crate::widgets::{checkbox, checkbox_with_hint, wrapped};

/// Draws the page.
pub(super) fn desktop_ui(app: &mut App, ui: &mut Ui) {
    let Some(state) = app.desktop.clone() else {
        let text = "This page runs in a browser. What the desktop carries out, such as the start at \
                    login, is chosen in the window of the app.";
        wrapped(ui, text, theme::sans(theme::BODY), Palette::of(ui).dim);
        return;
    };
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
    for (choice, is_on, name, what, problem) in rows {
        let mut on = is_on;
        let problem = problem.as_ref().map(|problem| format!("Not now: {problem}."));
        if checkbox_with_hint(ui, &mut on, name, (what, problem.as_deref())).changed() {
            app.send(Command::File(FileCommand::Choose { choice, on }));
        }
    }
    let mut asks = !app.settings.leaves_unasked;
    if checkbox(ui, &mut asks, "Ask before closing while runs are still running").changed() {
        app.settings.leaves_unasked = !asks;
    }
}
