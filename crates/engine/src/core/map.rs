//! Mapped tasks: one task becomes a task run for each item of a list.
//!
//! The list is evaluated once, when the task's join holds, and stored as an event with what follows from it; whoever takes
//! the run over has the same items. The task itself has no attempts: it is Running until the last item has ended, and gives
//! what they gave.

use std::collections::BinaryHeap;
use std::sync::Arc;

use millrace_model::Values;
use millrace_model::event::{
    Cause, Firing, MAX_GATHERED, MAX_ITEMS, Run, RunEventKind, TaskState, gather, gathered_len,
};
use millrace_model::expr::Allowance;
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;
use serde_json::Value;

use super::Core;
use super::child::Unwanted;
use super::effect::{Effect, Effects};
use super::ready::Ready;
use super::run::{ActiveRun, Phase, TaskSlot};

/// The items of a mapped task, or of one that hooks run.
#[derive(Debug, Default)]
pub(super) struct Map {
    /// None where hooks run it.
    pub(super) items: Arc<Vec<Value>>,
    /// Why hooks ran it; none where it is mapped.
    pub(super) firings: Vec<Firing>,
    /// Their numbers, in order.
    slots: Arc<Vec<u32>>,
    /// So many have not ended.
    pub(super) open: u32,
    /// So many have an attempt.
    pub(super) flying: u32,
    /// At most so many may; none where that keeps nobody waiting.
    pub(super) limit: Option<u32>,
    /// Those that wait because of this limit.
    pub(super) waiting: BinaryHeap<Ready>,
    /// The failure that ends the other items.
    pub(super) failed: Option<u32>,
}

impl Map {
    pub(super) fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.flying >= limit)
    }
}

impl ActiveRun {
    /// Finds out which items the task has, and starts them.
    pub(super) fn expand(
        &mut self,
        task: u32,
        now: Timestamp,
        out: &mut Effects,
        ready: &mut Vec<u32>,
    ) {
        let items = match self.items_of(task) {
            Ok(items) => items,
            Err((state, cause)) => return self.end_without_attempt(task, state, cause, now, out),
        };
        let key = self.plan.key(task).clone();
        self.emit(now, out, RunEventKind::TaskMapped { task: key, items: items.clone() });
        self.add_map(task, items, Vec::new());
        let allowance = Allowance::of_items();
        for slot in self.slots_of(task).iter() {
            self.queue_or_skip(*slot, &allowance, now, out, ready);
        }
    }

    /// The items, or how the task ends without any.
    fn items_of(&self, task: u32) -> Result<Vec<Value>, (TaskState, Cause)> {
        let error = |message: String| (TaskState::Error, Cause::Error { message });
        let planned = self.plan.planned(task);
        let Some(map) = &planned.map else { return Err(error("it is not mapped".to_owned())) };
        let scope = self.scope_of(task, 1);
        if let Some(when) = planned.when.as_ref().filter(|_| !map.when_per_item)
            && !when.eval_bool(&scope).map_err(|it| error(format!("`when`: {it}")))?
        {
            return Err((TaskState::Skipped, Cause::ConditionFalse));
        }
        let named = "`for_each.items`";
        match map.items.eval(&scope).map_err(|it| error(format!("{named}: {it}")))? {
            Value::Array(items) if items.is_empty() => Err((TaskState::Skipped, Cause::NoItems)),
            Value::Array(items) if items.len() > MAX_ITEMS => Err(error(format!(
                "{named} gives {} items, and a task can have at most {MAX_ITEMS}: let each item stand for several, or map a task that runs a workflow over parts of the list",
                items.len()
            ))),
            Value::Array(items) => Ok(items),
            other => Err(error(format!(
                "{named} gives {}, and a list is expected; put one value in brackets, as in [x]",
                word(&other)
            ))),
        }
    }

