//! One line for each event that a person cares about: for pipes, files and CI.
//!
//! `time word subject remark`: the words never change, so that they can be looked for.

use jiff::tz::TimeZone;

use millrace_model::event::{
    Actor, Cause, Outcome, Run, RunEvent, RunEventKind, TaskRun, TaskState, Then, WaitFor,
};
use millrace_model::ids::TaskKey;

use crate::text::{escape, human, states};

/// Makes lines of events.
pub(super) struct Lines {
    zone: TimeZone,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self::in_zone(TimeZone::system())
    }

    /// With times of this zone.
    pub(super) fn in_zone(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// The line of an event; `run` has taken it in already. None where it is only bookkeeping.
    pub(super) fn line(&self, run: &Run, event: &RunEvent) -> Option<String> {
        let (word, subject, remark) = describe(run, &event.kind, &self.zone)?;
        let time = human::clock_time(event.at, &self.zone);
        let line = format!("{time}  {word:<20}  {subject}  {}", escape::one_line(&remark));
        Some(line.trim_end().to_owned())
    }
}

fn describe(run: &Run, kind: &RunEventKind, zone: &TimeZone) -> Option<(String, String, String)> {
    let about_run = |word: &str, remark: String| {
        Some((format!("run.{word}"), run.head.workflow.to_string(), remark))
    };
    match kind {
        RunEventKind::RunQueued(_) => about_run("queued", format!("{:.8}", run.run)),
        RunEventKind::RunStarted => about_run("started", String::new()),
        RunEventKind::RunMoved { by, .. } => about_run("moved", actor(*by).to_owned()),
        RunEventKind::RunPaused { by } => about_run("paused", actor(*by).to_owned()),
        RunEventKind::RunResumed { by } => about_run("resumed", actor(*by).to_owned()),
        RunEventKind::CancelRequested { by, kill } => {
            about_run(if *kill { "killing" } else { "cancelling" }, actor(*by).to_owned())
        }
        RunEventKind::AbortRequested { cause } => about_run("stopping", cause.to_string()),
        RunEventKind::Reopened { round, tasks, .. } => {
            about_run("reopened", format!("round {round}, {} tasks", tasks.len()))
        }
        RunEventKind::RunEnded { state, cause } => {
            let took = run
                .started
                .map(|started| human::duration(run.ended.unwrap_or(started).since(started)));
            let cause = cause.as_ref().map(ToString::to_string);
            let remark: Vec<String> = took.into_iter().chain(cause).collect();
            about_run(state.word(), remark.join("  "))
        }
        RunEventKind::AttemptStarted { serial, .. } => {
            let (key, attempt) = run.attempt(*serial)?;
            let number = (attempt.number > 1).then(|| format!("try {}", attempt.number));
            let child = attempt.child.map(|child| format!("run {child:.8}"));
            let remark: Vec<String> = number.into_iter().chain(child).collect();
            Some(("task.started".to_owned(), key.to_string(), remark.join("  ")))
        }
        RunEventKind::AttemptWaits { serial, waits } => {
            let (key, _) = run.attempt(*serial)?;
            let remark = match (&waits.wait, waits.until) {
                (WaitFor::Answer { message, .. }, _) => format!("asks: {message}"),
                (WaitFor::Time, Some(until)) => {
                    format!("until {}", human::date_time(until, zone))
                }
                (WaitFor::Time, None) => String::new(),
                (WaitFor::Outside { what }, _) => format!("for {what}"),
            };
            Some(("task.waiting".to_owned(), key.to_string(), remark))
        }
        RunEventKind::TaskMarked { task, mark, .. } => {
            let remark = format!("{}, by {}", mark.state, mark.by);
            Some(("task.marked".to_owned(), task.to_string(), remark))
        }
        RunEventKind::AttemptEnded { serial, end, then } => {
            let (key, attempt) = run.attempt(*serial)?;
            let took = human::duration_us(end.duration_us);
            let how = match then {
                // What ended the task is not how its last attempt ended.
                Then::End { cause: Some(cause), .. }
                    if matches!(cause, Cause::Marked { .. })
                        || matches!(end.outcome, Outcome::Succeeded) =>
                {
                    cause.to_string()
                }
                _ => states::attempt(attempt),
            };
            Some(match then {
                Then::Retry { due } => {
                    let wait = human::duration(due.since(end.ended));
                    let next = attempt.number + 1;
                    let remark =
                        format!("{took}  try {}: {how}; try {next} in {wait}", attempt.number);
                    ("task.up_for_retry".to_owned(), key.to_string(), remark)
                }
                Then::Repeat { due } => {
                    let iterations = run.task(key)?.iterations();
                    let wait = human::duration(due.since(end.ended));
                    let next = iterations + 1;
                    let remark = format!("{took}  iteration {iterations}; {next} in {wait}");
                    ("task.repeats".to_owned(), key.to_string(), remark)
                }
                Then::End { state: TaskState::Succeeded, cause: None }
                    if !end.left_processes && end.notes.is_empty() =>
                {
                    ("task.succeeded".to_owned(), key.to_string(), took)
                }
                Then::End { state, .. } => {
                    let tries = match attempt.number {
                        1 => String::new(),
                        _ if matches!(end.outcome, Outcome::Succeeded) => String::new(),
                        tries => format!(" (after {tries} tries)"),
                    };
                    (format!("task.{state}"), key.to_string(), format!("{took}  {how}{tries}"))
                }
            })
        }
        RunEventKind::TaskEnded { task, state, cause } => {
            Some((format!("task.{state}"), task.to_string(), cause.to_string()))
        }
        RunEventKind::TaskMapped { task, items } => {
            let remark = match items.len() {
                1 => "1 item".to_owned(),
                count => format!("{count} items"),
            };
            Some(("task.mapped".to_owned(), task.to_string(), remark))
        }
        RunEventKind::HookFired { task, firing } => {
            let fired = run.tasks.get(&TaskKey::plain(task.clone()))?.firings().len();
            let item = u32::try_from(fired.saturating_sub(1)).ok();
            let key = TaskKey { task: task.clone(), item };
            Some(("hook.fired".to_owned(), key.to_string(), firing.to_string()))
        }
        RunEventKind::OutcomeDecided { state, cause } => {
            let cause = cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
            about_run("hooks", format!("it will be {state}{cause}"))
        }
        RunEventKind::ItemsEnded { task, .. } if run.task(task)?.is_of_hooks() => None,
        RunEventKind::ItemsEnded { task, state, cause } => {
            let of = run.task(task)?;
            let took = of.duration_us().map(human::duration_us);
            let why = cause.as_ref().map(ToString::to_string);
            let remark: Vec<String> = took.into_iter().chain(why).collect();
            Some((format!("task.{state}"), task.to_string(), remark.join("  ")))
        }
        RunEventKind::AttemptProgressed { .. }
        | RunEventKind::TasksQueued { .. }
        | RunEventKind::AttemptDispatched { .. }
        | RunEventKind::AttemptRecalled { .. } => None,
    }
}

fn actor(by: Actor) -> &'static str {
    match by {
        Actor::Person => "",
        Actor::Parent => "by the run that started it",
        Actor::Replace => "a newer run takes its place",
        Actor::Shutdown => "Millrace is shutting down",
    }
}

/// The tasks that ended badly, in the order of the document.
pub(super) fn failures(run: &Run) -> impl Iterator<Item = (&TaskKey, &TaskRun)> {
    run.tasks.iter().filter(|(_, task)| {
        matches!(task.state, TaskState::Failed | TaskState::Error) && !task.is_of_hooks()
    })
}
