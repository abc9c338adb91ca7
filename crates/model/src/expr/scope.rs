//! The values that an expression can see.
//!
//! Plain data that the engine fills in. Nothing is converted until an expression asks for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::Values;
use crate::event::TaskState;
use crate::ident::Ident;
use crate::time::Timestamp;

/// What an expression can see.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `params.NAME`: complete and checked.
    pub params: Arc<Values>,
    /// `run.…`
    pub run: RunScope,
    /// `tasks.NAME.…`: ancestors only. A task that is not in here is not in scope.
    pub tasks: HashMap<Ident, TaskScope>,
    /// `item`: of a mapped task.
    pub item: Option<Value>,
    /// `index`: of a mapped task, from 0.
    pub index: Option<u32>,
    /// `env.NAME`: without secrets.
    pub env: Arc<BTreeMap<String, String>>,
    /// `outputs`: the task's own, in `repeat.until` only.
    pub outputs: Option<Arc<Values>>,
    /// `hook`: why a hook runs the task.
    pub hook: Option<Arc<Values>>,
}

impl Scope {
    /// The item of a mapped task that it is for, with its index.
    pub fn set_item(&mut self, item: Option<(u32, Value)>) {
        (self.index, self.item) = item.unzip();
    }
}

/// What an expression can see of its run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunScope {
    /// `run.id`
    pub run: String,
    /// `run.logical_time`: the scheduled instant, or the start of a manual run.
    pub logical_time: Timestamp,
    /// `run.trigger`: `manual`, `schedule`, `event`, `api`, `backfill` or `parent`.
    pub trigger: String,
    /// `run.event`: the file or the run that made a trigger fire; else empty.
    pub event: String,
    /// `run.try`: counts the task's tries from 1.
    pub try_number: u32,
}

/// What an expression can see of a task.
#[derive(Debug, Clone)]
pub struct TaskScope {
    /// `tasks.NAME.state`
    pub state: TaskState,
    /// `tasks.NAME.outputs`; none while it has not ended, or where it gave none.
    pub outputs: Option<Arc<Values>>,
}

/// The names at the root of every expression, with what they are.
pub(crate) const ROOTS: [(&str, &str); 8] = [
    ("params", "the run's parameters"),
    ("run", "the run: `id`, `logical_time`, `trigger`, `event`, `try`"),
    ("tasks", "the tasks before this one: `tasks.NAME.outputs`, `tasks.NAME.state`"),
    ("item", "the item of a mapped task"),
    ("index", "the item's index, from 0"),
    ("env", "the workflow's and the task's environment, without secrets"),
    ("outputs", "the task's own outputs, in `repeat.until`"),
    ("hook", "why a hook runs the task: `on`, `task`, `state`, `reason`, `attempt`"),
];

/// The fields of `run`.
pub(crate) const RUN_FIELDS: [&str; 5] = ["id", "logical_time", "trigger", "event", "try"];
/// The fields of `hook`.
pub(crate) const HOOK_FIELDS: [&str; 5] = ["on", "task", "state", "reason", "attempt"];
/// The fields of `tasks.NAME`.
pub(crate) const TASK_FIELDS: [&str; 2] = ["outputs", "state"];