    fn add_map(&mut self, task: u32, items: Vec<Value>, firings: Vec<Firing>) {
        let count = u32::try_from(items.len().max(firings.len())).unwrap_or(u32::MAX);
        let first = self.plan.add_items(task, 0, count);
        self.tasks.resize(self.plan.count() as usize, TaskSlot::PENDING);
        self.outputs.resize(self.plan.count() as usize, None);
        self.open += count;
        let at = &mut self.tasks[task as usize];
        at.state = TaskState::Running;
        at.phase = Phase::Mapped;
        at.stamp += 1;
        let wished = self.plan.planned(task).map.as_ref().and_then(|map| map.max_parallel);
        let map = Map {
            items: Arc::new(items),
            firings,
            slots: Arc::new((first..first + count).collect()),
            open: count,
            flying: 0,
            limit: wished.filter(|limit| *limit < count),
            waiting: BinaryHeap::new(),
            failed: None,
        };
        self.maps.insert(task, map);
    }

    /// A hook runs the task once more: the number of this item.
    pub(super) fn add_firing(&mut self, task: u32, firing: Firing) -> u32 {
        let map = self.maps.entry(task).or_default();
        let index = u32::try_from(map.firings.len()).unwrap_or(u32::MAX);
        let slot = self.plan.add_items(task, index, 1);
        map.firings.push(firing);
        Arc::make_mut(&mut map.slots).push(slot);
        map.open += 1;
        self.tasks.push(TaskSlot::PENDING);
        self.outputs.push(None);
        let at = &mut self.tasks[task as usize];
        let opened = 1 + u32::from(at.phase != Phase::Mapped);
        at.state = TaskState::Running;
        at.phase = Phase::Mapped;
        at.stamp += 1;
        // What its items gave together is known when all of them have ended.
        self.outputs[task as usize] = None;
        self.open += opened;
        self.open_of_hooks += opened;
        slot
    }

    /// The numbers of the items of a task, in order.
    fn slots_of(&self, task: u32) -> Arc<Vec<u32>> {
        self.maps.get(&task).map(|map| Arc::clone(&map.slots)).unwrap_or_default()
    }

    /// The items of which this is one.
    pub(super) fn map_of(&self, slot: u32) -> Option<&Map> {
        self.plan.is_item(slot).then(|| self.maps.get(&self.plan.whole(slot)))?
    }

    pub(super) fn map_of_mut(&mut self, slot: u32) -> Option<&mut Map> {
        self.plan.is_item(slot).then(|| self.maps.get_mut(&self.plan.whole(slot)))?
    }

    /// The item itself and its index, where this is one.
    pub(super) fn item_of(&self, slot: u32) -> Option<(u32, Value)> {
        let index = self.plan.key(slot).item?;
        // Those of hooks have no items.
        Some((index, self.map_of(slot)?.items.get(index as usize)?.clone()))
    }

    /// The number of a task or an item.
    pub(super) fn slot_of(&self, key: &TaskKey) -> Option<u32> {
        let task = self.plan.index_of(key.task.as_str())?;
        let Some(item) = key.item else { return Some(task) };
        self.maps.get(&task)?.slots.get(item as usize).copied()
    }

    /// Starts the items that a retry gave back, or that nobody has looked at.
    pub(super) fn begin_items(&mut self, now: Timestamp, out: &mut Effects, ready: &mut Vec<u32>) {
        let mut of = (u32::MAX, Allowance::of_items());
        for slot in self.plan.tasks()..self.plan.count() {
            if self.tasks[slot as usize].phase == Phase::Idle {
                let task = self.plan.whole(slot);
                if of.0 != task {
                    of = (task, Allowance::of_items());
                }
                self.queue_or_skip(slot, &of.1, now, out, ready);
            }
        }
    }

    /// An item ended: perhaps it ends the others, perhaps it was the last.
    pub(super) fn item_ended(&mut self, slot: u32, now: Timestamp, out: &mut Effects) {
        let task = self.plan.whole(slot);
        let state = self.tasks[slot as usize].state;
        let ends_others = self.plan.planned(task).map.as_ref().is_some_and(|map| map.fail_fast);
        let Some(map) = self.maps.get_mut(&task) else { return };
        map.open -= 1;
        if map.open == 0 {
            return self.items_ended(task, now, out);
        }
        let failed = matches!(state, TaskState::Failed | TaskState::Error);
        if failed && ends_others && map.failed.is_none() {
            map.failed = Some(slot);
            self.end_items(task, slot, now, out);
        }
    }

