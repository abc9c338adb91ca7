//! The tasks of a run as rows, in the drawer: each with its state, and what became of it; mapped ones unfold to their items.

use egui::{ScrollArea, Ui};
use millrace_model::event::{Run, TaskRun, TaskState};
use millrace_model::ids::TaskKey;

use super::cells::{items_caret, kind_tile};
use super::items::{Click, shown_of};
use super::padded;
use crate::app::App;
use crate::command::Command;
use crate::state::ItemsView;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, task_look};
use crate::widgets::{elide, glyph, list_row, touching_rows};
use crate::words;

/// One row for each task of the run; a click selects it, a double click opens its log.
pub(super) fn tasks_ui(app: &mut App, ui: &mut Ui) {
    let now = app.backend.now();
    let Some(watch) = app.shown_watch() else { return };
    let Some(live) = watch.live.as_ref() else {
        let run = Command::Run.called(ui.ctx());
        let (picture, text) = match app.why_held() {
            Some(why) => (icon::SHIELD_WARNING, why),
            None => {
                let what = "runs the workflow; its tasks show here, each with its state and log.";
                (icon::PLAY, format!("{run} {what}"))
            }
        };
        super::empty_ui(ui, picture, "Not run yet", &text);
        return;
    };
    let Some(run) = live.run.clone() else {
        super::missing_run_ui(app, ui);
        return;
    };
    let rows = rows(&run, &watch.items);
    let has_items = run.tasks.values().any(|task| task.mapped.is_some());
    let workflow = crate::forms::shown_workflow(app);
    let mut clicked = None;
    touching_rows(
        ui,
        ScrollArea::vertical().auto_shrink([false, false]),
        theme::ROW,
        rows.len(),
        |ui, range| {
            padded(ui, 8, 0, |ui| {
                for (index, item) in &rows[range] {
                    let Some((whole, task)) = run.tasks.get_index(*index) else { continue };
                    let key = TaskKey { task: whole.task.clone(), item: *item };
                    let Some(of) = run.task(&key) else { continue };
                    let known = workflow.as_ref().and_then(|it| it.task(key.task.as_str()));
                    let title = known.map_or(key.task.as_str(), |task| task.shown_name());
                    let value = item.and_then(|item| Some(shown_of(task.mapped.as_ref()?, item)));
                    let row = TaskRow {
                        key: &key,
                        run: of,
                        title: match item {
                            Some(item) => format!("{title} [{item}]"),
                            None => title.to_owned(),
                        },
                        kind: known.map_or("", |task| &task.kind),
                        value,
                        words: state_words(of, live.why(&key).map(str::to_owned), now),
                        length: length(of, now),
                        active: match item {
                            None => watch.canvas.selected.contains(&key.task),
                            Some(_) => watch.items.chosen.as_ref() == Some(&key),
                        },
                        indent: if has_items { 18.0 } else { 0.0 },
                        is_open: watch.items.open.contains(&key.task),
                    };
                    if let Some(click) = row.show(ui) {
                        clicked = Some((key, click));
                    }
                }
            });
        },
    );
    if let Some((key, click)) = clicked {
        click.follow(app, key);
    }
}

/// The tasks of a run by their positions, and below those that are unfolded their items.
fn rows(run: &Run, view: &ItemsView) -> Vec<(usize, Option<u32>)> {
    let mut rows = Vec::with_capacity(run.tasks.len());
    for (index, (key, task)) in run.tasks.iter().enumerate() {
        rows.push((index, None));
        if let Some(mapped) = task.mapped.as_ref().filter(|_| view.open.contains(&key.task)) {
            rows.extend(view.listed(mapped).into_iter().map(|item| (index, Some(item))));
        }
    }
    rows
}

/// A task or an item in the list.
struct TaskRow<'r> {
    key: &'r TaskKey,
    run: &'r TaskRun,
    title: String,
    kind: &'r str,
    /// The item itself.
    value: Option<String>,
    words: String,
    length: String,
    active: bool,
    /// Room for the carets of tasks with items.
    indent: f32,
    is_open: bool,
}

