//! When a task starts, what happens when it fails, how long it may take, what it shares with others.

use egui::Ui;
use millrace_model::action::Action;
use millrace_model::document::{Join, PoolUse, Task, Workflow};
use millrace_model::ident::Ident;

use super::cache::cache_ui;
use super::controls::TextLook;
use super::form::{Form, Row};
use super::pinned::pinned_ui;
use super::retry::retry_ui;
use super::scope::Reading;
use crate::theme::{self, Palette};
use crate::widgets::{chip, chips, dropdown, section_head, section_start, tab_bar, wrapped};
use crate::words;

pub(super) fn control_ui(form: &mut Form, ui: &mut Ui, task: &mut Task, workflow: &Workflow) {
    start_ui(form, ui, task);
    section(form, ui, "Once for each item");
    super::for_each::for_each_ui(form, ui, task);
    section(form, ui, "Again");
    super::repeat::repeat_ui(form, ui, task);
    section(form, ui, "When it fails");
    if retry_ui(form, ui, "retry", &mut task.retry, workflow.defaults.retry.as_ref()) {
        form.edited("retry");
    }
    let help = "The run goes on as if it had not failed, and can still succeed.";
    if form.flag(ui, ("allow_failure", "Failure allowed", help), &mut task.allow_failure, false) {
        form.edited("failure allowed");
    }
    section(form, ui, "Time");
    time_ui(form, ui, task, workflow);
    section(form, ui, "Shared with others");
    pool_ui(form, ui, "pool", &mut task.pool, workflow.defaults.pool.as_ref());
    shared_ui(form, ui, task);
    produces_ui(form, ui, task);
    cache_ui(form, ui, task);
    section(form, ui, "Also");
    also_ui(form, ui, task, workflow);
    pinned_ui(form, ui, task);
}

/// The head of a group; where a form is only looked at, few of its rows are there and they need none.
fn section(form: &Form, ui: &mut Ui, title: &str) {
    if form.read_only {
        return;
    }
    section_start(ui, title);
}

fn start_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    if !form.read_only {
        ui.add_space(8.0);
        section_head(ui, "Start");
    }
    let help = "What has to have happened to the tasks before it.";
    let row = Row::new("join", "Starts when", help).set(task.join != Join::All);
    let reset = form.row(ui, &row, |form, ui| join_ui(form, ui, task));
    if reset {
        task.join = Join::All;
        form.edited("join");
    }
    let help = "However its edges stand, so many tasks before it must have succeeded.";
    let row = Row::new("min_succeeded", "Minimum successes", help);
    let mut least = task.min_succeeded.map(i64::from);
    let reset = form.row(ui, &row.set(task.min_succeeded.is_some()), |form, ui| {
        let range = 0..=i64::from(u32::MAX);
        let hint = (0, "no minimum");
        if form.whole(ui, ("min_succeeded", "Minimum successes"), &mut least, range, hint) {
            form.edited("minimum");
        }
    });
    if reset {
        least = None;
        form.edited("minimum");
    }
    task.min_succeeded = least.and_then(|least| u32::try_from(least).ok());
    let help = "An expression. Where it gives false, the task is skipped.";
    let row = Row::new("when", "Only when", help).set(task.when.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let look = TextLook {
            hint: "e.g. tasks.extract.outputs.rows > 0",
            mono: true,
            reading: Some(Reading::Expression),
        };
        if form.text(ui, "when", "Only when", &mut task.when, look) {
            form.edited("condition");
        }
    });
    if reset {
        task.when = None;
        form.edited("condition");
    }
}

