//! The drawer below the canvas: problems, the tasks of the last run, a log.

use egui::{ScrollArea, Ui};
use millrace_api::document::{Problem, Severity};
use millrace_model::ids::TaskKey;

use super::{from_right, padded, row};
use crate::app::App;
use crate::command::{Command, Drawer, FileCommand, Place};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, Tab, elide, glyph, label, list_row, tab_strip, touching_rows};
use crate::words;

const TABS: f32 = 36.0;
/// Between the tabs and the first row of a list.
const ABOVE_ROWS: f32 = 6.0;

/// Draws the drawer.
pub(crate) fn drawer_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(watch) = app.shown_watch() else { return };
    let active = watch.drawer;
    let closed = app.settings.drawer_closed;
    let log_name = match &watch.log {
        Some(log) => match log.number {
            Some(number) if number > 1 => {
                format!("Log · {}, try {number}", title_of(app, &log.key.task))
            }
            _ => format!("Log · {}", title_of(app, &log.key.task)),
        },
        None => "Log".to_owned(),
    };
    let about = about_run(app);
    let problems = match (app.tabs.current(), app.place) {
        (Some(editor), Place::Editor) => editor.doc.problems.len(),
        _ => 0,
    };
    let rect = ui.max_rect();
    let strip = egui::Rect::from_min_size(rect.min, egui::vec2(rect.width(), TABS));
    let mut bar = ui.new_child(egui::UiBuilder::new().max_rect(strip).id_salt("tabs"));
    padded(&mut bar, 16, 0, |ui| {
        row(ui, |ui| {
            let mut tabs = Vec::new();
            if app.place == Place::Editor {
                tabs.push(Tab { what: Drawer::Problems, name: "Problems", count: problems });
            }
            if app.place == Place::Editor {
                tabs.push(Tab { what: Drawer::LastRun, name: "Last run", count: 0 });
            }
            tabs.push(Tab { what: Drawer::Log, name: &log_name, count: 0 });
            tabs.push(Tab { what: Drawer::Values, name: "Values", count: 0 });
            if app.place == Place::Editor {
                tabs.push(Tab { what: Drawer::Json, name: "JSON", count: 0 });
                tabs.push(Tab { what: Drawer::Versions, name: "Versions", count: 0 });
            }
            if let Some(tab) = tab_strip(ui, &tabs, active, TABS) {
                app.send(Command::Drawer(tab));
            }
            from_right(ui, |ui| {
                let (picture, name) = if closed {
                    (icon::CARET_UP, "Show the drawer")
                } else {
                    (icon::CARET_DOWN, "Hide the drawer")
                };
                if Button::quiet_icon(picture, name).tip(name).show(ui).clicked() {
                    app.settings.drawer_closed = !closed;
                }
                if let Some(about) = about {
                    label(ui, &about, theme::sans(theme::SMALL), p.faint);
                }
            });
        });
    });
    crate::widgets::hairline_h(ui.painter(), rect.x_range(), strip.bottom() - 0.5, p.line);
    if closed {
        return;
    }
    let body = egui::Rect::from_min_max(strip.left_bottom(), rect.max);
    let mut body_ui = ui.new_child(egui::UiBuilder::new().max_rect(body).id_salt("body"));
    body_ui.set_clip_rect(body.intersect(ui.clip_rect()));
    if matches!(active, Drawer::Problems | Drawer::LastRun | Drawer::Values | Drawer::Versions) {
        body_ui.add_space(ABOVE_ROWS);
    }
    match active {
        Drawer::Problems => problems_ui(app, &mut body_ui),
        Drawer::LastRun => super::task_rows::tasks_ui(app, &mut body_ui),
        Drawer::Log => super::log::log_ui(app, &mut body_ui),
        Drawer::Values => super::values::values_ui(app, &mut body_ui),
        Drawer::Versions => super::versions::versions_ui(app, &mut body_ui),
        Drawer::Json => super::json::json_ui(app, &mut body_ui),
    }
}

