//! The state of a run as the fold of its events.
//!
//! Live state, history and every client are this fold; nothing else may change it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{
    Artifact, AttemptEnd, Cause, Decided, Firing, Mapped, Mark, Outcome, RunEvent, RunEventKind,
    RunHead, RunState, TaskState, Then, Waits,
};
use crate::Values;
use crate::ids::{RunId, TaskKey};
use crate::report::Progress;
use crate::time::Timestamp;

/// A run: what its events so far add up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Names it.
    pub run: RunId,
    /// What was known from the start.
    pub head: RunHead,
    /// Where it stands.
    pub state: RunState,
    /// Why it ended so, where it did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Counts retries of the whole run from 1.
    pub round: u32,
    /// When it was accepted.
    pub queued: Timestamp,
    /// When it first left the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// It is to end early.
    pub stopping: bool,
    /// Why it is to end early, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// How it ends, where only tasks are still to end that its hooks run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// How its round before this one ended, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_before: Option<RunState>,
    /// Where it stands among other runs, where a person moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// Its tasks, in the order of the snapshot, and after them those that hooks ran.
    #[serde(with = "indexmap::map::serde_seq")]
    pub tasks: IndexMap<TaskKey, TaskRun>,
    /// The attempts, by serial − 1: which task, and which of its attempts.
    pub serials: Vec<Option<(TaskKey, u32)>>,
    /// The `seq` of the last event that was applied.
    pub seq: u64,
}

/// Why a run is to end early, as its events say it: whoever takes the run over ends it for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// What stopped it first: a cancel, `fail_fast` or the run's time-out.
    pub cause: Cause,
    /// Somebody cancelled it, perhaps after something else had stopped it.
    pub canceled: bool,
    /// At once, and its teardowns too.
    pub killed: bool,
}

/// A task within a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRun {
    /// Where it stands.
    pub state: TaskState,
    /// Why it ended so, where it did not simply succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// When its join held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Not before this instant is it tried again (state `UpForRetry`), or does its next iteration start (`Waiting`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_due: Option<Timestamp>,
    /// Its tries, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// What it gave: of its last attempt if that succeeded, or carried over; of a mapped task, lists with what its items
    /// gave.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub outputs: Values,
    /// The files that it left: of its last attempt if that succeeded, or carried over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
    /// How it is to end with the attempt in flight, as a person said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Box<Mark>>,
    /// Its items, where it is mapped (`for_each`) and they are known, or where hooks run it. It has no attempts of its own
    /// then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapped: Option<Box<Mapped>>,
}

/// One try of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number within the run.
    pub serial: u32,
    /// Its number within the task, from 1.
    pub number: u32,
    /// When the engine decided to start it.
    pub dispatched: Timestamp,
    /// When its process started, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// Of its main process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The run of another workflow that it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<RunId>,
    /// How far it said that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What it waits for, where it is no process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Box<Waits>>,
    /// Its end; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<AttemptEnd>,
}

/// An event that does not fit the state before it. Whoever folds has lost an event and must load the run anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Its `seq` is not the next one.
    #[error("run {run}: event {got} arrived where {expected} was due")]
    Gap {
        /// The run.
        run: RunId,
        /// The `seq` that was due.
        expected: u64,
        /// The `seq` that came.
        got: u64,
    },
    /// It speaks of a task or an attempt that the run does not have.
    #[error("run {run}: event {seq} speaks of {what}, which the run does not have")]
    Unknown {
        /// The run.
        run: RunId,
        /// The event.
        seq: u64,
        /// Of what.
        what: String,
    },
    /// The first event of a run is not `run_queued`, or a later one is.
    #[error("run {run}: event {seq} cannot stand there")]
    Misplaced {
        /// The run.
        run: RunId,
        /// The event.
        seq: u64,
    },
}

impl TaskRun {
    /// A task that waits for its join.
    #[must_use]
    pub fn pending() -> Self {
        Self {
            state: TaskState::Pending,
            cause: None,
            queued: None,
            ended: None,
            retry_due: None,
            attempts: Vec::new(),
            outputs: Values::new(),
            artifacts: Vec::new(),
            mark: None,
            mapped: None,
        }
    }

