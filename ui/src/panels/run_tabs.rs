//! The middle of the run place: which of its tabs is in view, and what belongs to that above it.

use egui::{Rect, Ui};
use millrace_api::Code;

use super::{from_right, padded, row};
use crate::app::{App, full_sentence};
use crate::command::{Command, RunCommand, RunTab};
use crate::theme::Palette;
use crate::theme::icons::icon;
use crate::widgets::{Button, Field, chip, hairline_h};

/// Draws the strip of tabs.
pub(crate) fn run_tabs_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0, p.panel);
    hairline_h(ui.painter(), rect.x_range(), rect.bottom() - 0.5, p.line);
    let Some(shown) = &app.run else { return };
    let active = shown.place.tab;
    padded(ui, 14, 0, |ui| {
        ui.set_height(rect.height());
        row(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            for tab in RunTab::ALL {
                let command = Command::ShowRun(tab);
                let tip = command.tip_as(ui.ctx(), tab.word());
                let response = chip(ui, tab.word(), tab == active, true);
                if response.clicked() {
                    app.send(command);
                }
                response.on_hover_text(tip);
            }
            from_right(ui, |ui| match active {
                RunTab::Canvas => {}
                RunTab::Timeline => timeline_controls_ui(app, ui),
                RunTab::Tasks => filter_ui(app, ui),
                RunTab::Events => super::run_events::controls_ui(app, ui),
            });
        });
    });
}

/// Draws the tab in view.
pub(crate) fn run_tab_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    app.settle_reveal();
    let Some(shown) = &mut app.run else { return };
    if let Some(live) = &shown.watch.live
        && let Some(run) = &live.run
    {
        shown.place.names.update(run, live.snapshot.as_deref());
    }
    let tab = shown.place.tab;
    match tab {
        RunTab::Canvas => super::run_canvas_ui(app, ui, rect),
        RunTab::Timeline => super::timeline::timeline_ui(app, ui),
        RunTab::Tasks => super::task_table::task_table_ui(app, ui),
        RunTab::Events => super::run_events::run_events_ui(app, ui),
    }
}

/// Says that the run in view has not come yet, or why it cannot come and what can be done; whether that is so.
pub(crate) fn missing_run_ui(app: &mut App, ui: &mut Ui) -> bool {
    let live = app.shown_watch().and_then(|watch| watch.live.as_ref());
    let Some(live) = live.filter(|live| live.run.is_none()) else { return false };
    let Some(error) = &live.error else {
        super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading the run", "");
        return true;
    };
    let help = match (error.code, &error.help) {
        (_, Some(help)) => full_sentence(help),
        (Code::NotFound, None) => {
            "It was deleted, or removed because of the limits in Settings, Storage.".to_owned()
        }
        (Code::Unreachable, None) => "It is asked for again when the engine answers.".to_owned(),
        (_, None) => String::new(),
    };
    let text = format!("{} {help}", full_sentence(&error.message));
    let again = Button::secondary("Try again").asks();
    let title = "This run cannot be shown";
    if super::empty_with(ui, icon::WARNING, title, text.trim_end(), Some(again)) {
        app.send(Command::Refresh);
    }
    true
}

fn timeline_controls_ui(app: &mut App, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.x = 4.0;
    let Some(shown) = &app.run else { return };
    let marks = !shown.place.hides_critical;
    let is_all = shown.place.window.is_all();
    let fit = Button::quiet("Fit").icon(icon::CORNERS_OUT).tip(Command::ZoomFit.tip(ui.ctx()));
    let all = is_all.then(|| "All of the run is in view".to_owned());
    if fit.refused(all).show(ui).clicked() {
        app.send(Command::ZoomFit);
    }
    for (picture, name, command) in
        [(icon::PLUS, "Zoom in", Command::ZoomIn), (icon::MINUS, "Zoom out", Command::ZoomOut)]
    {
        let why =
            (is_all && command == Command::ZoomOut).then(|| "All of the run is in view".to_owned());
        let button = Button::quiet_icon(picture, name).tip(command.tip(ui.ctx()));
        if button.refused(why).show(ui).clicked() {
            app.send(command);
        }
    }
    ui.add_space(6.0);
    let tip = "Marks what determined when the run ended: the task that ended last, before it the one that it waited for longest, and so on";
    let critical = chip(ui, "Critical path", marks, true);
    if critical.clicked() {
        app.send(Command::OfRun(RunCommand::ToggleCritical));
    }
    critical.on_hover_text(tip);
}

fn filter_ui(app: &mut App, ui: &mut Ui) {
    let Some(shown) = &mut app.run else { return };
    let table = &mut shown.place.table;
    if !table.filter.is_empty()
        && Button::quiet_icon(icon::X, "Show all tasks").tip("Show all tasks").show(ui).clicked()
    {
        table.filter.clear();
    }
    Field::new(&mut table.filter, "Filter tasks")
        .hint("Filter: name, state, cause")
        .width(240.0)
        .show(ui);
}
