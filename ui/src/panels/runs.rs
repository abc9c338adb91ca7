//! The place Runs: what is asked for, what is under way, and the list of all runs below it.

mod bulk;
mod chips;
mod help;
mod list;
mod search;

use egui::{Ui, pos2, vec2};

use super::{from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{Command, RunsCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, elide, hairline_h, label};
use crate::words;

/// Height of a row.
pub(super) const RUN_ROW: f32 = 36.0;

/// Draws the place.
pub(crate) fn runs_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(52.0);
        row(ui, |ui| {
            label(ui, "Runs", theme::semibold(18.0), p.text);
            ui.add_space(8.0);
            count_ui(app, ui);
            from_right(ui, |ui| {
                let button = Button::icon_only(icon::ARROWS_CLOCKWISE, "Refresh")
                    .tip("Asks the engine for the newest runs");
                if button.show(ui).clicked() {
                    app.send(Command::Refresh);
                }
                search::kept_ui(app, ui);
                under_way_ui(app, ui);
            });
        });
    });
    let shown = &app.runs_shown;
    let is_filtered = !shown.list.query().is_empty() || !shown.typed.is_empty();
    let all = shown.list.counted().map_or(0, |counted| counted.all);
    if !is_filtered && all == 0 {
        return nothing_ui(app, ui);
    }
    padded(ui, 24, 0, |ui| search::search_ui(app, ui));
    error_ui(app, ui);
    let columns = Columns::of(ui.available_width() - 32.0);
    let queue = app.queue_shown.queue.clone();
    if let Some(queue) = queue.filter(|queue| !queue.runs.is_empty() && !is_filtered) {
        let under_way = format!("UNDER WAY · {}", queue.runs.len());
        head(ui, p, &columns, [&under_way, "SINCE", "STATE", "", "BY", "WHY IT WAITS", ""]);
        super::queue::queue_ui(app, ui, &queue, &columns);
        let y = ui.next_widget_position().y;
        hairline_h(ui.painter(), ui.max_rect().x_range(), y, p.line);
        ui.add_space(8.0);
    }
    if app.runs_shown.selection.is_empty() && app.runs_shown.deed.is_none() {
        let names = ["WORKFLOW", "WHEN", "TOOK", "TASKS", "BY", "REASON", "RUN"];
        head(ui, p, &columns, names);
    } else {
        bulk::bulk_ui(app, ui);
    }
    list::list_ui(app, ui, &columns);
}

/// What stands there before anything ran, or before it is known.
fn nothing_ui(app: &mut App, ui: &mut Ui) {
    let list = &app.runs_shown.list;
    if let Some(error) = list.error().map(str::to_owned) {
        return super::unread_ui(app, ui, "The runs cannot be read", &error);
    }
    if list.counted().is_none() {
        return list::skeleton_ui(ui);
    }
    let run = Command::Run.called(ui.ctx());
    let text = format!(
        "Open a workflow and press {run}, or use millrace run on the command line. Every run is kept here."
    );
    super::empty_ui(ui, icon::LIST_BULLETS, "No runs yet", &text);
}

/// `1,204 of 100,000`, beside the title of the place.
fn count_ui(app: &App, ui: &mut Ui) {
    let list = &app.runs_shown.list;
    let Some(counted) = list.counted() else { return };
    let p = Palette::of(ui);
    let all = words::grouped(counted.all);
    let text = match list.query().is_empty() {
        true => all,
        false => format!("{} of {all}", words::grouped(counted.found)),
    };
    let ink = if list.is_changing() { p.faint } else { p.dim };
    label(ui, &text, theme::sans(theme::BODY), ink);
}

/// That what is shown may not be how it is.
fn error_ui(app: &App, ui: &mut Ui) {
    // What is said at the top of every place need not be said twice.
    let error = app.runs_shown.list.error().filter(|_| app.why_away().is_none());
    let Some(error) = error else { return };
    let p = Palette::of(ui);
    padded(ui, 24, 2, |ui| {
        let text = format!("{}. These are the runs as they were known before.", sentence(error));
        let galley =
            elide(ui.ctx(), &text, theme::sans(theme::SMALL), p.retry, ui.available_width());
        let (rect, response) =
            ui.allocate_exact_size(vec2(galley.size().x, 18.0), egui::Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &text));
        ui.painter().galley(rect.min, galley, p.retry);
    });
}

/// How much of what runs share is taken.
fn under_way_ui(app: &App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let (words, ink) = match (&app.queue_shown.error, &app.queue_shown.queue) {
        (Some(_), _) if app.why_away().is_some() => return,
        (Some(error), _) => (format!("What waits is not known: {error}"), p.retry),
        (None, Some(queue)) => (super::queue::places_words(queue), p.dim),
        (None, None) => return,
    };
    ui.add_space(8.0);
    let room = (ui.available_width() - 8.0).max(0.0);
    let words = elide(ui.ctx(), &words, theme::sans(theme::BODY), ink, room);
    let text = words.text().to_owned();
    let (rect, response) = ui.allocate_exact_size(words.size(), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &text));
    ui.painter().galley(rect.min + vec2(0.0, 1.0), words, ink);
}

/// Where columns start, from the row's left side.
pub(super) struct Columns {
    /// The middles of the box and of the state's icon.
    pub(super) check: f32,
    pub(super) state: f32,
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
        let workflow = 60.0;
        let when = workflow + (width * 0.22).clamp(120.0, 320.0);
        let took = when + 140.0;
        let tasks = took + 92.0;
        let by = tasks + 116.0;
        let cause = by + (width * 0.12).clamp(90.0, 180.0);
        Self { check: 16.0, state: 40.0, workflow, when, took, tasks, by, cause, end: width - 96.0 }
    }
}

/// The names of the columns, and the line below them.
fn head(ui: &mut Ui, p: &Palette, columns: &Columns, names: [&str; 7]) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), egui::Sense::hover());
    let line = ui.max_rect().x_range();
    hairline_h(ui.painter(), line, rect.bottom(), p.line);
    let rect = rect.shrink2(vec2(16.0, 0.0));
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
        // Numbers end below each other, and so does their head.
        let x = if name == "TOOK" { x + TOOK - galley.size().x } else { x };
        let at = pos2(rect.left() + x, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, p.faint);
    }
}

/// Where lengths end, from where their column begins.
pub(super) const TOOK: f32 = 64.0;

/// A command of the list.
fn command(command: RunsCommand) -> Command {
    Command::Runs(command)
}