fn join_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    let p = Palette::of(ui);
    let (index, words) = match &task.join {
        Join::All => (0, "Every edge into it holds."),
        Join::Any => (1, "One edge into it holds; it does not wait for the others."),
        Join::None => (2, "It waits for nothing."),
        Join::Expr(_) => (3, "All tasks before it have ended and this holds:"),
    };
    if !form.read_only {
        let names = [("All", None), ("Any", None), ("None", None), ("Expression", None)];
        if let Some(clicked) = tab_bar(ui, &names, index)
            && clicked != index
        {
            task.join = match clicked {
                0 => Join::All,
                1 => Join::Any,
                2 => Join::None,
                _ => Join::Expr(String::new()),
            };
            form.edited("join");
        }
    }
    wrapped(ui, words, theme::sans(theme::SMALL), p.dim);
    if let Join::Expr(text) = &mut task.join {
        let mut value = Some(std::mem::take(text));
        let look = TextLook {
            hint: "e.g. a.succeeded && (b.failed || c.skipped)",
            mono: true,
            reading: Some(Reading::Join),
        };
        if form.text(ui, "join.expr", "Join expression", &mut value, look) {
            form.edited("join");
        }
        *text = value.unwrap_or_default();
    }
}

fn time_ui(form: &mut Form, ui: &mut Ui, task: &mut Task, workflow: &Workflow) {
    ui.columns(2, |columns| {
        let help = "A try that takes longer is stopped and counts as failed.";
        let row = Row::new("timeout", "Time-out", help).set(task.timeout.is_some());
        let hint = match workflow.defaults.timeout {
            Some(inherited) => format!("{} (workflow)", words::span(inherited)),
            None => "no limit".to_owned(),
        };
        let reset = form.row(&mut columns[0], &row, |form, ui| {
            if form.duration(ui, "timeout", "Time-out", &mut task.timeout, &hint) {
                form.edited("time-out");
            }
        });
        if reset {
            task.timeout = None;
            form.edited("time-out");
        }
        let help = "When it is stopped: the time between asking its process to end and killing it.";
        let is_set = task.grace != Task::DEFAULT_GRACE;
        let row = Row::new("grace", "Time to stop", help).set(is_set);
        let mut grace = is_set.then_some(task.grace);
        let hint = words::span(Task::DEFAULT_GRACE);
        let reset = form.row(&mut columns[1], &row, |form, ui| {
            if form.duration(ui, "grace", "Time to stop", &mut grace, &hint) {
                form.edited("time to stop");
            }
        });
        if reset {
            grace = None;
            form.edited("time to stop");
        }
        task.grace = grace.unwrap_or(Task::DEFAULT_GRACE);
    });
}

/// The pool at `path`: its name and the slots that are held.
pub(super) fn pool_ui(
    form: &mut Form,
    ui: &mut Ui,
    path: &str,
    pool: &mut Option<PoolUse>,
    inherited: Option<&PoolUse>,
) {
    let before = pool.clone();
    let hint = match inherited {
        Some(pool) => format!("{}, {} slots (workflow)", pool.name, pool.slots),
        None => "none".to_owned(),
    };
    let mut name = pool.as_ref().map(|pool| pool.name.clone());
    let help = "It holds slots of this pool while it runs, and waits for them. Pools are in the settings of the engine.";
    let row = Row::new(path, "Pool", help).set(pool.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let look = TextLook { hint: &hint, ..TextLook::default() };
        form.text(ui, &format!("{path}.name"), "Pool", &mut name, look);
    });
    let mut slots = pool.as_ref().map(|pool| i64::from(pool.slots)).filter(|slots| *slots != 1);
    if name.is_some() {
        let key = format!("{path}.slots");
        let row = Row::new(&key, "Slots", "How many of the pool's slots it holds.");
        if form.row(ui, &row.set(slots.is_some()), |form, ui| {
            form.whole(ui, (&key, "Slots"), &mut slots, 1..=i64::from(u32::MAX), (1, "1"));
        }) {
            slots = None;
        }
    }
    *pool = name.filter(|_| !reset).map(|name| PoolUse {
        name,
        slots: slots.and_then(|slots| u32::try_from(slots).ok()).unwrap_or(1),
        extra: before.as_ref().map(|pool| pool.extra.clone()).unwrap_or_default(),
    });
    if *pool != before {
        form.edited("pool");
    }
}

