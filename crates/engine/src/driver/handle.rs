//! What others hold of a running engine.

use std::sync::Arc;

use millrace_model::action::Answer;
use millrace_model::event::{Actor, Mark, Run, RunHead};
use millrace_model::ids::{RunId, TaskKey};
use tokio::sync::{mpsc, oneshot, watch};

use super::EngineError;
use crate::core::{Load, Place, Question, Queue, Settings};
use crate::plan::Plan;
use crate::ports::Sync;

/// Asks a running engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    commands: mpsc::Sender<Command>,
    busy: watch::Receiver<Busy>,
}

/// How an engine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShutdownMode {
    /// At once; what runs goes on under its keepers and the next engine adopts it.
    Leave,
    /// All runs are cancelled, and it stops when they have ended.
    CancelRuns,
}

/// How busy an engine is, and whether it can write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Busy {
    /// Its runs and attempts.
    pub load: Load,
    /// Why nothing is started, where the history cannot be written.
    pub stalled: Option<String>,
}

/// A run that is asked for.
#[derive(Debug)]
pub struct Submit {
    /// Names it.
    pub run: RunId,
    /// What is to run.
    pub plan: Arc<Plan>,
    /// What is known of it; `tasks` and `only` are filled in from the plan.
    pub head: Box<RunHead>,
    /// The canonical text of its snapshot, stored under `head.snapshot`; none where the journal has it.
    pub snapshot: Option<Arc<str>>,
    /// How firmly it has to be stored before it is acknowledged.
    pub sync: Sync,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, EngineError>>;

pub(super) enum Command {
    Submit(Box<Submit>, Reply<()>),
    Recover(Box<Run>, Arc<Plan>, Reply<()>),
    Recovered(Reply<()>),
    Retry(Box<Run>, Arc<Plan>, Actor, Reply<()>),
    Cancel(RunId, Actor, bool, Reply<()>),
    Pause(RunId, Actor, Reply<()>),
    Resume(RunId, Actor, Reply<()>),
    Move(RunId, Place, Actor, Reply<()>),
    Answer(RunId, TaskKey, Answer, Reply<()>),
    Slow(RunId, String, Reply<()>),
    Mark(RunId, TaskKey, Box<Mark>, Reply<()>),
    MarkInEnded(Box<Run>, Arc<Plan>, TaskKey, Box<Mark>, Reply<()>),
    Questions(Reply<Vec<Question>>),
    Queue(Reply<Queue>),
    Settings(Settings, Reply<()>),
    Why(RunId, Reply<Vec<(TaskKey, String)>>),
    ActiveRuns(Reply<Vec<RunId>>),
    Shutdown(ShutdownMode, Reply<()>),
}

impl EngineHandle {
    /// How many commands can wait.
    pub const CAPACITY: usize = 256;

    pub(super) fn new(commands: mpsc::Sender<Command>, busy: watch::Receiver<Busy>) -> Self {
        Self { commands, busy }
    }

    /// Accepts a run. When this returns, its first event is stored.
    ///
    /// # Errors
    /// When the run exists already, or the history cannot be written.
    pub async fn submit(&self, submit: Submit) -> Result<(), EngineError> {
        self.ask(|reply| Command::Submit(Box::new(submit), reply)).await
    }

    /// Takes on a run that was not over when the last engine died.
    ///
    /// # Errors
    /// When it is active already, or its history does not fit its plan.
    pub async fn recover(&self, run: Run, plan: Arc<Plan>) -> Result<(), EngineError> {
        self.ask(|reply| Command::Recover(Box::new(run), plan, reply)).await
    }

    /// All runs that were not over have been recovered.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn recovered(&self) -> Result<(), EngineError> {
        self.ask(Command::Recovered).await
    }

    /// Reopens an ended run.
    ///
    /// # Errors
    /// When it is active, or every task of it ended well.
    pub async fn retry(&self, run: Run, plan: Arc<Plan>, by: Actor) -> Result<(), EngineError> {
        self.ask(|reply| Command::Retry(Box::new(run), plan, by, reply)).await
    }

    /// Stops a run; the second time, or with `kill`, at once and teardowns too.
    ///
    /// # Errors
    /// When it is not active.
    pub async fn cancel(&self, run: RunId, by: Actor, kill: bool) -> Result<(), EngineError> {
        self.ask(|reply| Command::Cancel(run, by, kill, reply)).await
    }

