//! The middle of the run place: which of its tabs is in view, and what belongs to that above it.

use egui::{Rect, Ui};

use super::{from_right, padded, row};
use crate::app::App;
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
        _ if !is_there(app) => missing_ui(app, ui),
        RunTab::Timeline => super::timeline::timeline_ui(app, ui),
        RunTab::Tasks => super::task_table::task_table_ui(app, ui),
        RunTab::Events => super::run_events::run_events_ui(app, ui),
    }
}

fn is_there(app: &App) -> bool {
    app.run.as_ref().and_then(|shown| shown.watch.live.as_ref()).is_some_and(|it| it.run.is_some())
}

/// A run that has not come yet, or cannot come.
fn missing_ui(app: &App, ui: &mut Ui) {
    let error = app.run.as_ref().and_then(|shown| shown.watch.live.as_ref()?.error.clone());
    match error {
        Some(error) => super::empty_ui(ui, icon::WARNING, "This run cannot be shown", &error),
        None => super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
    }
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
