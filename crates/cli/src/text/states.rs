//! What happened to a task, in words.

use millrace_model::event::{Attempt, TaskRun, TaskState};
use millrace_model::time::Timestamp;

use super::human;

/// How an attempt ended and what was noticed at it.
pub(crate) fn attempt(attempt: &Attempt) -> String {
    let Some(end) = &attempt.end else {
        return if attempt.waits.is_some() { "waiting" } else { "running" }.to_owned();
    };
    let mut text = end.outcome.to_string();
    if end.out_of_memory {
        text.push_str(", memory ran out");
    }
    if end.left_processes {
        text.push_str(", left processes behind (they were killed)");
    }
    for note in &end.notes {
        text.push_str(&format!("; {note}"));
    }
    text
}

/// How far a task that runs says that it is.
fn progress(task: &TaskRun) -> Option<String> {
    let progress = task.attempts.last()?.progress.as_ref()?;
    let percent = format!("{} %", progress.percent());
    Some(match progress.text.is_empty() {
        true => percent,
        false => format!("{percent}  {}", progress.text),
    })
}

/// What is worth saying of a task beside its state and duration: why it ended so, or what it waits for.
pub(crate) fn remark(task: &TaskRun, now: Timestamp) -> String {
    match task.state {
        TaskState::Running | TaskState::Succeeded if task.mapped.is_some() => items(task),
        TaskState::UpForRetry => retry_remark(task, now),
        TaskState::Running => progress(task).unwrap_or_default(),
        TaskState::Waiting if task.retry_due.is_some() && task.iterations() > 0 => {
            let start = match task.retry_due {
                Some(due) if due > now => format!("in {}", human::duration(due.since(now))),
                _ => "soon".to_owned(),
            };
            format!("iteration {} starts {start}", task.iterations() + 1)
        }
        TaskState::Succeeded if task.attempts.len() > 1 => {
            format!("at try {}", task.attempts.len())
        }
        _ => {
            let mut text = task.cause.as_ref().map(ToString::to_string).unwrap_or_default();
            if task.state.is_final() && task.attempts.len() > 1 && !text.is_empty() {
                text.push_str(&format!(" (after {} tries)", task.attempts.len()));
            }
            text
        }
    }
}

/// How far the items of a mapped task are.
fn items(task: &TaskRun) -> String {
    let Some(mapped) = &task.mapped else { return String::new() };
    let (all, (ended, failed)) = (mapped.runs.len(), mapped.progress());
    let mut text = match (task.state.is_final(), all) {
        (true, 1) => "1 item".to_owned(),
        (true, all) => format!("{all} items"),
        (false, all) => format!("{ended} of {all} items"),
    };
    let skipped = mapped.counts()[TaskState::Skipped as usize];
    for (count, word) in [(failed, "failed"), (skipped as usize, "skipped")] {
        if count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    text
}

fn retry_remark(task: &TaskRun, now: Timestamp) -> String {
    let Some(last) = task.attempts.last() else { return String::new() };
    let next = last.number + 1;
    let start = match task.retry_due {
        Some(due) if due > now => format!("in {}", human::duration(due.since(now))),
        _ => "soon".to_owned(),
    };
    format!("try {next} starts {start}; try {} ended: {}", last.number, attempt(last))
}

/// How long a task ran, or runs.
pub(crate) fn took(task: &TaskRun, now: Timestamp) -> Option<String> {
    if let Some(micros) = task.duration_us() {
        return Some(human::duration_us(micros));
    }
    let start = match &task.mapped {
        Some(_) => task.queued?,
        None => task.attempts.last()?.started?,
    };
    matches!(task.state, TaskState::Running | TaskState::Waiting)
        .then(|| human::duration(now.since(start)))
}
