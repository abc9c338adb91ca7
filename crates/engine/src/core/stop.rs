//! Ending a run early: a cancel, `fail_fast`, the run's time-out.

use millrace_model::event::{Actor, Cause, RunEventKind, Stop, TaskState};
use millrace_model::time::Timestamp;

use super::child::Unwanted;
use super::effect::{Effect, Effects};
use super::run::{ActiveRun, Phase};

impl ActiveRun {
    /// A person, a parent run, a newer run or the shutdown ends the run. The second time it ends at once.
    pub(super) fn cancel(&mut self, by: Actor, kill: bool, now: Timestamp, out: &mut Effects) {
        let again = self.stop.as_ref().is_some_and(|stop| stop.canceled);
        let kill = kill || again;
        if self.is_paused() {
            // Teardowns have to start.
            self.resume(by, now, out);
        }
        self.flush_fresh(now, out);
        self.emit(now, out, RunEventKind::CancelRequested { by, kill });
        let stop = self.stop.get_or_insert(Stop {
            cause: Cause::RunCanceled,
            canceled: true,
            killed: kill,
        });
        stop.canceled = true;
        stop.killed |= kill;
        if let Some(decided) = &mut self.decided {
            decided.canceled = true;
        }
        // What has not begun has nothing to clean up.
        let teardowns = kill || !self.started;
        self.end_all(teardowns, kill, &Cause::RunCanceled, now, out);
        if !self.started {
            // Nothing was counted yet, and nothing is left that could follow.
            self.ended.clear();
            self.reasons.clear();
        }
    }

    /// The run took too long.
    pub(super) fn time_out(&mut self, now: Timestamp, out: &mut Effects) {
        let after = self.plan.workflow().limits.timeout;
        self.abort(&Cause::TimedOut { after }, now, out);
    }

    /// With `fail_fast` the first failure ends the run.
    pub(super) fn stop_at_failure(&mut self, now: Timestamp, out: &mut Effects) {
        if let Some(task) = self.first_failed
            && self.stop.is_none()
            && self.plan.workflow().limits.fail_fast
        {
            let task = self.plan.key(task).clone();
            self.abort(&Cause::FailFast { task }, now, out);
        }
    }

    /// No more pause.
    pub(super) fn resume(&mut self, by: Actor, now: Timestamp, out: &mut Effects) {
        use millrace_model::event::RunState;
        self.state = if self.started { RunState::Running } else { RunState::Queued };
        self.emit(now, out, RunEventKind::RunResumed { by });
    }

    /// Tells which tasks became ready during this input.
    pub(super) fn flush_fresh(&mut self, now: Timestamp, out: &mut Effects) {
        if !self.fresh.is_empty() {
            let tasks = std::mem::take(&mut self.fresh);
            self.emit(now, out, RunEventKind::TasksQueued { tasks });
        }
    }

    fn abort(&mut self, cause: &Cause, now: Timestamp, out: &mut Effects) {
        if self.stop.is_some() || self.decided.is_some() {
            return;
        }
        self.flush_fresh(now, out);
        self.emit(now, out, RunEventKind::AbortRequested { cause: cause.clone() });
        self.stop = Some(Stop { cause: cause.clone(), canceled: false, killed: false });
        self.end_all(false, false, cause, now, out);
    }

    /// Ends whatever has not started and stops what runs; teardowns only where told to.
    fn end_all(
        &mut self,
        teardowns: bool,
        kill: bool,
        cause: &Cause,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let by_cancel = *cause == Cause::RunCanceled;
        for task in 0..self.plan.count() {
            if self.plan.is_teardown(task) && !teardowns {
                continue;
            }
            // They are what is done about an end, and outlive it as teardowns do.
            if self.is_of_hooks(task) && !self.hooks_are_stopped() {
                continue;
            }
            match self.tasks[task as usize].phase {
                // A mapped task ends with its items.
                Phase::Absent | Phase::Done | Phase::Mapped => {}
                Phase::Idle | Phase::Waiting | Phase::Blocked | Phase::Backoff => {
                    self.tasks[task as usize].by_cancel = by_cancel;
                    self.end_without_attempt(task, TaskState::Canceled, cause.clone(), now, out);
                }
                Phase::Asleep => self.stop_wait(task, now, out),
                Phase::Called => {
                    let child = self.attempt(task).child();
                    self.unwanted.push(Unwanted { child, kill });
                }
                Phase::Ahead | Phase::Placed => {
                    out.effects.push(Effect::Stop { attempt: self.attempt(task), kill });
                }
            }
        }
    }
}
