//! The items of a mapped task in the panel at the right: how far they are, a list of them, and one of them in full.

use egui::{ScrollArea, Ui, pos2};
use millrace_model::event::{Mapped, TaskRun, TaskState};
use millrace_model::ids::TaskKey;

use super::cells::put;
use super::outputs::values_ui;
use super::task::{attempts_ui, what_happened_button};
use crate::app::{App, sentence};
use crate::command::Command;
use crate::state::ItemFilter;
use crate::theme::{self, Palette, icons, task_look};
use crate::widgets::{chip, chips, elide, glyph, label, list_row, section_start, wrapped};
use crate::words;

/// So many rows of the list are seen at once.
const ROWS_IN_VIEW: usize = 8;
/// The height of a row.
const ROW: f32 = 28.0;

/// The items, where the task has any in the run that is shown.
pub(super) fn items_ui(app: &mut App, ui: &mut Ui, key: &TaskKey, run: &TaskRun) {
    let Some(mapped) = &run.mapped else { return };
    let p = Palette::of(ui);
    let is_of_hooks = run.is_of_hooks();
    section_start(ui, if is_of_hooks { "Run by hooks" } else { "Items" });
    label(ui, &words::items(mapped), theme::sans(theme::BODY), p.dim);
    filter_ui(app, ui, mapped);
    let Some(view) = app.shown_watch().map(|watch| &watch.items) else { return };
    let listed = view.listed(mapped);
    let chosen = view.chosen.as_ref().filter(|chosen| chosen.task == key.task);
    let chosen = chosen.and_then(|chosen| chosen.item);
    let mut next = chosen;
    let now = app.backend.now();
    let height = ROW * listed.len().clamp(1, ROWS_IN_VIEW) as f32;
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt(("items", &key.task))
        .max_height(height)
        .auto_shrink([false, false])
        .show_rows(ui, ROW, listed.len(), |ui, range| {
            for item in &listed[range] {
                let Some(of) = mapped.run(*item) else { continue };
                let value = shown_of(mapped, *item);
                if row_ui(ui, *item, of, &value, now, chosen == Some(*item)) {
                    next = Some(*item);
                }
            }
        });
    ui.spacing_mut().item_spacing.y = 8.0;
    if listed.is_empty() {
        label(ui, "None of them.", theme::sans(theme::BODY), p.faint);
    }
    if next != chosen
        && let Some(watch) = app.shown_watch_mut()
    {
        watch.items.chosen = next.map(|item| TaskKey { task: key.task.clone(), item: Some(item) });
    }
    if let Some(item) = next
        && let Some(of) = mapped.run(item)
    {
        let value = match mapped.firings.get(item as usize) {
            Some(firing) if !firing.reason.is_empty() => format!("{firing}: {}", firing.reason),
            _ => shown_of(mapped, item),
        };
        let key = TaskKey { task: key.task.clone(), item: Some(item) };
        item_ui(app, ui, &key, of, &value);
    }
    ui.add_space(8.0);
}

/// Which items are listed: only what there is can be chosen.
pub(super) fn filter_ui(app: &mut App, ui: &mut Ui, mapped: &Mapped) {
    let Some(watch) = app.shown_watch_mut() else { return };
    chips(ui, |ui| {
        for filter in ItemFilter::EVERY {
            let count = filter.count(mapped);
            let on = watch.items.filter == filter;
            if count == 0 && !on {
                continue;
            }
            if chip(ui, &format!("{} {count}", filter.word()), on, true).clicked() {
                watch.items.filter = filter;
            }
        }
    });
}

/// One item in a row; whether it was clicked.
fn row_ui(
    ui: &mut Ui,
    item: u32,
    run: &TaskRun,
    value: &str,
    now: millrace_model::time::Timestamp,
    active: bool,
) -> bool {
    let p = Palette::of(ui);
    let look = task_look(p, run.state);
    let name = format!("Item {item}, {}", look.word);
    let (rect, response) = list_row(ui, ("item", item), &name, ROW, active);
    let middle = rect.center().y;
    glyph(
        ui.painter(),
        pos2(rect.left() + 14.0, middle),
        look.icon,
        icons::fill_font(14.0),
        look.color,
    );
    put(ui, pos2(rect.left() + 30.0, middle), &item.to_string(), p.text, 44.0);
    let length = super::task_rows::length(run, now);
    let galley = elide(ui.ctx(), &length, theme::sans(theme::SMALL), p.dim, 72.0);
    let right = rect.right() - 10.0 - galley.size().x;
    ui.painter().galley(pos2(right, middle - galley.size().y / 2.0), galley, p.dim);
    put(ui, pos2(rect.left() + 76.0, middle), value, p.dim, (right - rect.left() - 88.0).max(8.0));
    response.on_hover_text(value).clicked()
}

/// One item in full.
fn item_ui(app: &mut App, ui: &mut Ui, key: &TaskKey, run: &TaskRun, value: &str) {
    let p = Palette::of(ui);
    let look = task_look(p, run.state);
    section_start(ui, &format!("Item {}", key.item.unwrap_or_default()));
    wrapped(ui, value, theme::mono(theme::SMALL), p.text);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        label(ui, look.icon, icons::fill_font(15.0), look.color);
        label(ui, &sentence(look.word), theme::semibold(theme::BODY), look.color);
    });
    let live = app.shown_watch().and_then(|watch| watch.live.as_ref());
    let why = live.and_then(|live| live.why(key)).map(str::to_owned);
    if let Some(text) = why.or_else(|| run.cause.as_ref().map(ToString::to_string)) {
        let bad = matches!(run.state, TaskState::Failed | TaskState::Error);
        wrapped(ui, &sentence(&text), theme::sans(theme::BODY), if bad { p.bad } else { p.dim });
    }
    what_happened_button(app, ui, key, run);
    attempts_ui(app, ui, key, run);
    values_ui(app, ui, run);
}

/// An item as a person reads it; of what a hook ran, why.
pub(super) fn shown_of(mapped: &Mapped, item: u32) -> String {
    let firing = mapped.firings.get(item as usize).map(ToString::to_string);
    let value = || mapped.items.get(item as usize).map(words::value);
    firing.or_else(value).unwrap_or_default()
}

/// What a click on a row of a task or of an item asks for.
pub(super) enum Click {
    Select,
    Log,
    Unfold,
}

impl Click {
    /// What was done to a row of this run of a task, whose caret was clicked or not.
    pub(super) fn of(response: &egui::Response, unfolds: bool, run: &TaskRun) -> Option<Self> {
        if unfolds {
            Some(Self::Unfold)
        } else if response.double_clicked() && super::task::has_log(run) {
            Some(Self::Log)
        } else {
            response.clicked().then_some(Self::Select)
        }
    }

    /// Does it.
    pub(super) fn follow(self, app: &mut App, key: TaskKey) {
        match self {
            Self::Unfold => {
                if let Some(watch) = app.shown_watch_mut()
                    && !watch.items.open.remove(&key.task)
                {
                    watch.items.open.insert(key.task);
                }
            }
            Self::Log => app.send(Command::OpenLog(key, None)),
            Self::Select if key.item.is_some() => choose(app, &key),
            Self::Select => app.send(Command::Reveal(key.task)),
        }
    }
}

/// Selects an item, so that the panel at the right shows it.
pub(super) fn choose(app: &mut App, key: &TaskKey) {
    if let Some(watch) = app.shown_watch_mut() {
        watch.items.chosen = Some(key.clone());
        watch.items.filter = ItemFilter::All;
    }
    app.send(Command::Reveal(key.task.clone()));
}
