//! The sheet for a backfill: which schedule, from which day to which, how; and what it would start.

use egui::{Ui, vec2};
use millrace_api::schedule::{BackfillPlan, MOST_BACKFILLED};

use super::sheet::buttons;
use crate::app::{App, BackfillForm, Sheet, full_sentence, read_day, sentence};
use crate::command::{Command, ScheduleCommand};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, checkbox, dropdown, field_label, label, problem_line, wrapped,
};
use crate::words::{self, when};

/// Ticks that the preview names at each end.
const NAMED: usize = 3;
/// Room for what it would start, so that the sheet stays as high as it is.
const PREVIEW: f32 = 96.0;

/// Draws it.
pub(super) fn backfill_ui(app: &mut App, ui: &mut Ui, mut form: Box<BackfillForm>) {
    let p = Palette::of(ui);
    ui.set_width(440.0);
    label(ui, &format!("Backfill {}", form.title), theme::semibold(theme::TITLE), p.text);
    let text = "Runs the workflow once for each time of its schedule that is past, as if it had been \
                started then.";
    wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    fields_ui(ui, &mut form);
    ui.add_space(4.0);
    ui.allocate_ui(vec2(ui.available_width(), PREVIEW), |ui| {
        ui.set_min_height(PREVIEW);
        ui.spacing_mut().item_spacing.y = 2.0;
        preview_ui(app, ui, &form);
    });
    let why = why_not(&form);
    buttons(ui, |ui| {
        let words = match form.count() {
            Some(count @ 1..) => format!("Start {}", words::count(count, "run", "runs")),
            _ => "Start".to_owned(),
        };
        let starts = Button::primary(&words).refused(why).show(ui).clicked();
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        app.sheet = (!cancel).then_some(Sheet::Backfill(form));
        if starts {
            app.send(Command::Schedule(ScheduleCommand::Backfill));
        }
    });
}

fn fields_ui(ui: &mut Ui, form: &mut BackfillForm) {
    let (name, zone) = form.schedules[form.chosen].clone();
    ui.add_space(4.0);
    if form.schedules.len() > 1 {
        field_label(ui, "Schedule", false);
        let names: Vec<String> = form.schedules.iter().map(|(name, _)| name.to_string()).collect();
        if let Some(chosen) = dropdown(ui, "Schedule", &names, Some(form.chosen)) {
            form.chosen = chosen;
        }
    } else {
        let p = Palette::of(ui);
        label(ui, &format!("Schedule {name}"), theme::sans(theme::SMALL), p.faint);
    }
    let order = form.order_problem();
    ui.add_space(4.0);
    ui.columns(2, |columns| {
        day_ui(&mut columns[0], "First day", &mut form.from, None);
        day_ui(&mut columns[1], "Last day", &mut form.to, order);
    });
    let p = Palette::of(ui);
    let text = format!("Whole days by the clock of {}.", zone.name());
    wrapped(ui, &text, theme::sans(theme::SMALL), p.faint);
    ui.add_space(4.0);
    ui.columns(2, |columns| {
        let ui = &mut columns[0];
        ui.spacing_mut().item_spacing.y = 4.0;
        field_label(ui, "Runs at a time", false);
        let read = form.read_parallel();
        Field::new(&mut form.parallel, "Runs at a time").bad(read.is_err()).show(ui);
        if let Err(why) = read {
            problem_line(ui, &sentence(&why));
        }
        let ui = &mut columns[1];
        ui.spacing_mut().item_spacing.y = 0.0;
        checkbox(ui, &mut form.skip_done, "Leave out what succeeded");
        checkbox(ui, &mut form.reverse, "Newest first");
    });
}

fn day_ui(ui: &mut Ui, name: &str, text: &mut String, other: Option<String>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    field_label(ui, name, false);
    let why = read_day(text).err().or(other);
    Field::new(text, name).hint("2026-11-23").bad(why.is_some()).show(ui);
    if let Some(why) = why {
        problem_line(ui, &sentence(&why));
    }
}

fn why_not(form: &BackfillForm) -> Option<String> {
    if form.is_starting {
        return Some("It is being started".to_owned());
    }
    if form.request(true).is_none() {
        return Some("A field has no value yet that can be taken".to_owned());
    }
    match (&form.plan, form.count()) {
        (Some(Err((why, _))), _) => Some(sentence(why)),
        (_, Some(0)) => Some("There is nothing to run in these days".to_owned()),
        (_, Some(_)) => None,
        (_, None) => Some("What it would start is being worked out".to_owned()),
    }
}

/// What it would start, or why it would not.
fn preview_ui(app: &App, ui: &mut Ui, form: &BackfillForm) {
    let p = Palette::of(ui);
    match &form.plan {
        Some(Err((why, help))) => {
            problem_line(ui, &full_sentence(why));
            if let Some(help) = help {
                wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
            }
        }
        Some(Ok(plan)) if form.is_planned() => plan_ui(app, ui, form, plan),
        _ if form.request(true).is_some() => {
            label(ui, "Working out what it would start", theme::sans(theme::SMALL), p.faint);
        }
        _ => {}
    }
}

fn plan_ui(app: &App, ui: &mut Ui, form: &BackfillForm, plan: &BackfillPlan) {
    let p = Palette::of(ui);
    let (now, zone) = (app.backend.now(), form.schedules[form.chosen].1);
    let todo: Vec<_> = plan.ticks.iter().filter(|tick| tick.done.is_none()).collect();
    let left_out = plan.ticks.len() - todo.len();
    let mut head = words::count(todo.len(), "run", "runs");
    if left_out > 0 {
        head.push_str(&format!("; {left_out} succeeded already and stay as they are"));
    }
    label(ui, &head, theme::semibold(theme::BODY), p.text);
    if plan.ticks.len() >= MOST_BACKFILLED {
        let text = format!(
            "A backfill has at most {MOST_BACKFILLED} times; choose fewer days for the rest."
        );
        wrapped(ui, &text, theme::sans(theme::SMALL), p.retry);
    }
    let line = |ui: &mut Ui, text: &str| {
        label(ui, text, theme::sans(theme::SMALL), p.dim);
    };
    let named = |tick: &&millrace_api::schedule::BackfillTick| when::instant(tick.tick, now, zone);
    let first: Vec<String> = todo.iter().take(NAMED).map(named).collect();
    if todo.len() <= 2 * NAMED {
        let all: Vec<String> = todo.iter().map(named).collect();
        for part in all.chunks(NAMED) {
            line(ui, &part.join("  ·  "));
        }
    } else {
        let last: Vec<String> = todo[todo.len() - NAMED..].iter().map(named).collect();
        line(ui, &first.join("  ·  "));
        line(ui, "…");
        line(ui, &last.join("  ·  "));
    }
}