impl TaskRow<'_> {
    fn show(&self, ui: &mut Ui) -> Option<Click> {
        let p = Palette::of(ui);
        let look = task_look(p, self.run.state);
        let name = format!("{}, {}", self.title, look.word);
        let id = ("task", self.key.to_string());
        let (rect, response) = list_row(ui, id, &name, theme::ROW, self.active);
        let middle = rect.center().y;
        let mut unfold = false;
        if self.run.mapped.is_some() {
            let at = egui::pos2(rect.left() + 12.0, middle);
            let id = response.id.with("caret");
            unfold = items_caret(ui, id, at, &self.title, self.is_open);
        }
        let left = rect.left() + self.indent + if self.key.item.is_some() { 20.0 } else { 0.0 };
        if self.key.item.is_none() {
            kind_tile(ui, egui::pos2(left + 18.0, middle), self.kind);
        }
        let name_room = (rect.width() * 0.3).clamp(80.0, 240.0);
        let text = |ui: &Ui, x: f32, words: &str, ink: egui::Color32, room: f32| {
            let galley = elide(ui.ctx(), words, theme::sans(theme::BODY), ink, room.max(8.0));
            let at = egui::pos2(x, middle - galley.size().y / 2.0);
            let width = galley.size().x;
            ui.painter().galley(at, galley, ink);
            width
        };
        let x = rect.left() + self.indent + 36.0 + name_room + 12.0;
        match &self.value {
            None => _ = text(ui, left + 36.0, &self.title, p.text, x - 12.0 - left - 36.0),
            Some(value) => {
                let number = format!("{}", self.key.item.unwrap_or_default());
                let width = text(ui, left + 16.0, &number, p.dim, 60.0).max(28.0);
                let from = left + 16.0 + width + 8.0;
                text(ui, from, value, p.text, x - 12.0 - from);
            }
        }
        let at = egui::pos2(x + 8.0, middle);
        glyph(ui.painter(), at, look.icon, icons::fill_font(14.0), look.color);
        let room = (rect.right() - 84.0 - x - 24.0).max(20.0);
        let ink = match self.run.state {
            TaskState::Failed | TaskState::Error => p.bad,
            _ if self.active => p.text,
            _ => p.dim,
        };
        text(ui, x + 22.0, &self.words, ink, room);
        let ink = if self.active { p.text } else { p.dim };
        let galley = elide(ui.ctx(), &self.length, theme::sans(theme::BODY), ink, 80.0);
        let at = egui::pos2(rect.right() - 12.0 - galley.size().x, middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
        Click::of(&response, unfold, self.run)
    }
}

fn state_words(
    task: &millrace_model::event::TaskRun,
    why: Option<String>,
    now: millrace_model::time::Timestamp,
) -> String {
    let word = task.state.label();
    if let Some(mapped) = task.mapped.as_ref().filter(|_| task.cause.is_none()) {
        return format!("{word} · {}", words::items(mapped));
    }
    let more = match (task.state, why, &task.cause) {
        (TaskState::UpForRetry, None, _) => {
            task.retry_due.map(|due| format!("again in {}", words::running_for(due.since(now))))
        }
        (_, Some(why), _) => Some(why),
        (_, None, Some(cause)) => Some(cause.to_string()),
        (_, None, None) => None,
    };
    match more {
        Some(more) => format!("{word} · {more}"),
        None => word.to_owned(),
    }
}

pub(super) fn length(
    task: &millrace_model::event::TaskRun,
    now: millrace_model::time::Timestamp,
) -> String {
    match (task.duration_us(), task.state) {
        (_, TaskState::Running) => crate::state::running_since(task)
            .map(|since| words::running_for(now.since(since)))
            .unwrap_or_default(),
        (Some(us), _) => words::duration_us(us),
        (None, _) => "–".to_owned(),
    }
}
