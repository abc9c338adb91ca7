//! The queue that people see: the runs under way and those that wait, in the order in which places and turns come to them.

use millrace_model::MAX_POOL_HOLDERS;
use millrace_model::event::{Actor, RunEventKind};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::Core;
use super::effect::Effects;
use super::input::Refusal;
use super::line::LineKey;
use super::ready::Age;
use super::run::{ActiveRun, Phase};

/// Where a run is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
    /// Just before this run.
    Before(RunId),
}

/// The runs that have not ended, and what they share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// In order.
    pub runs: Vec<InQueue>,
    /// The pools of the home.
    pub pools: Vec<PoolUse>,
}

/// A run that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InQueue {
    /// Which.
    pub run: RunId,
    /// Its turn has come.
    pub started: bool,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that could start and wait for a place, a pool or a lock.
    pub waiting: u32,
}

/// A pool and how much of it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolUse {
    /// Its name.
    pub name: String,
    /// Slots that are taken.
    pub used: u32,
    /// All slots.
    pub slots: u32,
    /// Who has taken them, in the order of the runs; at most [`MAX_POOL_HOLDERS`].
    pub holders: Vec<PoolHolder>,
}

/// A task that has taken slots of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolHolder {
    /// Of which run.
    pub run: RunId,
    /// Which task.
    pub task: TaskKey,
    /// How many slots.
    pub slots: u32,
}

impl Core {
    /// The runs that have not ended, in the order in which places and turns come to them.
    #[must_use]
    pub fn queue(&self) -> Queue {
        let by_age = self.by_age();
        let pools = self.settings.pools.iter().map(|(name, slots)| PoolUse {
            name: name.clone(),
            used: self.pools.get(name.as_str()).map_or(0, |pool| pool.used),
            slots: *slots,
            holders: by_age
                .iter()
                .flat_map(|run| run.holders_of_pool(name))
                .take(MAX_POOL_HOLDERS)
                .collect(),
        });
        let pools = pools.collect();
        let runs = by_age.iter().map(|run| {
            let waits = |phase| matches!(phase, Phase::Waiting | Phase::Blocked);
            let waiting = run.tasks.iter().filter(|task| waits(task.phase)).count();
            InQueue {
                run: run.run,
                started: run.started,
                running: run.placed + u32::try_from(run.children.len()).unwrap_or(u32::MAX),
                waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
            }
        });
        Queue { runs: runs.collect(), pools }
    }

    /// Puts a run before or after others.
    pub(super) fn move_run(
        &mut self,
        run: RunId,
        to: Place,
        by: Actor,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.slot_of(run)?;
        let Some(rank) = self.rank_for(run, to)? else { return Ok(()) };
        let Some(active) = self.run_mut(slot) else { return Ok(()) };
        let (old, key) = (active.age, LineKey::of(&active.context.head));
        active.age = Age { rank, ..old };
        active.emit(now, out, RunEventKind::RunMoved { rank, by });
        let age = active.age;
        if let Some(line) = self.lines.get_mut(&key)
            && line.waiting.remove(&old).is_some()
        {
            line.waiting.insert(age, slot);
        }
        self.queue_anew(slot);
        self.dirty.push(slot);
        Ok(())
    }

    /// The rank that puts the run there; none where it stands there already.
    fn rank_for(&self, run: RunId, to: Place) -> Result<Option<i64>, Refusal> {
        let others: Vec<&ActiveRun> =
            self.by_age().into_iter().filter(|other| other.run != run).collect();
        let ranks = |run: Option<&&ActiveRun>| run.map(|run| run.age.rank);
        let (before, after) = match to {
            Place::First => (None, ranks(others.first())),
            Place::Last => (ranks(others.last()), None),
            Place::Before(next) => {
                let at = others.iter().position(|other| other.run == next);
                let at = at.filter(|_| next != run).ok_or(Refusal::NotActive(next))?;
                let before = at.checked_sub(1).and_then(|at| others.get(at));
                (ranks(before), ranks(others.get(at)))
            }
        };
        Ok(match (before, after) {
            (None, None) => None,
            (None, Some(after)) => Some(after.saturating_sub(1_000_000)),
            (Some(before), None) => Some(before.saturating_add(1)),
            // Where there is no room between two, it goes before both.
            (Some(before), Some(after)) => Some((before + (after - before) / 2).min(after - 1)),
        })
    }

    /// The run's waiting tasks stand in the queues with its age of before.
    fn queue_anew(&mut self, slot: usize) {
        let Some(run) = self.run_mut(slot) else { return };
        let tasks: Vec<u32> = (0..run.plan.count()).collect();
        for task in &tasks {
            let at = &mut run.tasks[*task as usize];
            if matches!(at.phase, Phase::Waiting | Phase::Blocked) {
                at.stamp += 1;
            }
            if at.phase == Phase::Blocked {
                let entry = run.entry(*task);
                run.block(entry);
            }
        }
        self.enqueue(slot, &tasks);
    }

    fn by_age(&self) -> Vec<&ActiveRun> {
        let mut runs: Vec<&ActiveRun> = self.slots.iter().flatten().map(|run| &**run).collect();
        runs.sort_by_key(|run| run.age);
        runs
    }
}

impl ActiveRun {
    /// Its tasks that have taken slots of this pool.
    pub(super) fn holders_of_pool(&self, name: &str) -> impl Iterator<Item = PoolHolder> {
        self.holders().filter_map(move |(task, _)| {
            let (pool, slots) = self.plan.planned(task).pool.as_ref()?;
            let holder =
                || PoolHolder { run: self.run, task: self.plan.key(task).clone(), slots: *slots };
            (**pool == *name).then(holder)
        })
    }
}
