//! Hooks that run a task: when they do, and how a run ends that has any.
//!
//! Each time is a task run of its own, the next item of the hook's task, recorded with what made it happen in one input, and
//! so within one transaction. How a run ends is decided when all its other tasks have ended, and recorded before the hooks at
//! its end run theirs: these change nothing of it. Elsewhere: Argo's exit handler and lifecycle hooks, Kubeflow's
//! `ExitHandler`, Airflow's callbacks.

use std::sync::Arc;

use millrace_model::Values;
use millrace_model::document::HookOn;
use millrace_model::event::{
    Cause, Decided, Firing, MAX_FIRINGS, Run, RunEventKind, RunState, TaskState,
};
use millrace_model::expr::Allowance;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::Core;
use super::effect::Effects;
use super::input::Refusal;
use super::run::{ActiveRun, Phase};

impl Core {
    /// A run takes longer than its runs usually do.
    pub(super) fn is_slow(
        &mut self,
        run: RunId,
        reason: &str,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.slot_of(run)?;
        let Some(active) = self.run_mut(slot) else { return Ok(()) };
        if !active.started || active.stop.is_some() || active.decided.is_some() {
            return Ok(());
        }
        if active.slow_in < active.round {
            active.slow_in = active.round;
            active.fire_own(&[HookOn::Slow], RunState::Running, reason, now, out);
            self.dirty.push(slot);
        }
        Ok(())
    }
}

impl ActiveRun {
    /// Whether only hooks run the task.
    pub(super) fn is_of_hooks(&self, slot: u32) -> bool {
        self.plan.planned(slot).on_call
    }

