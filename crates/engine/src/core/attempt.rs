//! What becomes of a task when its attempt starts, ends or is taken back.

use std::sync::Arc;
use std::time::Duration;

use millrace_model::action::Wait;
use millrace_model::document::{RetryOn, RetryPolicy};
use millrace_model::event::{
    AttemptEnd, Cause, Exit, Outcome, RunEventKind, RunState, TaskState, Then,
};
use millrace_model::report::Progress;
use millrace_model::time::Timestamp;

use super::effect::{Effect, Effects, TimerKey};
use super::run::{ActiveRun, Phase};

impl ActiveRun {
    pub(super) fn attempt_started(
        &mut self,
        task: u32,
        pid: Option<u32>,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let slot = &mut self.tasks[task as usize];
        if slot.state == TaskState::Running {
            // Reported again after an adoption.
            return;
        }
        slot.state = TaskState::Running;
        let serial = slot.serial;
        let child = self.plan.calls(task).then(|| self.attempt(task).child());
        self.emit(now, out, RunEventKind::AttemptStarted { serial, pid, child });
    }

    /// The attempt said how far it is.
    pub(super) fn attempt_progressed(
        &mut self,
        task: u32,
        progress: Progress,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let slot = &self.tasks[task as usize];
        if slot.state == TaskState::Running {
            let serial = slot.serial;
            self.emit(now, out, RunEventKind::AttemptProgressed { serial, progress });
        }
    }

    /// The attempt never started: its task waits again, no try is used up.
    pub(super) fn attempt_recalled(
        &mut self,
        task: u32,
        now: Timestamp,
        out: &mut Effects,
        ready: &mut Vec<u32>,
    ) {
        let stopped = self.is_stopped(task);
        let slot = &mut self.tasks[task as usize];
        let serial = slot.serial;
        slot.number -= 1;
        slot.tries -= 1;
        slot.serial = 0;
        slot.stamp += 1;
        slot.state = TaskState::Queued;
        slot.phase = Phase::Waiting;
        self.waiting += 1;
        if let Some(entry) = self.serials.get_mut(serial as usize - 1) {
            *entry = u32::MAX;
        }
        self.emit(now, out, RunEventKind::AttemptRecalled { serial });
        if let Some(mark) = self.marks.remove(&task) {
            let cause = Cause::Marked { by: mark.by.clone() };
            self.end_without_attempt(task, mark.state, cause, now, out);
            self.take_outputs(task, &mark, out);
        } else if stopped {
            let cause = self.stop_cause(task);
            self.end_without_attempt(task, TaskState::Canceled, cause, now, out);
        } else {
            ready.push(task);
        }
    }

    /// Its next attempt starts at `due`, after `delay`; until then it is in `state`.
    pub(super) fn start_again(
        &mut self,
        task: u32,
        state: TaskState,
        (delay, due): (Duration, Timestamp),
        out: &mut Effects,
        ready: &mut Vec<u32>,
    ) {
        let slot = &mut self.tasks[task as usize];
        slot.state = state;
        slot.stamp += 1;
        if delay.is_zero() {
            slot.phase = Phase::Waiting;
            self.waiting += 1;
            ready.push(task);
        } else {
            slot.phase = Phase::Backoff;
            let key = TimerKey::Retry { run: self.run, task, serial: slot.serial };
            self.due.insert(task, due);
            out.effects.push(Effect::ArmTimer { key, due });
        }
    }

