//! What is under way, and the list of all runs below it.

use egui::{ScrollArea, Ui};
use millrace_api::run::RunRow;
use millrace_model::event::RunState;
use millrace_model::time::Timestamp;

use super::{from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::Command;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{Button, elide, glyph, hairline_h, label, list_row};
use crate::words;

/// Height of a row.
pub(super) const RUN_ROW: f32 = 36.0;

/// Draws the place.
pub(crate) fn runs_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(56.0);
        row(ui, |ui| {
            label(ui, "Runs", theme::semibold(18.0), p.text);
            ui.add_space(8.0);
            under_way_ui(app, ui);
            from_right(ui, |ui| {
                let button = Button::icon_only(icon::ARROWS_CLOCKWISE, "Refresh")
                    .tip("Asks the engine for the newest runs");
                if button.show(ui).clicked() {
                    app.send(Command::Refresh);
                }
            });
        });
    });
    if let Some(error) = &app.runs.error {
        let text =
            format!("{}. The list is asked for again when the engine answers.", sentence(error));
        return super::empty_ui(ui, icon::WARNING, "The runs cannot be read", &text);
    }
    if !app.runs.loaded {
        return super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", "");
    }
    if app.runs.rows.is_empty() {
        let run = Command::Run.called(ui.ctx());
        let text = format!(
            "Open a workflow and press {run}, or use millrace run on the command line. Every run is kept here."
        );
        return super::empty_ui(ui, icon::LIST_BULLETS, "No runs yet", &text);
    }
    let columns = Columns::of(ui.available_width() - 32.0);
    if let Some(queue) = app.queue_shown.queue.clone().filter(|queue| !queue.runs.is_empty()) {
        let under_way = format!("UNDER WAY · {}", queue.runs.len());
        head(ui, p, &columns, [&under_way, "SINCE", "STATE", "", "BY", "WHY IT WAITS", ""]);
        super::queue::queue_ui(app, ui, &queue, &columns);
        let y = ui.next_widget_position().y;
        hairline_h(ui.painter(), ui.max_rect().x_range(), y, p.line);
        ui.add_space(8.0);
    }
    head(ui, p, &columns, ["WORKFLOW", "WHEN", "TOOK", "TASKS", "BY", "REASON", "RUN"]);
    let now = app.backend.now();
    let count = app.runs.rows.len();
    let more = usize::from(app.runs.next.is_some());
    let mut open = None;
    let mut load = false;
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(
        ui,
        RUN_ROW,
        count + more,
        |ui, range| {
            padded(ui, 16, 0, |ui| {
                for index in range {
                    let Some(run) = app.runs.rows.get(index) else {
                        // The last row came into view: what is older is loaded.
                        load = true;
                        let (rect, _) = ui.allocate_exact_size(
                            egui::vec2(ui.available_width(), RUN_ROW),
                            egui::Sense::hover(),
                        );
                        let at = egui::pos2(rect.left() + 38.0, rect.center().y);
                        put(ui, at, "Loading older runs…", p.faint, 300.0);
                        continue;
                    };
                    let offset = app.backend.local_offset_secs(run.queued);
                    let cause = cause_words(app, run);
                    if run_row(ui, p, &columns, run, &cause, (now, offset)) {
                        open = Some(run.run);
                    }
                }
            });
        },
    );
    if load {
        app.send(Command::MoreRuns);
    }
    if let Some(run) = open {
        app.send(Command::OpenRun(run));
    }
}

/// How much of what runs share is taken, beside the title of the place.
fn under_way_ui(app: &App, ui: &mut Ui) {
    if app.runs.rows.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    let (words, ink) = match (&app.queue_shown.error, &app.queue_shown.queue) {
        (Some(error), _) => (format!("What waits is not known: {error}"), p.retry),
        (None, Some(queue)) => (super::queue::places_words(queue), p.dim),
        (None, None) => return,
    };
    let room = (ui.available_width() - 60.0).max(0.0);
    let words = elide(ui.ctx(), &words, theme::sans(theme::BODY), ink, room);
    let text = words.text().to_owned();
    let (rect, response) = ui.allocate_exact_size(words.size(), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &text));
    ui.painter().galley(rect.min + egui::vec2(0.0, 2.0), words, ink);
}

/// Where columns start, from the row's left side.
pub(super) struct Columns {
    pub(super) workflow: f32,
    pub(super) when: f32,
    pub(super) took: f32,
    pub(super) tasks: f32,
    pub(super) by: f32,
    pub(super) cause: f32,
    pub(super) end: f32,
}