    /// Whether what hooks run is to end: a second cancel, or one after the run's outcome was decided.
    pub(super) fn hooks_are_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.killed)
            || self.decided.as_ref().is_some_and(|decided| decided.canceled)
    }

    /// What the task sees as `hook`.
    pub(super) fn hook_of(&self, slot: u32) -> Option<Arc<Values>> {
        let planned = self.plan.planned(slot);
        if !planned.is_hooked {
            return None;
        }
        let firing = self.firing_of(slot);
        Some(Arc::new(firing.map_or_else(Firing::by_hand, Firing::values)))
    }

    /// Why a hook runs this.
    pub(super) fn firing_of(&self, slot: u32) -> Option<&Firing> {
        let index = self.plan.key(slot).item?;
        self.map_of(slot)?.firings.get(index as usize)
    }

    /// A task ended, and hooks of it may wait for that.
    pub(super) fn fire_at_end_of(&mut self, task: u32, now: Timestamp, out: &mut Effects) {
        let reason = self.reasons.remove(&task).unwrap_or_default();
        let state = self.tasks[task as usize].state;
        let failed = matches!(state, TaskState::Failed | TaskState::Error);
        let succeeded = state == TaskState::Succeeded;
        let on = |on: HookOn| match on {
            HookOn::Success => succeeded,
            HookOn::Failure => failed,
            HookOn::Recovery => succeeded && self.had_failed(task),
            HookOn::Finish => true,
            HookOn::Retry | HookOn::Waiting | HookOn::Missed | HookOn::Slow => false,
        };
        let plan = self.plan.clone();
        let hooks: Vec<_> =
            plan.plan().hooks().of(task).iter().filter(|hook| on(hook.on)).copied().collect();
        for hook in hooks {
            let firing = self.firing(hook.on, Some(task), task, state, reason.clone());
            self.fire_within(hook.task, firing, now, out);
        }
    }

    /// Whether the task, which succeeded now, failed the last time that it ran.
    fn had_failed(&self, task: u32) -> bool {
        let name = &self.plan.key(task).task;
        let before = self.context.head.failed_before.as_ref();
        self.failed_earlier.contains(&task)
            || self.round == 1 && before.is_some_and(|before| before.tasks.contains(name))
    }

    /// An attempt failed and its task is tried again.
    pub(super) fn fire_at_retry(
        &mut self,
        slot: u32,
        cause: Option<&Cause>,
        now: Timestamp,
        out: &mut Effects,
    ) {
        if self.has_hooks_on(slot, HookOn::Retry) {
            let reason = cause.map(ToString::to_string).unwrap_or_default();
            self.fire_about(HookOn::Retry, slot, TaskState::UpForRetry, &reason, now, out);
        }
    }

    /// A task asks a person something.
    pub(super) fn fire_at_question(
        &mut self,
        slot: u32,
        question: &str,
        now: Timestamp,
        out: &mut Effects,
    ) {
        if self.has_hooks_on(slot, HookOn::Waiting) {
            self.fire_about(HookOn::Waiting, slot, TaskState::Waiting, question, now, out);
        }
    }

    fn has_hooks_on(&self, slot: u32, on: HookOn) -> bool {
        let hooks = self.plan.plan().hooks();
        let mut all = hooks.own.iter().chain(hooks.of(self.plan.whole(slot)));
        // What hooks run calls none, or they could call each other without end.
        !self.is_of_hooks(slot) && all.any(|hook| hook.on == on)
    }

    /// Hooks of the workflow and of the task on something that happens to the task.
    fn fire_about(
        &mut self,
        on: HookOn,
        slot: u32,
        state: TaskState,
        reason: &str,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let plan = self.plan.clone();
        let (hooks, whole) = (plan.plan().hooks(), plan.whole(slot));
        let own = hooks.own.iter().map(|hook| (None, hook));
        let all = own.chain(hooks.of(whole).iter().map(|hook| (Some(whole), hook)));
        for (of, hook) in all.filter(|(_, hook)| hook.on == on) {
            let firing = self.firing(on, of, slot, state, reason.to_owned());
            self.fire_within(hook.task, firing, now, out);
        }
    }

    fn firing(
        &self,
        on: HookOn,
        of: Option<u32>,
        slot: u32,
        state: TaskState,
        reason: String,
    ) -> Firing {
        let number = self.tasks[slot as usize].number;
        Firing {
            on,
            hook_of: of.map(|task| self.plan.key(task).task.clone()),
            task: Some(self.plan.key(slot).clone()),
            state: state.word().to_owned(),
            reason,
            attempt: (number > 0).then_some(number),
            round: self.round,
        }
    }

    /// Hooks of the workflow on something that happens to the run.
    fn fire_own(
        &mut self,
        on: &[HookOn],
        state: RunState,
        reason: &str,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let plan = self.plan.clone();
        for hook in plan.plan().hooks().own.iter().filter(|hook| on.contains(&hook.on)) {
            let firing = Firing {
                on: hook.on,
                hook_of: None,
                task: None,
                state: state.word().to_owned(),
                reason: reason.to_owned(),
                attempt: None,
                round: self.round,
            };
            self.fire(hook.task, firing, now, out);
        }
    }

    /// A hook on something within the run: of those there is a most.
    fn fire_within(&mut self, task: u32, firing: Firing, now: Timestamp, out: &mut Effects) {
        if self.fired < MAX_FIRINGS {
            self.fire(task, firing, now, out);
        }
    }

    /// A hook runs its task, unless the run is to end at once, or the task is disabled or runs as one of the others.
    fn fire(&mut self, task: u32, firing: Firing, now: Timestamp, out: &mut Effects) {
        let plan = self.plan.clone();
        if !self.is_of_hooks(task) || plan.task(task).disabled || self.hooks_are_stopped() {
            return;
        }
        self.fired += usize::from(firing.task.is_some());
        let of = plan.key(task).task.clone();
        let recorded = Box::new(firing.clone());
        self.emit(now, out, RunEventKind::HookFired { task: of, firing: recorded });
        let slot = self.add_firing(task, firing);
        let mut ready = std::mem::take(&mut self.called);
        self.queue_or_skip(slot, &Allowance::new(), now, out, &mut ready);
        self.called = ready;
    }

    /// Whether all tasks have ended but those of hooks.
    pub(super) fn is_decidable(&self) -> bool {
        self.started && self.decided.is_none() && self.open == self.open_of_hooks
    }

    /// All other tasks have ended: how the run ends is settled, and the hooks at its end run their tasks.
    pub(super) fn decide_outcome(&mut self, now: Timestamp, out: &mut Effects) {
        let (state, cause) = self.verdict_of_run();
        let occasions = self.occasions(state);
        let plan = self.plan.clone();
        let fires = !self.hooks_are_stopped()
            && plan.plan().hooks().own.iter().any(|hook| {
                occasions.contains(&hook.on)
                    && self.is_of_hooks(hook.task)
                    && !plan.task(hook.task).disabled
            });
        if !fires && self.open_of_hooks == 0 {
            return;
        }
        self.flush_fresh(now, out);
        self.emit(now, out, RunEventKind::OutcomeDecided { state, cause: cause.clone() });
        let reason = cause.as_ref().map(ToString::to_string).unwrap_or_default();
        self.decided = Some(Decided { state, cause, canceled: false });
        self.fire_own(&occasions, state, &reason, now, out);
    }

    /// What the end of the run is.
    fn occasions(&self, state: RunState) -> Vec<HookOn> {
        let before = match self.ended_before {
            Some(own @ (RunState::Failed | RunState::Succeeded)) => own == RunState::Failed,
            _ => self.context.head.failed_before.as_ref().is_some_and(|before| before.run),
        };
        match state {
            RunState::Failed => vec![HookOn::Failure, HookOn::Finish],
            RunState::Succeeded if before => {
                vec![HookOn::Success, HookOn::Recovery, HookOn::Finish]
            }
            RunState::Succeeded => vec![HookOn::Success, HookOn::Finish],
            _ => vec![HookOn::Finish],
        }
    }

    /// Keeps why a task ended, for its hooks.
    pub(super) fn note_reason(&mut self, task: u32, cause: Option<&Cause>) {
        if self.plan.is_item(task) || self.plan.plan().hooks().of(task).is_empty() {
            return;
        }
        self.reasons.insert(task, cause.map(ToString::to_string).unwrap_or_default());
    }

    /// What of the run's history hooks depend on.
    pub(super) fn load_hooks(&mut self, fold: &Run) {
        self.decided.clone_from(&fold.decided);
        self.ended_before = fold.ended_before;
        for (task, of) in (0..self.plan.tasks()).zip(0u32..) {
            let Some(run) = fold.tasks.get(self.plan.key(task)) else { continue };
            if run.failed_before() {
                self.failed_earlier.insert(of);
            }
            for firing in run.firings() {
                self.fired += usize::from(firing.task.is_some());
                if firing.on == HookOn::Slow {
                    self.slow_in = self.slow_in.max(firing.round);
                }
            }
        }
        let open = |slot: &u32| {
            let phase = self.tasks[*slot as usize].phase;
            self.is_of_hooks(*slot) && !matches!(phase, Phase::Absent | Phase::Done)
        };
        let open = (0..self.plan.count()).filter(open).count();
        self.open_of_hooks = u32::try_from(open).unwrap_or(u32::MAX);
    }

    /// A retry begins a new round of a run that ended so.
    pub(super) fn begin_round(&mut self, fold: &Run) {
        self.decided = None;
        self.ended_before = Some(fold.state);
        for task in 0..self.plan.tasks() {
            let of = fold.tasks.get(self.plan.key(task));
            if of.is_some_and(millrace_model::event::TaskRun::has_failed) {
                self.failed_earlier.insert(task);
            } else {
                self.failed_earlier.remove(&task);
            }
        }
    }
}

/// Of a task that hooks run, only what has not ended yet can be marked.
pub(super) fn cannot_mark(run: RunId, key: &TaskKey) -> Refusal {
    Refusal::OfHooks { run, task: key.to_string() }
}
