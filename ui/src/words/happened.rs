//! Events of runs, in words.

use std::time::Duration;

use millrace_model::event::{Actor, RunEventKind, RunHead, Then, WaitFor};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;

/// Tasks that a line names before it counts.
const NAMED: usize = 3;

/// What happened; `title` is what people call a task, `of` the tasks that it is about.
pub(crate) fn happened(
    kind: &RunEventKind,
    at: Timestamp,
    of: &[TaskKey],
    title: &dyn Fn(&TaskKey) -> String,
) -> String {
    let first = of.first().map_or_else(|| "a task".to_owned(), title);
    match kind {
        RunEventKind::RunQueued(head) => queued(head),
        RunEventKind::RunStarted => "The run started".to_owned(),
        RunEventKind::RunPaused { by } => format!("Paused by {}", actor(*by)),
        RunEventKind::RunResumed { by } => format!("Resumed by {}", actor(*by)),
        RunEventKind::RunMoved { by, .. } => {
            format!("Moved among the runs that wait by {}", actor(*by))
        }
        RunEventKind::CancelRequested { by, kill: false } => format!("Cancelled by {}", actor(*by)),
        RunEventKind::CancelRequested { by, kill: true } => {
            format!("Cancelled at once by {}", actor(*by))
        }
        RunEventKind::AbortRequested { cause } => format!("What is left is cancelled: {cause}"),
        RunEventKind::TasksQueued { .. } => format!("{} may run", tasks(of, title)),
        RunEventKind::TaskMapped { items, .. } => {
            format!("{first} has {}", super::count(items.len(), "item", "items"))
        }
        RunEventKind::AttemptDispatched { number, .. } => {
            format!("Try {number} of {first} gets a place")
        }
        RunEventKind::AttemptStarted { child: Some(run), .. } => {
            format!("{first} started run {run:.8}")
        }
        RunEventKind::AttemptStarted { pid: Some(pid), .. } => {
            format!("{first} started as process {pid}")
        }
        RunEventKind::AttemptStarted { .. } => format!("{first} started"),
        RunEventKind::AttemptProgressed { progress, .. } => {
            let text = format!("{first} is at {} %  {}", progress.percent(), progress.text);
            text.trim_end().to_owned()
        }
        RunEventKind::AttemptWaits { waits, .. } => match &waits.wait {
            WaitFor::Time => format!("{first} waits for its time"),
            WaitFor::Outside { what } => format!("{first} waits for {what}"),
            WaitFor::Answer { .. } => format!("{first} asks a person"),
        },
        RunEventKind::AttemptRecalled { .. } => {
            format!("{first} was taken back before it started, and waits again")
        }
        RunEventKind::AttemptEnded { end, then, .. } => {
            let outcome = &end.outcome;
            match then {
                Then::End { .. } => format!("{first}: {outcome}"),
                Then::Retry { due } => {
                    format!("{first}: {outcome}; it is tried again {}", later(*due, at))
                }
                Then::Repeat { due } => format!("{first} runs once more {}", later(*due, at)),
            }
        }
        RunEventKind::TaskEnded { state, cause, .. } => {
            format!("{first} is {}: {cause}", state.label())
        }
        RunEventKind::TaskMarked { mark, again, .. } => {
            let more = match again.len() {
                0 => String::new(),
                count => format!("; {} to run again", super::count(count, "task is", "tasks are")),
            };
            format!("{first} was marked as {} by {}{more}", mark.state.label(), mark.by)
        }
        RunEventKind::ItemsEnded { state, cause, .. } => match cause {
            Some(cause) => format!("All items of {first} have ended: {cause}"),
            None => format!("All items of {first} have ended: {}", state.label()),
        },
        RunEventKind::HookFired { firing, .. } => format!("A hook runs {first}: {firing}"),
        RunEventKind::OutcomeDecided { state, .. } => {
            format!("It will have {state} once its hooks have run")
        }
        RunEventKind::Reopened { round, by, .. } => {
            format!("Retried by {}: round {round} with {}", actor(*by), tasks(of, title))
        }
        RunEventKind::RunEnded { state, cause } => match cause {
            Some(cause) => format!("The run {}: {cause}", ended(*state)),
            None => format!("The run {}", ended(*state)),
        },
    }
}

fn queued(head: &RunHead) -> String {
    format!("Accepted, started by {}", super::trigger(&head.trigger))
}

fn ended(state: millrace_model::event::RunState) -> &'static str {
    match state {
        millrace_model::event::RunState::Canceled => "was cancelled",
        other => other.word(),
    }
}

fn actor(by: Actor) -> &'static str {
    match by {
        Actor::Person => "a person",
        Actor::Parent => "the run that started it",
        Actor::Replace => "a newer run in its place",
        Actor::Shutdown => "the end of Millrace",
    }
}

fn later(due: Timestamp, at: Timestamp) -> String {
    match due.since(at) {
        wait if wait < Duration::from_millis(1) => "at once".to_owned(),
        wait => format!("in {}", super::duration(wait)),
    }
}

/// `Load, Report and 3 more`
fn tasks(of: &[TaskKey], title: &dyn Fn(&TaskKey) -> String) -> String {
    let named: Vec<String> = of.iter().take(NAMED).map(title).collect();
    match of.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
