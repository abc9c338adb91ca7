//! What became of the time of a run: how its tasks waited and ran, and which of them determined its end.

use std::collections::{HashMap, HashSet};

use crate::document::Workflow;
use crate::event::{Attempt, Outcome, Run, RunState, TaskRun, TaskState};
use crate::ident::Ident;
use crate::ids::TaskKey;
use crate::time::Timestamp;

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarKind {
    /// For a free place: of the home, of a pool, or of the run.
    Queue,
    /// For the next try, or the next iteration.
    Delay,
    /// For an instant, an answer or something outside.
    Wait,
    /// A try, by how it ended; that of a mapped task: all of its items.
    Try(TaskState),
}

/// A stretch of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for.
    pub kind: BarKind,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; none while it goes on.
    pub until: Option<Timestamp>,
    /// Which try it is of.
    pub number: Option<u32>,
}

/// What became of a task's time.
#[must_use]
pub fn bars(task: &TaskRun) -> Vec<Bar> {
    let mut bars = Vec::with_capacity(task.attempts.len() * 2);
    let mut add = |kind, from: Timestamp, until: Option<Timestamp>, number| {
        if until.is_none_or(|until| until > from) {
            bars.push(Bar { kind, from, until, number });
        }
    };
    if task.mapped.is_some() {
        if let Some(queued) = task.queued {
            add(BarKind::Try(task.state), queued, task.ended, None);
        }
        return bars;
    }
    let mut before: Option<Timestamp> = None;
    for attempt in &task.attempts {
        // A retry of the whole run has a new beginning.
        let queued = task.queued.filter(|queued| *queued <= attempt.dispatched);
        let number = Some(attempt.number);
        match (before, queued) {
            (Some(end), queued) if queued.is_none_or(|queued| queued <= end) => {
                add(BarKind::Delay, end, Some(attempt.dispatched), number);
            }
            (_, Some(queued)) => add(BarKind::Queue, queued, Some(attempt.dispatched), number),
            _ => {}
        }
        let end = attempt.end.as_ref();
        let begun = attempt.started.or_else(|| end?.started);
        match (begun, end) {
            (Some(begun), _) => add(BarKind::Queue, attempt.dispatched, Some(begun), number),
            (None, None) => add(BarKind::Queue, attempt.dispatched, None, number),
            (None, Some(_)) => {}
        }
        let ended = end.map(|end| end.ended);
        if let Some(begun) = begun.or(ended.map(|_| attempt.dispatched)) {
            add(kind_of(attempt), begun, ended, number);
        }
        before = ended;
    }
    let last = task.attempts.last();
    let since = last.and_then(|last| Some(last.end.as_ref()?.ended));
    match (task.state, since, task.queued) {
        (TaskState::UpForRetry | TaskState::Waiting, Some(end), _) => {
            add(BarKind::Delay, end, None, None);
        }
        (TaskState::Queued, Some(end), queued) => {
            add(BarKind::Queue, queued.filter(|at| *at > end).unwrap_or(end), None, None);
        }
        (TaskState::Queued, None, Some(queued)) if last.is_none() => {
            add(BarKind::Queue, queued, None, None);
        }
        _ => {}
    }
    bars
}

fn kind_of(attempt: &Attempt) -> BarKind {
    match attempt.waits {
        // A wait that went wrong is shown as such.
        Some(_) if matches!(attempt_state(attempt), TaskState::Waiting | TaskState::Succeeded) => {
            BarKind::Wait
        }
        _ => BarKind::Try(attempt_state(attempt)),
    }
}

/// The tasks that determined when the run ended: the last one to end, before it the one of those it depends on that ended
/// last, and so on.
#[must_use]
pub fn critical_path(run: &Run, workflow: &Workflow) -> HashSet<Ident> {
    let ended = |name: &Ident| {
        let task = run.tasks.get(&TaskKey::plain(name.clone()))?;
        let ran = !task.attempts.is_empty() || task.mapped.is_some();
        match task.ended {
            Some(at) => ran.then_some(at.0),
            // What still runs ends after all that has ended.
            None => (ran || task.queued.is_some()).then_some(i64::MAX),
        }
    };
    let counted = run.tasks.iter().filter(|(_, task)| !task.is_of_hooks());
    let last = counted
        .filter_map(|(key, _)| Some((ended(&key.task)?, &key.task)))
        // Of several that end at once the first of the run's order.
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    let mut path = HashSet::new();
    let mut at = last.map(|(_, name)| name.clone());
    let mut before: HashMap<&Ident, Vec<&Ident>> = HashMap::new();
    for edge in &workflow.dependencies {
        before.entry(&edge.to).or_default().push(&edge.from);
    }
    while let Some(name) = at {
        let next = before.get(&name).into_iter().flatten().filter_map(|from| {
            // What came after did not wait for what ended later.
            Some((ended(from)?, (*from).clone()))
        });
        let next = next.reduce(|best, next| if next.0 > best.0 { next } else { best });
        if !path.insert(name) {
            break;
        }
        at = next.map(|(_, name)| name);
    }
    path
}

