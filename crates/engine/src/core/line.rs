//! Whose turn it is: at most `active_runs` runs of a workflow at a time, the others in order of age. The runs of a backfill
//! have a line of their own, so that they neither hold up the workflow's other runs nor wait for them.

use std::collections::BTreeMap;

use millrace_model::document::Overlap;
use millrace_model::event::{Actor, RunEventKind, RunHead, RunState, Trigger};
use millrace_model::ident::Ident;
use millrace_model::ids::{BackfillId, WorkflowId};
use millrace_model::time::Timestamp;

use super::Core;
use super::effect::{Effect, Effects, TimerKey};
use super::input::Refusal;
use super::ready::Age;
use super::run::ActiveRun;
use crate::plan::Plan;

/// What makes runs belong to one workflow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum LineKey {
    Id(WorkflowId),
    Path(String),
    Name(Ident),
    Backfill(BackfillId),
}

/// The runs of one workflow.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Those that have left the queue.
    pub(super) active: u32,
    /// The others by age: where they stand in the core.
    pub(super) waiting: BTreeMap<Age, usize>,
}

impl LineKey {
    pub(super) fn of(head: &RunHead) -> Self {
        match (&head.trigger, head.workflow_id, &head.path) {
            (Trigger::Backfill { backfill, .. }, ..) => Self::Backfill(*backfill),
            (_, Some(id), _) => Self::Id(id),
            (_, None, Some(path)) => Self::Path(path.clone()),
            (_, None, None) => Self::Name(head.workflow.clone()),
        }
    }
}

impl Core {
    /// Lets the workflow's `overlap` decide on a run that a schedule or trigger starts now, where as many runs as may be
    /// are active.
    ///
    /// # Errors
    /// [`Refusal::Overlap`] where it is to be skipped.
    pub(super) fn make_room(
        &mut self,
        plan: &Plan,
        head: &RunHead,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let Some(line) = self.lines.get(&LineKey::of(head)).filter(|_| head.trigger.is_live())
        else {
            return Ok(());
        };
        let limits = &plan.workflow().limits;
        let (active, limit) = (line.active, limits.active_runs.max(1));
        if active < limit {
            return Ok(());
        }
        match limits.overlap {
            Overlap::Skip => return Err(Refusal::Overlap { active, limit }),
            Overlap::Queue => {}
            Overlap::Replace => {
                if let Some(slot) = self.replaceable(&LineKey::of(head), limit) {
                    self.cancel(slot, Actor::Replace, false, now, out);
                }
            }
        }
        Ok(())
    }

    /// The oldest run that has to make room. One that is being stopped makes it already, and so does one that
    /// waits behind it and was started by a schedule or trigger itself.
    fn replaceable(&self, key: &LineKey, limit: u32) -> Option<usize> {
        let line = self.lines.get(key)?;
        let stays = |run: &&ActiveRun| run.stop.is_none() && LineKey::of(&run.context.head) == *key;
        let active = self.slots.iter().flatten().map(|run| &**run).filter(|run| run.started);
        let waiting = line.waiting.values().filter_map(|slot| self.run(*slot));
        let waiting = waiting.filter(|run| run.context.head.trigger.is_live());
        let mut runs: Vec<&ActiveRun> = active.chain(waiting).filter(stays).collect();
        runs.sort_by_key(|run| run.age);
        (runs.len() >= limit as usize).then(|| runs.first().map(|run| run.slot)).flatten()
    }

    /// A run joins its line, behind those that are older.
    pub(super) fn line_up(&mut self, slot: usize) {
        let Some(run) = self.run(slot) else { return };
        let (key, age, started) = (LineKey::of(&run.context.head), run.age, run.started);
        let line = self.lines.entry(key).or_default();
        if started {
            line.active += 1;
        } else {
            line.waiting.insert(age, slot);
        }
    }

    /// A run leaves its line.
    pub(super) fn leave_line(&mut self, slot: usize, key: &LineKey) {
        let Some(run) = self.run(slot) else { return };
        let (age, started) = (run.age, run.started);
        let Some(line) = self.lines.get_mut(key) else { return };
        if started {
            line.active -= 1;
        } else {
            line.waiting.remove(&age);
        }
        if line.active == 0 && line.waiting.is_empty() {
            self.lines.remove(key);
        }
    }

    /// Lets runs of this run's workflow start, as many as may.
    pub(super) fn admit(&mut self, slot: usize, now: Timestamp, out: &mut Effects) {
        if let Some(run) = self.run(slot) {
            let key = LineKey::of(&run.context.head);
            self.admit_line(&key, now, out);
        }
    }

    pub(super) fn admit_line(&mut self, key: &LineKey, now: Timestamp, out: &mut Effects) {
        while let Some(slot) = self.next_in_line(key) {
            if let Some(line) = self.lines.get_mut(key)
                && let Some(run) = self.slots[slot].as_deref()
            {
                line.waiting.remove(&run.age);
                line.active += 1;
            }
            self.begin_run(slot, now, out);
        }
    }

    fn next_in_line(&self, key: &LineKey) -> Option<usize> {
        let line = self.lines.get(key)?;
        // A paused run lets others pass and keeps its place in the line.
        let (slot, run) = line
            .waiting
            .values()
            .filter_map(|slot| Some((*slot, self.run(*slot)?)))
            .find(|(_, run)| !run.is_paused() && run.stop.is_none())?;
        (line.active < run.line_limit()).then_some(slot)
    }

    fn begin_run(&mut self, slot: usize, now: Timestamp, out: &mut Effects) {
        let Some(run) = self.run_mut(slot) else { return };
        run.started = true;
        run.state = RunState::Running;
        run.emit(now, out, RunEventKind::RunStarted);
        run.arm_time_out(run.last_at, out);
        let ready = run.begin(now, out);
        self.enqueue(slot, &ready);
        self.dirty.push(slot);
    }
}

impl ActiveRun {
    /// So many runs of its line may be active.
    fn line_limit(&self) -> u32 {
        match self.context.head.trigger {
            Trigger::Backfill { parallel, .. } => parallel.max(1),
            _ => self.plan.workflow().limits.active_runs.max(1),
        }
    }

    /// Arms the time-out of the run, where it has one, counted from `from`.
    pub(super) fn arm_time_out(&self, from: Timestamp, out: &mut Effects) {
        if let Some(limit) = self.plan.workflow().limits.timeout {
            let key = TimerKey::RunTimeout { run: self.run, round: self.round };
            out.effects.push(Effect::ArmTimer { key, due: from.plus(limit.to_std()) });
        }
    }
}
