//! Tasks that wait without a place: for an instant, for a person, for something outside.
//!
//! A wait is an attempt like others, dispatched and begun within one input, and so within one transaction. For what it waits
//! and when it is over is settled then and recorded, so that neither a restart nor a clock changes it.

use millrace_model::Values;
use millrace_model::action::{Answer, Approval, Delay, OnTimeout, Wait};
use millrace_model::event::{AttemptEnd, Outcome, Run, RunEventKind, TaskState, WaitFor, Waits};
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::Core;
use super::effect::{Effect, Effects, TimerKey};
use super::input::Refusal;
use super::run::{ActiveRun, Phase};

/// A wait that has begun.
#[derive(Debug, Clone)]
pub(super) struct Sleep {
    /// When it began.
    pub(super) since: Timestamp,
    /// For what.
    pub(super) waits: Waits,
    /// What the last look found instead. Not recorded: whoever goes on looks again at once.
    pub(super) looked: Option<String>,
}

/// A question that nobody has answered yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Of which run.
    pub run: RunId,
    /// Of which task.
    pub task: TaskKey,
    /// Since when.
    pub since: Timestamp,
    /// What is asked.
    pub waits: Waits,
}

impl Core {
    /// The questions that nobody has answered yet, the oldest first.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        let mut all: Vec<Question> = self
            .slots
            .iter()
            .flatten()
            .flat_map(|run| {
                let asked = run.sleeps.iter().filter(|(_, sleep)| sleep.is_question());
                asked.map(|(task, sleep)| Question {
                    run: run.run,
                    task: run.plan.key(*task).clone(),
                    since: sleep.since,
                    waits: sleep.waits.clone(),
                })
            })
            .collect();
        all.sort_by(|a, b| (a.since, a.run, &a.task).cmp(&(b.since, b.run, &b.task)));
        all
    }

    /// Begins the wait of a task that was just dispatched.
    pub(super) fn begin_wait(&mut self, slot: usize, task: u32, now: Timestamp, out: &mut Effects) {
        let Some(run) = self.run_mut(slot) else { return };
        if let Err(message) = run.begin_wait(task, now, out) {
            let end = AttemptEnd::unmeasured(Outcome::Error { message }, now);
            return self.end_call(slot, task, end, now, out);
        }
        // Hooks may have run something.
        self.dirty.push(slot);
    }

    /// The instant of a wait has come: it is over, or has taken too long.
    pub(super) fn wait_is_over(&mut self, attempt: AttemptId, now: Timestamp, out: &mut Effects) {
        let Ok(slot) = self.slot_of(attempt.run) else { return };
        let Some(run) = self.run(slot) else { return };
        let Some(task) = run.task_of(attempt) else { return };
        if let Some((outcome, outputs)) = run.over(task) {
            self.end_wait(slot, task, outcome, outputs, now, out);
        }
    }

    /// A person answers a question.
    pub(super) fn answer(
        &mut self,
        run: RunId,
        key: &TaskKey,
        answer: Answer,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.slot_of(run)?;
        let asked = self.run(slot).and_then(|active| {
            let task = active.slot_of(key)?;
            active.sleeps.get(&task).filter(|sleep| sleep.is_question()).map(|_| task)
        });
        let task = asked.ok_or_else(|| Refusal::NotAsked { run, task: key.to_string() })?;
        let (outcome, outputs) = match answer.approved {
            true => (Outcome::Succeeded, answer.outputs()),
            false => (Outcome::Rejected { by: answer.by, note: answer.note }, Values::new()),
        };
        self.end_wait(slot, task, outcome, outputs, now, out);
        Ok(())
    }

    fn end_wait(
        &mut self,
        slot: usize,
        task: u32,
        outcome: Outcome,
        outputs: Values,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let Some(end) = self.run(slot).map(|run| run.end_of_wait(task, outcome, outputs, now))
        else {
            return;
        };
        self.end_call(slot, task, end, now, out);
    }
}

impl Sleep {
    fn is_question(&self) -> bool {
        matches!(self.waits.wait, WaitFor::Answer { .. })
    }
}

impl ActiveRun {
    fn begin_wait(&mut self, task: u32, now: Timestamp, out: &mut Effects) -> Result<(), String> {
        let plan = self.plan.clone();
        let Some(wait) = plan.wait(task) else { return Ok(()) };
        let since = now.max(self.last_at);
        let mut waits =
            wait.begin(&self.scope_of(task, self.tasks[task as usize].number), since)?;
        let limit = plan.attempt_limit(task).map(|limit| since.plus(limit.to_std()));
        waits.until = [waits.until, limit].into_iter().flatten().min();
        let slot = &mut self.tasks[task as usize];
        slot.state = TaskState::Waiting;
        slot.phase = Phase::Asleep;
        let serial = slot.serial;
        let recorded = Box::new(waits.clone());
        self.emit(now, out, RunEventKind::AttemptWaits { serial, waits: recorded });
        if let WaitFor::Answer { message, .. } = &waits.wait {
            self.fire_at_question(task, message, now, out);
        }
        self.sleep(task, Sleep { since, waits, looked: None }, out);
        Ok(())
    }

