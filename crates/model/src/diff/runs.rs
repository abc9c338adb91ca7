//! Two runs beside each other: parameters, and task by task how it ended, what it took, and what it gave.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use super::values::{self, ValueDifferences};
use crate::event::{Mapped, Run, TaskRun, TaskState};
use crate::ident::Ident;

/// What differs between two runs, but for what they ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunsCompared {
    /// Parameters that differ.
    pub params: ValueDifferences,
    /// The names of those that are the same.
    pub same_params: Vec<String>,
    /// All tasks of either, with what changed most first.
    pub tasks: Vec<TaskCompared>,
}

/// A task in two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskCompared {
    /// Which.
    pub task: Ident,
    /// How it fared in the older run; none where that does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<TaskFared>,
    /// How it fared in the newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<TaskFared>,
    /// What it gave that differs.
    #[serde(skip_serializing_if = "ValueDifferences::is_empty")]
    pub outputs: ValueDifferences,
}

/// How a task fared in a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskFared {
    /// Where it stands.
    pub state: TaskState,
    /// What it took, tries that failed and waiting between them included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_us: Option<u64>,
    /// How often it was tried.
    pub tries: usize,
    /// Why it did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl TaskCompared {
    /// By how much longer the newer run took for it; none where it did not run in both.
    #[must_use]
    pub fn longer_us(&self) -> Option<i64> {
        let [before, after] = self.both_us()?;
        Some(i64::try_from(after).ok()?.saturating_sub(i64::try_from(before).ok()?))
    }

    /// What the newer run took, by what the older one took.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let [before, after] = self.both_us()?;
        (before > 0).then(|| after as f64 / before as f64)
    }

    /// Whether it ended otherwise, or is in one of the runs only.
    #[must_use]
    pub fn state_differs(&self) -> bool {
        let state = |side: &Option<TaskFared>| side.as_ref().map(|fared| fared.state);
        state(&self.before) != state(&self.after)
    }

    /// Whether anything but its length differs.
    #[must_use]
    pub fn differs(&self) -> bool {
        let said = |side: &Option<TaskFared>| {
            side.as_ref().map(|fared| (fared.state, fared.tries, fared.cause.clone()))
        };
        !self.outputs.is_empty() || said(&self.before) != said(&self.after)
    }

    fn both_us(&self) -> Option<[u64; 2]> {
        Some([self.before.as_ref()?.took_us?, self.after.as_ref()?.took_us?])
    }
}

/// Compares two runs. What they ran is compared by [`super::compare`].
#[must_use]
pub fn compare(before: &Run, after: &Run) -> RunsCompared {
    let params = values::compare(&before.head.params, &after.head.params);
    let is_same = |(name, value): &(&String, &serde_json::Value)| {
        after.head.params.get(*name) == Some(*value)
    };
    let same = before.head.params.iter().filter(is_same).map(|(name, _)| name.clone());
    let old: HashMap<&Ident, &TaskRun> = tasks(before).collect();
    let new: HashMap<&Ident, &TaskRun> = tasks(after).collect();
    let gone = tasks(before).filter(|(name, _)| !new.contains_key(name));
    let names = tasks(after).chain(gone).map(|(name, _)| name);
    let none = crate::Values::new();
    let mut tasks: Vec<TaskCompared> = names
        .map(|name| {
            let [before, after] = [old.get(name), new.get(name)].map(|task| task.copied());
            let [gave, gives] = [before, after].map(|task| task.map_or(&none, |it| &it.outputs));
            TaskCompared {
                task: name.clone(),
                before: before.map(fared),
                after: after.map(fared),
                outputs: values::compare(gave, gives),
            }
        })
        .collect();
    // Stable: of what changed as much, the order of the run.
    tasks.sort_by_cached_key(|task| {
        let longer = task.longer_us().unwrap_or(0).unsigned_abs();
        let otherwise = task.state_differs();
        std::cmp::Reverse((otherwise, longer, !task.outputs.is_empty()))
    });
    RunsCompared { params, same_params: same.collect(), tasks }
}

fn tasks(run: &Run) -> impl Iterator<Item = (&Ident, &TaskRun)> {
    run.tasks.iter().filter(|(key, _)| key.item.is_none()).map(|(key, task)| (&key.task, task))
}

/// An item of a mapped task in two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemCompared {
    /// What it is.
    pub item: Value,
    /// Its place among the items of the older run; none where that does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
    /// Its place among those of the newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
}

/// The items of a mapped task in two runs, each beside its like, wherever that stands: what has the same value is the same
/// item, of several the first and the first. Those of the newer run in their order, then those that only the older one has.
#[must_use]
pub fn items(before: Option<&Mapped>, after: Option<&Mapped>) -> Vec<ItemCompared> {
    let of = |mapped: Option<&'_ Mapped>| mapped.map(|it| it.items.clone()).unwrap_or_default();
    let (old, new) = (of(before), of(after));
    let mut places: HashMap<String, VecDeque<u32>> = HashMap::new();
    for (item, place) in old.iter().zip(0..) {
        places.entry(item.to_string()).or_default().push_back(place);
    }
    let mut found: Vec<ItemCompared> = Vec::with_capacity(new.len());
    for (item, place) in new.into_iter().zip(0..) {
        let before = places.get_mut(&item.to_string()).and_then(VecDeque::pop_front);
        found.push(ItemCompared { item, before, after: Some(place) });
    }
    let mut left: Vec<u32> = places.into_values().flatten().collect();
    left.sort_unstable();
    found.extend(left.into_iter().map(|place| ItemCompared {
        item: old[place as usize].clone(),
        before: Some(place),
        after: None,
    }));
    found
}