    /// From the start of its first try in the last round of the run to the end of its last one: what a person calls its
    /// duration. The night between a failure and a retry is no part of it.
    #[must_use]
    pub fn duration_us(&self) -> Option<u64> {
        if self.mapped.is_some() {
            return u64::try_from(self.ended?.since(self.queued?).as_micros()).ok();
        }
        let mut tried = self.tried();
        let first = tried.next()?;
        let start = first.started.or_else(|| first.end.as_ref()?.started)?;
        match tried.last() {
            None => Some(first.end.as_ref()?.duration_us),
            Some(last) => u64::try_from(last.end.as_ref()?.ended.since(start).as_micros()).ok(),
        }
    }

    /// The first item of a mapped task that failed or could not be run. `key` is that of the task.
    #[must_use]
    pub fn failed_item(&self, key: &TaskKey) -> Option<TaskKey> {
        let failed = |run: &Self| matches!(run.state, TaskState::Failed | TaskState::Error);
        let item = self.mapped.as_ref()?.runs.iter().position(failed)?;
        Some(TaskKey { task: key.task.clone(), item: u32::try_from(item).ok() })
    }

    /// Why hooks ran it, in order; empty where it is a task like others.
    #[must_use]
    pub fn firings(&self) -> &[Firing] {
        self.mapped.as_ref().map_or(&[], |mapped| &mapped.firings)
    }

    /// Whether hooks run it: then it counts neither for the run's end nor for its progress.
    #[must_use]
    pub fn is_of_hooks(&self) -> bool {
        !self.firings().is_empty()
    }

    /// Whether it failed in a round of the run before the last one.
    #[must_use]
    pub fn failed_before(&self) -> bool {
        let is_before = |at: &&Attempt| self.queued.is_none_or(|queued| at.dispatched < queued);
        let last = self.attempts.iter().rev().find(is_before);
        last.is_some_and(|last| !last.has_succeeded())
    }

    /// Whether its last try ended otherwise than well.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.attempts.last().is_some_and(|last| last.end.is_some() && !last.has_succeeded())
    }

    /// Its tries in the last round of the run.
    #[must_use]
    pub fn tries(&self) -> usize {
        self.tried().count()
    }

    /// How many iterations of a repeated task ended well in the last round of the run.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.tried().filter(|attempt| attempt.has_succeeded()).count()
    }

    /// Its tries since the last iteration that ended well.
    #[must_use]
    pub fn tries_of_iteration(&self) -> usize {
        self.attempts
            .iter()
            .rev()
            .take_while(|attempt| !attempt.has_succeeded())
            .filter(|attempt| self.queued.is_some_and(|queued| attempt.dispatched >= queued))
            .count()
    }

    fn tried(&self) -> impl Iterator<Item = &Attempt> {
        let queued = self.queued;
        self.attempts
            .iter()
            .filter(move |attempt| queued.is_some_and(|queued| attempt.dispatched >= queued))
    }

    /// What its attempt waits for, while it does.
    #[must_use]
    pub fn waits(&self) -> Option<&Waits> {
        let last = self.attempts.last().filter(|attempt| attempt.end.is_none())?;
        last.waits.as_deref()
    }

    fn end(&mut self, state: TaskState, cause: Option<Cause>, at: Timestamp) {
        // What a person said is what it gives.
        if let Some(mark) = self.mark.take() {
            self.outputs = mark.outputs;
        }
        self.state = state;
        self.cause = cause;
        self.ended = Some(at);
        self.retry_due = None;
    }
}

impl Attempt {
    fn has_succeeded(&self) -> bool {
        let outcome = self.end.as_ref().map(|end| &end.outcome);
        matches!(outcome, Some(Outcome::Succeeded | Outcome::Reused { .. }))
    }
}

