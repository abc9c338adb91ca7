//! How a workflow fares: the head of its place and its tabs.

use egui::{Sense, Ui, WidgetInfo, WidgetType, vec2};

use super::{from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{Command, GridCommand, GridTab, RunsCommand};
use crate::state::{DurationsBy, HeatBy};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, chip, elide, label, segmented_in};

/// Draws the place.
pub(crate) fn fares_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(52.0);
        row(ui, |ui| head_ui(app, ui, p));
    });
    padded(ui, 24, 0, |ui| {
        ui.set_height(36.0);
        row(ui, |ui| tabs_ui(app, ui));
    });
    // What is said at the top of every place need not be said twice.
    if let Some((error, what)) = outdated(app).filter(|_| app.why_away().is_none()) {
        padded(ui, 24, 2, |ui| {
            let text =
                format!("{}. These are the {what} as they were known before.", sentence(error));
            label(ui, &text, theme::sans(theme::SMALL), p.retry);
        });
    }
    match app.grid.tab {
        GridTab::Grid => super::grid::grid_ui(app, ui, p),
        GridTab::Calendar => super::heat::heat_ui(app, ui, p),
        GridTab::Durations => super::durations::durations_ui(app, ui, p),
    }
}

/// Why what is in view may not be how it is, and what that is.
fn outdated(app: &App) -> Option<(&str, &str)> {
    let (grid, heat) = (&app.grid.view, &app.grid.heat.view);
    match app.grid.tab {
        GridTab::Grid | GridTab::Durations => {
            Some((grid.error.as_deref().filter(|_| grid.loaded)?, "runs"))
        }
        GridTab::Calendar => Some((heat.error.as_deref().filter(|_| heat.loaded)?, "days")),
    }
}

fn head_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    let workflow = app.grid.view.workflow.clone();
    let title = app.grid.title().to_owned();
    let summary = match app.grid.tab {
        GridTab::Grid => {
            let view = &app.grid.view;
            super::grid::summary(view.runs.len(), view.has_more(), &view.fared)
        }
        GridTab::Durations => {
            let durations = &app.grid.durations;
            super::grid::summary(durations.bars.len(), durations.has_more, &durations.fared)
        }
        GridTab::Calendar => super::heat::summary(app),
    };
    from_right(ui, |ui| {
        let refresh = Button::icon_only(icon::ARROWS_CLOCKWISE, "Refresh")
            .tip("Asks the engine for the newest runs");
        if refresh.show(ui).clicked() {
            app.send(Command::Refresh);
        }
        if Button::quiet("Show its runs").icon(icon::LIST_BULLETS).show(ui).clicked() {
            app.send(Command::Runs(RunsCommand::OfWorkflow(workflow)));
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            let room = (ui.available_width() * 0.5).max(40.0);
            let galley = elide(ui.ctx(), &title, theme::semibold(18.0), p.text, room);
            let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &title));
            ui.painter().galley(rect.min, galley, p.text);
            ui.add_space(10.0);
            label(ui, &summary, theme::sans(theme::BODY), p.dim);
        });
    });
}

fn tabs_ui(app: &mut App, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.x = 6.0;
    for tab in GridTab::ALL {
        let command = Command::Grid(GridCommand::Show(tab));
        let tip = command.tip_as(ui.ctx(), tab.label());
        let response = chip(ui, tab.word(), tab == app.grid.tab, true);
        if response.clicked() {
            app.send(command);
        }
        response.on_hover_text(tip);
    }
    from_right(ui, |ui| match app.grid.tab {
        GridTab::Grid => {}
        GridTab::Calendar => color_ui(app, ui),
        GridTab::Durations => measure_ui(app, ui),
    });
}

/// What of the durations is looked at.
fn measure_ui(app: &mut App, ui: &mut Ui) {
    let all = [DurationsBy::Run, DurationsBy::Task];
    let active = all.iter().position(|by| *by == app.grid.durations.by).unwrap_or(0);
    let chosen = ui
        .allocate_ui(vec2(176.0, theme::CONTROL), |ui| {
            segmented_in(ui, &["Runs", "By task"], active, 176.0)
        })
        .inner;
    if let Some(chosen) = chosen {
        app.send(Command::Grid(GridCommand::Measure(all[chosen])));
    }
    let all = app.grid.durations_shown >= app.grid.durations.bars.len() as f64;
    let why = all.then(|| "All runs are in view".to_owned());
    let fit = Button::quiet("Fit").icon(icon::CORNERS_OUT).refused(why);
    if fit.tip("Brings all runs into view").show(ui).clicked() {
        app.send(Command::Grid(GridCommand::Fit));
    }
}

/// What the colours of the calendar tell.
fn color_ui(app: &mut App, ui: &mut Ui) {
    let all = [HeatBy::Success, HeatBy::Duration];
    let active = all.iter().position(|by| *by == app.grid.heat.view.by).unwrap_or(0);
    let chosen = ui
        .allocate_ui(vec2(176.0, theme::CONTROL), |ui| {
            segmented_in(ui, &["Success", "Duration"], active, 176.0)
        })
        .inner;
    if let Some(chosen) = chosen {
        app.send(Command::Grid(GridCommand::ColorBy(all[chosen])));
    }
    super::heat::legend_ui(app, ui);
}
