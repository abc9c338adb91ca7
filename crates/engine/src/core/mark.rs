//! Marks: a person says how a task ends, whatever becomes of its attempt.
//!
//! What is in flight is stopped first, and ends as it was marked; the mark is recorded before, so that it holds whatever dies
//! meanwhile. A task that has ended can only be marked succeeded: what had ended because of it waits for its joins again.

use std::sync::Arc;

use millrace_model::Values;
use millrace_model::event::{
    Actor, AttemptEnd, Cause, Mark, Outcome, Run, RunEventKind, TaskState, Then,
};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::Core;
use super::child::Unwanted;
use super::effect::{Effect, Effects};
use super::hook::cannot_mark;
use super::input::Refusal;
use super::run::{ActiveRun, Phase, TaskSlot};
use crate::again::{self, Before};
use crate::plan::Plan;

impl Core {
    /// A person says how a task of a run under way ends.
    pub(super) fn mark(
        &mut self,
        run: RunId,
        key: &TaskKey,
        mark: Mark,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.steerable(run)?;
        let Some(active) = self.run_mut(slot) else { return Ok(()) };
        let task = active.slot_of(key);
        let task = task.ok_or_else(|| Refusal::NoSuchTask { run, task: key.to_string() })?;
        if !active.started {
            return Err(Refusal::NotBegun(run));
        }
        if active.is_of_hooks(task)
            && (key.item.is_none() || active.tasks[task as usize].phase == Phase::Done)
        {
            return Err(cannot_mark(run, key));
        }
        match active.tasks[task as usize].phase {
            Phase::Mapped => return Err(Refusal::OfItems { run, task: key.to_string() }),
            Phase::Done if key.item.is_some() => {
                return Err(Refusal::OfItems { run, task: key.to_string() });
            }
            Phase::Done if active.decided.is_some() => return Err(Refusal::HooksRun(run)),
            Phase::Done => active.mark_ended(task, &mark, now, out)?,
            Phase::Absent => return Err(Refusal::NoSuchTask { run, task: key.to_string() }),
            Phase::Idle | Phase::Waiting | Phase::Blocked | Phase::Backoff => {
                active.flush_fresh(now, out);
                active.emit_mark(task, &mark, Vec::new(), now, out);
                active.due.remove(&task);
                active.take_outputs(task, &mark, out);
                let cause = Cause::Marked { by: mark.by.clone() };
                active.note_reason(task, Some(&cause));
                active.end_task(task, mark.state);
            }
            Phase::Asleep => {
                active.emit_mark(task, &mark, Vec::new(), now, out);
                active.marks.insert(task, mark);
                let end = active.end_of_wait(task, Outcome::Canceled, Values::new(), now);
                self.end_call(slot, task, end, now, out);
            }
            Phase::Called => {
                active.emit_mark(task, &mark, Vec::new(), now, out);
                active.marks.insert(task, mark);
                let child = active.attempt(task).child();
                active.unwanted.push(Unwanted { child, kill: false });
            }
            Phase::Ahead | Phase::Placed => {
                active.emit_mark(task, &mark, Vec::new(), now, out);
                active.marks.insert(task, mark);
                let attempt = active.attempt(task);
                out.effects.push(Effect::Stop { attempt, kill: false });
            }
        }
        // Other tasks may be ready again, and stand in no queue.
        let ready = self.run_mut(slot).map(|run| std::mem::take(&mut run.reopened));
        self.enqueue(slot, &ready.unwrap_or_default());
        self.dirty.push(slot);
        Ok(())
    }

    /// A person says that a task of an ended run succeeded: the run goes on with what had ended because of it.
    pub(super) fn mark_in_ended(
        &mut self,
        fold: &Run,
        plan: Arc<Plan>,
        key: &TaskKey,
        mark: &Mark,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        if !fold.state.is_final() {
            return Err(Refusal::AlreadyActive(fold.run));
        }
        if key.item.is_some() {
            return Err(Refusal::OfItems { run: fold.run, task: key.to_string() });
        }
        let task = plan.index_of(key.task.as_str());
        if task.is_some_and(|task| plan.is_on_call(task)) {
            return Err(cannot_mark(fold.run, key));
        }
        let was = task.and_then(|task| Some((task, fold.tasks.get(plan.key(task))?.state)));
        let Some((task, state)) = was else {
            return Err(Refusal::NoSuchTask { run: fold.run, task: key.to_string() });
        };
        can_be_marked(fold.run, key, state, mark)?;
        let before = |task: u32| fold.tasks.get(plan.key(task)).map(Before::of);
        let mut again = again::tasks(&plan, &before, held_back(&plan, task, &before));
        again[task as usize] = false;
        let anew = vec![true; again.len()];
        let marked = Some((task, mark));
        self.reopen(fold, plan, (&again, &anew), Actor::Person, marked, now, out)
    }
}

/// The tasks after `task` that ended otherwise than well.
fn held_back(plan: &Plan, task: u32, before: &dyn Fn(u32) -> Option<Before>) -> Vec<u32> {
    let after = plan.downstream_closure([task]);
    let is_held = |other: &u32| {
        *other != task
            && after[*other as usize]
            && before(*other)
                .is_some_and(|of| of.state.is_final() && of.state != TaskState::Succeeded)
    };
    (0..plan.count()).filter(is_held).collect()
}

