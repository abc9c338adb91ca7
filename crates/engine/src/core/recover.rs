//! From the fold of a run's events back to a run that goes on: after the death of the process, and for a retry.

use std::sync::Arc;

use millrace_model::event::{
    Actor, Attempt, Cause, Mark, Run, RunEventKind, RunState, TaskRun, TaskState,
};
use millrace_model::time::Timestamp;

use super::Core;
use super::effect::{AdoptAttempt, Effect, Effects, TimerKey};
use super::input::Refusal;
use super::run::{ActiveRun, Phase};
use crate::again::{self, Before};
use crate::plan::Plan;

impl Core {
    /// Takes on a run that was not over when the last process died.
    pub(super) fn recover(
        &mut self,
        fold: &Run,
        plan: Arc<Plan>,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.load_run(fold, plan, fold.place())?;
        if fold.state.is_final() {
            self.forget(slot);
            return Err(Refusal::NotActive(fold.run));
        }
        self.line_up(slot);
        let Some(run) = self.run_mut(slot) else { return Ok(()) };
        if !run.started {
            self.admit(slot, now, out);
            return Ok(());
        }
        run.stop.clone_from(&fold.stop);
        if run.stop.is_none() && run.plan.workflow().limits.fail_fast {
            // Those that failed did so before the run was reopened, or it would be stopping.
            run.first_failed = None;
        }
        for (task, due) in run.backoffs(fold) {
            run.due.insert(task, due);
            let key =
                TimerKey::Retry { run: run.run, task, serial: run.tasks[task as usize].serial };
            out.effects.push(Effect::ArmTimer { key, due });
        }
        // When a later round began is not known: it gets its whole time again.
        let since = if run.round == 1 { fold.started.unwrap_or(now) } else { now };
        run.arm_time_out(since, out);
        self.take_places(slot, fold, out);
        self.take_children(slot, fold, out);
        let Some(run) = self.run_mut(slot) else { return Ok(()) };
        run.sleep_again(fold, out);
        run.take_marks(fold, out);
        let mut ready: Vec<u32> = (0..run.plan.count())
            .filter(|task| run.tasks[*task as usize].phase == Phase::Waiting)
            .collect();
        ready.extend(run.begin(now, out));
        self.enqueue(slot, &ready);
        if self.run(slot).is_some_and(ActiveRun::is_paused) {
            self.block_all(slot);
        }
        self.dirty.push(slot);
        Ok(())
    }

    /// Reopens an ended run with what did not end well, everything after it, and the setups that this needs.
    pub(super) fn retry(
        &mut self,
        fold: &Run,
        plan: Arc<Plan>,
        by: Actor,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        if !fold.state.is_final() {
            return Err(Refusal::AlreadyActive(fold.run));
        }
        let is_bad = |task: &u32| {
            !plan.is_on_call(*task)
                && fold.tasks.get(plan.key(*task)).is_some_and(|of| {
                    matches!(
                        of.state,
                        TaskState::Failed
                            | TaskState::Error
                            | TaskState::Canceled
                            | TaskState::UpstreamFailed
                    )
                })
        };
        let before = |task: u32| fold.tasks.get(plan.key(task)).map(Before::of);
        let again = again::tasks(&plan, &before, (0..plan.count()).filter(is_bad));
        if !again.contains(&true) {
            return Err(Refusal::NothingToRetry(fold.run));
        }
        // Items keep to their list, unless something that it may come from runs again.
        let anew = |task: u32| !is_bad(&task) || plan.upstreams(task).any(|up| again[up as usize]);
        let anew: Vec<bool> = (0..plan.count()).map(anew).collect();
        self.reopen(fold, plan, (&again, &anew), by, None, now, out)
    }