fn shared_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    let help =
        "Of all tasks that name the same lock, in all runs, one runs at a time. May hold ${…}.";
    let row = Row::new("lock", "Lock", help).set(task.lock.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let look = TextLook { hint: "none", mono: true, reading: Some(Reading::Template) };
        if form.text(ui, "lock", "Lock", &mut task.lock, look) {
            form.edited("lock");
        }
    });
    if reset {
        task.lock = None;
        form.edited("lock");
    }
    let help = "Where places are scarce, tasks with a higher number start first.";
    let row = Row::new("priority", "Priority", help).set(task.priority != 0);
    let mut priority = (task.priority != 0).then_some(i64::from(task.priority));
    let reset = form.row(ui, &row, |form, ui| {
        let range = i64::from(i32::MIN)..=i64::from(i32::MAX);
        if form.whole(ui, ("priority", "Priority"), &mut priority, range, (0, "0")) {
            form.edited("priority");
        }
    });
    if reset {
        priority = None;
        form.edited("priority");
    }
    task.priority = priority.and_then(|number| i32::try_from(number).ok()).unwrap_or(0);
}

/// Kinds without a process make no files; what stands there all the same has to be seen to be removed.
fn produces_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    let is_set = !task.produces.is_empty();
    if !is_set && Action::for_task(task).is_ok_and(|action| !action.makes_files()) {
        return;
    }
    section(form, ui, "Files");
    let help = "The files that it makes, in its folder; * and ? stand for any letters. Where all of them are there \
                already, it does not run and is shown as reused. Where one is missing after it, it has failed.";
    let reset = form.row(ui, &Row::new("produces", "Makes files", help).set(is_set), |form, ui| {
        let names = ("produces", "Makes files", "file");
        if form.texts(ui, names, &mut task.produces, Some(Reading::Template)) {
            form.edited("files that it makes");
        }
    });
    if reset {
        task.produces.clear();
        form.edited("files that it makes");
    }
}

fn also_ui(form: &mut Form, ui: &mut Ui, task: &mut Task, workflow: &Workflow) {
    let help = "It never runs; what depends on it is skipped.";
    if form.flag(ui, ("disabled", "Disabled", help), &mut task.disabled, false) {
        form.edited("disabled");
    }
    let help = "It runs after these and what depends on them, however that ended.";
    let row = Row::new("teardown_for", "Cleans up after", help);
    let reset = form.row(ui, &row.set(!task.teardown_for.is_empty()), |form, ui| {
        teardown_ui(form, ui, task, workflow);
    });
    if reset {
        task.teardown_for.clear();
        form.edited("clean-up");
    }
}

fn teardown_ui(form: &mut Form, ui: &mut Ui, task: &mut Task, workflow: &Workflow) {
    let shown = |name: &Ident| {
        workflow.task(name.as_str()).map_or(name.as_str(), |task| task.shown_name()).to_owned()
    };
    if !task.teardown_for.is_empty() {
        let mut removed = None;
        chips(ui, |ui| {
            for name in &task.teardown_for {
                let response = chip(ui, &shown(name), true, !form.read_only);
                if response.on_hover_text("Click to take it out").clicked() {
                    removed = Some(name.clone());
                }
            }
        });
        if let Some(removed) = removed {
            task.teardown_for.retain(|name| *name != removed);
            form.edited("clean-up");
        }
    }
    if form.read_only {
        return;
    }
    let others: Vec<&Ident> = workflow
        .tasks
        .iter()
        .map(|other| &other.name)
        .filter(|name| **name != task.name && !task.teardown_for.contains(name))
        .collect();
    let names: Vec<String> = others.iter().map(|name| shown(name)).collect();
    if let Some(index) = dropdown(ui, "Cleans up after", &names, None) {
        task.teardown_for.push(others[index].clone());
        form.edited("clean-up");
    }
}