impl Columns {
    fn of(width: f32) -> Self {
        let workflow = 38.0;
        let when = workflow + (width * 0.24).clamp(120.0, 320.0);
        let took = when + 140.0;
        let tasks = took + 92.0;
        let by = tasks + 116.0;
        let cause = by + (width * 0.12).clamp(90.0, 180.0);
        Self { workflow, when, took, tasks, by, cause, end: width - 96.0 }
    }
}

/// The names of the columns, and the line below them.
fn head(ui: &mut Ui, p: &Palette, columns: &Columns, names: [&str; 7]) {
    let (rect, _) =
        ui.allocate_exact_size(egui::vec2(ui.available_width(), 26.0), egui::Sense::hover());
    let line = ui.max_rect().x_range();
    hairline_h(ui.painter(), line, rect.bottom(), p.line);
    let rect = rect.shrink2(egui::vec2(16.0, 0.0));
    let starts = [
        columns.workflow,
        columns.when,
        columns.took,
        columns.tasks,
        columns.by,
        columns.cause,
        columns.end + 24.0,
    ];
    for (x, name) in starts.into_iter().zip(names) {
        let galley = elide(ui.ctx(), name, theme::semibold(theme::HEAD), p.faint, 120.0);
        let at = egui::pos2(rect.left() + x, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, p.faint);
    }
}

fn run_row(
    ui: &mut Ui,
    p: &Palette,
    columns: &Columns,
    run: &RunRow,
    cause: &str,
    (now, offset): (Timestamp, i32),
) -> bool {
    let look = run_look(p, run.state);
    let title = run.title.as_deref().unwrap_or(run.workflow.as_str());
    let when = words::day_and_clock(run.started.unwrap_or(run.queued), now, offset);
    let name = format!("{title}, {}, {when}", look.word);
    let (rect, response) = list_row(ui, ("run", run.run), &name, RUN_ROW, false);
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let middle = rect.center().y;
    let at = egui::pos2(rect.left() + 18.0, middle);
    glyph(ui.painter(), at, look.icon, icons::fill_font(16.0), look.color);
    let cell = |ui: &Ui, from: f32, to: f32, text: &str, ink: egui::Color32| {
        put(ui, egui::pos2(rect.left() + from, middle), text, ink, to - from - 16.0);
    };
    let took = words::row_length(run, now).map_or("–".to_owned(), words::duration);
    cell(ui, columns.workflow, columns.when, title, p.text);
    cell(ui, columns.when, columns.took, &when, p.dim);
    cell(ui, columns.took, columns.tasks, &took, p.dim);
    cell(ui, columns.tasks, columns.by, &tasks_words(run), p.dim);
    cell(ui, columns.by, columns.cause, &words::row_trigger(run), p.dim);
    let (reason, ink) = match (run.cause.is_empty(), run.state.is_final()) {
        (false, _) => (sentence(cause), p.bad),
        (true, false) => (sentence(look.word), look.color),
        (true, true) => (String::new(), p.dim),
    };
    let ink = if run.state == RunState::Canceled { p.dim } else { ink };
    cell(ui, columns.cause, columns.end, &reason, ink);
    let id = format!("{:.8}", run.run.to_string());
    let galley = elide(ui.ctx(), &id, theme::mono(theme::SMALL), p.faint, 90.0);
    let at = egui::pos2(rect.left() + columns.end + 24.0, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.faint);
    let clicked = response.clicked();
    if !run.cause.is_empty() {
        response.on_hover_text(sentence(cause));
    }
    clicked
}

/// `4/5 · 1 skipped`: in a run that succeeded nothing is missing.
fn tasks_words(run: &RunRow) -> String {
    let counts = format!("{}/{}", run.succeeded, run.tasks);
    match run.tasks.saturating_sub(run.succeeded + run.failed) {
        skipped @ 1.. if run.state == RunState::Succeeded => {
            format!("{counts} · {skipped} skipped")
        }
        _ => counts,
    }
}

/// Why it did not succeed, with the title of the task where that is known here.
fn cause_words(app: &App, run: &RunRow) -> String {
    let named = run.failed_task.as_deref().and_then(|task| {
        let rest = run.cause.strip_prefix(task)?;
        Some(format!("{}{rest}", app.task_title(&run.workflow, task)?))
    });
    named.unwrap_or_else(|| run.cause.clone())
}

pub(super) fn put(ui: &Ui, left_middle: egui::Pos2, text: &str, ink: egui::Color32, room: f32) {
    if text.is_empty() || room < 12.0 {
        return;
    }
    let galley = elide(ui.ctx(), text, theme::sans(theme::BODY), ink, room);
    let at = left_middle - egui::vec2(0.0, galley.size().y / 2.0);
    ui.painter().galley(at, galley, ink);
}
