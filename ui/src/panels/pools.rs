//! Pools in the settings: how many tasks run at a time, and what some of them share.

use std::num::NonZeroU32;

use egui::{Id, Ui, vec2};
use millrace_api::queue::PoolUse;
use millrace_api::settings::SettingChange;

use super::cells::cell;
use super::settings::VALUES;
use crate::app::{App, full_sentence};
use crate::command::{Command, NotifyCommand, SettingCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, field_label, label, link, problem_line, section_start, stepper, wrapped,
};

/// So many tasks are named below a pool.
const SHOWN: usize = 5;

/// Draws the page.
pub(super) fn pools_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(settings) = app.home_settings() else {
        return super::settings::missing_ui(app, ui, app.notify.error.clone().as_deref());
    };
    let (parallel, pools) = (settings.parallel_tasks, settings.pools.clone());
    let mut changes = Vec::new();
    field_label(ui, "Tasks at a time, over all runs", false);
    ui.allocate_ui(vec2(172.0, theme::CONTROL), |ui| {
        if let Some(value) = slots_ui(app, ui, "", "Tasks at a time", parallel.get())
            && let Some(value) = NonZeroU32::new(value)
        {
            changes.push(SettingChange::ParallelTasks { value: Some(value) });
        }
    });
    if let Some(report) = &app.daemon.report {
        let text =
            format!("{} of {} places are taken now.", report.running_tasks, report.parallel_tasks);
        wrapped(ui, &text, theme::sans(theme::SMALL), p.faint);
    }
    section_start(ui, "Pools");
    let text = "A task that names a pool takes slots of it while it runs, across all workflows: for a \
                database that bears two at a time, a licence, a slow disk.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    ui.add_space(2.0);
    if pools.is_empty() {
        label(ui, "There are no pools yet.", theme::sans(theme::BODY), p.dim);
    }
    for (name, slots) in &pools {
        ui.push_id(("pool", name), |ui| row_ui(app, ui, name, *slots, &mut changes));
    }
    ui.add_space(6.0);
    add_ui(app, ui, |name| pools.contains_key(name), &mut changes);
    if let Some(refusal) = &app.notify.refusal {
        problem_line(ui, &full_sentence(&refusal.text));
    }
    if !changes.is_empty() {
        app.send(Command::Notify(NotifyCommand::Set(changes)));
    }
}

fn row_ui(app: &mut App, ui: &mut Ui, name: &str, slots: u32, changes: &mut Vec<SettingChange>) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        cell(ui, VALUES - 16.0, name, theme::mono(theme::SMALL), p.text);
        ui.allocate_ui(vec2(172.0, theme::CONTROL), |ui| {
            if let Some(value) = slots_ui(app, ui, name, &format!("Slots of {name}"), slots) {
                changes.push(SettingChange::Pool { name: name.to_owned(), value: Some(value) });
            }
        });
        let remove = format!("Remove {name}");
        if Button::quiet_icon(icon::TRASH, &remove).tip(&remove).show(ui).clicked() {
            app.send(Command::Setting(SettingCommand::RemovePool(name.to_owned())));
        }
        if let Some(used) = now(app, name).map(|pool| pool.used) {
            let ink = if used >= slots { p.dim } else { p.faint };
            let text = format!("{used} of {slots} taken now");
            label(ui, &text, theme::sans(theme::SMALL), ink);
        }
    });
    ui.scope(|ui| holders_ui(app, ui, name));
}

/// Who has its slots: a click leads to the run.
fn holders_ui(app: &mut App, ui: &mut Ui, name: &str) {
    let p = Palette::of(ui);
    ui.spacing_mut().interact_size.y = 18.0;
    ui.spacing_mut().item_spacing.y = 2.0;
    let holders = now(app, name).map(|pool| pool.holders.clone()).unwrap_or_default();
    for held in holders.iter().take(SHOWN) {
        let slots = match held.slots {
            1 => String::new(),
            more => format!(" · {more} slots"),
        };
        let words = format!("{} of {}, run {:.4}{slots}", held.task, held.workflow, held.run);
        ui.horizontal(|ui| {
            ui.add_space(VALUES - 16.0 + ui.spacing().item_spacing.x);
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
            let link = link(ui, &words, theme::sans(theme::SMALL));
            if link.on_hover_text(&words).clicked() {
                app.send(Command::OpenRun(held.run));
            }
        });
    }
    if let Some(more @ 1..) = holders.len().checked_sub(SHOWN) {
        ui.horizontal(|ui| {
            ui.add_space(VALUES - 16.0 + ui.spacing().item_spacing.x);
            let words = format!("and {more} more");
            label(ui, &words, theme::sans(theme::SMALL), p.faint);
        });
    }
}

/// How it is used, as the engine says it while it can be reached.
fn now<'a>(app: &'a App, name: &str) -> Option<&'a PoolUse> {
    let queue = app.queue_shown.queue.as_ref().filter(|_| app.daemon.reachable == Some(true))?;
    queue.pools.iter().find(|pool| pool.name == name)
}

/// A number from 1 on; given when it was typed to its end or stepped to.
fn slots_ui(app: &mut App, ui: &mut Ui, key: &str, name: &str, now: u32) -> Option<u32> {
    let read = |text: &str| text.trim().parse::<u32>().ok().filter(|slots| *slots > 0);
    let draft = app.setting.slots.get(key).cloned();
    let mut text = draft.unwrap_or_else(|| now.to_string());
    let is_bad = read(&text).is_none();
    let id = Id::new(("slots", key));
    let (response, steps) = stepper(ui, Field::new(&mut text, name).bad(is_bad), id, name);
    if response.changed() {
        app.setting.slots.insert(key.to_owned(), text.clone());
    }
    let stepped = i64::from(read(&text).unwrap_or(now)) + steps;
    let wanted = match steps {
        0 => read(&text).filter(|_| response.lost_focus()),
        _ => u32::try_from(stepped).ok().filter(|slots| *slots > 0),
    };
    if wanted.is_some() {
        app.setting.slots.remove(key);
    }
    wanted.filter(|slots| *slots != now)
}

fn add_ui(
    app: &mut App,
    ui: &mut Ui,
    is_known: impl Fn(&str) -> bool,
    changes: &mut Vec<SettingChange>,
) {
    let [name, slots] = &mut app.setting.new_pool;
    let mut adds = false;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 190.0).clamp(80.0, VALUES - 24.0);
        let named = Field::new(name, "Name of the new pool").hint("Name").width(width).show(ui);
        let counted = Field::new(slots, "Slots of the new pool").hint("Slots").width(72.0).show(ui);
        let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
        adds = (named.lost_focus() || counted.lost_focus()) && enter;
        adds |= Button::secondary("Add pool").icon(icon::PLUS).show(ui).clicked();
    });
    let wanted = name.trim().to_owned();
    let count = slots.trim().parse::<u32>().ok().filter(|slots| *slots > 0);
    let why = match (wanted.is_empty(), count) {
        (true, _) if slots.trim().is_empty() => None,
        (true, _) => Some("A pool has a name."),
        (false, _) if is_known(&wanted) => Some("There is a pool of this name."),
        (false, None) if !slots.trim().is_empty() => Some("Slots are a number from 1 on."),
        (false, _) => None,
    };
    if let Some(why) = why {
        return problem_line(ui, why);
    }
    if adds && !wanted.is_empty() {
        let value = Some(count.unwrap_or(1));
        app.setting.new_pool = Default::default();
        changes.push(SettingChange::Pool { name: wanted, value });
    }
}