    /// Puts a run before or after others.
    ///
    /// # Errors
    /// When it, or the one before which it is to go, is not active.
    pub async fn move_run(&self, run: RunId, to: Place, by: Actor) -> Result<(), EngineError> {
        self.ask(|reply| Command::Move(run, to, by, reply)).await
    }

    /// Answers the question of a task. Its values are complete and checked.
    ///
    /// # Errors
    /// When the task asks nothing, or not any more.
    pub async fn answer(
        &self,
        run: RunId,
        task: TaskKey,
        answer: Answer,
    ) -> Result<(), EngineError> {
        self.ask(|reply| Command::Answer(run, task, answer, reply)).await
    }

    /// Says that a run takes longer than its runs usually do, and why one thinks so. Hooks that wait for that run their tasks,
    /// once a round.
    ///
    /// # Errors
    /// When the run is not active.
    pub async fn slow(&self, run: RunId, reason: String) -> Result<(), EngineError> {
        self.ask(|reply| Command::Slow(run, reason, reply)).await
    }

    /// Says how a task of a run under way ends. What is in flight is stopped first.
    ///
    /// # Errors
    /// When the run is not active, has not begun or is being stopped, or its task cannot be marked so.
    pub async fn mark(&self, run: RunId, task: TaskKey, mark: Mark) -> Result<(), EngineError> {
        self.ask(|reply| Command::Mark(run, task, Box::new(mark), reply)).await
    }

    /// Says that a task of an ended run succeeded; the run goes on with what had ended because of it.
    ///
    /// # Errors
    /// When the run is active, or its task cannot be marked so.
    pub async fn mark_in_ended(
        &self,
        run: Run,
        plan: Arc<Plan>,
        task: TaskKey,
        mark: Mark,
    ) -> Result<(), EngineError> {
        let run = Box::new(run);
        self.ask(|reply| Command::MarkInEnded(run, plan, task, Box::new(mark), reply)).await
    }

    /// The questions that nobody has answered yet, the oldest first.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn questions(&self) -> Result<Vec<Question>, EngineError> {
        self.ask(Command::Questions).await
    }

    /// The runs that have not ended, in their order, and the pools.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn queue(&self) -> Result<Queue, EngineError> {
        self.ask(Command::Queue).await
    }

    /// Starts nothing more of a run. Nothing happens if it is paused.
    ///
    /// # Errors
    /// When it is not active, or is being stopped.
    pub async fn pause(&self, run: RunId, by: Actor) -> Result<(), EngineError> {
        self.ask(|reply| Command::Pause(run, by, reply)).await
    }

    /// Goes on with a paused run. Nothing happens if it is not paused.
    ///
    /// # Errors
    /// When it is not active, or is being stopped.
    pub async fn resume(&self, run: RunId, by: Actor) -> Result<(), EngineError> {
        self.ask(|reply| Command::Resume(run, by, reply)).await
    }

    /// Changes the limits of the home.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn settings(&self, settings: Settings) -> Result<(), EngineError> {
        self.ask(|reply| Command::Settings(settings, reply)).await
    }

    /// Why each task of a run waits that neither runs nor has ended; empty for a run that is not active.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn why(&self, run: RunId) -> Result<Vec<(TaskKey, String)>, EngineError> {
        self.ask(|reply| Command::Why(run, reply)).await
    }

    /// The runs that have not ended, sorted.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn active_runs(&self) -> Result<Vec<RunId>, EngineError> {
        self.ask(Command::ActiveRuns).await
    }

    /// Stops the engine; returns when everything that happened is stored. See [`ShutdownMode`].
    ///
    /// # Errors
    /// When it has stopped already.
    pub async fn shutdown(&self, mode: ShutdownMode) -> Result<(), EngineError> {
        self.ask(|reply| Command::Shutdown(mode, reply)).await
    }

    /// How busy it is, now and from now on.
    #[must_use]
    pub fn busy(&self) -> watch::Receiver<Busy> {
        self.busy.clone()
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| EngineError::Stopped)?;
        answer.await.map_err(|_| EngineError::Stopped)?
    }
}