/// How a task, or an item of one, fared.
#[must_use]
pub fn fared(task: &TaskRun) -> TaskFared {
    let failed = !matches!(task.state, TaskState::Succeeded | TaskState::Running);
    TaskFared {
        state: task.state,
        took_us: task.duration_us().filter(|_| !task.attempts.is_empty() || task.mapped.is_some()),
        tries: task.attempts.len(),
        cause: task.cause.as_ref().filter(|_| failed).map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::{Attempt, AttemptEnd, Outcome, RunEvent, RunEventKind, Trigger};
    use crate::ids::RunId;
    use crate::time::Timestamp;

    /// A run with tasks of these names, ends and lengths in seconds.
    fn run(params: &serde_json::Value, tasks: &[(&str, Outcome, u64)]) -> Run {
        let names: Vec<&str> = tasks.iter().map(|(name, ..)| *name).collect();
        let head = json!({
            "workflow": "w", "snapshot": "", "trigger": Trigger::Manual, "logical_time": 0,
            "tasks": names, "params": params,
        });
        let kind = RunEventKind::RunQueued(Box::new(serde_json::from_value(head).unwrap()));
        let event = RunEvent { run: RunId(1), seq: 1, at: Timestamp(0), kind };
        let mut run = Run::begin(&event).unwrap();
        for (task, (_, outcome, secs)) in run.tasks.values_mut().zip(tasks) {
            let mut end = AttemptEnd::unmeasured(outcome.clone(), Timestamp(0));
            end.duration_us = secs * 1_000_000;
            (end.started, task.state) = (Some(Timestamp(0)), TaskState::Succeeded);
            if *outcome != Outcome::Succeeded {
                task.state = TaskState::Error;
            }
            task.queued = Some(Timestamp(0));
            task.attempts = vec![Attempt {
                serial: 1,
                number: 1,
                dispatched: Timestamp(0),
                started: Some(Timestamp(0)),
                pid: None,
                child: None,
                progress: None,
                waits: None,
                end: Some(end),
            }];
        }
        run
    }

    #[test]
    fn items_stand_beside_their_like() {
        let mapped = |items: serde_json::Value| -> Mapped {
            let items: Vec<Value> = serde_json::from_value(items).unwrap();
            let runs = vec![TaskRun::pending(); items.len()];
            Mapped { items, runs, firings: Vec::new() }
        };
        let before = mapped(json!(["a", {"day": 1}, "b", "a", "gone"]));
        let after = mapped(json!(["b", "a", {"day": 1}, "new", "a"]));
        let told: Vec<_> = items(Some(&before), Some(&after))
            .into_iter()
            .map(|it| (it.item, it.before, it.after))
            .collect();
        assert_eq!(
            told,
            [
                (json!("b"), Some(2), Some(0)),
                (json!("a"), Some(0), Some(1)),
                (json!({"day": 1}), Some(1), Some(2)),
                (json!("new"), None, Some(3)),
                (json!("a"), Some(3), Some(4)),
                (json!("gone"), Some(4), None),
            ]
        );
        assert_eq!(items(None, None), []);
        assert_eq!(items(Some(&before), None).len(), 5);
    }

    #[test]
    fn what_changed_most_comes_first() {
        let ok = || Outcome::Succeeded;
        let before = run(
            &json!({"day": "mon", "keep": 3}),
            &[("a", ok(), 4), ("b", ok(), 1), ("c", ok(), 2), ("gone", ok(), 1)],
        );
        let mut after = run(
            &json!({"day": "tue", "keep": 3}),
            &[("a", ok(), 4), ("b", Outcome::TimedOut, 1), ("c", ok(), 9), ("new", ok(), 1)],
        );
        after.tasks[0].outputs = json!({"rows": 7}).as_object().unwrap().clone();
        let all = compare(&before, &after);
        assert_eq!(all.same_params, ["keep"]);
        assert_eq!(all.params.found[0].path, "day");
        let told: Vec<_> = all.tasks.iter().map(|it| (it.task.as_str(), it.longer_us())).collect();
        let longer = |us| Some(us);
        assert_eq!(
            told,
            [
                ("b", longer(0)),
                ("new", None),
                ("gone", None),
                ("c", longer(7_000_000)),
                ("a", longer(0))
            ]
        );
        assert_eq!(all.tasks[3].ratio(), Some(4.5));
        assert!(all.tasks[0].state_differs() && !all.tasks[3].differs());
        assert_eq!(all.tasks[4].outputs.found[0].path, "rows");
        let same = compare(&before, &before);
        assert!(same.params.is_empty() && same.tasks.iter().all(|task| !task.differs()));
    }
}
