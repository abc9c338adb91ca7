//! The sheets that ask how the window is to end: while runs go on, and while what was changed cannot be kept.

use egui::Ui;

use super::sheet::buttons;
use crate::app::{App, Leaving};
use crate::command::{Command, FileCommand};
use crate::theme::{self, Palette};
use crate::widgets::{Button, checkbox, label, wrapped};
use crate::words;

pub(super) fn leave_ui(app: &mut App, ui: &mut Ui, leaving: Leaving) {
    let p = Palette::of(ui);
    ui.set_width(480.0);
    let runs =
        words::count(app.running_runs() as usize, "run is still running", "runs are still running");
    label(ui, &runs, theme::semibold(theme::TITLE), p.text);
    let text = "Closing the window stops nothing: runs go on, and are here again when you open it.";
    wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    checkbox(ui, &mut app.settings.leaves_unasked, "Close without asking from now on");
    buttons(ui, |ui| {
        if Button::primary("Close the window").show(ui).clicked() {
            app.send(Command::File(FileCommand::Leave(leaving)));
        }
        if Button::secondary("Stay").show(ui).clicked() {
            app.sheet = None;
        }
    });
    ui.add_space(4.0);
    label(ui, "Or stop Millrace", theme::semibold(theme::BODY), p.text);
    let text = "Running tasks can finish; what comes after them waits until Millrace is opened again. Or all runs are \
                cancelled.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.dim);
    buttons(ui, |ui| {
        if Button::danger("Cancel the runs").show(ui).clicked() {
            app.send(Command::File(FileCommand::Leave(Leaving::Stop { cancel_runs: true })));
        }
        if Button::secondary("Let tasks finish").show(ui).clicked() {
            app.send(Command::File(FileCommand::Leave(Leaving::Stop { cancel_runs: false })));
        }
    });
}

pub(super) fn unkept_ui(app: &mut App, ui: &mut Ui, leaving: Leaving) {
    let p = Palette::of(ui);
    ui.set_width(480.0);
    let titles = app.unkept();
    if titles.is_empty() {
        // The engine is back, and has it.
        app.send(Command::File(FileCommand::Leave(leaving)));
    }
    label(ui, "Changes are not kept yet", theme::semibold(theme::TITLE), p.text);
    let why = app.why_away().unwrap_or("The engine does not keep them");
    let text =
        format!("{why}, and what was changed is only in this window: {}.", titles.join(", "));
    wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
    let text = "The window closes as soon as they are kept.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.dim);
    buttons(ui, |ui| {
        if Button::primary("Stay").show(ui).clicked() {
            app.sheet = None;
        }
        let lose = Command::File(FileCommand::LeaveUnkept(leaving));
        if Button::danger(lose.label()).show(ui).clicked() {
            app.send(lose);
        }
    });
}