    /// Reopens an ended run: these tasks are pending again, those of them with items from their lists on or with the items that
    /// they had; and one has ended as a person said.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of a reopening that differs between its two callers"
    )]
    pub(super) fn reopen(
        &mut self,
        fold: &Run,
        plan: Arc<Plan>,
        (again, anew): (&[bool], &[bool]),
        by: Actor,
        marked: Option<(u32, &Mark)>,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.load_run(fold, plan, now.0)?;
        let Some(run) = self.run_mut(slot) else { return Ok(()) };
        run.round += 1;
        run.state = RunState::Running;
        run.started = true;
        run.first_failed = None;
        run.begin_round(fold);
        // Tries of this round are told apart by their time.
        run.last_at = run.last_at.plus(std::time::Duration::from_micros(1));
        let mut tasks = Vec::new();
        for task in 0..run.plan.tasks() {
            if again[task as usize]
                && let Some(items) = run.reopen_items(task, anew[task as usize])
            {
                tasks.extend(items);
                continue;
            }
            if again[task as usize] && run.tasks[task as usize].phase != Phase::Absent {
                run.pend(task);
                tasks.push(run.plan.key(task).clone());
            }
        }
        let round = run.round;
        run.emit(now, out, RunEventKind::Reopened { round, tasks, by });
        if let Some((task, mark)) = marked {
            run.emit_mark(task, mark, Vec::new(), now, out);
            run.settle_mark(task, mark, out);
        }
        run.arm_time_out(run.last_at, out);
        let ready = run.begin(now, out);
        self.line_up(slot);
        self.enqueue(slot, &ready);
        self.dirty.push(slot);
        Ok(())
    }

    fn load_run(&mut self, fold: &Run, plan: Arc<Plan>, rank: i64) -> Result<usize, Refusal> {
        if self.is_active(fold.run) {
            return Err(Refusal::AlreadyActive(fold.run));
        }
        for key in fold.tasks.keys() {
            if plan.index_of(key.task.as_str()).is_none() {
                return Err(Refusal::Mismatch { run: fold.run, task: key.to_string() });
            }
        }
        let slot = self.insert(fold.run, plan, fold.head.clone(), rank);
        if let Some(run) = self.run_mut(slot) {
            run.load(fold);
        }
        Ok(slot)
    }

    fn forget(&mut self, slot: usize) {
        if let Some(run) = self.slots[slot].take() {
            self.by_id.remove(&run.run);
            self.free_slots.push(slot);
        }
    }

    /// Gives places to the attempts in flight: to those that run, then to the others as far as there are any.
    fn take_places(&mut self, slot: usize, fold: &Run, out: &mut Effects) {
        let Some(run) = self.run_mut(slot) else { return };
        let mut flying: Vec<(u32, Attempt)> = (0..run.plan.count())
            .filter(|task| run.tasks[*task as usize].phase == Phase::Placed)
            .filter_map(|task| Some((task, open_attempt(fold.task(run.plan.key(task))?)?.clone())))
            .collect();
        if flying.is_empty() {
            return;
        }
        flying.sort_by_key(|(_, attempt)| (attempt.started.is_none(), attempt.serial));
        for (task, attempt) in &flying {
            let parallel = self.settings.parallel_tasks.max(1);
            let full = self.placed >= parallel;
            let Some(run) = self.run_mut(slot) else { return };
            let bound = run.is_bound(*task);
            let must = attempt.started.is_some() || bound || run.placed == 0;
            if must || !full && run.placed < run.limit() {
                self.occupy(slot, *task);
            } else {
                run.tasks[*task as usize].phase = Phase::Ahead;
                run.ahead.push_back(*task);
                self.ahead += 1;
                self.ahead_slots.push(slot);
            }
        }
        let Some(run) = self.run_mut(slot) else { return };
        flying.sort_by_key(|(_, attempt)| attempt.serial);
        let attempts = flying
            .iter()
            .map(|(task, attempt)| AdoptAttempt {
                start: run.start_of(*task),
                started: attempt.started.is_some(),
                pid: attempt.pid,
            })
            .collect();
        run.told_places = run.placed;
        out.effects.push(Effect::Adopt { run: run.run, places: run.placed, attempts });
        for (task, _) in &flying {
            if run.map_of(*task).is_some_and(|map| map.failed.is_some()) {
                out.effects.push(Effect::Stop { attempt: run.attempt(*task), kill: false });
            }
        }
        if let Some(kill) = run.stop.as_ref().map(|stop| stop.killed) {
            // The executor may not have heard of it.
            for (task, _) in flying {
                if run.is_stopped(task) {
                    out.effects.push(Effect::Stop { attempt: run.attempt(task), kill });
                }
            }
        }
    }
}

