//! The loop of the driver.
//!
//! A batch grows until it is worth a commit: the executor is about to run dry, 64 results wait, 5 ms have passed, or
//! somebody waits for an answer and nobody else has asked meanwhile. Then it is stored, then published, then acted upon,
//! then answered. If it cannot be stored, it is kept and tried again; meanwhile nothing is started, acknowledged or accepted.
//! After a fatal error it is not tried again: whoever asks is refused with the reason, and the next engine goes on from what
//! is stored.

use std::sync::Arc;
use std::time::Duration;

use millrace_model::event::{Actor, RunEventKind};
use millrace_model::ids::RunId;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::handle::{Busy, Command, Reply, ShutdownMode, Submit};
use super::timers::Timers;
use super::{EngineError, Inbox};
use crate::core::{Core, Effect, Effects, Input, Settings};
use crate::ports::{JournalError, Ports, Report, Sync};

/// So many results, or answers to those who ask at once, are stored together.
const BATCH: usize = 64;
/// A result waits at most so long for others.
const PATIENCE: Duration = Duration::from_millis(5);
/// Between two attempts at writing a history that cannot be written.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(5);
/// While the history cannot be written, no more events than this are kept before reports have to wait.
const KEPT_EVENTS: usize = 100_000;

pub(super) struct Reactor {
    core: Core,
    ports: Ports,
    inbox: Inbox,
    reported: mpsc::Receiver<Report>,
    busy: watch::Sender<Busy>,
    timers: Timers,
    wake: Arc<Notify>,
    out: Effects,
    /// Answers that wait for the commit.
    replies: Vec<Reply<()>>,
    sync: Sync,
    /// Results in the batch.
    results: usize,
    /// When the batch is stored at the latest.
    flush_by: Option<Instant>,
    /// Attempts that the executor had after the last batch, without those that have ended since.
    backlog: usize,
    stall: Option<Stall>,
    closing: Option<ShutdownMode>,
    closers: Vec<Reply<()>>,
}

struct Stall {
    reason: String,
    /// When the next attempt is due; none where there is to be none.
    again: Option<Instant>,
    wait: Duration,
}

impl Reactor {
    pub(super) fn new(
        settings: Settings,
        mut ports: Ports,
        inbox: Inbox,
        reported: mpsc::Receiver<Report>,
        busy: watch::Sender<Busy>,
    ) -> Self {
        let wake = Arc::new(Notify::new());
        let waker = Arc::clone(&wake);
        ports.journal.on_wake(Box::new(move || waker.notify_one()));
        Self {
            core: Core::new(settings),
            ports,
            inbox,
            reported,
            busy,
            timers: Timers::default(),
            wake,
            out: Effects::default(),
            replies: Vec::new(),
            sync: Sync::Soon,
            results: 0,
            flush_by: None,
            backlog: 0,
            stall: None,
            closing: None,
            closers: Vec::new(),
        }
    }