/// What has ended can only be put right.
fn can_be_marked(run: RunId, key: &TaskKey, state: TaskState, mark: &Mark) -> Result<(), Refusal> {
    match mark.state == TaskState::Succeeded && state != TaskState::Succeeded && state.is_final() {
        true => Ok(()),
        false => Err(Refusal::CannotMark { run, task: key.to_string(), state }),
    }
}

impl ActiveRun {
    /// Puts an ended task right while its run goes on.
    fn mark_ended(
        &mut self,
        task: u32,
        mark: &Mark,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let plan = Arc::clone(self.plan.plan());
        can_be_marked(self.run, plan.key(task), self.tasks[task as usize].state, mark)?;
        let (slots, maps) = (&self.tasks, &self.maps);
        let before = |task: u32| {
            let slot = &slots[task as usize];
            let was_mapped = maps.contains_key(&task);
            let has_run = slot.tries > 0 || was_mapped || slot.state == TaskState::Succeeded;
            (slot.phase != Phase::Absent).then_some(Before { state: slot.state, has_run })
        };
        let mut again = again::tasks(&plan, &before, held_back(&plan, task, &before));
        again[task as usize] = false;
        // What is under way by another way stays so.
        let pending: Vec<u32> = (0..plan.count())
            .filter(|at| again[*at as usize] && self.tasks[*at as usize].phase == Phase::Done)
            .collect();
        self.flush_fresh(now, out);
        let keys = pending.iter().map(|at| plan.key(*at).clone()).collect();
        self.emit_mark(task, mark, keys, now, out);
        for at in pending {
            // Those of a mapped task are found anew.
            _ = self.reopen_items(at, true);
            self.pend(at);
        }
        self.settle_mark(task, mark, out);
        // Tries from here on are told apart from those before by their time.
        self.last_at = self.last_at.plus(std::time::Duration::from_micros(1));
        self.reopened = self.begin(now, out);
        Ok(())
    }

    /// An ended task is what it was marked as.
    pub(super) fn settle_mark(&mut self, task: u32, mark: &Mark, out: &mut Effects) {
        let slot = &mut self.tasks[task as usize];
        slot.state = mark.state;
        slot.passed = false;
        slot.by_cancel = false;
        self.first_failed = None;
        self.take_outputs(task, mark, out);
    }

    /// An ended task waits for its join again.
    pub(super) fn pend(&mut self, task: u32) {
        let at = &mut self.tasks[task as usize];
        self.open += u32::from(at.phase == Phase::Done);
        *at = TaskSlot { number: at.number, stamp: at.stamp + 1, ..TaskSlot::PENDING };
        self.outputs[task as usize] = None;
        self.locks.remove(&task);
    }

    pub(super) fn emit_mark(
        &mut self,
        task: u32,
        mark: &Mark,
        again: Vec<TaskKey>,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let key = self.plan.key(task).clone();
        let mark = Box::new(mark.clone());
        self.emit(now, out, RunEventKind::TaskMarked { task: key, mark, again });
    }

    /// What a person said is what the task gives.
    pub(super) fn take_outputs(&mut self, task: u32, mark: &Mark, out: &mut Effects) {
        let outputs = Arc::new(mark.outputs.clone());
        if !self.plan.is_item(task) {
            self.keep_outputs(task, &outputs, out);
        }
        self.outputs[task as usize] = (!outputs.is_empty()).then_some(outputs);
    }

    /// The attempt of a marked task ended, however: the task ends as it was marked.
    pub(super) fn end_as_marked(
        &mut self,
        task: u32,
        mark: &Mark,
        end: Box<AttemptEnd>,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let serial = self.tasks[task as usize].serial;
        let cause = Some(Cause::Marked { by: mark.by.clone() });
        self.note_reason(task, cause.as_ref());
        let then = Then::End { state: mark.state, cause };
        self.emit(now, out, RunEventKind::AttemptEnded { serial, end, then });
        self.take_outputs(task, mark, out);
        self.end_task(task, mark.state);
    }

    /// Marks of a recovered run whose attempts are still in flight: they are stopped once more.
    pub(super) fn take_marks(&mut self, fold: &Run, out: &mut Effects) {
        for task in 0..self.plan.count() {
            let Some(of) = fold.task(self.plan.key(task)) else { continue };
            if !self.plan.is_item(task) && matches!(of.cause, Some(Cause::Marked { .. })) {
                self.keep_outputs(task, &Arc::new(of.outputs.clone()), out);
            }
            let Some(mark) = of.mark.as_deref() else { continue };
            self.marks.insert(task, mark.clone());
            let attempt = self.attempt(task);
            match self.tasks[task as usize].phase {
                Phase::Called => {
                    self.unwanted.push(Unwanted { child: attempt.child(), kill: false });
                }
                Phase::Ahead | Phase::Placed => {
                    out.effects.push(Effect::Stop { attempt, kill: false });
                }
                _ => {}
            }
        }
    }
}