impl Run {
    /// The run after its first event.
    ///
    /// # Errors
    /// When the event is not number 1 or not `run_queued`.
    pub fn begin(event: &RunEvent) -> Result<Self, FoldError> {
        let RunEventKind::RunQueued(head) = &event.kind else {
            return Err(FoldError::Misplaced { run: event.run, seq: event.seq });
        };
        if event.seq != 1 {
            return Err(FoldError::Gap { run: event.run, expected: 1, got: event.seq });
        }
        let in_run =
            |name: &crate::ident::Ident| head.only.as_ref().is_none_or(|only| only.contains(name));
        let mut tasks: IndexMap<TaskKey, TaskRun> = head
            .tasks
            .iter()
            .filter(|name| in_run(name))
            .map(|name| (TaskKey::plain(name.clone()), TaskRun::pending()))
            .collect();
        for carried in &head.carried {
            let task = tasks.entry(carried.task.clone()).or_insert_with(TaskRun::pending);
            task.outputs = carried.outputs.clone();
            task.artifacts = carried.artifacts.clone();
            let cause = carried.from.map_or(Cause::Pinned, |run| Cause::CarriedOver { run });
            task.end(carried.state, Some(cause), event.at);
        }
        Ok(Self {
            run: event.run,
            head: head.as_ref().clone(),
            state: RunState::Queued,
            cause: None,
            round: 1,
            queued: event.at,
            started: None,
            ended: None,
            stopping: false,
            stop: None,
            decided: None,
            ended_before: None,
            rank: None,
            tasks,
            serials: Vec::new(),
            seq: 1,
        })
    }

    /// Takes in the next event. After an error the run is as it was.
    ///
    /// # Errors
    /// When an event is missing before this one, or it does not fit.
    pub fn apply(&mut self, event: &RunEvent) -> Result<(), FoldError> {
        if event.run != self.run || event.seq != self.seq + 1 {
            return Err(FoldError::Gap { run: self.run, expected: self.seq + 1, got: event.seq });
        }
        self.apply_kind(event)?;
        self.seq = event.seq;
        Ok(())
    }

    /// Where it stands among other runs: the smaller, the sooner.
    #[must_use]
    pub fn place(&self) -> i64 {
        self.rank.unwrap_or(self.queued.0)
    }

    /// The attempt of this serial, with its task.
    #[must_use]
    pub fn attempt(&self, serial: u32) -> Option<(&TaskKey, &Attempt)> {
        let (task, number) = self.serials.get(serial.checked_sub(1)? as usize)?.as_ref()?;
        let attempts = &self.task(task)?.attempts;
        attempts.iter().rev().find(|a| a.number == *number).map(|attempt| (task, attempt))
    }

    /// Gives no attempt this serial or a smaller one any more: attempts had them that the events do not tell of, as power
    /// failed before these were on the disk. What those attempts left must not be taken for that of another.
    pub fn pass_over(&mut self, serial: u32) {
        let used = serial as usize;
        if self.serials.len() < used {
            self.serials.resize(used, None);
        }
    }

    /// The task run of this key: a task, or an item of a mapped one.
    #[must_use]
    pub fn task(&self, key: &TaskKey) -> Option<&TaskRun> {
        match key.item {
            None => self.tasks.get(key),
            Some(item) => self.tasks.get(&key.whole())?.mapped.as_ref()?.run(item),
        }
    }

    /// The tasks that hooks ran.
    pub fn of_hooks(&self) -> impl Iterator<Item = (&TaskKey, &TaskRun)> {
        self.tasks.iter().filter(|(_, task)| task.is_of_hooks())
    }

    /// How many tasks are in each state, in the order of [`TaskState::ALL`], without those that hooks ran.
    #[must_use]
    pub fn counts(&self) -> [u32; TaskState::ALL.len()] {
        let mut counts = [0; TaskState::ALL.len()];
        for task in self.tasks.values().filter(|task| !task.is_of_hooks()) {
            counts[task.state as usize] += 1;
        }
        counts
    }

