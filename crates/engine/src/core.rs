//! The decisions: state and an input give events and effects.
//!
//! Pure and synchronous. No clock (`now` is passed in), no randomness (jitter is passed in), no I/O, no tokio. One core
//! has all runs of a home, because places, pools, locks and the turn of each run are shared.
//!
//! # Places
//! A *place* is the right to run one attempt. The home has `parallel_tasks` of them, a run may have a limit of its own. A
//! free place goes to the waiting task of the highest rank (priority, then longest remaining path, then age of the run)
//! whose run, pool and lock admit it. Within a pool nobody is overtaken: a task that needs many slots is not passed by
//! those that need few.
//!
//! So that an executor need not wait for us between two short tasks, some attempts are handed over *ahead* of a place:
//! only for a run whose attempts take less than 100 ms on average, only tasks without pool and lock, and only while no
//! other run waits for places. They start in order as attempts of that run end. They are taken back as soon as another
//! run or a task of higher priority waits, or a task with pool or lock could start, and when the run is paused.
//!
//! A task that runs another workflow takes no place: its child run is a run like others, and its tasks take theirs. So
//! no run can wait for a place that its own parent holds. A branch task takes none either: it is decided here, at once. A
//! mapped task takes none; each of its items does, as a task of its own would. Nor does a
//! task that waits for an instant or for a person.

mod attempt;
mod branch;
mod child;
mod decide;
mod effect;
mod hook;
mod input;
mod line;
mod map;
mod mark;
mod place;
mod queue;
mod ready;
mod recover;
mod repeat;
mod run;
mod sanity;
mod slots;
mod stop;
mod wait;
mod why;

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use millrace_model::event::{Actor, Cause, RunEventKind, RunHead, RunState, TaskState};
use millrace_model::ids::{AttemptId, RunId};
use millrace_model::time::Timestamp;

pub use effect::{AdoptAttempt, Effect, Effects, RunContext, StartAttempt, TimerKey};
pub use input::{AttemptReport, Input, Refusal, Settings};
use line::{Line, LineKey};
use place::{Lock, Pool};
pub use queue::{InQueue, Place, PoolHolder, PoolUse, Queue};
use ready::{Age, Ready};
use run::{ActiveRun, Phase};
pub use wait::Question;

use crate::plan::Plan;

/// All runs of a home that have not ended.
#[derive(Debug)]
pub struct Core {
    settings: Settings,
    slots: Vec<Option<Box<ActiveRun>>>,
    free_slots: Vec<usize>,
    by_id: HashMap<RunId, usize>,
    /// Counts the runs that came.
    count: u64,
    lines: HashMap<LineKey, Line>,
    ready: BinaryHeap<Ready>,
    /// Tasks that wait, and need no place.
    calls: BinaryHeap<Ready>,
    pools: HashMap<Arc<str>, Pool>,
    locks: HashMap<Arc<str>, Lock>,
    /// Locks that were released while somebody waited for them.
    free_locks: Vec<Arc<str>>,
    /// Runs of which attempts were handed over ahead of a place.
    ahead_slots: Vec<usize>,
    /// Attempts that hold a place.
    placed: u32,
    /// Attempts handed over ahead of a place.
    ahead: u32,
    /// Runs in which a task waits for a place, a pool or a lock.
    waiting_runs: u32,
    /// Runs that changed during this input.
    dirty: Vec<usize>,
    /// Runs of the last process are being taken on. Nothing is handed out: who holds what is not known yet.
    recovering: bool,
}

/// How busy a home is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Runs that wait for their turn.
    pub queued_runs: u32,
    /// Runs under way, paused ones included.
    pub active_runs: u32,
    /// Attempts that hold a place.
    pub placed: u32,
    /// Attempts handed over ahead of a place.
    pub ahead: u32,
}

