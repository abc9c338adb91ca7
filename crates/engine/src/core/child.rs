//! Runs within runs: a task that runs another workflow, and the child run that it waits for.
//!
//! A child run is a run like any other. What joins the two is the child's name, which follows from the attempt
//! ([`AttemptId::child`]), and that both are changed by the same input: the child's first event and the attempt's start are
//! in one batch, and so are the child's last event and the attempt's end. Whatever dies, a history never has one without the
//! other.

use std::sync::Arc;

use millrace_model::Values;
use millrace_model::event::{
    Actor, AttemptEnd, Cause, Outcome, Run, RunState, TaskState, Trigger, json_len,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::outputs::MAX_OUTPUTS;
use millrace_model::time::Timestamp;
use serde_json::Value;

use super::Core;
use super::effect::{Effect, Effects, TimerKey};
use super::input::Refusal;
use super::run::{ActiveRun, Phase};

/// A child run that a task waits for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    /// When it was accepted.
    since: Timestamp,
    /// When it has taken too long.
    due: Option<Timestamp>,
}

/// A child run that is to be stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unwanted {
    pub(super) child: RunId,
    pub(super) kill: bool,
}

impl Core {
    /// The task that waits for this run, where its trigger says that there is one: where its run stands in the core, and its
    /// index there.
    ///
    /// # Errors
    /// It should be waiting, and does not.
    pub(super) fn awaiting(
        &self,
        child: RunId,
        trigger: &Trigger,
    ) -> Result<Option<(usize, u32)>, Refusal> {
        let Trigger::Parent { run, task, .. } = trigger else { return Ok(None) };
        let found = self.parent_of(child, *run, task).filter(|(slot, task)| {
            self.run(*slot).is_some_and(|parent| {
                let is_new = parent.tasks[*task as usize].state != TaskState::Running;
                let wanted = !parent.is_stopped(*task) && !parent.marks.contains_key(task);
                is_new && wanted && !parent.is_paused()
            })
        });
        found.map(Some).ok_or(Refusal::NotAwaited(child))
    }

    /// Whether a task of another run waits for this one, and so sees to its end.
    #[must_use]
    pub fn is_awaited(&self, run: RunId) -> bool {
        let head =
            self.slot_of(run).ok().and_then(|slot| self.run(slot)).map(|run| &run.context.head);
        match head.map(|head| &head.trigger) {
            Some(Trigger::Parent { run: parent, task, .. }) => {
                self.parent_of(run, *parent, task).is_some()
            }
            _ => false,
        }
    }

    /// The child run of this task was accepted: its attempt runs.
    pub(super) fn child_accepted(
        &mut self,
        slot: usize,
        task: u32,
        now: Timestamp,
        out: &mut Effects,
    ) {
        self.place_started(slot, task);
        let Some(parent) = self.run_mut(slot) else { return };
        parent.attempt_started(task, None, now, out);
        if parent.plan.is_detached(task) {
            let child = parent.attempt(task).child();
            let outputs = Values::from_iter([("run".to_owned(), Value::from(child.to_string()))]);
            let at = parent.last_at;
            let end = AttemptEnd {
                started: Some(at),
                outputs,
                ..AttemptEnd::unmeasured(Outcome::Succeeded, at)
            };
            return self.end_call(slot, task, end, now, out);
        }
        parent.wait_for_child(task, parent.last_at, out);
    }

    /// A run ended; whether or not it was a child, and somebody waits for it.
    pub(super) fn child_ended(
        &mut self,
        child: usize,
        state: RunState,
        cause: Option<Cause>,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let Some(run) = self.run(child) else { return };
        let Trigger::Parent { run: parent, task, .. } = &run.context.head.trigger else { return };
        let id = run.run;
        let Some((slot, task)) = self.parent_of(id, *parent, task) else { return };
        let given = match state {
            RunState::Succeeded => run.outputs_as_child(),
            _ => Ok(Values::new()),
        };
        let Some(parent) = self.run(slot) else { return };
        let Some(waited) = parent.children.get(&task).copied() else { return };
        let too_late = waited.due.is_some_and(|due| due <= now);
        let (outcome, outputs) = match (state, given) {
            (RunState::Succeeded, Ok(outputs)) => (Outcome::Succeeded, outputs),
            (_, Err(message)) => (Outcome::Error { message }, Values::new()),
            (RunState::Canceled, _) if parent.is_stopped(task) => {
                (Outcome::Canceled, Values::new())
            }
            (RunState::Canceled, _) if too_late => (Outcome::TimedOut, Values::new()),
            _ => (Outcome::Child { run: id, state, reason: cause.map(Box::new) }, Values::new()),
        };
        let duration_us = u64::try_from(now.since(waited.since).as_micros()).unwrap_or(u64::MAX);
        let end = AttemptEnd {
            started: Some(waited.since),
            duration_us,
            outputs,
            ..AttemptEnd::unmeasured(outcome, now)
        };
        self.end_call(slot, task, end, now, out);
    }