    /// The attempt ended: the task ends too, or is tried again.
    pub(super) fn attempt_ended(
        &mut self,
        task: u32,
        end: Box<AttemptEnd>,
        jitter: f64,
        now: Timestamp,
        out: &mut Effects,
        ready: &mut Vec<u32>,
    ) {
        self.wake(task, out);
        if let Some(mark) = self.marks.remove(&task) {
            return self.end_as_marked(task, &mark, end, now, out);
        }
        if self.plan.takes_place(task) {
            self.note_duration(end.duration_us);
        }
        let slot = self.tasks[task as usize];
        let serial = slot.serial;
        if let Some(delay) = self.next_try(task, &end.outcome, jitter) {
            let due = now.max(self.last_at).plus(delay);
            let then = Then::Retry { due };
            let (_, cause) = self.ending(task, &end);
            self.emit(now, out, RunEventKind::AttemptEnded { serial, end, then });
            self.fire_at_retry(task, cause.as_ref(), now, out);
            self.start_again(task, TaskState::UpForRetry, (delay, due), out, ready);
            return;
        }
        let (mut state, mut cause) = self.ending(task, &end);
        if state == TaskState::Succeeded {
            match self.next_iteration(task, &end) {
                Ok(None) => {}
                Ok(Some(delay)) => return self.repeat(task, delay, end, now, out, ready),
                Err(ending) => (state, cause) = (ending.0, Some(ending.1)),
            }
        }
        if state == TaskState::Succeeded && !end.outputs.is_empty() {
            let outputs = Arc::new(end.outputs.clone());
            if !self.plan.takes_place(task) && !self.plan.is_item(task) {
                self.keep_outputs(task, &outputs, out);
            }
            self.outputs[task as usize] = Some(outputs);
        }
        self.note_reason(task, cause.as_ref());
        let then = Then::End { state, cause };
        self.emit(now, out, RunEventKind::AttemptEnded { serial, end, then });
        self.end_task(task, state);
    }

    /// The delay before the next try, where there is to be one.
    fn next_try(&self, task: u32, outcome: &Outcome, jitter: f64) -> Option<Duration> {
        let policy = self.plan.retry(task)?;
        let tries = self.tasks[task as usize].tries;
        if self.is_stopped(task) || tries >= policy.attempts || !matches_policy(policy, outcome) {
            return None;
        }
        Some(delay(policy, tries, jitter))
    }

    fn ending(&mut self, task: u32, end: &AttemptEnd) -> (TaskState, Option<Cause>) {
        match &end.outcome {
            Outcome::Succeeded => (TaskState::Succeeded, None),
            Outcome::Reused { from, cached } => {
                (TaskState::Succeeded, Some(Cause::Reused { from: *from, cached: *cached }))
            }
            Outcome::Skipped { reason } => {
                (TaskState::Skipped, Some(Cause::SkippedItself { reason: reason.clone() }))
            }
            Outcome::Failed { .. } if end.out_of_memory => {
                (TaskState::Failed, Some(Cause::OutOfMemory))
            }
            Outcome::Failed { exit } => (TaskState::Failed, Some(Cause::Exit { exit: *exit })),
            Outcome::Refused { message } => {
                (TaskState::Failed, Some(Cause::Refused { message: message.clone() }))
            }
            Outcome::Missing { patterns } => {
                (TaskState::Failed, Some(Cause::NotProduced { patterns: patterns.clone() }))
            }
            Outcome::Child { run, state, reason } => {
                let (run, reason) = (*run, reason.clone());
                let own = match state {
                    RunState::Canceled => TaskState::Canceled,
                    _ => TaskState::Failed,
                };
                (own, Some(Cause::Child { run, state: *state, reason }))
            }
            Outcome::TimedOut => {
                let after = self.plan.attempt_limit(task);
                let soft =
                    matches!(self.plan.wait(task), Some(Wait::Condition(it)) if it.soft_fail);
                let state = if soft { TaskState::Skipped } else { TaskState::Failed };
                (state, Some(Cause::TimedOut { after }))
            }
            Outcome::Rejected { by, note } => {
                let skips = matches!(self.plan.wait(task), Some(Wait::Approval(it)) if it.skips);
                let state = if skips { TaskState::Skipped } else { TaskState::Failed };
                (state, Some(Cause::Rejected { by: by.clone(), note: note.clone() }))
            }
            Outcome::Canceled => (TaskState::Canceled, Some(self.stop_cause(task))),
            Outcome::Error { message } => {
                (TaskState::Error, Some(Cause::Error { message: message.clone() }))
            }
            Outcome::Lost { message } | Outcome::Unknown { message } => {
                (TaskState::Error, Some(Cause::Lost { message: message.clone() }))
            }
        }
    }

    /// Whether the task is among those that are being stopped.
    pub(super) fn is_stopped(&self, task: u32) -> bool {
        if self.is_of_hooks(task) {
            return self.hooks_are_stopped();
        }
        let with_run = match &self.stop {
            None => false,
            Some(stop) => stop.killed || !self.plan.is_teardown(task),
        };
        with_run || self.map_of(task).is_some_and(|map| map.failed.is_some())
    }

