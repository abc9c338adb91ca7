//! Checks of the whole state, for tests: the counters add up, and the fold of the events is the same state.

use millrace_model::event::{Run, RunState};
use millrace_model::ids::RunId;

use super::Core;
use super::run::{ActiveRun, Phase, TaskSlot};

impl Core {
    /// Checks that all counters add up.
    ///
    /// # Errors
    /// Says what does not.
    pub fn sanity_check(&self) -> Result<(), String> {
        let runs: Vec<&ActiveRun> = self.slots.iter().flatten().map(Box::as_ref).collect();
        equal("runs", self.by_id.len(), runs.len())?;
        let sum = |of: &dyn Fn(&ActiveRun) -> u32| runs.iter().map(|run| of(run)).sum::<u32>();
        equal("placed", self.placed, sum(&|run| run.placed))?;
        equal("ahead", self.ahead as usize, runs.iter().map(|run| run.ahead.len()).sum())?;
        equal("waiting runs", self.waiting_runs, sum(&|run| u32::from(run.waiting > 0)))?;
        for run in &runs {
            run.sanity_check().map_err(|what| format!("run {}: {what}", run.run))?;
        }
        for (name, pool) in &self.pools {
            let used: u32 = runs.iter().map(|run| run.pool_use(name)).sum();
            equal(&format!("slots of pool {name}"), pool.used, used)?;
        }
        for (name, lock) in &self.locks {
            let held: usize = runs.iter().map(|run| run.lock_use(name)).sum();
            equal(&format!("holders of lock {name}"), usize::from(lock.holder.is_some()), held)?;
        }
        Ok(())
    }

    /// Checks that `fold` is what the core has of that run.
    ///
    /// # Errors
    /// Says what differs.
    pub fn check_against(&self, fold: &Run) -> Result<(), String> {
        match self.by_id.get(&fold.run).and_then(|slot| self.run(*slot)) {
            None if fold.state.is_final() => Ok(()),
            None => Err(format!("run {} is {} and not in the core", fold.run, fold.state)),
            Some(run) => run.check_against(fold),
        }
    }

    /// How many attempts of a run hold a place, and how many of the home.
    #[must_use]
    pub fn places_of(&self, run: RunId) -> (u32, u32) {
        let own = self.by_id.get(&run).and_then(|slot| self.run(*slot)).map_or(0, |run| run.placed);
        (own, self.placed)
    }
}

impl ActiveRun {
    fn sanity_check(&self) -> Result<(), String> {
        let count = |phase: Phase| self.tasks.iter().filter(|task| task.phase == phase).count();
        equal("tasks with a place", self.placed as usize, count(Phase::Placed))?;
        equal("tasks ahead", self.ahead.len(), count(Phase::Ahead))?;
        equal("waiting tasks", self.waiting as usize, count(Phase::Waiting))?;
        let recalled = self.tasks.iter().filter(|task| task.recalled).count();
        equal("recalled attempts", self.recalling as usize, recalled)?;
        equal("children", self.children.len(), self.running_children().count())?;
        equal("waits", self.sleeps.len(), count(Phase::Asleep))?;
        let unmarked = self.marks.keys().find(|task| !self.tasks[**task as usize].in_flight());
        equal("marks of what is not in flight", unmarked, None)?;
        for (task, map) in &self.maps {
            let of = |slot: &u32| self.plan.is_item(*slot) && self.plan.whole(*slot) == *task;
            let slots: Vec<&TaskSlot> = (0..self.plan.count())
                .filter(of)
                .map(|slot| &self.tasks[slot as usize])
                .filter(|at| at.phase != Phase::Absent)
                .collect();
            let key = self.plan.key(*task);
            let open = slots.iter().filter(|at| at.phase != Phase::Done).count();
            equal(&format!("open items of {key}"), map.open as usize, open)?;
            let flying = slots.iter().filter(|at| at.in_flight()).count();
            equal(&format!("attempts of items of {key}"), map.flying as usize, flying)?;
            if map.limit.is_some_and(|limit| map.flying > limit) {
                return Err(format!("{} items of {key} run at a time", map.flying));
            }
            let held = slots.iter().any(|at| at.phase == Phase::Blocked);
            if held && !self.is_paused() && !map.waiting.is_empty() && map.flying == 0 {
                let waits = slots.iter().any(|at| at.phase == Phase::Waiting);
                if !waits {
                    return Err(format!("items of {key} wait for nobody"));
                }
            }
        }
        let over = count(Phase::Done) + count(Phase::Absent);
        equal("open tasks", self.open as usize, self.tasks.len() - over)?;
        let of_hooks = (0u32..).zip(&self.tasks).filter(|(task, at)| {
            self.is_of_hooks(*task) && !matches!(at.phase, Phase::Done | Phase::Absent)
        });
        equal("open tasks of hooks", self.open_of_hooks as usize, of_hooks.count())?;
        if !self.fresh.is_empty()
            || !self.ended.is_empty()
            || !self.reopened.is_empty()
            || !self.called.is_empty()
            || !self.reasons.is_empty()
        {
            return Err("something was not followed up".to_owned());
        }
        if !self.started {
            return Ok(());
        }
        for task in 0..self.plan.tasks() {
            let pending = self
                .plan
                .upstreams(task)
                .filter(|up| self.tasks[*up as usize].phase != Phase::Done);
            let tally = self.tallies[task as usize].pending as usize;
            equal(
                &format!("pending upstreams of {}", self.plan.key(task)),
                tally,
                pending.count(),
            )?;
        }
        Ok(())
    }

    fn check_against(&self, fold: &Run) -> Result<(), String> {
        equal("seq", self.seq, fold.seq)?;
        equal("state", self.state, fold.state)?;
        equal("round", self.round, fold.round)?;
        equal("stop", &self.stop, &fold.stop)?;
        equal("decided", &self.decided, &fold.decided)?;
        equal("ended before", self.ended_before, fold.ended_before)?;
        equal("started", self.started, fold.state != RunState::Queued && fold.started.is_some())?;
        for (task, at) in (0u32..).zip(&self.tasks) {
            let key = self.plan.key(task);
            if at.phase == Phase::Absent {
                continue;
            }
            let Some(of) = fold.task(key) else { return Err(format!("{key} is missing")) };
            equal(&format!("state of {key}"), at.state, of.state)?;
            equal(&format!("attempts of {key}"), at.number as usize, of.attempts.len())?;
            let outputs = self.outputs[task as usize].as_deref().cloned().unwrap_or_default();
            equal(&format!("outputs of {key}"), &outputs, &of.outputs)?;
        }
        Ok(())
    }

    fn pool_use(&self, name: &str) -> u32 {
        self.holders_of_pool(name).map(|holder| holder.slots).sum()
    }

    fn lock_use(&self, name: &str) -> usize {
        self.holders()
            .filter(|(task, _)| self.locks.get(task).is_some_and(|lock| **lock == *name))
            .count()
    }

    /// The tasks that hold their slots and locks.
    pub(super) fn holders(&self) -> impl Iterator<Item = (u32, &TaskSlot)> {
        let holds = |at: &TaskSlot| matches!(at.phase, Phase::Placed | Phase::Called);
        (0u32..).zip(&self.tasks).filter(move |(_, at)| holds(at))
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the callers have numbers and short-lived values"
)]
fn equal<T: PartialEq + std::fmt::Debug>(what: &str, own: T, other: T) -> Result<(), String> {
    if own == other { Ok(()) } else { Err(format!("{what}: {own:?} but {other:?}")) }
}