    /// All runs that were under way are back: a child run that is not among them will never end.
    pub(super) fn recovered(&mut self, now: Timestamp, out: &mut Effects) {
        self.recovering = false;
        let mut lost = Vec::new();
        for run in self.slots.iter().flatten() {
            let missing = run.running_children().filter(|task| {
                let child = run.attempt(*task).child();
                !self.by_id.contains_key(&child)
            });
            lost.extend(missing.map(|task| (run.slot, task, run.attempt(task).child())));
        }
        for (slot, task, child) in lost {
            let message = format!("its run {child:.8} could not be taken over");
            let end = AttemptEnd::unmeasured(Outcome::Lost { message }, now);
            self.end_call(slot, task, end, now, out);
        }
    }

    pub(super) fn child_timed_out(
        &mut self,
        attempt: AttemptId,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let Ok(slot) = self.slot_of(attempt.run) else { return };
        let Some(run) = self.run(slot) else { return };
        if run.task_of(attempt).is_some_and(|task| run.children.contains_key(&task)) {
            let unwanted = Unwanted { child: attempt.child(), kill: false };
            self.stop_children(vec![unwanted], now, out);
        }
    }

    /// Stops child runs of which nothing is wanted any more. One that has not been accepted yet never will be.
    pub(super) fn stop_children(
        &mut self,
        unwanted: Vec<Unwanted>,
        now: Timestamp,
        out: &mut Effects,
    ) {
        for Unwanted { child, kill } in unwanted {
            let Ok(slot) = self.slot_of(child) else { continue };
            let stop = self.run(slot).and_then(|run| run.stop.as_ref());
            // Somebody's first cancel and the parent's are not a second one, which would leave out the teardowns.
            let is_told = stop.is_some_and(|stop| stop.killed || stop.canceled && !kill);
            if !is_told {
                self.cancel(slot, Actor::Parent, kill, now, out);
            }
        }
    }

    pub(super) fn pause_children(&mut self, slot: usize, now: Timestamp, out: &mut Effects) {
        for child in self.children_of(slot) {
            // One that is being stopped goes on to its end.
            _ = self.pause(child, Actor::Parent, now, out);
        }
    }

    pub(super) fn resume_children(&mut self, slot: usize, now: Timestamp, out: &mut Effects) {
        for child in self.children_of(slot) {
            _ = self.resume(child, Actor::Parent, now, out);
        }
    }

    fn children_of(&self, slot: usize) -> Vec<RunId> {
        let Some(run) = self.run(slot) else { return Vec::new() };
        run.running_children().map(|task| run.attempt(task).child()).collect()
    }

    /// Notes the attempts of a recovered run that stand for child runs. Those that were not accepted are asked for again.
    pub(super) fn take_children(&mut self, slot: usize, fold: &Run, out: &mut Effects) {
        let Some(run) = self.run(slot) else { return };
        let called: Vec<u32> = (0..run.plan.count())
            .filter(|task| run.tasks[*task as usize].phase == Phase::Called)
            .collect();
        for task in called {
            self.occupy(slot, task);
            let Some(run) = self.run_mut(slot) else { return };
            if run.tasks[task as usize].state == TaskState::Running {
                let attempt = fold.task(run.plan.key(task)).and_then(|of| of.attempts.last());
                let since = attempt.and_then(|attempt| attempt.started).unwrap_or(run.last_at);
                run.wait_for_child(task, since, out);
            } else {
                out.effects.push(Effect::StartChild(run.start_of(task)));
            }
        }
        if let Some(run) = self.run(slot) {
            run.keep_outputs_again(out);
        }
    }

