//! What the driver needs of the world. Implemented by other crates; scripted in tests.

use std::time::Instant;

use millrace_model::Values;
use millrace_model::event::RunEvent;
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId};
use millrace_model::time::Timestamp;
use tokio::sync::mpsc;

use crate::core::{AdoptAttempt, AttemptReport, StartAttempt};

/// Starts and stops attempts. Called on the driver's thread, inside its runtime (so it can spawn tasks there);
/// no method may block. What becomes of attempts it tells by [`Reports`].
///
/// For each attempt handed over it reports in the end exactly one of `Ended`, `Recalled` and `Unknown`, and before
/// that `Started` as soon as it runs, unless the end is known by then.
pub trait Executor {
    /// Takes over an attempt. Attempts of a run start in the order in which they come, as soon as fewer than
    /// [`StartAttempt::places`] (the newest one counts) of that run are running.
    fn start(&mut self, start: Box<StartAttempt>);

    /// Stops an attempt: SIGTERM and after its grace SIGKILL, or at once. Not started: never, and `Recalled`. Ended: nothing.
    fn stop(&mut self, attempt: AttemptId, kill: bool);

    /// Takes back those of these attempts that have not started, and reports them `Recalled`; of the others nothing but
    /// what is reported anyway.
    fn recall(&mut self, run: RunId, attempts: &[AttemptId]);

    /// So many attempts of the run may run at a time from here on.
    fn places(&mut self, run: RunId, places: u32);

    /// Finds the keeper of a run that outlived the last daemon and what became of these attempts: those that run on are
    /// reported `Started` (again, if need be), those that ended `Ended`, those that certainly never started `Recalled`,
    /// all others `Unknown`.
    fn adopt(&mut self, run: RunId, places: u32, attempts: Vec<AdoptAttempt>);

    /// Looks for what the attempt waits for, by the values that it has, until it is there or cannot be looked for; then
    /// reports the attempt `Ended`. After the death of the daemon the engine asks again.
    fn watch(&mut self, start: Box<StartAttempt>);

    /// Looks for it no more.
    fn unwatch(&mut self, attempt: AttemptId);

    /// Nothing more will come for this run, unless it is retried: its keeper can go.
    fn run_ended(&mut self, run: RunId);

    /// Leaves what a task gave that had no process where later tasks of the run find it.
    fn keep_outputs(&mut self, run: RunId, task: &Ident, outputs: &Values);

    /// The end of a batch of calls: time to write messages out.
    fn flush(&mut self) {}
}

/// Starts the child runs of tasks that run another workflow. Called on the driver's thread; must not block.
pub trait Children {
    /// Finds the workflow that the attempt's task names, and has it submitted as [`StartAttempt::child`]. Where it cannot
    /// be, the attempt is reported `Ended`; where it is refused as not awaited, `Recalled`.
    fn start(&mut self, start: Box<StartAttempt>);
}

/// Where an executor tells what became of attempts. Bounded; cheap to clone.
#[derive(Debug, Clone)]
pub struct Reports {
    sender: mpsc::Sender<Report>,
}

/// An attempt and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which.
    pub attempt: AttemptId,
    /// What.
    pub report: AttemptReport,
}

/// The engine has stopped; what is reported now its successor learns when it adopts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine has stopped")]
pub struct EngineGone;

impl Reports {
    /// How many reports can wait.
    pub const CAPACITY: usize = 1_024;

    /// A channel for reports; the other end is the driver's.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<Report>) {
        let (sender, receiver) = mpsc::channel(Self::CAPACITY);
        (Self { sender }, receiver)
    }

    /// Tells; waits while too many reports wait.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn send(&self, attempt: AttemptId, report: AttemptReport) -> Result<(), EngineGone> {
        self.sender.send(Report { attempt, report }).await.map_err(|_| EngineGone)
    }

    /// The same from a thread that no runtime needs.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn send_blocking(
        &self,
        attempt: AttemptId,
        report: AttemptReport,
    ) -> Result<(), EngineGone> {
        self.sender.blocking_send(Report { attempt, report }).map_err(|_| EngineGone)
    }

    /// Tells if there is room; else gives the report back.
    ///
    /// # Errors
    /// The report, when too many wait or the engine has stopped.
    pub fn try_send(&self, report: Report) -> Result<(), Report> {
        self.sender.try_send(report).map_err(|error| match error {
            mpsc::error::TrySendError::Full(report) | mpsc::error::TrySendError::Closed(report) => {
                report
            }
        })
    }
}

/// How firmly a batch has to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Sync {
    /// As the home's durability says.
    #[default]
    Soon,
    /// On the disk before the call returns.
    Now,
}

/// Keeps the events. Called on the driver's thread, without a hop.
pub trait Journal {
    /// Stores a batch, all or nothing. A batch that is stored already is passed over, so that one whose fate is unknown
    /// can be given again.
    ///
    /// # Errors
    /// When it cannot be stored. The driver shows the reason and starts nothing; it tries again unless the error is fatal.
    fn commit(&mut self, batch: &[RunEvent], sync: Sync) -> Result<(), JournalError>;

    /// Keeps the canonical text of a workflow under its hash, before the run that names it.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn put_snapshot(&mut self, hash: &str, text: &str) -> Result<(), JournalError>;

    /// Does what can wait: called when nothing is to be committed, at the latest at [`Journal::idle_due`].
    fn idle(&mut self) {}

    /// When [`Journal::idle`] has to be called at the latest.
    fn idle_due(&self) -> Option<Instant> {
        None
    }

    /// Called once: `wake` may be called from any thread to have [`Journal::idle`] called soon.
    fn on_wake(&mut self, wake: Box<dyn Fn() + Send + std::marker::Sync>) {
        drop(wake);
    }
}

/// Why a batch is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JournalError {
    /// What happened, to which thing, and what to do.
    pub message: String,
    /// Trying again cannot help, or would not be honest: what is stored has to be read anew.
    pub fatal: bool,
}

/// Tells subscribers. Called on the driver's thread after the commit: nobody sees what is not stored. Must not block.
pub trait Publish {
    /// These events are stored.
    fn publish(&mut self, events: Vec<RunEvent>);

    /// Nothing is started for this reason; none = the trouble is over.
    fn stalled(&mut self, reason: Option<&str>) {
        _ = reason;
    }
}

/// Tells the wall clock's time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Gives random factors.
pub trait Jitter {
    /// Between 0.8 and 1.2.
    fn factor(&mut self) -> f64;
}

/// Everything that a driver needs.
pub struct Ports {
    /// Starts and stops attempts.
    pub executor: Box<dyn Executor>,
    /// Starts child runs.
    pub children: Box<dyn Children>,
    /// Keeps the events.
    pub journal: Box<dyn Journal>,
    /// Tells subscribers.
    pub publish: Box<dyn Publish>,
    /// Tells the time.
    pub clock: Box<dyn Clock>,
    /// Gives random factors.
    pub jitter: Box<dyn Jitter>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}
