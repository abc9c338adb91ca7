//! Who gets a free place, and what is handed over ahead of one. The rules are on the page of the core.

use std::collections::BinaryHeap;

use millrace_model::event::{RunEventKind, TaskState};
use millrace_model::ids::AttemptId;
use millrace_model::time::Timestamp;

use super::Core;
use super::effect::{Effect, Effects};
use super::ready::Ready;
use super::run::Phase;

/// Attempts are handed over ahead only where they are shorter than this on average.
const SHORT_US: u64 = 100_000;

/// A named number of slots.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) used: u32,
    pub(super) waiting: BinaryHeap<Ready>,
}

/// A name that one task at a time can hold.
#[derive(Debug, Default)]
pub(super) struct Lock {
    pub(super) holder: Option<AttemptId>,
    pub(super) waiting: BinaryHeap<Ready>,
}

impl Core {
    /// Puts tasks that became ready into the queue for places.
    pub(super) fn enqueue(&mut self, slot: usize, tasks: &[u32]) {
        if let Some(run) = self.slots.get(slot).and_then(Option::as_deref) {
            let waits = |task: &&u32| run.tasks[**task as usize].phase == Phase::Waiting;
            for task in tasks.iter().filter(waits) {
                let placed = run.plan.takes_place(*task);
                let queue = if placed { &mut self.ready } else { &mut self.calls };
                queue.push(run.entry(*task));
            }
        }
        self.recount(slot);
    }

    /// Hands out all free places, then looks ahead.
    pub(super) fn share_places(&mut self, now: Timestamp, out: &mut Effects) {
        for slot in self.runs_with_ahead() {
            self.promote(slot, out);
        }
        loop {
            self.share_calls(now, out);
            if self.placed >= self.settings.parallel_tasks.max(1) {
                break;
            }
            match self.pop_ready() {
                Some(entry) if self.park(entry) => {}
                Some(entry) => {
                    let phase = match self.run(entry.slot) {
                        Some(run) if !run.plan.takes_place(entry.task) => Phase::Called,
                        _ => Phase::Placed,
                    };
                    self.dispatch(entry, phase, now, out);
                }
                None if self.wake() => {}
                None => break,
            }
        }
        let bound_waits = self.bound_could_start();
        if !bound_waits {
            self.look_ahead(now, out);
        }
        if self.ahead > 0 {
            self.recall_if_overtaken(bound_waits, out);
        }
    }

    /// Has child runs started for all tasks that run another workflow and could start, and branches chosen.
    fn share_calls(&mut self, now: Timestamp, out: &mut Effects) {
        while let Some(entry) = self.calls.pop() {
            if is_waiting(&self.slots, &entry) && !self.park(entry) {
                self.dispatch(entry, Phase::Called, now, out);
            }
        }
    }

    /// The attempt no longer runs: its place, slots and lock go to others.
    pub(super) fn release(&mut self, slot: usize, task: u32) {
        self.leave_map(slot, task);
        let Some(run) = self.slots.get_mut(slot).and_then(Option::as_deref_mut) else { return };
        let at = &mut run.tasks[task as usize];
        if std::mem::take(&mut at.recalled) {
            run.recalling -= 1;
        }
        let attempt = AttemptId { run: run.run, serial: at.serial };
        if at.phase == Phase::Ahead {
            run.ahead.retain(|other| *other != task);
            self.ahead -= 1;
            return;
        }
        if at.phase == Phase::Placed {
            run.placed -= 1;
            self.placed -= 1;
        }
        let pool = run.plan.planned(task).pool.clone();
        let lock = run.locks.get(&task).cloned();
        if let Some((name, slots)) = pool
            && let Some(pool) = self.pools.get_mut(&name)
        {
            pool.used -= slots;
        }
        if let Some(name) = lock
            && let Some(held) = self.locks.get_mut(&name)
            && held.holder == Some(attempt)
        {
            held.holder = None;
            if held.waiting.is_empty() {
                self.locks.remove(&name);
            } else {
                self.free_locks.push(name);
            }
        }
        self.promote_silently(slot);
        self.unblock(slot);
    }