    fn apply_kind(&mut self, event: &RunEvent) -> Result<(), FoldError> {
        let at = event.at;
        match &event.kind {
            RunEventKind::RunQueued(_) => {
                return Err(FoldError::Misplaced { run: self.run, seq: event.seq });
            }
            RunEventKind::RunStarted => {
                self.state = RunState::Running;
                self.started.get_or_insert(at);
            }
            RunEventKind::RunPaused { .. } => self.state = RunState::Paused,
            RunEventKind::RunResumed { .. } => {
                let started = self.started.is_some();
                self.state = if started { RunState::Running } else { RunState::Queued };
            }
            RunEventKind::RunMoved { rank, .. } => self.rank = Some(*rank),
            RunEventKind::CancelRequested { kill, .. } => {
                let stop = self.stop_for(Cause::RunCanceled);
                stop.canceled = true;
                stop.killed |= kill;
                if let Some(decided) = &mut self.decided {
                    decided.canceled = true;
                }
            }
            RunEventKind::AbortRequested { cause } => _ = self.stop_for(cause.clone()),
            RunEventKind::TasksQueued { tasks } => {
                self.all_known(tasks, event.seq)?;
                for key in tasks {
                    let task = self.task_mut(key, event.seq)?;
                    task.state = TaskState::Queued;
                    task.queued = Some(at);
                }
            }
            RunEventKind::TaskMapped { task: key, items } => {
                let task = self.task_mut(key, event.seq)?;
                task.state = TaskState::Running;
                task.queued = Some(at);
                task.mapped = Some(Box::new(Mapped::new(items.clone())));
            }
            RunEventKind::AttemptDispatched { task: key, serial, number } => {
                let (serial, number) = (*serial, *number);
                let Some(slot) = (serial as usize).checked_sub(1) else {
                    return Err(unknown(self.run, event.seq, "attempt 0"));
                };
                let task = self.task_mut(key, event.seq)?;
                task.state = TaskState::Queued;
                task.queued.get_or_insert(at);
                task.retry_due = None;
                task.attempts.push(Attempt {
                    serial,
                    number,
                    dispatched: at,
                    started: None,
                    pid: None,
                    child: None,
                    progress: None,
                    waits: None,
                    end: None,
                });
                if self.serials.len() <= slot {
                    self.serials.resize(slot + 1, None);
                }
                self.serials[slot] = Some((key.clone(), number));
            }
            RunEventKind::AttemptStarted { serial, pid, child } => {
                let (task, index) = self.attempt_mut(*serial, event.seq)?;
                task.state = TaskState::Running;
                task.attempts[index].started = Some(at);
                task.attempts[index].pid = *pid;
                task.attempts[index].child = *child;
            }
            RunEventKind::AttemptProgressed { serial, progress } => {
                let (task, index) = self.attempt_mut(*serial, event.seq)?;
                task.attempts[index].progress = Some(progress.clone());
            }
            RunEventKind::AttemptWaits { serial, waits } => {
                let (task, index) = self.attempt_mut(*serial, event.seq)?;
                task.state = TaskState::Waiting;
                task.attempts[index].started = Some(at);
                task.attempts[index].waits = Some(waits.clone());
            }
            RunEventKind::AttemptRecalled { serial } => {
                let (task, index) = self.attempt_mut(*serial, event.seq)?;
                task.attempts.remove(index);
                task.state = TaskState::Queued;
                if let Some(slot) = self.serials.get_mut((*serial as usize).wrapping_sub(1)) {
                    *slot = None;
                }
            }
            RunEventKind::AttemptEnded { serial, end, then } => {
                let (task, index) = self.attempt_mut(*serial, event.seq)?;
                let attempt = &mut task.attempts[index];
                attempt.started = end.started.or(attempt.started);
                attempt.end = Some(end.as_ref().clone());
                match then {
                    Then::Retry { due } => {
                        task.state = TaskState::UpForRetry;
                        task.retry_due = Some(*due);
                    }
                    Then::Repeat { due } => {
                        task.state = TaskState::Waiting;
                        task.retry_due = Some(*due);
                    }
                    Then::End { state, cause } => {
                        if *state == TaskState::Succeeded {
                            task.outputs = end.outputs.clone();
                            task.artifacts = end.artifacts.clone();
                        }
                        task.end(*state, cause.clone(), at);
                    }
                }
            }
            RunEventKind::TaskEnded { task, state, cause } => {
                self.task_mut(task, event.seq)?.end(*state, Some(cause.clone()), at);
            }
            RunEventKind::ItemsEnded { task, state, cause } => {
                let of = self.task_mut(task, event.seq)?;
                if let Some(mapped) = of.mapped.as_deref().filter(|_| *state != TaskState::Error) {
                    of.outputs = mapped.gather();
                }
                of.end(*state, cause.clone(), at);
            }
            RunEventKind::TaskMarked { task: key, mark, again } => {
                self.all_known(again, event.seq)?;
                let task = self.task_mut(key, event.seq)?;
                task.mark = Some(mark.clone());
                if task.attempts.last().is_none_or(|attempt| attempt.end.is_some()) {
                    task.end(mark.state, Some(Cause::Marked { by: mark.by.clone() }), at);
                }
                self.pend(again, event)?;
            }
            RunEventKind::HookFired { task, firing } => {
                let of = self.tasks.entry(TaskKey::plain(task.clone()));
                let of = of.or_insert_with(TaskRun::pending);
                of.state = TaskState::Running;
                of.cause = None;
                of.ended = None;
                of.queued.get_or_insert(at);
                of.mapped.get_or_insert_default().fire(firing.as_ref().clone());
            }
            RunEventKind::OutcomeDecided { state, cause } => {
                self.decided =
                    Some(Decided { state: *state, cause: cause.clone(), canceled: false });
            }
            RunEventKind::Reopened { round, tasks, .. } => {
                self.all_known(tasks, event.seq)?;
                self.pend(tasks, event)?;
                self.round = *round;
                self.ended_before = Some(self.state);
                self.decided = None;
                self.state = RunState::Running;
                self.cause = None;
                self.ended = None;
                self.stopping = false;
                self.stop = None;
            }
            RunEventKind::RunEnded { state, cause } => {
                self.state = *state;
                self.cause.clone_from(cause);
                self.ended = Some(at);
                self.decided = None;
            }
        }
        Ok(())
    }

