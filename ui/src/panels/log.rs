//! A log: what can be done with it in a bar, and its lines below.

mod bar;
mod line;
mod lines;
mod scroll;

use egui::Ui;
use millrace_api::Code;

use crate::app::{App, full_sentence};
use crate::command::Command;
use crate::theme::Palette;
use crate::theme::icons::icon;
use crate::widgets::{Button, hairline_h};

pub(crate) use lines::view_id;

/// Height of the bar above the lines.
const BAR: f32 = 40.0;

/// Draws the log of the run in view.
pub(super) fn log_ui(app: &mut App, ui: &mut Ui) {
    let Some(watch) = app.shown_watch() else { return };
    let Some(log) = &watch.log else {
        if super::missing_run_ui(app, ui) {
            return;
        }
        let Some(watch) = app.shown_watch() else { return };
        let (title, text) = if watch.live.is_none() {
            ("No log yet", "The log of a task shows here when it has run.")
        } else {
            ("No log chosen", "Select a task that has run, then open its log.")
        };
        super::empty_ui(ui, icon::FILE_TEXT, title, text);
        return;
    };
    if let Some(error) = &log.error {
        if error.code == Code::NotFound {
            let text = "This task wrote no log in this run.";
            super::empty_ui(ui, icon::FILE_TEXT, "No log", text);
        } else {
            let help = error.help.as_deref().map(full_sentence).unwrap_or_default();
            let why = format!("{} {help}", full_sentence(&error.message));
            let again = Button::secondary("Try again").asks();
            let title = "The log cannot be read";
            if super::empty_with(ui, icon::WARNING, title, why.trim_end(), Some(again)) {
                app.send(Command::Refresh);
            }
        }
        return;
    }
    if !log.loaded {
        if log.unanswered {
            let text = "The engine does not answer. The log comes as soon as it does.";
            super::empty_ui(ui, icon::WARNING, "The log cannot be read now", text);
        } else {
            super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading the log", "");
        }
        return;
    }
    if log.total == 0 && log.key.only.is_none() {
        let text = if log.complete {
            "The task printed nothing."
        } else {
            "The task has printed nothing so far."
        };
        super::empty_ui(ui, icon::FILE_TEXT, "Empty log", text);
        return;
    }
    let all = ui.max_rect();
    let (bar, below) = all.split_top_bottom_at_y(all.top() + BAR);
    let mut bar_ui = ui.new_child(egui::UiBuilder::new().max_rect(bar).id_salt("log_bar"));
    bar::bar_ui(app, &mut bar_ui);
    // What is scrolled ends here.
    hairline_h(ui.painter(), all.x_range(), bar.bottom() - 0.5, Palette::of(ui).line);
    let mut lines_ui = ui.new_child(egui::UiBuilder::new().max_rect(below).id_salt("log_lines"));
    lines_ui.set_clip_rect(below.intersect(ui.clip_rect()));
    lines::lines_ui(app, &mut lines_ui);
}