/// The state that an attempt is in, as that of a task.
#[must_use]
pub fn attempt_state(attempt: &Attempt) -> TaskState {
    match attempt.end.as_ref().map(|end| &end.outcome) {
        None if attempt.waits.is_some() => TaskState::Waiting,
        None => TaskState::Running,
        Some(Outcome::Succeeded | Outcome::Reused { .. }) => TaskState::Succeeded,
        Some(Outcome::Skipped { .. }) => TaskState::Skipped,
        Some(Outcome::Child { state: RunState::Canceled, .. } | Outcome::Canceled) => {
            TaskState::Canceled
        }
        Some(
            Outcome::Failed { .. }
            | Outcome::Missing { .. }
            | Outcome::Refused { .. }
            | Outcome::Rejected { .. }
            | Outcome::Child { .. }
            | Outcome::TimedOut,
        ) => TaskState::Failed,
        Some(Outcome::Error { .. } | Outcome::Lost { .. } | Outcome::Unknown { .. }) => {
            TaskState::Error
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::{Dependency, Task};
    use crate::event::{AttemptEnd, Exit, RunEvent, RunEventKind, Trigger};
    use crate::ids::RunId;

    fn name(text: &str) -> Ident {
        Ident::new(text).unwrap()
    }

    fn workflow(tasks: &[&str], edges: &[(&str, &str)]) -> Workflow {
        let mut workflow = Workflow::new(name("w"));
        workflow.tasks = tasks.iter().map(|task| Task::new(name(task), "shell")).collect();
        workflow.dependencies =
            edges.iter().map(|(from, to)| Dependency::new(name(from), name(to))).collect();
        workflow
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp(secs * 1_000_000)
    }

    fn attempt(number: u32, dispatched: i64, started: i64, ended: Option<i64>) -> Attempt {
        let outcome = Outcome::Failed { exit: Exit::Code(1) };
        Attempt {
            serial: number,
            number,
            dispatched: at(dispatched),
            started: Some(at(started)),
            pid: None,
            child: None,
            progress: None,
            waits: None,
            end: ended.map(|ended| AttemptEnd::unmeasured(outcome, at(ended))),
        }
    }

    fn shown(task: &TaskRun) -> Vec<(BarKind, i64, Option<i64>)> {
        let secs = |time: Timestamp| time.0 / 1_000_000;
        bars(task).iter().map(|bar| (bar.kind, secs(bar.from), bar.until.map(secs))).collect()
    }

    #[test]
    fn waiting_is_apart_from_running() {
        let mut task = TaskRun::pending();
        assert_eq!(shown(&task), []);
        (task.state, task.queued) = (TaskState::Queued, Some(at(1)));
        assert_eq!(shown(&task), [(BarKind::Queue, 1, None)]);
        task.attempts = vec![attempt(1, 2, 3, Some(5)), attempt(2, 9, 9, None)];
        task.state = TaskState::Running;
        let failed = BarKind::Try(TaskState::Failed);
        assert_eq!(
            shown(&task),
            [
                (BarKind::Queue, 1, Some(2)),
                (BarKind::Queue, 2, Some(3)),
                (failed, 3, Some(5)),
                (BarKind::Delay, 5, Some(9)),
                (BarKind::Try(TaskState::Running), 9, None),
            ]
        );
        task.attempts.pop();
        task.state = TaskState::UpForRetry;
        assert_eq!(shown(&task).last(), Some(&(BarKind::Delay, 5, None)));
    }

    #[test]
    fn between_two_rounds_of_a_run_nothing_waits() {
        let mut task = TaskRun::pending();
        task.attempts = vec![attempt(1, 1, 1, Some(2)), attempt(2, 21, 22, Some(30))];
        (task.state, task.queued, task.ended) = (TaskState::Failed, Some(at(20)), Some(at(30)));
        let failed = BarKind::Try(TaskState::Failed);
        let (queue, first) = (BarKind::Queue, (failed, 1, Some(2)));
        let rest = [(queue, 20, Some(21)), (queue, 21, Some(22)), (failed, 22, Some(30))];
        assert_eq!(shown(&task), [&[first][..], &rest].concat());
    }

    fn run(tasks: &[(&str, i64)]) -> Run {
        let names: Vec<&str> = tasks.iter().map(|(name, _)| *name).collect();
        let head = json!({
            "workflow": "w", "snapshot": "", "trigger": Trigger::Manual, "logical_time": 0,
            "tasks": names,
        });
        let kind = RunEventKind::RunQueued(Box::new(serde_json::from_value(head).unwrap()));
        let event = RunEvent { run: RunId(1), seq: 1, at: at(0), kind };
        let mut run = Run::begin(&event).unwrap();
        run.state = RunState::Running;
        for (task, ended) in run.tasks.values_mut().zip(tasks.iter().map(|(_, ended)| *ended)) {
            if ended >= 0 {
                task.attempts = vec![attempt(1, 0, 0, Some(ended))];
                (task.state, task.ended) = (TaskState::Succeeded, Some(at(ended)));
            }
        }
        run
    }

    #[test]
    fn the_critical_path_goes_back_along_what_ended_last() {
        let edges = [("a", "c"), ("b", "c"), ("c", "d"), ("a", "e")];
        let flow = workflow(&["a", "b", "c", "d", "e", "f"], &edges);
        let run = run(&[("a", 5), ("b", 3), ("c", 7), ("d", 9), ("e", 8), ("f", -1)]);
        let path = critical_path(&run, &flow);
        assert_eq!(path, ["a", "c", "d"].map(name).into());
    }
}