    /// An attempt that was handed over ahead runs: it has a place now, whatever we thought.
    pub(super) fn place_started(&mut self, slot: usize, task: u32) {
        let Some(run) = self.slots.get_mut(slot).and_then(Option::as_deref_mut) else { return };
        let at = &mut run.tasks[task as usize];
        if std::mem::take(&mut at.recalled) {
            run.recalling -= 1;
        }
        if at.phase == Phase::Ahead {
            at.phase = Phase::Placed;
            run.ahead.retain(|other| *other != task);
            run.placed += 1;
            self.ahead -= 1;
            self.placed += 1;
        }
    }

    /// What waits because of the run's limit or a pause may wait for a place again.
    pub(super) fn unblock(&mut self, slot: usize) {
        let Some(run) = self.slots.get_mut(slot).and_then(Option::as_deref_mut) else { return };
        if !run.is_paused() {
            for entry in std::mem::take(&mut run.held) {
                let at = &mut run.tasks[entry.task as usize];
                if at.phase == Phase::Blocked && at.stamp == entry.stamp {
                    at.phase = Phase::Waiting;
                    run.waiting += 1;
                    self.calls.push(entry);
                }
            }
        }
        let mut room = if run.is_paused() { 0 } else { run.limit().saturating_sub(run.placed) };
        while room > 0
            && let Some(entry) = run.blocked.pop()
        {
            let at = &mut run.tasks[entry.task as usize];
            if at.phase == Phase::Blocked && at.stamp == entry.stamp {
                at.phase = Phase::Waiting;
                run.waiting += 1;
                room -= 1;
                self.ready.push(entry);
            }
        }
        self.recount(slot);
    }

    /// Nothing of the run waits for a place any more.
    pub(super) fn block_all(&mut self, slot: usize) {
        let Some(run) = self.run_mut(slot) else { return };
        for task in 0..run.plan.count() {
            let at = &mut run.tasks[task as usize];
            if at.phase == Phase::Waiting {
                at.phase = Phase::Blocked;
                at.stamp += 1;
                run.waiting -= 1;
                let entry = run.entry(task);
                run.block(entry);
            }
        }
        self.recount(slot);
    }

    /// Takes back what was handed over and has not started.
    pub(super) fn recall_unstarted(&mut self, slot: usize, out: &mut Effects) {
        self.recall(slot, out, |phase, state| {
            matches!(phase, Phase::Ahead | Phase::Placed) && state != TaskState::Running
        });
    }

    pub(super) fn pool_slots(&self, name: &str) -> u32 {
        self.settings.pools.get(name).copied().unwrap_or(0)
    }

    /// Notes whether something of the run waits for a place.
    pub(super) fn recount(&mut self, slot: usize) {
        let Some(run) = self.slots.get_mut(slot).and_then(Option::as_deref_mut) else { return };
        let counts = run.waiting > 0;
        if counts != run.counted {
            run.counted = counts;
            if counts {
                self.waiting_runs += 1;
            } else {
                self.waiting_runs -= 1;
            }
        }
    }

    /// Notes that a recovered attempt holds a place, where it needs one, its slots and its lock.
    pub(super) fn occupy(&mut self, slot: usize, task: u32) {
        let Some(run) = self.slots.get_mut(slot).and_then(Option::as_deref_mut) else { return };
        if run.plan.takes_place(task) {
            run.placed += 1;
            self.placed += 1;
        }
        let attempt = run.attempt(task);
        if let Some((name, slots)) = &run.plan.planned(task).pool {
            self.pools.entry(name.clone()).or_default().used += slots;
        }
        if let Some(name) = run.locks.get(&task) {
            self.locks.entry(name.clone()).or_default().holder.get_or_insert(attempt);
        }
    }