/// What people call a task of the run that is shown.
fn title_of(app: &App, key: &TaskKey) -> String {
    let workflow = crate::forms::shown_workflow(app);
    let task = workflow.as_ref().and_then(|workflow| workflow.task(key.task.as_str()));
    match (task, key.item) {
        (None, _) => key.to_string(),
        (Some(task), None) => task.shown_name().to_owned(),
        (Some(task), Some(item)) => format!("{} [{item}]", task.shown_name()),
    }
}

/// `run 8f2c · 06:00:04 · 12.4 s`
fn about_run(app: &App) -> Option<String> {
    let run = app.shown_watch()?.live.as_ref()?.run.as_ref()?;
    let now = app.backend.now();
    let start = run.started.unwrap_or(run.queued);
    let clock = words::clock(start, app.backend.local_offset_secs(start));
    let length = words::run_length(run, now).map(words::duration);
    Some(match length {
        Some(length) => format!("run {:.4} · {clock} · {length}", run.run),
        None => format!("run {:.4} · {clock} · {}", run.run, run.state),
    })
}

/// One row for each problem; a click shows the task.
fn problems_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let count = app.tabs.current().map_or(0, |editor| editor.doc.problems.len());
    if count == 0 {
        super::empty_ui(ui, icon::CHECK_CIRCLE, "No problems", "Every edit is checked at once.");
        return;
    }
    touching_rows(
        ui,
        ScrollArea::vertical().auto_shrink([false, false]),
        theme::ROW,
        count,
        |ui, range| {
            let seen = app.tabs.current().and_then(|editor| editor.doc.problems.get(range.clone()));
            let seen = seen.map(<[Problem]>::to_vec).unwrap_or_default();
            padded(ui, 8, 0, |ui| {
                for (index, problem) in range.zip(&seen) {
                    let (rect, response) = list_row(ui, index, &problem.message, theme::ROW, false);
                    let (picture, ink) = match problem.severity {
                        Severity::Error => (icon::X_CIRCLE, p.bad),
                        Severity::Warning => (icon::WARNING, p.retry),
                        Severity::Notice => (icon::INFO, p.dim),
                    };
                    let middle = rect.center().y;
                    let at = egui::pos2(rect.left() + 16.0, middle);
                    glyph(ui.painter(), at, picture, icons::font(16.0), ink);
                    let place = place_of(problem);
                    let place = elide(ui.ctx(), &place, theme::sans(theme::SMALL), p.faint, 260.0);
                    let place_left = rect.right() - 12.0 - place.size().x;
                    let room = place_left - rect.left() - 48.0;
                    let text = crate::app::sentence(&problem.message);
                    let text = elide(ui.ctx(), &text, theme::sans(theme::BODY), p.text, room);
                    let y = middle - text.size().y / 2.0;
                    ui.painter().galley(egui::pos2(rect.left() + 34.0, y), text, p.text);
                    let y = middle - place.size().y / 2.0;
                    ui.painter().galley(egui::pos2(place_left, y), place, p.faint);
                    if response.clicked() {
                        app.forms.show_field(problem.task.is_some(), &problem.field);
                        let problem = Box::new(problem.clone());
                        app.send(Command::File(FileCommand::ShowProblem(problem)));
                    }
                    response.on_hover_ui(|ui| {
                        let text = crate::app::sentence(&problem.message);
                        crate::widgets::wrapped(ui, &text, theme::sans(theme::BODY), p.text);
                        if let Some(help) = &problem.help {
                            let help = crate::app::sentence(help);
                            crate::widgets::wrapped(ui, &help, theme::sans(theme::BODY), p.dim);
                        }
                    });
                }
            });
        },
    );
}

fn place_of(problem: &Problem) -> String {
    let mut parts = Vec::new();
    if let Some(task) = &problem.task {
        parts.push(task.clone());
    } else if !problem.field.is_empty() {
        parts.push(problem.field.clone());
    }
    if problem.line > 0 {
        parts.push(format!("line {}:{}", problem.line, problem.column));
    }
    parts.push(problem.code.clone());
    parts.join(" · ")
}