    pub(super) async fn run(mut self) {
        let mut open = true;
        loop {
            self.fire_timers();
            self.flush_if_due();
            if self.is_over() || !open && self.closing.is_none() {
                break;
            }
            let idle = self.ports.journal.idle_due().map(Instant::from_std);
            // While the history cannot be written, only the next attempt at it is waited for.
            let flush = match &self.stall {
                Some(stall) => stall.again,
                None => self.flush_by,
            };
            let next = self.timers.next(self.ports.clock.now());
            let due = [next, flush, idle].into_iter().flatten().min();
            let hears = self.out.events.len() < KEPT_EVENTS;
            tokio::select! {
                biased;
                command = self.inbox.recv(), if open => match command {
                    Some(command) => {
                        self.command(command);
                        // Those who ask at once share a commit.
                        for _ in 1..BATCH {
                            let Ok(command) = self.inbox.try_recv() else { break };
                            self.command(command);
                        }
                    }
                    None => open = false,
                },
                Some(report) = self.reported.recv(), if hears => {
                    self.report(report);
                    while self.results < BATCH
                        && let Ok(report) = self.reported.try_recv()
                    {
                        self.report(report);
                    }
                },
                () = self.wake.notified() => self.ports.journal.idle(),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if idle.is_some_and(|idle| idle <= Instant::now()) {
                        self.ports.journal.idle();
                    }
                }
            }
        }
        self.finish();
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Submit(submit, reply) => self.submit(*submit, reply),
            Command::Recover(run, plan, reply) => self.ask(Input::Recover { run, plan }, reply),
            Command::Recovered(reply) => self.ask(Input::Recovered, reply),
            Command::Retry(run, plan, by, reply) => {
                if self.accepts() {
                    self.ask(Input::Retry { run, plan, by }, reply);
                } else {
                    self.refuse(reply);
                }
            }
            Command::Cancel(run, by, kill, reply) => {
                self.ask(Input::Cancel { run, by, kill }, reply);
            }
            Command::Pause(run, by, reply) => self.ask(Input::Pause { run, by }, reply),
            Command::Resume(run, by, reply) => self.ask(Input::Resume { run, by }, reply),
            Command::Move(run, to, by, reply) => self.ask(Input::Move { run, to, by }, reply),
            Command::Answer(run, task, answer, reply) => {
                self.ask(Input::Answer { run, task, answer }, reply);
            }
            Command::Slow(run, reason, reply) => self.ask(Input::Slow { run, reason }, reply),
            Command::Mark(run, task, mark, reply) => {
                self.ask(Input::Mark { run, task, mark }, reply);
            }
            Command::MarkInEnded(run, plan, task, mark, reply) => {
                if self.accepts() {
                    self.ask(Input::MarkInEnded { run, plan, task, mark }, reply);
                } else {
                    self.refuse(reply);
                }
            }
            Command::Questions(reply) => drop(reply.send(Ok(self.core.questions()))),
            Command::Queue(reply) => drop(reply.send(Ok(self.core.queue()))),
            Command::Settings(settings, reply) => self.ask(Input::Settings(settings), reply),
            Command::Why(run, reply) => {
                let mut why = self.core.why(run, self.ports.clock.now());
                if let Some(stall) = &self.stall {
                    for (_, sentence) in &mut why {
                        *sentence = format!("the history cannot be written: {}", stall.reason);
                    }
                }
                drop(reply.send(Ok(why)));
            }
            Command::ActiveRuns(reply) => drop(reply.send(Ok(self.core.active_runs()))),
            Command::Shutdown(mode, reply) => self.close(mode, reply),
        }
    }

    fn submit(&mut self, submit: Submit, reply: Reply<()>) {
        if !self.accepts() {
            return self.refuse(reply);
        }
        let Submit { run, plan, head, snapshot, sync } = submit;
        if let Some(text) = snapshot
            && let Err(error) = self.ports.journal.put_snapshot(&head.snapshot, &text)
        {
            drop(reply.send(Err(EngineError::Stalled(error.message))));
            return;
        }
        self.sync = self.sync.max(sync);
        self.ask(Input::Submit { run, plan, head }, reply);
    }

    fn accepts(&self) -> bool {
        self.stall.is_none() && self.closing.is_none()
    }

    fn refuse(&self, reply: Reply<()>) {
        let error = match &self.stall {
            Some(stall) => EngineError::Stalled(stall.reason.clone()),
            None => EngineError::Stopped,
        };
        drop(reply.send(Err(error)));
    }

    /// Nothing will be stored any more.
    fn is_stuck(&self) -> bool {
        self.stall.as_ref().is_some_and(|stall| stall.again.is_none())
    }

    fn ask(&mut self, input: Input, reply: Reply<()>) {
        if self.is_stuck() {
            return self.refuse(reply);
        }
        let now = self.ports.clock.now();
        match self.core.handle(now, input, &mut self.out) {
            Ok(()) => {
                // Somebody waits: the batch is stored now.
                self.replies.push(reply);
                self.flush_by = Some(Instant::now());
            }
            Err(refusal) => drop(reply.send(Err(refusal.into()))),
        }
    }

    fn report(&mut self, Report { attempt, report }: Report) {
        let now = self.ports.clock.now();
        let jitter = self.ports.jitter.factor();
        let before = self.out.events.len();
        _ = self.core.handle(now, Input::Report { attempt, report, jitter }, &mut self.out);
        let ended = |kind: &RunEventKind| {
            matches!(kind, RunEventKind::AttemptEnded { .. } | RunEventKind::AttemptRecalled { .. })
        };
        let ended = self.out.events[before..].iter().filter(|event| ended(&event.kind)).count();
        self.backlog = self.backlog.saturating_sub(ended);
        self.results += ended;
        if self.out.events.len() > before {
            self.flush_by.get_or_insert_with(|| Instant::now() + PATIENCE);
        }
    }

    fn fire_timers(&mut self) {
        let now = Instant::now();
        let at = self.ports.clock.now();
        while let Some(key) = self.timers.pop_due(now, at) {
            _ = self.core.handle(at, Input::Timer(key), &mut self.out);
            self.flush_by = Some(now);
        }
    }

    fn flush_if_due(&mut self) {
        let waits = |stall: &Stall| stall.again.is_none_or(|again| again > Instant::now());
        if self.stall.as_ref().is_some_and(waits) {
            return;
        }
        let Some(by) = self.flush_by else { return };
        let settings = self.core.settings();
        let low = (settings.parallel_tasks + settings.prefetch / 2) as usize;
        let worth = self.backlog <= low || self.results >= BATCH;
        if worth || self.stall.is_some() || by <= Instant::now() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.out.events.is_empty()
            && let Err(error) = self.ports.journal.commit(&self.out.events, self.sync)
        {
            return self.stalled(&error);
        }
        if self.stall.take().is_some() {
            tracing::info!("the history can be written again");
            self.ports.publish.stalled(None);
        }
        self.flush_by = None;
        self.results = 0;
        self.sync = Sync::Soon;
        let Effects { events, effects } = std::mem::take(&mut self.out);
        if !events.is_empty() {
            self.ports.publish.publish(events);
        }
        // Armed timers count from now, so the time that a commit took is not lost.
        let acted = !effects.is_empty();
        for effect in effects {
            self.act(effect);
        }
        if acted {
            self.ports.executor.flush();
        }
        for reply in self.replies.drain(..) {
            drop(reply.send(Ok(())));
        }
        let load = self.core.load();
        self.backlog = (load.placed + load.ahead) as usize;
        let busy = Busy { load, stalled: None };
        self.busy.send_if_modified(|old| {
            *old != busy && {
                *old = busy;
                true
            }
        });
    }

    fn stalled(&mut self, error: &JournalError) {
        let wait =
            self.stall.as_ref().map_or(RETRY_FIRST, |stall| (stall.wait * 2).min(RETRY_LONGEST));
        if self.stall.as_ref().is_none_or(|stall| stall.reason != error.message) {
            let fatal = error.fatal;
            tracing::error!(%error, fatal, "the history cannot be written; nothing is started until it can");
            self.ports.publish.stalled(Some(&error.message));
        }
        let again = (!error.fatal).then(|| Instant::now() + wait);
        self.stall = Some(Stall { reason: error.message.clone(), again, wait });
        if error.fatal {
            for reply in std::mem::take(&mut self.replies) {
                self.refuse(reply);
            }
        }
        let stalled = Some(error.message.clone());
        self.busy.send_modify(|busy| busy.stalled = stalled);
    }

    fn act(&mut self, effect: Effect) {
        let executor = &mut self.ports.executor;
        match effect {
            Effect::Start(start) => executor.start(start),
            Effect::StartChild(start) => self.ports.children.start(start),
            Effect::Watch(start) => executor.watch(start),
            Effect::Unwatch(attempt) => executor.unwatch(attempt),
            Effect::KeepOutputs { run, task, outputs } => {
                executor.keep_outputs(run, &task, &outputs);
            }
            Effect::Stop { attempt, kill } => executor.stop(attempt, kill),
            Effect::Recall { run, attempts } => executor.recall(run, &attempts),
            Effect::Places { run, places } => executor.places(run, places),
            Effect::Adopt { run, places, attempts } => executor.adopt(run, places, attempts),
            Effect::ArmTimer { key, due } => {
                self.timers.arm(key, due, self.ports.clock.now());
                self.timers.tidy(|key| self.core.is_active(key.run()));
            }
            Effect::RunEnded { run, .. } => executor.run_ended(run),
        }
    }

    fn close(&mut self, mode: ShutdownMode, reply: Reply<()>) {
        self.closers.push(reply);
        self.closing = Some(mode);
        self.flush_by.get_or_insert_with(Instant::now);
        if mode == ShutdownMode::CancelRuns {
            // Child runs are cancelled by their parents: once more would be a second cancel.
            let is_root = |run: &RunId| !self.core.is_awaited(*run);
            let runs: Vec<RunId> = self.core.active_runs().into_iter().filter(is_root).collect();
            for run in runs {
                let now = self.ports.clock.now();
                let input = Input::Cancel { run, by: Actor::Shutdown, kill: false };
                _ = self.core.handle(now, input, &mut self.out);
            }
        }
    }

    fn is_over(&self) -> bool {
        match self.closing {
            None => false,
            // What cannot be stored now the next engine learns from the keepers.
            Some(ShutdownMode::Leave) => self.out.events.is_empty() || self.stall.is_some(),
            Some(ShutdownMode::CancelRuns) => {
                let done = self.core.active_runs().is_empty() && self.out.events.is_empty();
                done || self.is_stuck()
            }
        }
    }

    fn finish(mut self) {
        self.ports.journal.idle();
        self.inbox.close();
        for reply in self.closers.drain(..) {
            drop(reply.send(Ok(())));
        }
    }
}