    fn pop_ready(&mut self) -> Option<Ready> {
        while let Some(entry) = self.ready.pop() {
            if is_waiting(&self.slots, &entry) {
                return Some(entry);
            }
        }
        None
    }

    fn peek_ready(&mut self) -> Option<Ready> {
        while let Some(entry) = self.ready.peek() {
            if is_waiting(&self.slots, entry) {
                return Some(*entry);
            }
            self.ready.pop();
        }
        None
    }

    /// Puts the task aside if it cannot start even with a free place; whether it did.
    fn park(&mut self, entry: Ready) -> bool {
        let Some(run) = self.slots.get_mut(entry.slot).and_then(Option::as_deref_mut) else {
            return true;
        };
        let full = run.placed >= run.limit() && run.plan.takes_place(entry.task);
        if run.is_paused() || full {
            run.tasks[entry.task as usize].phase = Phase::Blocked;
            run.waiting -= 1;
            run.block(entry);
            self.recount(entry.slot);
            return true;
        }
        self.park_for_resource(entry)
    }

    fn park_for_resource(&mut self, entry: Ready) -> bool {
        if self.park_for_map(entry) {
            return true;
        }
        let Some(run) = self.slots.get(entry.slot).and_then(Option::as_deref) else { return true };
        if let Some((name, wanted)) = &run.plan.planned(entry.task).pool {
            let all = self.settings.pools.get(&**name).copied().unwrap_or(0);
            let pool = self.pools.entry(name.clone()).or_default();
            drop_void(&mut pool.waiting, &self.slots);
            // Nobody who waits already is overtaken by a smaller wish.
            let first = pool.waiting.peek().is_none_or(|other| *other < entry);
            if !first || pool.used.saturating_add(*wanted) > all {
                pool.waiting.push(entry);
                return true;
            }
        }
        if let Some(name) = run.locks.get(&entry.task) {
            let lock = self.locks.entry(name.clone()).or_default();
            if lock.holder.is_some() {
                lock.waiting.push(entry);
                return true;
            }
        }
        false
    }

    fn dispatch(&mut self, entry: Ready, phase: Phase, now: Timestamp, out: &mut Effects) {
        let Some(run) = self.slots.get_mut(entry.slot).and_then(Option::as_deref_mut) else {
            return;
        };
        let task = entry.task;
        run.serials.push(task);
        let serial = u32::try_from(run.serials.len()).unwrap_or(u32::MAX);
        run.waiting -= 1;
        let at = &mut run.tasks[task as usize];
        at.phase = phase;
        at.state = TaskState::Queued;
        at.serial = serial;
        at.number += 1;
        at.tries += 1;
        at.stamp += 1;
        let number = at.number;
        if let Some(map) = run.map_of_mut(task) {
            map.flying += 1;
        }
        if phase == Phase::Placed || phase == Phase::Called {
            if phase == Phase::Placed {
                run.placed += 1;
                self.placed += 1;
            }
            if let Some((name, slots)) = &run.plan.planned(task).pool {
                self.pools.entry(name.clone()).or_default().used += slots;
            }
            if let Some(name) = run.locks.get(&task) {
                let holder = Some(run.attempt(task));
                self.locks.entry(name.clone()).or_default().holder = holder;
            }
        } else {
            if run.ahead.is_empty() {
                self.ahead_slots.push(entry.slot);
            }
            run.ahead.push_back(task);
            self.ahead += 1;
        }
        let key = run.plan.key(task).clone();
        run.emit(now, out, RunEventKind::AttemptDispatched { task: key, serial, number });
        if run.plan.wait(task).is_some() {
            self.recount(entry.slot);
            return self.begin_wait(entry.slot, task, now, out);
        }
        if run.plan.planned(task).branch.is_some() {
            self.recount(entry.slot);
            return self.choose_branch(entry.slot, task, now, out);
        }
        let start = run.start_of(task);
        if phase == Phase::Called {
            out.effects.push(Effect::StartChild(start));
        } else {
            run.told_places = start.places;
            out.effects.push(Effect::Start(start));
        }
        self.recount(entry.slot);
    }