    fn end_items(&mut self, task: u32, failed: u32, now: Timestamp, out: &mut Effects) {
        self.flush_fresh(now, out);
        let item = self.plan.key(failed).item.unwrap_or_default();
        for slot in self.slots_of(task).iter().copied() {
            match self.tasks[slot as usize].phase {
                Phase::Absent | Phase::Done | Phase::Mapped => {}
                Phase::Idle | Phase::Waiting | Phase::Blocked | Phase::Backoff => {
                    let cause = Cause::ItemFailed { item };
                    self.end_without_attempt(slot, TaskState::Canceled, cause, now, out);
                }
                Phase::Asleep => self.stop_wait(slot, now, out),
                Phase::Called => {
                    let child = self.attempt(slot).child();
                    self.unwanted.push(Unwanted { child, kill: false });
                }
                Phase::Ahead | Phase::Placed => {
                    out.effects.push(Effect::Stop { attempt: self.attempt(slot), kill: false });
                }
            }
        }
    }

    /// All items ended, and so the task does.
    fn items_ended(&mut self, task: u32, now: Timestamp, out: &mut Effects) {
        let (mut state, mut cause) = self.verdict_of_items(task);
        let slots = self.slots_of(task);
        let given = || slots.iter().map(|slot| self.outputs[*slot as usize].as_deref());
        let bytes = gathered_len(given());
        // What is too much is not even made.
        let gathered = if bytes > MAX_GATHERED { Values::new() } else { gather(given()) };
        if bytes > MAX_GATHERED {
            state = TaskState::Error;
            cause = Some(Cause::Error {
                message: format!(
                    "its items gave {bytes} bytes together; at most {MAX_GATHERED} are allowed: write large results to files"
                ),
            });
        } else if !gathered.is_empty() {
            let outputs = Arc::new(gathered);
            self.keep_outputs(task, &outputs, out);
            self.outputs[task as usize] = Some(outputs);
        }
        self.tasks[task as usize].by_cancel = cause == Some(Cause::RunCanceled);
        let key = self.plan.key(task).clone();
        self.note_reason(task, cause.as_ref());
        self.emit(now, out, RunEventKind::ItemsEnded { task: key, state, cause });
        self.end_task(task, state);
    }

    fn verdict_of_items(&self, task: u32) -> (TaskState, Option<Cause>) {
        let slots = self.slots_of(task);
        let total = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        let find = |which: &dyn Fn(TaskState) -> bool| {
            let mut found =
                slots.iter().zip(0..).filter(|(slot, _)| which(self.tasks[**slot as usize].state));
            let (_, first) = found.next()?;
            Some((first, 1 + u32::try_from(found.count()).unwrap_or(u32::MAX)))
        };
        let items =
            |(first, count), state| (state, Some(Cause::Items { first, count, total, state }));
        if let Some(found) = find(&|state| matches!(state, TaskState::Failed | TaskState::Error)) {
            return items(found, TaskState::Failed);
        }
        if let Some(found) = find(&|state| state == TaskState::Canceled) {
            let by_cancel = slots.iter().any(|slot| self.tasks[*slot as usize].by_cancel);
            return match &self.stop {
                _ if by_cancel => (TaskState::Canceled, Some(Cause::RunCanceled)),
                Some(stop) => (TaskState::Canceled, Some(stop.cause.clone())),
                None => items(found, TaskState::Canceled),
            };
        }
        match find(&|state| state == TaskState::Skipped) {
            Some((first, count)) if count == total => items((first, count), TaskState::Skipped),
            _ => (TaskState::Succeeded, None),
        }
    }

