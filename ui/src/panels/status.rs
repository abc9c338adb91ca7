//! The bar at the bottom: the engine, what runs, what the document has.

use egui::{Sense, Ui, Vec2, WidgetInfo, WidgetType};

use super::{from_right, padded, row};
use crate::app::{App, ChangesShown};
use crate::command::{Command, GridTab, Place};
use crate::theme::{self, Palette};
use crate::widgets::{dot, elide, label};
use crate::words;

/// Draws the bar.
pub(crate) fn status_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let (color, words, hover) = match (app.daemon.reachable, &app.daemon.report) {
        (Some(true), Some(report)) if !report.warnings.is_empty() => {
            (p.retry, "Engine running, with warnings".to_owned(), report.warnings.join("\n"))
        }
        (Some(true), Some(report)) => (
            p.ok,
            "Engine running".to_owned(),
            format!("millrace {} · process {} · {}", report.version, report.pid, report.home),
        ),
        (Some(false), _) => {
            let why = app.daemon.error.clone().unwrap_or_default();
            (p.bad, "Engine not reachable".to_owned(), why)
        }
        _ => (p.idle, "Connecting…".to_owned(), String::new()),
    };
    padded(ui, 14, 0, |ui| {
        ui.set_height(ui.max_rect().height());
        row(ui, |ui| {
            let (rect, response) = ui.allocate_exact_size(Vec2::new(8.0, 16.0), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
            dot(ui.painter(), rect.center(), 4.0, color);
            ui.add_space(-2.0);
            let text = label(ui, &words, theme::sans(theme::SMALL), p.dim);
            if !hover.is_empty() {
                text.on_hover_text(hover);
            }
            if let (Some(true), Some(report)) = (app.daemon.reachable, &app.daemon.report) {
                ui.add_space(12.0);
                let (running, queued) = app.daemon.runs();
                let counts = format!("{running} running · {queued} queued");
                let tip = format!(
                    "{} of {} at a time in this home. A click shows what runs and what waits.",
                    words::count(report.running_tasks as usize, "task runs", "tasks run"),
                    report.parallel_tasks
                );
                if counts_ui(ui, &counts).on_hover_text(tip).clicked() {
                    app.send(Command::Go(Place::Runs));
                }
            }
            from_right(ui, |ui| {
                if let Some(text) = of_place(app) {
                    label(ui, &text, theme::sans(theme::SMALL), p.dim);
                }
            });
        });
    });
}

/// How many runs there are, which leads to them.
fn counts_ui(ui: &mut Ui, counts: &str) -> egui::Response {
    let p = Palette::of(ui);
    let text = elide(ui.ctx(), counts, theme::sans(theme::SMALL), p.dim, 240.0);
    let (rect, response) = ui.allocate_exact_size(text.size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Link, true, counts));
    let ink = if response.hovered() || response.has_focus() { p.text } else { p.dim };
    ui.painter().galley_with_override_text_color(rect.min, text, ink);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// What is said of what is open.
fn of_place(app: &App) -> Option<String> {
    match app.place {
        Place::Editor => {
            let editor = app.tabs.current()?;
            let workflow = &editor.doc.workflow;
            let saved = if editor.doc.read_only.is_some() {
                "read-only"
            } else if editor.saving.is_some() {
                "saving…"
            } else if editor.doc.is_dirty() {
                "not saved"
            } else {
                "saved"
            };
            Some(format!(
                "{} · {} · {saved}",
                words::count(workflow.tasks.len(), "task", "tasks"),
                words::count(workflow.dependencies.len(), "edge", "edges"),
            ))
        }
        Place::Run => Some(format!("run {:.8}", app.run.as_ref()?.run)),
        Place::Runs => {
            let all = app.runs.all.map_or(app.runs.rows.len(), |all| all as usize);
            app.runs.loaded.then(|| words::count(all, "run", "runs"))
        }
        Place::Changes if super::changes::changes_are_there(app) => {
            app.changes.as_ref().map(ChangesShown::count_words)
        }
        Place::Changes | Place::TwoRuns => None,
        Place::Workflow => {
            let view = &app.grid.view;
            if app.grid.tab == GridTab::Calendar {
                return Some(view.workflow.clone());
            }
            let runs = words::count(view.runs.len(), "run", "runs");
            view.loaded.then(|| format!("{runs} of {}", view.workflow))
        }
        Place::Workflows => {
            let count = app.library.rows.as_ref()?.len();
            Some(words::count(count, "workflow", "workflows"))
        }
        Place::Schedules => {
            let rows = &app.schedules.list.as_ref()?.schedules;
            let on = rows.iter().filter(|row| row.is_on && row.held.is_none()).count();
            (!rows.is_empty()).then(|| format!("{on} of {} on", rows.len()))
        }
        Place::Inbox | Place::Settings => None,
    }
}
