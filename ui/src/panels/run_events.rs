//! The events of a run, in words.

use egui::{Ui, UiBuilder, pos2};
use millrace_model::event::{RunEvent, RunEventKind, RunState, TaskState, Then};
use millrace_model::ids::TaskKey;

use crate::app::App;
use crate::command::Command;
use crate::state::run_events::EventFilter;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look, task_look};
use crate::widgets::{chip, elide, glyph, list_row, menu_frame, menu_item, virtual_rows};
use crate::words;

const ROW: f32 = 26.0;

/// Which events are listed, at the right of the tabs.
pub(super) fn controls_ui(app: &mut App, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.x = 6.0;
    let Some(shown) = &mut app.run else { return };
    let selected = shown.watch.canvas.selected.first().cloned();
    let events = &mut shown.place.events;
    for filter in EventFilter::EVERY.into_iter().rev() {
        if chip(ui, filter.word(), events.filter == filter, true).clicked() {
            events.filter = filter;
        }
    }
    ui.add_space(8.0);
    let only = events.only.is_some();
    let response = chip(ui, "Only the selected task", only, only || selected.is_some());
    if response.clicked() {
        events.only = if only { None } else { selected };
    } else if only && selected.is_some() {
        // It follows what is selected.
        events.only = selected;
    }
    if !only && events.only.is_none() {
        response.on_hover_text("Lists what happened to the task that is selected");
    }
}

/// Draws the tab.
pub(super) fn run_events_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(shown) = &mut app.run else { return };
    let Some(run) = shown.watch.live.as_ref().and_then(|live| live.run.clone()) else { return };
    let events = &mut shown.place.events;
    events.update();
    ui.painter().rect_filled(ui.max_rect(), 0, p.panel);
    if let Some(error) = events.error.as_ref().filter(|_| events.events.is_empty()) {
        let error = error.clone();
        return super::unread_ui(app, ui, "The events cannot be read", &error);
    }
    if events.events.is_empty() {
        return super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading the events", "");
    }
    if events.listed.is_empty() {
        let text = "Choose All, or another task.";
        return super::empty_ui(ui, icon::LIST_BULLETS, "Nothing of that happened", text);
    }
    let offset = app.backend.local_offset_secs(run.queued);
    let mut clicked = None;
    let mut copied = None;
    let mut rect = ui.max_rect();
    if let Some(error) = &events.error {
        let text = format!("What came later cannot be read: {error}");
        let (above, line) = rect.split_top_bottom_at_y(rect.bottom() - ROW);
        rect = above;
        let text = elide(ui.ctx(), &text, theme::sans(theme::SMALL), p.retry, line.width() - 32.0);
        let at = pos2(line.left() + 16.0, line.center().y - text.size().y / 2.0);
        ui.painter().galley(at, text, p.retry);
    }
    let mut list = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("events"));
    let shown = &*shown;
    let events = &shown.place.events;
    let selected = &shown.watch.canvas.selected;
    virtual_rows(&mut list, "events", ROW, events.listed.len(), None, |ui, range| {
        super::padded(ui, 8, 0, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for place in &events.listed[range] {
                let Some(event) = events.events.get(*place as usize) else { continue };
                let of = events.tasks_of(event);
                let title = |key: &TaskKey| shown.place.names.of(&run, key);
                let words = words::happened(&event.kind, event.at, &of, &title);
                let active = of.len() == 1 && of.iter().any(|key| selected.contains(&key.task));
                let (rect, response) = list_row(ui, ("event", event.seq), &words, ROW, false);
                if active {
                    // Many rows are of one task: a strip at their side is enough.
                    let strip = egui::Rect::from_min_size(rect.min, egui::vec2(3.0, ROW));
                    ui.painter().rect_filled(strip, 0, p.accent);
                }
                let middle = rect.center().y;
                let clock = words::clock_ms(event.at, offset);
                let font = theme::mono(theme::SMALL);
                let text = elide(ui.ctx(), &clock, font, p.faint, 96.0);
                let at = pos2(rect.left() + 8.0, middle - text.size().y / 2.0);
                ui.painter().galley(at, text, p.faint);
                let (picture, ink) = look(p, event);
                let at = pos2(rect.left() + 116.0, middle);
                glyph(ui.painter(), at, picture, icons::fill_font(13.0), ink);
                let room = rect.right() - rect.left() - 140.0;
                let text = elide(ui.ctx(), &words, theme::sans(theme::BODY), p.text, room);
                let was_cut = text.elided;
                let at = pos2(rect.left() + 130.0, middle - text.size().y / 2.0);
                ui.painter().galley(at, text, p.text);
                response.context_menu(|ui| {
                    menu_frame(ui);
                    if menu_item(ui, icon::COPY, "Copy as a line of JSON", "") {
                        copied = serde_json::to_string(event).ok();
                    }
                });
                if response.clicked() {
                    clicked = of.first().cloned();
                }
                if was_cut {
                    response.on_hover_text(words);
                }
            }
        });
    });
    if let Some(key) = clicked {
        match key.item {
            Some(_) => super::items::choose(app, &key),
            None => app.send(Command::Reveal(key.task)),
        }
    }
    if let Some(text) = copied {
        app.send(Command::Copy(text));
    }
}

/// The mark of an event: that of the state that it leads to.
fn look(p: &Palette, event: &RunEvent) -> (&'static str, egui::Color32) {
    let of_task = |state| {
        let look = task_look(p, state);
        (look.icon, look.color)
    };
    let of_run = |state| {
        let look = run_look(p, state);
        (look.icon, look.color)
    };
    match &event.kind {
        RunEventKind::RunQueued(_) | RunEventKind::RunMoved { .. } => of_run(RunState::Queued),
        RunEventKind::RunStarted
        | RunEventKind::RunResumed { .. }
        | RunEventKind::Reopened { .. } => of_run(RunState::Running),
        RunEventKind::RunPaused { .. } => of_run(RunState::Paused),
        RunEventKind::CancelRequested { .. } | RunEventKind::AbortRequested { .. } => {
            of_run(RunState::Canceled)
        }
        RunEventKind::OutcomeDecided { state, .. } | RunEventKind::RunEnded { state, .. } => {
            of_run(*state)
        }
        RunEventKind::TasksQueued { .. }
        | RunEventKind::AttemptDispatched { .. }
        | RunEventKind::AttemptRecalled { .. } => of_task(TaskState::Queued),
        RunEventKind::TaskMapped { .. }
        | RunEventKind::AttemptStarted { .. }
        | RunEventKind::AttemptProgressed { .. }
        | RunEventKind::HookFired { .. } => of_task(TaskState::Running),
        RunEventKind::AttemptWaits { .. } => of_task(TaskState::Waiting),
        RunEventKind::AttemptEnded { then, .. } => of_task(match then {
            Then::Retry { .. } => TaskState::UpForRetry,
            Then::Repeat { .. } => TaskState::Waiting,
            Then::End { state, .. } => *state,
        }),
        RunEventKind::TaskEnded { state, .. } | RunEventKind::ItemsEnded { state, .. } => {
            of_task(*state)
        }
        RunEventKind::TaskMarked { mark, .. } => of_task(mark.state),
    }
}
