//! Commands about the queue: what runs, what waits, and in which order.

use serde::{Deserialize, Serialize};

use millrace_model::ids::{RunId, TaskKey};

use crate::run::{RunRow, Wait};

/// Asks for the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadQueue {}

/// What runs and what waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// The runs that have not ended, in the order in which places and turns come to them.
    pub runs: Vec<QueuedRun>,
    /// Attempts that run.
    pub running_tasks: u32,
    /// Tasks at a time in this home.
    pub parallel_tasks: u32,
    /// The pools of this home.
    pub pools: Vec<PoolUse>,
}

/// A run that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueuedRun {
    /// The run.
    pub row: RunRow,
    /// Its tasks that run.
    pub running: u32,
    /// Its tasks that could start and wait for a place, a pool or a lock.
    pub waiting: u32,
    /// Why the first of its tasks that wait does so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Wait>,
}

/// A pool and how much of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolUse {
    /// Its name.
    pub name: String,
    /// Slots that are taken.
    pub used: u32,
    /// All slots.
    pub slots: u32,
    /// Who has taken them, in the order of the runs; at most [`MAX_POOL_HOLDERS`](millrace_model::MAX_POOL_HOLDERS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<PoolHolder>,
}

/// A task that has taken slots of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolHolder {
    /// Of which run.
    pub run: RunId,
    /// The workflow, as people call it.
    pub workflow: String,
    /// Which task.
    pub task: TaskKey,
    /// How many slots.
    pub slots: u32,
}

/// Puts a run before or after others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveRun {
    /// Which.
    pub run: RunId,
    /// Where to.
    pub to: QueuePlace,
}

/// A place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueuePlace {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
    /// Just before this run.
    Before(RunId),
}
