//! The schedules of the workflow: a row each, with its switch for this machine; the open one with its fields.

use egui::Ui;
use millrace_api::schedule::StarterKind;
use millrace_model::document::{CatchUp, Schedule, ScheduleRule, Workflow};
use millrace_model::ident::Ident;
use millrace_model::schedule::{Shape, Ticks};

use super::form::Form;
use super::schedule::{Surroundings, fields_ui};
use super::starter_row::{RowAct, StarterRow, starter_row_ui};
use crate::app::App;
use crate::command::{Command, Place};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, wrapped};

/// Draws them.
pub(super) fn schedules_ui(app: &mut App, form: &mut Form, ui: &mut Ui, fields: &mut Workflow) {
    let p = Palette::of(ui);
    if fields.schedules.is_empty() {
        let text = "It starts when somebody starts it. A schedule starts it by the clock: every \
                    morning, on the last day of a month, every ten minutes.";
        wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    }
    draft_hint_ui(app, ui, fields);
    let mut act = None;
    for index in 0..fields.schedules.len() {
        let schedule = &fields.schedules[index];
        let is_open = app.forms.open_schedule.as_ref() == Some(&schedule.name);
        let row = StarterRow {
            kind: StarterKind::Schedule,
            name: &schedule.name,
            words: words_of(app, schedule),
            path: format!("schedules[{index}]"),
            is_open,
        };
        match starter_row_ui(app, form, ui, &row) {
            Some(RowAct::Open) => act = Some(Act::Open(index)),
            Some(RowAct::Remove) => act = Some(Act::Remove(index)),
            None => {}
        }
        if is_open {
            let around = Surroundings::of(app, fields, index);
            let inset = egui::Margin { left: 14, ..Default::default() };
            egui::Frame::new().inner_margin(inset).show(ui, |ui| {
                let renamed = fields_ui(form, ui, &mut fields.schedules[index], &around);
                if renamed.is_some() {
                    app.forms.open_schedule = renamed;
                }
                ui.add_space(8.0);
            });
        }
    }
    if !form.read_only && Button::quiet("Add schedule").icon(icon::PLUS).flush().show(ui).clicked()
    {
        act = Some(Act::Add);
    }
    if let Some(act) = act {
        carry_out(act, app, form, &mut fields.schedules);
    }
    form.own_problems_ui(ui, "schedules");
}

/// What runs is in the file; a draft may say something else.
fn draft_hint_ui(app: &App, ui: &mut Ui, draft: &Workflow) {
    let Some(editor) = app.tabs.current().filter(|_| app.place == Place::Editor) else { return };
    let differs =
        |file: &Workflow| file.schedules != draft.schedules || file.triggers != draft.triggers;
    if editor.doc.in_file().is_some_and(differs) {
        let save = Command::Save.called(ui.ctx());
        let text = format!("What the saved file says counts. This draft differs: {save} saves.");
        wrapped(ui, &text, theme::sans(theme::SMALL), Palette::of(ui).retry);
    }
}

#[derive(Clone, Copy)]
enum Act {
    Open(usize),
    Add,
    Remove(usize),
}

fn carry_out(act: Act, app: &mut App, form: &mut Form, schedules: &mut Vec<Schedule>) {
    match act {
        Act::Open(index) => {
            let name = schedules[index].name.clone();
            let is_open = app.forms.open_schedule.as_ref() == Some(&name);
            app.forms.open_schedule = (!is_open).then_some(name);
            return;
        }
        Act::Add => {
            let Some(schedule) = fresh(schedules) else { return };
            app.forms.open_schedule = Some(schedule.name.clone());
            schedules.push(schedule);
        }
        Act::Remove(index) => drop(schedules.remove(index)),
    }
    // What stands in the fields belongs to rows by their number.
    form.drop_drafts("schedules");
    form.edited("schedules");
    form.send(Command::EndStep);
}

fn fresh(schedules: &[Schedule]) -> Option<Schedule> {
    let is_free = |name: &Ident| schedules.iter().all(|schedule| schedule.name != *name);
    let names = (1..).map(|n| if n == 1 { "daily".to_owned() } else { format!("schedule_{n}") });
    Some(Schedule {
        name: names.filter_map(|name| Ident::new(&name).ok()).find(is_free)?,
        rule: Shape::Daily { hour: 6, minute: 0 }.rule(),
        timezone: None,
        start: None,
        end: None,
        catch_up: CatchUp::default(),
        jitter: None,
        params: None,
        extra: Vec::new(),
    })
}

/// When it fires, in words; the rule itself where it is none.
fn words_of(app: &App, schedule: &Schedule) -> String {
    match Ticks::of(schedule, app.schedules.zone()) {
        Ok(ticks) => ticks.words(),
        Err(_) => match &schedule.rule {
            ScheduleRule::Cron(text) | ScheduleRule::At(text) => text.clone(),
            ScheduleRule::Every(span) => format!("every {span}"),
        },
    }
}