    /// These tasks wait for their joins again, or go on with some of their items.
    fn pend(&mut self, tasks: &[TaskKey], event: &RunEvent) -> Result<(), FoldError> {
        for key in tasks {
            let task = self.task_mut(key, event.seq)?;
            let attempts = std::mem::take(&mut task.attempts);
            let had_items = task.mapped.is_some();
            *task = TaskRun { attempts, ..TaskRun::pending() };
            if had_items {
                self.forget_items_of(key);
            }
            if key.item.is_some() {
                // The items are what they were; those that ended well keep their results.
                let whole = self.task_mut(&key.whole(), event.seq)?;
                let mapped = whole.mapped.take();
                *whole = TaskRun {
                    state: TaskState::Running,
                    queued: Some(event.at),
                    mapped,
                    ..TaskRun::pending()
                };
            }
        }
        Ok(())
    }

    /// The task's items are gone, and so are their attempts.
    fn forget_items_of(&mut self, key: &TaskKey) {
        for slot in &mut self.serials {
            if slot.as_ref().is_some_and(|(of, _)| of.item.is_some() && of.task == key.task) {
                *slot = None;
            }
        }
    }

    /// The first reason to stop counts; later ones only add to it.
    fn stop_for(&mut self, cause: Cause) -> &mut Stop {
        self.stopping = true;
        self.stop.get_or_insert(Stop { cause, canceled: false, killed: false })
    }

    fn all_known(&self, tasks: &[TaskKey], seq: u64) -> Result<(), FoldError> {
        match tasks.iter().find(|key| self.task(key).is_none()) {
            Some(key) => Err(unknown(self.run, seq, key)),
            None => Ok(()),
        }
    }

    fn task_mut(&mut self, key: &TaskKey, seq: u64) -> Result<&mut TaskRun, FoldError> {
        if self.task(key).is_none() {
            return Err(unknown(self.run, seq, key));
        }
        find(&mut self.tasks, key).ok_or(FoldError::Misplaced { run: self.run, seq })
    }

    fn attempt_mut(&mut self, serial: u32, seq: u64) -> Result<(&mut TaskRun, usize), FoldError> {
        let slot = (serial as usize).wrapping_sub(1);
        let place = self.serials.get(slot).and_then(Option::as_ref);
        let found = place.and_then(|(key, number)| {
            let task = find(&mut self.tasks, key)?;
            let index = task.attempts.iter().rposition(|attempt| attempt.number == *number)?;
            Some((task, index))
        });
        found.ok_or_else(|| unknown(self.run, seq, format_args!("attempt {serial}")))
    }
}

fn unknown(run: RunId, seq: u64, what: impl std::fmt::Display) -> FoldError {
    FoldError::Unknown { run, seq, what: what.to_string() }
}

fn find<'r>(tasks: &'r mut IndexMap<TaskKey, TaskRun>, key: &TaskKey) -> Option<&'r mut TaskRun> {
    match key.item {
        None => tasks.get_mut(key),
        Some(item) => {
            let mapped = tasks.get_mut(&key.whole())?.mapped.as_mut()?;
            mapped.runs.get_mut(item as usize)
        }
    }
}