    /// Why a stopped task ends; notes whether a cancel did it.
    pub(super) fn stop_cause(&mut self, task: u32) -> Cause {
        let cause = match &self.stop {
            _ if self.is_of_hooks(task) => Cause::RunCanceled,
            Some(stop) if !self.plan.is_teardown(task) => stop.cause.clone(),
            Some(stop) if stop.killed => Cause::RunCanceled,
            _ => match self.map_of(task).and_then(|map| self.plan.key(map.failed?).item) {
                Some(item) => Cause::ItemFailed { item },
                None => Cause::RunCanceled,
            },
        };
        self.tasks[task as usize].by_cancel = cause == Cause::RunCanceled;
        cause
    }

    fn note_duration(&mut self, duration_us: u64) {
        self.mean_us = Some(match self.mean_us {
            None => duration_us,
            Some(mean) => mean - mean / 8 + duration_us / 8,
        });
    }
}

fn matches_policy(policy: &RetryPolicy, outcome: &Outcome) -> bool {
    let has = |on: RetryOn| policy.on.contains(&on);
    match outcome {
        Outcome::Succeeded
        | Outcome::Reused { .. }
        | Outcome::Skipped { .. }
        | Outcome::Canceled => false,
        // Whoever said no is not asked again.
        Outcome::Rejected { .. } => false,
        // Somebody stopped that run: another one is not what they want.
        Outcome::Child { state: RunState::Canceled, .. } => false,
        Outcome::Child { .. } | Outcome::Missing { .. } | Outcome::Refused { .. } => {
            has(RetryOn::Failed)
        }
        Outcome::Failed { exit: Exit::Code(code) } => {
            has(RetryOn::Failed) || has(RetryOn::Exit(*code))
        }
        Outcome::Failed { exit: Exit::Status(status) } => {
            has(RetryOn::Failed) || has(RetryOn::Status(*status))
        }
        Outcome::Failed { exit: Exit::Signal(_) } => has(RetryOn::Failed),
        Outcome::TimedOut => has(RetryOn::Timeout),
        Outcome::Error { .. } => has(RetryOn::Error),
        Outcome::Lost { .. } => has(RetryOn::Lost),
        Outcome::Unknown { .. } => has(RetryOn::Unknown),
    }
}

/// min(delay · backoff^(tries − 1), max_delay), times `jitter` where the policy asks for it.
fn delay(policy: &RetryPolicy, tries: u32, jitter: f64) -> Duration {
    let longest = policy.max_delay.unwrap_or(millrace_model::time::Span::MAX).as_millis();
    let exponent = i32::try_from(tries.saturating_sub(1)).unwrap_or(i32::MAX);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of 100 years fit into 53 bits")]
    let (first, longest) = (policy.delay.as_millis() as f64, longest as f64);
    if policy.delay.as_millis() == 0 {
        // Also where the factor has grown to infinity.
        return Duration::ZERO;
    }
    let mut millis = (first * policy.backoff.powi(exponent)).min(longest);
    if policy.jitter {
        millis *= jitter.clamp(0.8, 1.2);
    }
    Duration::from_secs_f64(millis.max(0.0) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::time::Span;

    #[test]
    fn delays_grow_to_the_longest() {
        let policy = RetryPolicy {
            delay: Span::from_secs(10),
            backoff: 2.0,
            max_delay: Some(Span::from_secs(35)),
            ..RetryPolicy::default()
        };
        let secs = [1, 2, 3, 4, 5_000].map(|tries| delay(&policy, tries, 1.2).as_secs());
        assert_eq!(secs, [10, 20, 35, 35, 35]);
    }

    #[test]
    fn jitter_only_where_asked() {
        let mut policy = RetryPolicy { delay: Span::from_secs(10), ..RetryPolicy::default() };
        assert_eq!(delay(&policy, 1, 1.2), Duration::from_secs(10));
        policy.jitter = true;
        assert_eq!(delay(&policy, 1, 1.2), Duration::from_secs(12));
        assert_eq!(delay(&policy, 1, 7.0), Duration::from_secs(12));
        policy.delay = Span::ZERO;
        policy.backoff = f64::MAX;
        assert_eq!(delay(&policy, 3, 1.0), Duration::ZERO);
    }
}