impl Core {
    /// No runs.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            slots: Vec::new(),
            free_slots: Vec::new(),
            by_id: HashMap::new(),
            count: 0,
            lines: HashMap::new(),
            ready: BinaryHeap::new(),
            calls: BinaryHeap::new(),
            pools: HashMap::new(),
            locks: HashMap::new(),
            free_locks: Vec::new(),
            ahead_slots: Vec::new(),
            placed: 0,
            ahead: 0,
            waiting_runs: 0,
            dirty: Vec::new(),
            recovering: false,
        }
    }

    /// Reacts to an input at `now`: adds to `out` what follows from it.
    ///
    /// Reports of attempts and timers that are not known any more are passed over.
    ///
    /// # Errors
    /// When a request makes no sense; nothing has changed then.
    pub fn handle(
        &mut self,
        now: Timestamp,
        input: Input,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        match input {
            Input::Submit { run, plan, head } => self.submit(run, plan, *head, now, out)?,
            Input::Recover { run, plan } => {
                self.recovering = true;
                self.recover(&run, plan, now, out)?;
            }
            Input::Recovered => self.recovered(now, out),
            Input::Retry { run, plan, by } => self.retry(&run, plan, by, now, out)?,
            Input::Answer { run, task, answer } => self.answer(run, &task, answer, now, out)?,
            Input::Mark { run, task, mark } => self.mark(run, &task, *mark, now, out)?,
            Input::MarkInEnded { run, plan, task, mark } => {
                self.mark_in_ended(&run, plan, &task, &mark, now, out)?;
            }
            Input::Report { attempt, report, jitter } => {
                self.report(attempt, report, jitter, now, out);
            }
            Input::Timer(key) => self.timer(key, now, out),
            Input::Slow { run, reason } => self.is_slow(run, &reason, now, out)?,
            Input::Cancel { run, by, kill } => {
                let slot = self.slot_of(run)?;
                self.cancel(slot, by, kill, now, out);
            }
            Input::Pause { run, by } => self.pause(run, by, now, out)?,
            Input::Resume { run, by } => self.resume(run, by, now, out)?,
            Input::Move { run, to, by } => self.move_run(run, to, by, now, out)?,
            Input::Settings(settings) => self.settings = settings,
        }
        self.settle(now, out);
        Ok(())
    }

    /// Whether the run is queued, running or paused.
    #[must_use]
    pub fn is_active(&self, run: RunId) -> bool {
        self.by_id.contains_key(&run)
    }

    /// The runs that have not ended, sorted.
    #[must_use]
    pub fn active_runs(&self) -> Vec<RunId> {
        let mut runs: Vec<RunId> = self.by_id.keys().copied().collect();
        runs.sort_unstable();
        runs
    }

    /// The limits in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How busy the home is.
    #[must_use]
    pub fn load(&self) -> Load {
        let started = self.slots.iter().flatten().filter(|run| run.started).count();
        let started = u32::try_from(started).unwrap_or(u32::MAX);
        let all = u32::try_from(self.by_id.len()).unwrap_or(u32::MAX);
        Load {
            queued_runs: all - started,
            active_runs: started,
            placed: self.placed,
            ahead: self.ahead,
        }
    }

    fn submit(
        &mut self,
        run: RunId,
        plan: Arc<Plan>,
        mut head: RunHead,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.is_active(run) {
            return Err(Refusal::AlreadyActive(run));
        }
        let parent = self.awaiting(run, &head.trigger)?;
        self.make_room(&plan, &head, now, out)?;
        let own = (0..plan.count()).filter(|task| !plan.is_on_call(*task));
        head.tasks = own.map(|task| plan.task(task).name.clone()).collect();
        head.only = plan.only().map(<[_]>::to_vec);
        let slot = self.insert(run, plan, head, now.0);
        if let Some(active) = self.run_mut(slot) {
            let head = Box::new(active.context.head.clone());
            active.emit(now, out, RunEventKind::RunQueued(head));
        }
        if let Some((slot, task)) = parent {
            self.child_accepted(slot, task, now, out);
        }
        self.line_up(slot);
        self.admit(slot, now, out);
        Ok(())
    }

    fn insert(&mut self, run: RunId, plan: Arc<Plan>, head: RunHead, rank: i64) -> usize {
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.count += 1;
        let age = Age { rank, count: self.count };
        self.slots[slot] = Some(Box::new(ActiveRun::new(run, plan, head, age, slot)));
        self.by_id.insert(run, slot);
        slot
    }

    fn report(
        &mut self,
        attempt: AttemptId,
        report: AttemptReport,
        jitter: f64,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let Ok(slot) = self.slot_of(attempt.run) else { return };
        let Some(task) = self.run_mut(slot).and_then(|run| run.task_of(attempt)) else { return };
        if let AttemptReport::Started { pid } = report {
            self.place_started(slot, task);
            if let Some(run) = self.run_mut(slot) {
                run.attempt_started(task, pid, now, out);
            }
            return;
        }
        if let AttemptReport::Progressed(progress) = report {
            if let Some(run) = self.run_mut(slot) {
                run.attempt_progressed(task, progress, now, out);
            }
            return;
        }
        if let AttemptReport::Looked { found } = report {
            if let Some(run) = self.run_mut(slot) {
                run.looked(task, found);
            }
            return;
        }
        self.release(slot, task);
        let mut ready = Vec::new();
        if let Some(run) = self.run_mut(slot) {
            match report {
                AttemptReport::Ended(mut end) => {
                    if run.sleeps.contains_key(&task) {
                        // Whoever looked knows only what was found.
                        let (outcome, outputs) = (end.outcome, end.outputs);
                        *end = run.end_of_wait(task, outcome, outputs, now);
                    }
                    run.attempt_ended(task, end, jitter, now, out, &mut ready);
                }
                AttemptReport::Unknown { message } => {
                    let outcome = millrace_model::event::Outcome::Lost { message };
                    let end = millrace_model::event::AttemptEnd::unmeasured(outcome, now);
                    run.attempt_ended(task, Box::new(end), jitter, now, out, &mut ready);
                }
                AttemptReport::Recalled
                | AttemptReport::Started { .. }
                | AttemptReport::Progressed(_)
                | AttemptReport::Looked { .. } => {
                    run.attempt_recalled(task, now, out, &mut ready);
                }
            }
        }
        self.enqueue(slot, &ready);
        self.dirty.push(slot);
    }

    fn timer(&mut self, key: TimerKey, now: Timestamp, out: &mut Effects) {
        match key {
            TimerKey::Retry { run, task, serial } => {
                let Ok(slot) = self.slot_of(run) else { return };
                let Some(active) = self.run_mut(slot) else { return };
                let Some(entry) = active.tasks.get_mut(task as usize) else { return };
                if entry.phase == Phase::Backoff && entry.serial == serial {
                    entry.phase = Phase::Waiting;
                    active.due.remove(&task);
                    active.waiting += 1;
                    self.enqueue(slot, &[task]);
                    self.dirty.push(slot);
                }
            }
            TimerKey::Wait(attempt) | TimerKey::Until(attempt) => {
                self.wait_is_over(attempt, now, out);
            }
            TimerKey::ChildTimeout(attempt) => self.child_timed_out(attempt, now, out),
            TimerKey::RunTimeout { run, round } => {
                let Ok(slot) = self.slot_of(run) else { return };
                let Some(active) = self.run_mut(slot) else { return };
                if active.round == round {
                    active.time_out(now, out);
                    self.dirty.push(slot);
                }
            }
        }
    }

    fn cancel(&mut self, slot: usize, by: Actor, kill: bool, now: Timestamp, out: &mut Effects) {
        let Some(run) = self.run_mut(slot) else { return };
        let paused = run.is_paused();
        run.cancel(by, kill, now, out);
        if paused {
            self.unblock(slot);
        }
        self.dirty.push(slot);
    }

    fn pause(
        &mut self,
        run: RunId,
        by: Actor,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.steerable(run)?;
        let Some(active) = self.run_mut(slot) else { return Ok(()) };
        if !active.is_paused() {
            active.state = RunState::Paused;
            active.emit(now, out, RunEventKind::RunPaused { by });
            self.block_all(slot);
            self.recall_unstarted(slot, out);
            self.pause_children(slot, now, out);
        }
        Ok(())
    }

    fn resume(
        &mut self,
        run: RunId,
        by: Actor,
        now: Timestamp,
        out: &mut Effects,
    ) -> Result<(), Refusal> {
        let slot = self.steerable(run)?;
        let Some(active) = self.run_mut(slot) else { return Ok(()) };
        if active.is_paused() {
            active.resume(by, now, out);
            self.unblock(slot);
            self.admit(slot, now, out);
            self.dirty.push(slot);
            self.resume_children(slot, now, out);
        }
        Ok(())
    }

    /// Follows everything up: downstream tasks, the ends of runs, the next runs, free places.
    fn settle(&mut self, now: Timestamp, out: &mut Effects) {
        loop {
            while let Some(slot) = self.dirty.pop() {
                let mut ready = Vec::new();
                let Some(run) = self.run_mut(slot) else { continue };
                run.propagate(now, out, &mut ready);
                if run.is_decidable() {
                    run.decide_outcome(now, out);
                    run.propagate(now, out, &mut ready);
                }
                ready.append(&mut run.called);
                run.flush_fresh(now, out);
                let over = run.started && run.open == 0 || !run.started && run.stop.is_some();
                let unwanted = std::mem::take(&mut run.unwanted);
                self.enqueue(slot, &ready);
                self.unblock(slot);
                self.stop_children(unwanted, now, out);
                if over {
                    self.end_run(slot, now, out);
                }
            }
            if !self.recovering {
                self.share_places(now, out);
            }
            if self.dirty.is_empty() {
                return;
            }
        }
    }

    fn end_run(&mut self, slot: usize, now: Timestamp, out: &mut Effects) {
        let Some(run) = self.run_mut(slot) else { return };
        let (state, cause) = match run.decided.take() {
            Some(decided) => (decided.state, decided.cause),
            None => run.verdict_of_run(),
        };
        run.state = state;
        run.emit(now, out, RunEventKind::RunEnded { state, cause: cause.clone() });
        let id = run.run;
        self.child_ended(slot, state, cause, now, out);
        out.effects.push(Effect::RunEnded { run: id, state });
        let Some(run) = self.run(slot) else { return };
        let key = LineKey::of(&run.context.head);
        self.leave_line(slot, &key);
        if let Some(run) = self.slots[slot].take() {
            self.waiting_runs -= u32::from(run.counted);
        }
        self.by_id.remove(&id);
        self.free_slots.push(slot);
        self.admit_line(&key, now, out);
    }

    fn slot_of(&self, run: RunId) -> Result<usize, Refusal> {
        self.by_id.get(&run).copied().ok_or(Refusal::NotActive(run))
    }

    /// A run that is not being stopped.
    fn steerable(&self, run: RunId) -> Result<usize, Refusal> {
        let slot = self.slot_of(run)?;
        match self.run(slot).is_some_and(|active| active.stop.is_some()) {
            true => Err(Refusal::Stopping(run)),
            false => Ok(slot),
        }
    }

    fn run(&self, slot: usize) -> Option<&ActiveRun> {
        self.slots.get(slot)?.as_deref()
    }

    fn run_mut(&mut self, slot: usize) -> Option<&mut ActiveRun> {
        self.slots.get_mut(slot)?.as_deref_mut()
    }
}