    /// Notes a wait, arms its timer, and has looked for what is waited for outside.
    fn sleep(&mut self, task: u32, sleep: Sleep, out: &mut Effects) {
        if let Some(due) = sleep.waits.until {
            let attempt = self.attempt(task);
            let key = match self.plan.wait(task) {
                // What was asked for is what a clock on the wall shows.
                Some(Wait::Delay(Delay::Until(_))) if !self.is_cut(task, &sleep) => {
                    TimerKey::Until(attempt)
                }
                _ => TimerKey::Wait(attempt),
            };
            out.effects.push(Effect::ArmTimer { key, due });
        }
        if matches!(self.plan.wait(task), Some(Wait::Condition(_))) {
            out.effects.push(Effect::Watch(self.start_of(task)));
        }
        self.sleeps.insert(task, sleep);
    }

    /// Whether its time-out, and not the wait itself, ends it.
    fn is_cut(&self, task: u32, sleep: &Sleep) -> bool {
        let limit = self.plan.attempt_limit(task).map(|limit| sleep.since.plus(limit.to_std()));
        limit.is_some_and(|limit| sleep.waits.until.is_some_and(|until| limit <= until))
    }

    /// How a wait ends whose instant has come.
    fn over(&self, task: u32) -> Option<(Outcome, Values)> {
        let sleep = self.sleeps.get(&task)?;
        Some(match self.plan.wait(task)? {
            Wait::Delay(_) if self.is_cut(task, sleep) => (Outcome::TimedOut, Values::new()),
            Wait::Delay(_) => (Outcome::Succeeded, Values::new()),
            Wait::Condition(_) => (Outcome::TimedOut, Values::new()),
            Wait::Approval(approval) => unanswered(approval, sleep),
        })
    }

    /// A stop ends a wait at once. Nothing that is being stopped is tried again.
    pub(super) fn stop_wait(&mut self, task: u32, now: Timestamp, out: &mut Effects) {
        if let Some(map) = self.map_of_mut(task) {
            map.flying -= 1;
        }
        let end = self.end_of_wait(task, Outcome::Canceled, Values::new(), now);
        self.attempt_ended(task, Box::new(end), 1.0, now, out, &mut Vec::new());
    }

    /// Somebody looked for what it waits for.
    pub(super) fn looked(&mut self, task: u32, found: String) {
        if let Some(sleep) = self.sleeps.get_mut(&task) {
            sleep.looked = Some(found);
        }
    }

    /// A wait is over, however: nobody looks any more.
    pub(super) fn wake(&mut self, task: u32, out: &mut Effects) {
        let outside = matches!(self.plan.wait(task), Some(Wait::Condition(_)));
        if self.sleeps.remove(&task).is_some() && outside {
            out.effects.push(Effect::Unwatch(self.attempt(task)));
        }
    }

    /// How a wait ended, with what is measured of it.
    pub(super) fn end_of_wait(
        &self,
        task: u32,
        outcome: Outcome,
        outputs: Values,
        now: Timestamp,
    ) -> AttemptEnd {
        let sleep = self.sleeps.get(&task);
        let since = sleep.map(|sleep| sleep.since);
        let looked = sleep.and_then(|sleep| sleep.looked.as_ref());
        let looked = looked.filter(|_| outcome == Outcome::TimedOut);
        let lasted = since.map_or(0, |since| now.since(since).as_micros());
        AttemptEnd {
            started: since,
            duration_us: u64::try_from(lasted).unwrap_or(u64::MAX),
            outputs,
            notes: looked.map(|found| format!("the last look: {found}")).into_iter().collect(),
            ..AttemptEnd::unmeasured(outcome, now.max(self.last_at))
        }
    }

    /// Goes on with the waits of a recovered run.
    pub(super) fn sleep_again(&mut self, fold: &Run, out: &mut Effects) {
        for task in 0..self.plan.count() {
            if self.tasks[task as usize].phase != Phase::Asleep {
                continue;
            }
            let attempt = fold.task(self.plan.key(task)).and_then(|of| of.attempts.last());
            if let Some(attempt) = attempt
                && let Some(waits) = attempt.waits.as_deref()
            {
                let since = attempt.started.unwrap_or(attempt.dispatched);
                let waits = waits.clone();
                self.sleep(task, Sleep { since, waits, looked: None }, out);
            }
        }
    }
}

/// What it means that nobody answered in time.
fn unanswered(approval: &Approval, sleep: &Sleep) -> (Outcome, Values) {
    match approval.on_timeout {
        OnTimeout::Fail => (Outcome::TimedOut, Values::new()),
        OnTimeout::Reject => (Outcome::Rejected { by: None, note: None }, Values::new()),
        OnTimeout::Approve => {
            let form = match &sleep.waits.wait {
                WaitFor::Answer { form, .. } => form.clone(),
                WaitFor::Time | WaitFor::Outside { .. } => Values::new(),
            };
            match approval.values(&form, &Values::new()) {
                Ok(values) => {
                    let answer = Answer { approved: true, by: None, note: None, values };
                    (Outcome::Succeeded, answer.outputs())
                }
                Err(problems) => {
                    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    let message = format!(
                        "nobody answered in time, and its form lacks something: {}",
                        problems.join("; ")
                    );
                    (Outcome::Error { message }, Values::new())
                }
            }
        }
    }
}