    /// Takes the items over from the run's history, as far as it got.
    pub(super) fn load_map(&mut self, task: u32, fold: &Run) {
        let Some(of) = fold.tasks.get(self.plan.key(task)) else { return };
        let Some(mapped) = &of.mapped else { return };
        let open = self.open;
        let phase = self.tasks[task as usize].phase;
        let state = self.tasks[task as usize].state;
        let items = if mapped.firings.is_empty() { mapped.items.clone() } else { Vec::new() };
        self.add_map(task, items, mapped.firings.clone());
        let slots = self.slots_of(task);
        self.open = open;
        self.tasks[task as usize].phase = phase;
        self.tasks[task as usize].state = state;
        let mut failed: Option<(Timestamp, u32)> = None;
        for (run, slot) in mapped.runs.iter().zip(slots.iter().copied()) {
            self.load_task(slot, run);
            if matches!(run.state, TaskState::Failed | TaskState::Error) {
                let this = (run.ended.unwrap_or_default(), slot);
                failed = Some(failed.map_or(this, |first| first.min(this)));
            }
        }
        let count = |which: &dyn Fn(&TaskSlot) -> bool| {
            let found = slots.iter().filter(|slot| which(&self.tasks[**slot as usize])).count();
            u32::try_from(found).unwrap_or(u32::MAX)
        };
        let open = count(&|at| at.phase != Phase::Done);
        let flying = count(&TaskSlot::in_flight);
        let ends_others = self.plan.planned(task).map.as_ref().is_some_and(|map| map.fail_fast);
        if let Some(map) = self.maps.get_mut(&task) {
            map.open = open;
            map.flying = flying;
            map.failed = failed.filter(|_| ends_others).map(|(_, slot)| slot);
        }
    }

    /// For a retry of a task that did not end well: its items that did not are to run again, the others keep their
    /// results. Gives which, or none where the task is to find its items anew.
    pub(super) fn reopen_items(&mut self, task: u32, anew: bool) -> Option<Vec<TaskKey>> {
        self.maps.get(&task)?;
        let slots = self.slots_of(task);
        let bad = |at: &TaskSlot| {
            matches!(at.state, TaskState::Failed | TaskState::Error | TaskState::Canceled)
        };
        let again: Vec<u32> =
            slots.iter().copied().filter(|slot| bad(&self.tasks[*slot as usize])).collect();
        if anew || again.is_empty() {
            for slot in slots.iter().copied() {
                self.tasks[slot as usize] = TaskSlot { phase: Phase::Absent, ..TaskSlot::PENDING };
                self.outputs[slot as usize] = None;
                self.locks.remove(&slot);
            }
            self.maps.remove(&task);
            return None;
        }
        for slot in &again {
            let at = &mut self.tasks[*slot as usize];
            *at = TaskSlot { number: at.number, stamp: at.stamp + 1, ..TaskSlot::PENDING };
            self.locks.remove(slot);
        }
        let count = u32::try_from(again.len()).unwrap_or(u32::MAX);
        self.open += count;
        let map = self.maps.get_mut(&task)?;
        map.open = count;
        map.failed = None;
        let at = &mut self.tasks[task as usize];
        *at = TaskSlot {
            state: TaskState::Running,
            phase: Phase::Mapped,
            stamp: at.stamp + 1,
            ..TaskSlot::PENDING
        };
        self.open += 1;
        self.outputs[task as usize] = None;
        Some(again.iter().map(|slot| self.plan.key(*slot).clone()).collect())
    }
}

impl Core {
    /// Puts an item aside while as many of its task run as may; whether it did.
    pub(super) fn park_for_map(&mut self, entry: Ready) -> bool {
        let Some(run) = self.slots.get_mut(entry.slot).and_then(Option::as_deref_mut) else {
            return true;
        };
        let Some(map) = run.map_of_mut(entry.task).filter(|map| map.is_full()) else {
            return false;
        };
        map.waiting.push(entry);
        run.tasks[entry.task as usize].phase = Phase::Blocked;
        run.waiting -= 1;
        self.recount(entry.slot);
        true
    }

    /// An item's attempt does not run any more: another one may.
    pub(super) fn leave_map(&mut self, slot: usize, task: u32) {
        let Some(run) = self.slots.get_mut(slot).and_then(Option::as_deref_mut) else { return };
        let Some(map) = run.map_of_mut(task) else { return };
        map.flying -= 1;
        while let Some(entry) = run.map_of_mut(task).and_then(|map| map.waiting.pop()) {
            let at = &mut run.tasks[entry.task as usize];
            if at.phase == Phase::Blocked && at.stamp == entry.stamp {
                at.phase = Phase::Waiting;
                run.waiting += 1;
                let placed = run.plan.takes_place(entry.task);
                let queue = if placed { &mut self.ready } else { &mut self.calls };
                queue.push(entry);
                break;
            }
        }
        self.recount(slot);
    }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