impl ActiveRun {
    /// How the run ends, all tasks having ended.
    fn verdict_of_run(&self) -> (RunState, Option<Cause>) {
        let mut failed = 0;
        let mut first = None;
        for (task, slot) in (0u32..).zip(&self.tasks) {
            if slot.phase != Phase::Done || self.is_of_hooks(task) {
                continue;
            }
            if slot.state == TaskState::Canceled && slot.by_cancel {
                return (RunState::Canceled, Some(Cause::RunCanceled));
            }
            // The task is what counts, and not how many of its items failed.
            if self.plan.is_item(task) {
                continue;
            }
            let bad =
                matches!(slot.state, TaskState::Failed | TaskState::Error | TaskState::Canceled);
            if bad && !self.plan.task(task).allow_failure {
                failed += 1;
                first.get_or_insert(task);
            }
        }
        if let Some(stop) = &self.stop
            && matches!(stop.cause, Cause::TimedOut { .. } | Cause::FailFast { .. })
        {
            return (RunState::Failed, Some(stop.cause.clone()));
        }
        match self.first_failed.or(first) {
            Some(first) => {
                let first = self.plan.key(first).clone();
                (RunState::Failed, Some(Cause::TasksFailed { first, count: failed }))
            }
            None => (RunState::Succeeded, None),
        }
    }
}
