//! The schedules of the workflow: a row each, with its switch for this machine; the open one with its fields.

use egui::Ui;
use millrace_api::schedule::{Held, ScheduleRow};
use millrace_model::document::{CatchUp, Schedule, ScheduleRule, Workflow};
use millrace_model::ident::Ident;
use millrace_model::schedule::{Shape, Ticks};

use super::form::Form;
use super::schedule::{Surroundings, fields_ui};
use crate::app::{App, sentence};
use crate::command::{Command, Place, ScheduleCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, elide, glyph, list_row, mark, switch, wrapped};
use crate::words;

/// Height of a row, and of one whose words stand among its fields.
const ROW: f32 = 46.0;
const OPEN_ROW: f32 = 30.0;

/// Draws them.
pub(super) fn schedules_ui(app: &mut App, form: &mut Form, ui: &mut Ui, fields: &mut Workflow) {
    let p = Palette::of(ui);
    if fields.schedules.is_empty() {
        let text = "It starts when somebody starts it. A schedule starts it by the clock: every \
                    morning, on the last day of a month, every ten minutes.";
        wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    }
    draft_hint_ui(app, ui, &fields.schedules);
    let mut act = None;
    for index in 0..fields.schedules.len() {
        let name = fields.schedules[index].name.clone();
        let is_open = app.forms.open_schedule.as_ref() == Some(&name);
        if let Some(wanted) = row_ui(app, form, ui, &fields.schedules[index], (index, is_open)) {
            act = Some(wanted);
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
    form.problems_ui(ui, "triggers");
}

/// What runs is in the file; a draft may say something else.
fn draft_hint_ui(app: &App, ui: &mut Ui, schedules: &[Schedule]) {
    let Some(editor) = app.tabs.current().filter(|_| app.place == Place::Editor) else { return };
    if editor.doc.in_file().is_some_and(|file| file.schedules != schedules) {
        let save = Command::Save.called(ui.ctx());
        let text =
            format!("The schedules of the saved file run. This draft differs: {save} saves.");
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

/// Name and words, when it fires next, its switch, and what removes it.
fn row_ui(
    app: &mut App,
    form: &mut Form,
    ui: &mut Ui,
    schedule: &Schedule,
    (index, is_open): (usize, bool),
) -> Option<Act> {
    let p = Palette::of(ui);
    let known = known(app, schedule.name.as_str());
    let mut act = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let marks = if form.read_only { 0.0 } else { 60.0 };
        let width = ui.available_width() - marks;
        let name = format!("Schedule {}", schedule.name);
        let height = if is_open { OPEN_ROW } else { ROW };
        let row = ui.allocate_ui(egui::vec2(width, height), |ui| {
            ui.set_width(width);
            list_row(ui, ("schedule", index), &name, height, false)
        });
        let (rect, response) = row.inner;
        let bad = form.has_problem(&format!("schedules[{index}]"));
        let caret = if is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
        let (left, right) = (rect.left() + 20.0, rect.right() - 6.0);
        let (upper, lower) = (rect.top() + 15.0, rect.top() + 32.0);
        glyph(ui.painter(), egui::pos2(rect.left() + 8.0, upper), caret, icons::font(12.0), p.dim);
        let put = |x: f32, y: f32, text: &str, font, ink, room: f32| {
            let galley = elide(ui.ctx(), text, font, ink, room);
            let size = galley.size();
            ui.painter().galley(egui::pos2(x, y - size.y / 2.0), galley, ink);
            size.x
        };
        let ink = if bad { p.bad } else { p.text };
        let room = right - left;
        let used = put(left, upper, schedule.name.as_str(), theme::mono(theme::SMALL), ink, room);
        if let Some(next) = next_words(app, known.as_ref()) {
            let room = room - used - 12.0;
            let galley = elide(ui.ctx(), &next, theme::sans(theme::SMALL), p.faint, room.max(8.0));
            let at = egui::pos2(right - galley.size().x, upper - galley.size().y / 2.0);
            if room > 40.0 {
                ui.painter().galley(at, galley, p.faint);
            }
        }
        let words = words_of(app, schedule);
        if !is_open {
            put(left, lower, &words, theme::sans(theme::SMALL), p.dim, room);
        }
        if response.clicked() {
            act = Some(Act::Open(index));
        }
        response.on_hover_text(words);
        if form.read_only {
            return;
        }
        switch_ui(app, form, ui, schedule, known.as_ref());
        let remove = format!("Remove schedule {}", schedule.name);
        if mark(ui, icon::X, &remove, &remove).clicked() {
            act = Some(Act::Remove(index));
        }
    });
    if let Some(held) = known.and_then(|row| row.held).filter(|_| !form.read_only) {
        let text = format!("It does not fire: {}", held_words(&held));
        let inset = egui::Margin { left: 20, ..Default::default() };
        egui::Frame::new().inner_margin(inset).show(ui, |ui| {
            wrapped(ui, &text, theme::sans(theme::SMALL), p.retry);
        });
    }
    act
}

fn switch_ui(
    app: &App,
    form: &mut Form,
    ui: &mut Ui,
    schedule: &Schedule,
    known: Option<&ScheduleRow>,
) {
    let name = format!("{} on this machine", schedule.name);
    let Some(row) = known else {
        let save = Command::Save.called(ui.ctx());
        let why = match app.schedules.list {
            Some(_) => format!("It can be switched on when it is saved ({save})"),
            None => "The engine has not said yet what is on".to_owned(),
        };
        switch(ui, false, &name, Some(&why));
        return;
    };
    let tip = if row.is_on { "It starts runs on this machine" } else { "It starts no runs" };
    if switch(ui, row.is_on, &name, None).on_hover_text(tip).clicked() {
        form.send(Command::Schedule(ScheduleCommand::Switch {
            path: row.path.clone(),
            name: Some(row.name.clone()),
            on: !row.is_on,
        }));
    }
}

/// What the engine knows of a schedule of the document in view.
fn known(app: &App, name: &str) -> Option<ScheduleRow> {
    let editor = app.tabs.current().filter(|_| app.place == Place::Editor)?;
    app.schedules.schedule(editor.doc.path.as_deref()?, name).cloned()
}

fn next_words(app: &App, known: Option<&ScheduleRow>) -> Option<String> {
    let at = known?.next?;
    Some(words::when::next(at, app.backend.now(), app.schedules.zone()))
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

/// Why something that is on does not start runs.
pub(crate) fn held_words(held: &Held) -> String {
    match held {
        Held::Untrusted => "the workflow came from elsewhere and is not trusted yet".to_owned(),
        Held::Broken(first) => format!("the file has errors. {}", sentence(first)),
    }
}
