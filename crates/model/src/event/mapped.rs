//! The items of a mapped task within a run, and what they give together.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Firing, TaskRun, TaskState};
use crate::Values;

/// The most items that a task can have.
pub const MAX_ITEMS: usize = 10_000;
/// The most that the items of a task may give together, in bytes of JSON.
pub const MAX_GATHERED: usize = 16 * 1024 * 1024;

/// The items of a mapped task; or, of a task that hooks run, one for each time that one did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mapped {
    /// What they are, in order.
    pub items: Vec<Value>,
    /// What became of each, in the same order.
    pub runs: Vec<TaskRun>,
    /// Why a hook ran each of them, in the same order; empty where they are items of a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub firings: Vec<Firing>,
}

impl Mapped {
    pub(super) fn new(items: Vec<Value>) -> Self {
        let runs = vec![TaskRun::pending(); items.len()];
        Self { items, runs, firings: Vec::new() }
    }

    /// A hook runs the task once more.
    pub(super) fn fire(&mut self, firing: Firing) {
        self.items.push(Value::Object(firing.values()));
        self.runs.push(TaskRun::pending());
        self.firings.push(firing);
    }

    /// The run of one item.
    #[must_use]
    pub fn run(&self, item: u32) -> Option<&TaskRun> {
        self.runs.get(item as usize)
    }

    /// How many items are in each state, in the order of [`TaskState::ALL`].
    #[must_use]
    pub fn counts(&self) -> [u32; TaskState::ALL.len()] {
        let mut counts = [0; TaskState::ALL.len()];
        for run in &self.runs {
            counts[run.state as usize] += 1;
        }
        counts
    }

    /// How many items have ended, and how many of them failed or could not be run.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let ended = self.runs.iter().filter(|run| run.state.is_final());
        let failed = |run: &&TaskRun| matches!(run.state, TaskState::Failed | TaskState::Error);
        (ended.clone().count(), ended.filter(failed).count())
    }

    pub(super) fn gather(&self) -> Values {
        gather(self.runs.iter().map(|run| {
            (run.state == TaskState::Succeeded && !run.outputs.is_empty()).then_some(&run.outputs)
        }))
    }
}

/// What a mapped task gives: for each name that any of its items gave, a list in the order of the items, with null for
/// those that did not succeed or did not give it.
pub fn gather<'v>(items: impl ExactSizeIterator<Item = Option<&'v Values>>) -> Values {
    let count = items.len();
    let mut gathered = Values::new();
    for (at, outputs) in items.enumerate() {
        for (name, value) in outputs.into_iter().flatten() {
            let list = gathered
                .entry(name.clone())
                .or_insert_with(|| Value::Array(vec![Value::Null; count]));
            if let Value::Array(list) = list {
                list[at] = value.clone();
            }
        }
    }
    gathered
}

/// How long that is as JSON, in bytes, without making it: a name that only one of many items gives stands for a long list
/// of nulls.
pub fn gathered_len<'v>(items: impl ExactSizeIterator<Item = Option<&'v Values>>) -> usize {
    let count = items.len();
    // Per name: how many items gave it, and how long what they gave is.
    let mut names: HashMap<&str, (usize, usize)> = HashMap::new();
    for (name, value) in items.flatten().flatten() {
        let (given, length) = names.entry(name).or_default();
        *given += 1;
        *length += json_len(value);
    }
    let lists = names.iter().map(|(name, (given, length))| {
        let nulls = (count - given) * "null".len();
        // A colon, the brackets, and a comma between two.
        json_len(&Value::from(*name)) + length + nulls + 3 + count.saturating_sub(1)
    });
    lists.sum::<usize>() + names.len().saturating_sub(1) + 2
}

/// How long a value is as JSON, in bytes, without writing it down.
#[must_use]
pub fn json_len(value: &(impl Serialize + ?Sized)) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_in_the_order_of_the_items() {
        let values = |json: Value| json.as_object().cloned().unwrap();
        let items =
            [Some(values(json!({"a": 1}))), None, Some(values(json!({"a": null, "b": "x"})))];
        let gathered = gather(items.iter().map(Option::as_ref));
        assert_eq!(Value::Object(gathered), json!({"a": [1, null, null], "b": [null, null, "x"]}));
        assert!(gather([None, None].into_iter()).is_empty());
    }

    #[test]
    fn what_is_gathered_is_measured_before_it_is_made() {
        let values = |json: Value| json.as_object().cloned().unwrap();
        for given in [
            vec![],
            vec![None],
            vec![Some(values(json!({"a": 1})))],
            vec![
                Some(values(json!({"a": 1, "ü\n": [true, {"x": "\"q\""}]}))),
                None,
                Some(values(json!({"a": null, "b": "x"}))),
            ],
        ] {
            let items = || given.iter().map(Option::as_ref);
            let made = Value::Object(gather(items())).to_string();
            assert_eq!(gathered_len(items()), made.len(), "{made}");
        }
        // Each gives one of its own name: made, this would be a hundred million values.
        let own: Vec<Values> = (0..MAX_ITEMS)
            .map(|at| Values::from_iter([(format!("of_{at}"), Value::from(at))]))
            .collect();
        assert!(gathered_len(own.iter().map(Some)) > MAX_GATHERED);
    }
}