    /// The task `key` of `parent`, where its attempt in flight stands for the run `child`.
    fn parent_of(&self, child: RunId, parent: RunId, key: &TaskKey) -> Option<(usize, u32)> {
        let slot = self.slot_of(parent).ok()?;
        let run = self.run(slot)?;
        let task = run.slot_of(key)?;
        let is_called = run.tasks[task as usize].phase == Phase::Called;
        (is_called && run.attempt(task).child() == child).then_some((slot, task))
    }

    /// An attempt that is no process ended.
    pub(super) fn end_call(
        &mut self,
        slot: usize,
        task: u32,
        end: AttemptEnd,
        now: Timestamp,
        out: &mut Effects,
    ) {
        self.release(slot, task);
        let mut ready = Vec::new();
        if let Some(run) = self.run_mut(slot) {
            let jitter = jitter(run.attempt(task).child());
            run.children.remove(&task);
            run.attempt_ended(task, Box::new(end), jitter, now, out, &mut ready);
        }
        self.enqueue(slot, &ready);
        self.dirty.push(slot);
    }
}

impl ActiveRun {
    /// The tasks whose child runs were accepted and have not ended.
    pub(super) fn running_children(&self) -> impl Iterator<Item = u32> {
        (0..self.plan.count()).filter(|task| {
            let at = &self.tasks[*task as usize];
            at.phase == Phase::Called && at.state == TaskState::Running
        })
    }

    /// Later tasks find what a task of this kind gave where those of others are.
    pub(super) fn keep_outputs(&self, task: u32, outputs: &Arc<Values>, out: &mut Effects) {
        out.effects.push(Effect::KeepOutputs {
            run: self.run,
            task: self.plan.key(task).task.clone(),
            outputs: Arc::clone(outputs),
        });
    }

    /// The last process may have died before it did so.
    fn keep_outputs_again(&self, out: &mut Effects) {
        for task in 0..self.plan.tasks() {
            if (!self.plan.takes_place(task) || self.maps.contains_key(&task))
                && let Some(outputs) = &self.outputs[task as usize]
            {
                self.keep_outputs(task, outputs, out);
            }
        }
    }

    fn wait_for_child(&mut self, task: u32, since: Timestamp, out: &mut Effects) {
        let due = self.plan.attempt_limit(task).map(|limit| since.plus(limit.to_std()));
        self.children.insert(task, Child { since, due });
        if let Some(due) = due {
            let key = TimerKey::ChildTimeout(self.attempt(task));
            out.effects.push(Effect::ArmTimer { key, due });
        }
    }

    /// What the task that started this run gives after its success.
    ///
    /// # Errors
    /// It is more than one task may give.
    fn outputs_as_child(&self) -> Result<Values, String> {
        let given: Vec<(&Ident, &Values)> = (0..self.plan.tasks())
            .zip(&self.outputs)
            .filter(|(task, _)| !self.is_of_hooks(*task))
            .filter_map(|(task, outputs)| Some((&self.plan.key(task).task, &**outputs.as_ref()?)))
            .filter(|(_, outputs)| !outputs.is_empty())
            .collect();
        // Each with quotes, a colon and what parts it from the next.
        let bytes = given.iter().fold(1, |bytes: usize, (name, outputs)| {
            bytes.saturating_add(name.as_str().len() + 4).saturating_add(json_len(*outputs))
        });
        if bytes > MAX_OUTPUTS {
            return Err(format!(
                "its run {:.8} succeeded, but the outputs of its tasks have {bytes} bytes together; at most {MAX_OUTPUTS} \
                 are allowed: write large results to files",
                self.run
            ));
        }
        let tasks: Values = given
            .into_iter()
            .map(|(name, outputs)| (name.to_string(), Value::Object(outputs.clone())))
            .collect();
        let own = [
            ("run", Value::from(self.run.to_string())),
            ("state", Value::from(RunState::Succeeded.word())),
            ("tasks", Value::Object(tasks)),
        ];
        Ok(own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// Between 0.8 and 1.2: as random as the name of the run, and the same each time that it is asked for.
fn jitter(child: RunId) -> f64 {
    let share = f64::from((child.0 >> 32) as u32) / f64::from(u32::MAX);
    0.8 + 0.4 * share
}