impl ActiveRun {
    fn load(&mut self, fold: &Run) {
        self.state = fold.state;
        self.started = fold.started.is_some();
        self.round = fold.round;
        self.seq = fold.seq;
        self.last_at =
            fold.queued.max(fold.started.unwrap_or_default()).max(fold.ended.unwrap_or_default());
        self.open = 0;
        for task in 0..self.plan.tasks() {
            let Some(of) = fold.tasks.get(self.plan.key(task)) else { continue };
            if self.tasks[task as usize].phase != Phase::Absent || self.is_of_hooks(task) {
                self.load_task(task, of);
                self.load_map(task, fold);
            }
        }
        self.serials = fold
            .serials
            .iter()
            .map(|entry| entry.as_ref().and_then(|(key, _)| self.slot_of(key)).unwrap_or(u32::MAX))
            .collect();
        let plan = self.plan.clone();
        let mut first_failed: Option<(Timestamp, u32)> = None;
        for task in 0..plan.count() {
            let Some(of) = fold.task(plan.key(task)) else { continue };
            if self.tasks[task as usize].phase == Phase::Absent {
                continue;
            }
            let failed = matches!(of.state, TaskState::Failed | TaskState::Error);
            let carried = matches!(of.cause, Some(Cause::CarriedOver { .. } | Cause::Pinned));
            let counts = !plan.task(task).allow_failure && !self.is_of_hooks(task);
            if failed && !carried && counts {
                let this = (of.ended.unwrap_or_default(), task);
                first_failed = Some(first_failed.map_or(this, |first| first.min(this)));
            }
        }
        self.first_failed = first_failed.map(|(_, task)| task);
        self.load_hooks(fold);
    }

    pub(super) fn load_task(&mut self, task: u32, of: &TaskRun) {
        for attempt in &of.attempts {
            let ended = attempt.end.as_ref().map(|end| end.ended);
            let times = [Some(attempt.dispatched), attempt.started, ended];
            self.last_at = times.into_iter().flatten().fold(self.last_at, Timestamp::max);
        }
        self.last_at =
            [of.queued, of.ended].into_iter().flatten().fold(self.last_at, Timestamp::max);
        let last = of.attempts.last();
        let at = &mut self.tasks[task as usize];
        at.state = of.state;
        at.number = last.map_or(0, |attempt| attempt.number);
        at.serial = last.map_or(0, |attempt| attempt.serial);
        at.tries = u32::try_from(of.tries()).unwrap_or(u32::MAX);
        if self.plan.planned(task).repeat.is_some() {
            at.tries = u32::try_from(of.tries_of_iteration()).unwrap_or(u32::MAX);
            at.iterations = u32::try_from(of.iterations()).unwrap_or(u32::MAX);
        }
        at.passed = of.cause == Some(Cause::Disabled);
        at.by_cancel = of.state == TaskState::Canceled && of.cause == Some(Cause::RunCanceled);
        at.phase = match of.state {
            TaskState::Pending => Phase::Idle,
            TaskState::UpForRetry => Phase::Backoff,
            // Between two iterations.
            TaskState::Waiting if of.retry_due.is_some() => Phase::Backoff,
            state if state.is_final() => Phase::Done,
            _ if of.mapped.is_some() => Phase::Mapped,
            _ if open_attempt(of).is_some() && self.plan.wait(task).is_some() => Phase::Asleep,
            _ if open_attempt(of).is_some() && !self.plan.takes_place(task) => Phase::Called,
            _ if open_attempt(of).is_some() => Phase::Placed,
            _ => Phase::Waiting,
        };
        self.waiting += u32::from(at.phase == Phase::Waiting);
        self.open += u32::from(at.phase != Phase::Done);
        if !of.outputs.is_empty() {
            self.outputs[task as usize] = Some(Arc::new(of.outputs.clone()));
        }
        let phase = self.tasks[task as usize].phase;
        if matches!(phase, Phase::Waiting | Phase::Placed | Phase::Called | Phase::Backoff)
            && let Some(lock) = &self.plan.clone().planned(task).lock
            && let Ok(lock) =
                lock.render(&self.scope_of(task, self.tasks[task as usize].number.max(1)))
        {
            self.locks.insert(task, lock.into());
        }
    }

    fn backoffs(&self, fold: &Run) -> Vec<(u32, Timestamp)> {
        (0..self.plan.count())
            .filter(|task| self.tasks[*task as usize].phase == Phase::Backoff)
            .filter_map(|task| Some((task, fold.task(self.plan.key(task))?.retry_due?)))
            .collect()
    }
}

fn open_attempt(task: &TaskRun) -> Option<&Attempt> {
    task.attempts.last().filter(|attempt| attempt.end.is_none())
}
