//! `millrace show`: a run with all its tasks.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;

use millrace_api::run::{GetRun, RunDetail};
use millrace_api::usual::{Usual, UsualLength, UsualRun};
use millrace_model::event::{MAX_FIRINGS, Run, TaskRun, TaskState, Trigger};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;

use crate::args::Show;
use crate::commands::logs::task_key;
use crate::commands::show_task;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human, states};

/// Of a mapped task so many failed items are shown among the tasks.
const MAX_ITEMS: usize = 5;

pub(crate) fn run(args: &Show, out: &mut Out) -> Result<Exit, Failure> {
    let (detail, usual) = block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        let detail = link.backend().get_run(GetRun { run, snapshot: false }).await?;
        Ok::<_, Failure>((detail, link.backend().usual_run(UsualRun { run }).await?))
    })??;
    if let Some(task) = &args.task {
        show_task::print(&task_key(task)?, &detail, args.json, out)?;
    } else if args.json {
        out.json(&Shown { detail: &detail, usual: &usual })?;
    } else {
        let text =
            render(&detail, &usual, human::now(), &TimeZone::system(), out.style(), out.width());
        out.write(&text)?;
    }
    Ok(Exit::Succeeded)
}

/// The run and what is usual, as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    detail: &'a RunDetail,
    usual: &'a Usual,
}

/// The whole page.
fn render(
    detail: &RunDetail,
    usual: &Usual,
    now: Timestamp,
    zone: &TimeZone,
    style: Style,
    width: Option<usize>,
) -> String {
    let run = &detail.run;
    let mut text = head(run, usual, now, zone, style);
    text.push('\n');
    text.push_str(&tasks(detail, usual, now, style, width));
    text.push_str(&hooks(detail, now, style, width));
    text.push_str(&notes(run, style));
    if let Some((key, task)) = run.tasks.iter().find(|(_, task)| is_failure(task)) {
        let item = task.failed_item(key);
        let key = item.as_ref().unwrap_or(key);
        let task = run.task(key).unwrap_or(task);
        text.push_str(&format!("\n{}\n", style.dim(&next_steps(run, key, task))));
    }
    text
}

fn head(run: &Run, usual: &Usual, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    let title = match &run.head.title {
        Some(title) => format!("{} ({title})", run.head.workflow),
        None => run.head.workflow.to_string(),
    };
    lines.push(("run", run.run.to_string()));
    lines.push(("workflow", escape::one_line(&title)));
    if let Some(path) = &run.head.path {
        lines.push(("file", escape::one_line(path)));
    }
    if let Some(git) = run.head.origin.as_ref().and_then(|origin| origin.git.as_ref()) {
        lines.push(("commit", escape::one_line(&git.in_words())));
    }
    let mut state = style.run_state(run.state);
    if let Some(cause) = &run.cause {
        state.push_str(&format!(": {}", escape::one_line(&cause.to_string())));
    }
    if let Some(decided) = &run.decided {
        state.push_str(&format!(", {} once its hooks have run", decided.state));
    }
    if run.stopping && !run.state.is_final() {
        state.push_str(", stopping");
    }
    lines.push(("state", state));
    lines.push(("started by", escape::one_line(&trigger(&run.head.trigger))));
    let at = |at: Timestamp| human::date_time_and_relative(at, now, zone);
    lines.push(("queued", at(run.queued)));
    if let Some(started) = run.started {
        lines.push(("started", at(started)));
        let end = run.ended.unwrap_or(now);
        if let Some(ended) = run.ended {
            lines.push(("ended", at(ended)));
        }
        lines.push(("took", took(end.since(started), usual.whole.as_ref(), style)));
    }
    if run.round > 1 {
        lines.push(("round", format!("{} (it was retried)", run.round)));
    }
    if let Some(old) = run.head.rerun_of {
        lines.push(("rerun of", format!("{old:.8}")));
    }
    for (name, value) in &run.head.params {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        lines.push(("parameter", format!("{name} = {}", escape::one_line(&value))));
    }
    let pad = lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    lines
        .iter()
        .map(|(label, value)| format!("{}  {value}\n", style.dim(&format!("{label:<pad$}"))))
        .collect()
}

/// How long it took, and what is usual; marked where it took longer than nine of ten.
fn took(length: Duration, usual: Option<&UsualLength>, style: Style) -> String {
    let Some(usual) = usual else { return human::duration(length) };
    let us = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
    let of = format!("usually {}", human::duration(Duration::from_micros(usual.median_us)));
    match usual.beyond(us) {
        None => format!("{} ({of})", human::duration(length)),
        Some(more) => {
            let more = human::duration(Duration::from_micros(more));
            style.warning(&format!("{} (+{more}, {of})", human::duration(length)))
        }
    }
}

