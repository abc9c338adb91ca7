//! The numbers by which a run knows its task runs: those of the plan's tasks, and after them those of the items that its
//! mapped tasks turned out to have, and of the times at which hooks ran their tasks.
//!
//! A plan never changes, a run's items come as it goes. What is asked of an item is answered for the task that it is of;
//! only its key is its own, and no edge begins at it.

use std::sync::Arc;

use millrace_model::action::Wait;
use millrace_model::document::{RetryPolicy, Task, Workflow};
use millrace_model::ids::TaskKey;
use millrace_model::time::Span;

use crate::plan::tally::EdgeClass;
use crate::plan::{Down, Plan, PlanTask, Up};

/// A plan with the items of a run. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    plan: Arc<Plan>,
    items: Arc<Vec<Item>>,
}

/// An item of a mapped task.
#[derive(Debug, Clone)]
struct Item {
    of: u32,
    key: TaskKey,
}

impl Slots {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Self { plan, items: Arc::default() }
    }

    /// The plan itself: it knows no items.
    pub(super) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// So many tasks; their numbers are smaller.
    pub(super) fn tasks(&self) -> u32 {
        self.plan.count()
    }

    /// So many tasks and items; their numbers are smaller.
    pub(super) fn count(&self) -> u32 {
        self.plan.count() + u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    /// Numbers items of a task, the first of which has this index: the number of the first of them.
    pub(super) fn add_items(&mut self, of: u32, index: u32, count: u32) -> u32 {
        let first = self.count();
        let task = &self.plan.key(of).task;
        let added = (index..index + count)
            .map(|item| Item { of, key: TaskKey { task: task.clone(), item: Some(item) } });
        Arc::make_mut(&mut self.items).extend(added);
        first
    }

    /// The task that is mapped, where this is an item of it; the task itself otherwise.
    pub(super) fn whole(&self, slot: u32) -> u32 {
        self.item(slot).map_or(slot, |item| item.of)
    }

    pub(super) fn is_item(&self, slot: u32) -> bool {
        slot >= self.plan.count()
    }

    pub(super) fn key(&self, slot: u32) -> &TaskKey {
        match self.item(slot) {
            Some(item) => &item.key,
            None => self.plan.key(slot),
        }
    }

    pub(super) fn task(&self, slot: u32) -> &Task {
        self.plan.task(self.whole(slot))
    }

    pub(super) fn planned(&self, slot: u32) -> &PlanTask {
        self.plan.planned(self.whole(slot))
    }

    pub(super) fn retry(&self, slot: u32) -> Option<&RetryPolicy> {
        self.plan.retry(self.whole(slot))
    }

    pub(super) fn attempt_limit(&self, slot: u32) -> Option<Span> {
        self.plan.attempt_limit(self.whole(slot))
    }

    pub(super) fn calls(&self, slot: u32) -> bool {
        self.plan.calls(self.whole(slot))
    }

    pub(super) fn wait(&self, slot: u32) -> Option<&Wait> {
        self.plan.wait(self.whole(slot))
    }

    pub(super) fn is_detached(&self, slot: u32) -> bool {
        self.plan.is_detached(self.whole(slot))
    }

    pub(super) fn takes_place(&self, slot: u32) -> bool {
        self.plan.takes_place(self.whole(slot))
    }

    pub(super) fn is_teardown(&self, slot: u32) -> bool {
        self.plan.is_teardown(self.whole(slot))
    }

    pub(super) fn ups(&self, slot: u32) -> &[Up] {
        self.plan.ups(self.whole(slot))
    }

    pub(super) fn upstreams(&self, slot: u32) -> impl Iterator<Item = u32> + '_ {
        self.plan.upstreams(self.whole(slot))
    }

    /// What waits for this end: for that of an item nothing but its task.
    pub(super) fn downs(&self, slot: u32) -> &[Down] {
        if self.is_item(slot) { &[] } else { self.plan.downs(slot) }
    }

    pub(super) fn classes(&self, task: u32) -> (usize, &[(EdgeClass, u32)]) {
        self.plan.classes(task)
    }

    pub(super) fn all_classes(&self) -> &[(EdgeClass, u32)] {
        self.plan.all_classes()
    }

    pub(super) fn edge(&self, edge: u32) -> &Up {
        self.plan.edge(edge)
    }

    pub(super) fn label(&self, edge: &Up) -> Option<&str> {
        self.plan.label(edge)
    }

    pub(super) fn workflow(&self) -> &Arc<Workflow> {
        self.plan.workflow()
    }

    pub(super) fn index_of(&self, name: &str) -> Option<u32> {
        self.plan.index_of(name)
    }

    fn item(&self, slot: u32) -> Option<&Item> {
        self.items.get(slot.checked_sub(self.plan.count())? as usize)
    }
}
