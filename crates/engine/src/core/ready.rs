//! The order in which tasks get a free place: priority, then longest remaining path, then age.

use std::cmp::Ordering;

/// Which of two runs goes first: the smaller. What was queued earlier, unless a person moved it; then what came to the core
/// earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Age {
    pub(super) rank: i64,
    pub(super) count: u64,
}

/// A task that waits for a place. The greatest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) priority: i32,
    pub(super) path: u32,
    /// Of the run: the smaller, the older. Also tells whether the slot still belongs to that run.
    pub(super) age: Age,
    pub(super) task: u32,
    /// The run's slot in the core.
    pub(super) slot: usize,
    /// The entry is void when the task has another one.
    pub(super) stamp: u32,
}

impl Ord for Ready {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.priority, self.path, other.age, other.task, other.stamp).cmp(&(
            other.priority,
            other.path,
            self.age,
            self.task,
            self.stamp,
        ))
    }
}

impl PartialOrd for Ready {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