    fn look_ahead(&mut self, now: Timestamp, out: &mut Effects) {
        while self.ahead < self.settings.prefetch && self.placed >= self.settings.parallel_tasks {
            let Some(entry) = self.peek_ready() else { return };
            let Some(run) = self.run(entry.slot) else { return };
            let short = run.mean_us.is_some_and(|mean| mean < SHORT_US);
            let alone = self.waiting_runs == 1 && self.ahead_is_of(entry.slot);
            let fit = short && alone && run.recalling == 0 && !run.is_paused() && run.placed > 0;
            let planned = run.plan.planned(entry.task);
            let free = !run.is_bound(entry.task);
            let fit = fit && !planned.needs_place;
            if fit && free {
                self.ready.pop();
                self.dispatch(entry, Phase::Ahead, now, out);
            } else {
                // What could not start in any case is not in the way of what comes after it. Where nobody else waits it
                // stays at hand: put aside, it would come back one by one and never go ahead.
                let full = run.is_paused() || (run.placed >= run.limit() && !alone);
                if !full && free {
                    return;
                }
                self.ready.pop();
                if !(if full { self.park(entry) } else { self.park_for_resource(entry) }) {
                    self.ready.push(entry);
                    return;
                }
            }
        }
    }

    /// Takes back what was handed over ahead once somebody else should come first.
    fn recall_if_overtaken(&mut self, bound_waits: bool, out: &mut Effects) {
        let head = self.peek_ready();
        for slot in self.runs_with_ahead() {
            let Some(run) = self.run(slot) else { continue };
            if run.ahead.is_empty() || run.recalling > 0 {
                continue;
            }
            let others_wait = self.waiting_runs > u32::from(run.counted);
            let lowest = run.ahead.iter().map(|task| run.plan.task(*task).priority).min();
            let overtaken = head.is_some_and(|head| {
                let bound = self.run(head.slot).is_some_and(|of| of.is_bound(head.task));
                bound || lowest.is_some_and(|lowest| head.priority > lowest)
            });
            if others_wait || overtaken || bound_waits {
                self.recall(slot, out, |phase, _| phase == Phase::Ahead);
            }
        }
    }

    fn recall(&mut self, slot: usize, out: &mut Effects, which: impl Fn(Phase, TaskState) -> bool) {
        let Some(run) = self.run_mut(slot) else { return };
        let mut attempts = Vec::new();
        for task in 0..run.plan.count() {
            let at = &mut run.tasks[task as usize];
            if which(at.phase, at.state) && !at.recalled {
                at.recalled = true;
                run.recalling += 1;
                attempts.push(run.attempt(task));
            }
        }
        if !attempts.is_empty() {
            attempts.sort_unstable();
            out.effects.push(Effect::Recall { run: run.run, attempts });
        }
    }

    fn ahead_is_of(&self, slot: usize) -> bool {
        let own = self.run(slot).map_or(0, |run| run.ahead.len());
        self.ahead as usize == own
    }

    /// The place of an attempt that ended goes to the next one that was handed over ahead: the executor has done so.
    fn promote_silently(&mut self, slot: usize) {
        let parallel = self.settings.parallel_tasks.max(1);
        let Some(run) = self.slots.get_mut(slot).and_then(Option::as_deref_mut) else { return };
        while self.placed < parallel
            && run.placed < run.limit()
            && let Some(task) = run.ahead.pop_front()
        {
            run.tasks[task as usize].phase = Phase::Placed;
            run.placed += 1;
            self.placed += 1;
            self.ahead -= 1;
        }
    }