fn tasks(
    detail: &RunDetail,
    usual: &Usual,
    now: Timestamp,
    style: Style,
    width: Option<usize>,
) -> String {
    let mut head = vec!["TASK", "STATE", "TOOK", "TRIES", "REMARK"];
    // In the first runs nothing is usual yet.
    let has_usual = !usual.tasks.is_empty();
    if has_usual {
        head.insert(3, "USUAL");
    }
    let right: &[usize] = if has_usual { &[2, 3, 4] } else { &[2, 3] };
    let elastic = head.len() - 1;
    let head = head.into_iter().map(|cell| style.dim(cell)).collect();
    let mut table = Table::new(head).right(right).elastic(elastic);
    let row = |key: &TaskKey, task: &TaskRun, why: Option<&str>, now, style| {
        let mut row = row(key, task, why, now, style);
        if has_usual {
            let of = usual.task(key.task.as_str()).filter(|_| key.item.is_none());
            let of = of.map(|usual| human::duration(Duration::from_micros(usual.median_us)));
            row.insert(3, of.unwrap_or_default());
        }
        row
    };
    for (key, task) in detail.run.tasks.iter().filter(|(_, task)| !task.is_of_hooks()) {
        let why = detail.waits.iter().find(|wait| wait.task == *key);
        table.row(row(key, task, why.map(|wait| wait.why.as_str()), now, style));
        for (key, item) in failed_items(key, task) {
            let mut row = row(&key, item, None, now, style);
            row[0] = format!("  {key}");
            table.row(row);
        }
    }
    table.render(width, style.ellipsis())
}

/// What hooks ran, each time in a line of its own.
fn hooks(detail: &RunDetail, now: Timestamp, style: Style, width: Option<usize>) -> String {
    let head = ["HOOK", "STATE", "TOOK", "TRIES", "WHY", "REMARK"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).right(&[2, 3]).elastic(5);
    let mut is_empty = true;
    for (whole, task) in detail.run.of_hooks() {
        let runs = task.mapped.iter().flat_map(|mapped| &mapped.runs);
        for ((run, firing), item) in runs.zip(task.firings()).zip(0..) {
            let key = TaskKey { task: whole.task.clone(), item: Some(item) };
            let why = detail.waits.iter().find(|wait| wait.task == key);
            let mut row = row(&key, run, why.map(|wait| wait.why.as_str()), now, style);
            row.insert(4, firing.to_string());
            table.row(row);
            is_empty = false;
        }
    }
    if is_empty {
        return String::new();
    }
    let mut text = format!("\n{}", table.render(width, style.ellipsis()));
    let within = detail.run.of_hooks().flat_map(|(_, task)| task.firings());
    if within.filter(|firing| firing.task.is_some()).count() >= MAX_FIRINGS {
        let most = format!(
            "hooks ran tasks {MAX_FIRINGS} times for what happened within the run, the most there may be: for the rest they ran none\n"
        );
        text.push_str(&style.warning(&most));
    }
    text
}

/// Of a mapped task that failed: the first items that did.
fn failed_items<'r>(key: &TaskKey, task: &'r TaskRun) -> Vec<(TaskKey, &'r TaskRun)> {
    let runs = task.mapped.iter().flat_map(|mapped| &mapped.runs);
    runs.zip(0..)
        .filter(|(run, _)| is_failure(run))
        .take(MAX_ITEMS)
        .map(|(run, item)| (TaskKey { task: key.task.clone(), item: Some(item) }, run))
        .collect()
}

/// A line of the table of tasks, or of items.
pub(super) fn row(
    key: &TaskKey,
    task: &TaskRun,
    why: Option<&str>,
    now: Timestamp,
    style: Style,
) -> Vec<String> {
    let remark = match (why, states::remark(task, now)) {
        (_, remark) if !remark.is_empty() => remark,
        (Some(why), _) => why.to_owned(),
        (None, _) => outputs(task),
    };
    let tries = match task.attempts.len() {
        0 => String::new(),
        tries => tries.to_string(),
    };
    let took = states::took(task, now).unwrap_or_default();
    let remark = style.dim(&escape::one_line(&remark));
    vec![key.to_string(), style.task_state(task.state), took, tries, remark]
}

fn outputs(task: &TaskRun) -> String {
    let mut all: Vec<String> =
        task.outputs.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    match task.artifacts.as_slice() {
        [] => {}
        [one] => all.push(one.name.clone()),
        many => all.push(format!("{} artifacts", many.len())),
    }
    all.join(", ")
}

/// What should be known of how last attempts ended.
fn notes(run: &Run, style: Style) -> String {
    let mut text = String::new();
    for (key, task) in &run.tasks {
        let end = task.attempts.last().and_then(|last| last.end.as_ref());
        for note in end.into_iter().flat_map(|end| &end.notes) {
            text.push_str(&style.warning(&format!("{key}: {}", escape::one_line(note))));
            text.push('\n');
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn is_failure(task: &TaskRun) -> bool {
    matches!(task.state, TaskState::Failed | TaskState::Error)
}

fn next_steps(run: &Run, failed: &TaskKey, task: &TaskRun) -> String {
    let mut text = match task.attempts.last().and_then(|last| last.child) {
        Some(child) => format!("what {failed} ran:     millrace show {child:.8}"),
        None => {
            let task = escape::shell_word(&failed.to_string());
            format!("what {failed} printed: millrace logs {:.8} {task}", run.run)
        }
    };
    if run.state.is_final() {
        text.push_str(&format!("\nonce more:           millrace retry {:.8}", run.run));
    }
    text
}

fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Manual => "a person".to_owned(),
        Trigger::Schedule { schedule, caught_up: false } => format!("the schedule {schedule}"),
        Trigger::Schedule { schedule, caught_up: true } => {
            format!("the schedule {schedule}, made up for later")
        }
        Trigger::Event { trigger, cause } => format!("the trigger {trigger}: {cause}"),
        Trigger::Api { trigger } => format!("a call of the trigger {trigger}"),
        Trigger::Backfill { schedule, .. } => format!("a backfill of the schedule {schedule}"),
        Trigger::Parent { run, task, .. } => format!("the task {task} of run {run:.8}"),
    }
}
