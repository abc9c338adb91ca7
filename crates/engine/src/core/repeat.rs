//! Repeated tasks: another iteration after one that ended well, until a condition holds.
//!
//! An iteration is an attempt, or several where the policy of the task tries one again. Between two of them the task
//! waits as between two tries, without a place.

use std::sync::Arc;
use std::time::Duration;

use millrace_model::event::{AttemptEnd, Cause, RunEventKind, TaskState, Then};
use millrace_model::time::Timestamp;

use super::effect::Effects;
use super::run::ActiveRun;

impl ActiveRun {
    /// After an attempt that ended well: the delay before the next iteration, where there is to be one.
    ///
    /// # Errors
    /// How the task ends instead of well.
    pub(super) fn next_iteration(
        &mut self,
        task: u32,
        end: &AttemptEnd,
    ) -> Result<Option<Duration>, (TaskState, Cause)> {
        let plan = self.plan.clone();
        let Some(repeat) = &plan.planned(task).repeat else { return Ok(None) };
        let mut scope = self.scope_of(task, self.tasks[task as usize].number);
        scope.outputs = Some(Arc::new(end.outputs.clone()));
        match repeat.until.eval_bool(&scope) {
            Ok(true) => Ok(None),
            Err(error) => {
                let message = format!("`repeat.until`: {error}");
                Err((TaskState::Error, Cause::Error { message }))
            }
            Ok(false) if self.is_stopped(task) => Err((TaskState::Canceled, self.stop_cause(task))),
            Ok(false) if self.tasks[task as usize].iterations + 1 >= repeat.limit => {
                Err((TaskState::Failed, Cause::RepeatLimit { limit: repeat.limit }))
            }
            Ok(false) => Ok(Some(repeat.delay.to_std())),
        }
    }

    /// The attempt ended well, and another iteration follows.
    pub(super) fn repeat(
        &mut self,
        task: u32,
        delay: Duration,
        end: Box<AttemptEnd>,
        now: Timestamp,
        out: &mut Effects,
        ready: &mut Vec<u32>,
    ) {
        let serial = self.tasks[task as usize].serial;
        let due = now.max(self.last_at).plus(delay);
        self.emit(now, out, RunEventKind::AttemptEnded { serial, end, then: Then::Repeat { due } });
        let slot = &mut self.tasks[task as usize];
        slot.tries = 0;
        slot.iterations += 1;
        self.start_again(task, TaskState::Waiting, (delay, due), out, ready);
    }
}