    /// Free places go to what was handed over ahead; the executor is told if it cannot know.
    fn promote(&mut self, slot: usize, out: &mut Effects) {
        self.promote_silently(slot);
        let Some(run) = self.run_mut(slot) else { return };
        let lowered = run.placed < run.told_places && !run.ahead.is_empty();
        if run.placed > run.told_places || lowered {
            run.told_places = run.placed;
            out.effects.push(Effect::Places { run: run.run, places: run.placed });
        }
    }

    /// The runs of which something was handed over ahead.
    fn runs_with_ahead(&mut self) -> Vec<usize> {
        if self.ahead_slots.is_empty() {
            return Vec::new();
        }
        let slots = &self.slots;
        let has = |slot: &usize| slots[*slot].as_ref().is_some_and(|run| !run.ahead.is_empty());
        self.ahead_slots.retain(has);
        self.ahead_slots.dedup();
        self.ahead_slots.clone()
    }

    /// Lets those that wait for a pool or lock that is free try again; whether there were any.
    fn wake(&mut self) -> bool {
        let before = self.ready.len();
        let mut names: Vec<_> = self.pools.keys().cloned().collect();
        names.sort_unstable();
        for name in names {
            while self.pool_head_fits(&name)
                && let Some(entry) = self.pools.get_mut(&name).and_then(|pool| pool.waiting.pop())
            {
                self.ready.push(entry);
                if self.ready.len() > before + self.settings.parallel_tasks as usize {
                    break;
                }
            }
        }
        for name in std::mem::take(&mut self.free_locks) {
            let Some(lock) = self.locks.get_mut(&name) else { continue };
            drop_void(&mut lock.waiting, &self.slots);
            if lock.holder.is_some() {
                continue;
            }
            match lock.waiting.pop() {
                Some(entry) => {
                    self.ready.push(entry);
                    // Should this one not start, the next is to be woken.
                    self.free_locks.push(name);
                }
                None => drop(self.locks.remove(&name)),
            }
        }
        self.ready.len() > before
    }

    /// Whether something waits for a pool or a lock that is free.
    fn bound_could_start(&mut self) -> bool {
        if self.pools.is_empty() && self.free_locks.is_empty() {
            return false;
        }
        let slots = &self.slots;
        let locks = &mut self.locks;
        self.free_locks.retain(|name| {
            locks.get_mut(name).is_some_and(|lock| {
                drop_void(&mut lock.waiting, slots);
                lock.holder.is_none() && !lock.waiting.is_empty()
            })
        });
        let names: Vec<_> = self.pools.keys().cloned().collect();
        !self.free_locks.is_empty() || names.iter().any(|name| self.pool_head_fits(name))
    }

    fn pool_head_fits(&mut self, name: &str) -> bool {
        let all = self.pool_slots(name);
        let Some(pool) = self.pools.get_mut(name) else { return false };
        drop_void(&mut pool.waiting, &self.slots);
        let Some(entry) = pool.waiting.peek() else { return false };
        let wanted = self.slots[entry.slot]
            .as_deref()
            .and_then(|run| run.plan.planned(entry.task).pool.as_ref().map(|(_, slots)| *slots));
        pool.used.saturating_add(wanted.unwrap_or(0)) <= all
    }
}

fn drop_void(waiting: &mut BinaryHeap<Ready>, slots: &[Option<Box<super::run::ActiveRun>>]) {
    while waiting.peek().is_some_and(|entry| !is_waiting(slots, entry)) {
        waiting.pop();
    }
}

/// Whether the entry still stands for a task that waits.
fn is_waiting(slots: &[Option<Box<super::run::ActiveRun>>], entry: &Ready) -> bool {
    slots.get(entry.slot).and_then(Option::as_deref).is_some_and(|run| {
        let at = &run.tasks[entry.task as usize];
        run.age == entry.age && at.stamp == entry.stamp && at.phase == Phase::Waiting
    })
}
