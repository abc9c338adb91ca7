//! What the core is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use millrace_model::action::Answer;
use millrace_model::event::{Actor, AttemptEnd, Mark, Run, RunHead, TaskState};
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::report::Progress;

use super::effect::TimerKey;
use super::queue::Place;
use crate::plan::Plan;

/// Something that the core has to react to.
#[derive(Debug)]
pub enum Input {
    /// A new run. `tasks` and `only` of its head are filled in from the plan. One that a task of another run started
    /// (`Trigger::Parent`) is accepted only while that task's attempt waits for it. Where a schedule or trigger fires now
    /// ([`millrace_model::event::Trigger::is_live`]), the workflow's `overlap` decides what becomes of it.
    Submit {
        /// Names it.
        run: RunId,
        /// What is to run.
        plan: Arc<Plan>,
        /// What is known of it.
        head: Box<RunHead>,
    },
    /// A run that was not over when the last process died. Until [`Input::Recovered`] nothing is started: a run that comes
    /// later may hold the place, the slots or the lock.
    Recover {
        /// The fold of its events.
        run: Box<Run>,
        /// Its pinned workflow.
        plan: Arc<Plan>,
    },
    /// All runs that were not over when the last process died have been given.
    Recovered,
    /// An ended run goes on with what did not end well.
    Retry {
        /// The fold of its events.
        run: Box<Run>,
        /// Its pinned workflow.
        plan: Arc<Plan>,
        /// Who asks.
        by: Actor,
    },
    /// A person answers the question of a task.
    Answer {
        /// Of which run.
        run: RunId,
        /// Of which task.
        task: TaskKey,
        /// Its values are complete and checked.
        answer: Answer,
    },
    /// A person says how a task of a run under way ends.
    Mark {
        /// Of which run.
        run: RunId,
        /// Which task.
        task: TaskKey,
        /// How, and who says so.
        mark: Box<Mark>,
    },
    /// A person says that a task of an ended run succeeded.
    MarkInEnded {
        /// The fold of its events.
        run: Box<Run>,
        /// Its pinned workflow.
        plan: Arc<Plan>,
        /// Which task.
        task: TaskKey,
        /// What it gives, and who says so.
        mark: Box<Mark>,
    },
    /// A run takes longer than its runs usually do: hooks may wait for that.
    Slow {
        /// Which.
        run: RunId,
        /// Why one thinks so.
        reason: String,
    },
    /// Something became of an attempt.
    Report {
        /// Which.
        attempt: AttemptId,
        /// What.
        report: AttemptReport,
        /// Between 0.8 and 1.2: multiplies the delay before the next try where the policy asks for jitter.
        jitter: f64,
    },
    /// A timer fired.
    Timer(TimerKey),
    /// Stop a run. The second time, or with `kill`, at once and teardowns too.
    Cancel {
        /// Which.
        run: RunId,
        /// Who asks.
        by: Actor,
        /// At once.
        kill: bool,
    },
    /// Start nothing more of a run.
    Pause {
        /// Which.
        run: RunId,
        /// Who asks.
        by: Actor,
    },
    /// Go on with a paused run.
    Resume {
        /// Which.
        run: RunId,
        /// Who asks.
        by: Actor,
    },
    /// Put a run before or after others.
    Move {
        /// Which.
        run: RunId,
        /// Where to.
        to: Place,
        /// Who asks.
        by: Actor,
    },
    /// The home's limits changed.
    Settings(Settings),
}

/// What an executor says of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptReport {
    /// It runs. May be left out where its end is reported at the same time.
    Started {
        /// Of its main process.
        pid: Option<u32>,
    },
    /// It says how far it is; not too often.
    Progressed(Progress),
    /// Whoever looks for what it waits for outside did not find it.
    Looked {
        /// What was found instead.
        found: String,
    },
    /// It ended.
    Ended(Box<AttemptEnd>),
    /// It has not started and never will.
    Recalled,
    /// Nobody knows what became of it.
    Unknown {
        /// What is known.
        message: String,
    },
}

/// The limits of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Attempts at a time, over all runs; at least 1.
    pub parallel_tasks: u32,
    /// Pools with their slots.
    pub pools: BTreeMap<String, u32>,
    /// How many attempts may be handed to the executor ahead of a free place. 0 = none.
    pub prefetch: u32,
}

impl Settings {
    /// The number of attempts ahead that keeps keepers busy without hiding the order.
    pub const DEFAULT_PREFETCH: u32 = 32;

    /// So many attempts at a time, no pools.
    #[must_use]
    pub fn with_places(parallel_tasks: u32) -> Self {
        Self { parallel_tasks, pools: BTreeMap::new(), prefetch: Self::DEFAULT_PREFETCH }
    }
}

/// Why the core does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such run is under way.
    #[error("run {0} is not under way: it has ended or never was")]
    NotActive(RunId),
    /// The run is under way already.
    #[error("run {0} is under way already")]
    AlreadyActive(RunId),
    /// Nothing in the run could be retried.
    #[error("run {0} has nothing to retry: every task of it ended well")]
    NothingToRetry(RunId),
    /// The attempt that it is to stand for does not want it, or not any more.
    #[error(
        "run {0} is not waited for: the run that asked for it is being stopped, is paused or has ended"
    )]
    NotAwaited(RunId),
    /// As many runs of the workflow as may be are active, and it lets no more wait (`overlap: skip`).
    #[error(
        "{active} of at most {limit} runs are active already, and the workflow skips what overlaps"
    )]
    Overlap {
        /// How many are active.
        active: u32,
        /// How many may be.
        limit: u32,
    },
    /// The task asks nothing, or not any more.
    #[error("the task {task} of run {run} does not wait for an answer")]
    NotAsked {
        /// The run.
        run: RunId,
        /// The task.
        task: String,
    },
    /// The run has no such task.
    #[error("run {run} has no task {task}")]
    NoSuchTask {
        /// The run.
        run: RunId,
        /// The task.
        task: String,
    },
    /// It is mapped and under way, or an item that has ended.
    #[error(
        "{task} of run {run} cannot be marked: of a mapped task those items can that have not ended, such as NAME[3], and the task itself once it has"
    )]
    OfItems {
        /// The run.
        run: RunId,
        /// The task, or the item.
        task: String,
    },
    /// Hooks run it.
    #[error(
        "{task} of run {run} cannot be marked: a hook runs it, and of what hooks run only that can which has not ended, such as NAME[3]"
    )]
    OfHooks {
        /// The run.
        run: RunId,
        /// The task, or one time that it ran.
        task: String,
    },
    /// Nothing runs any more but tasks of hooks.
    #[error(
        "run {0} has ended but for tasks that its hooks run: mark the task once those have ended"
    )]
    HooksRun(RunId),
    /// The run waits for its turn.
    #[error("run {0} has not begun yet: its tasks can be marked once it has")]
    NotBegun(RunId),
    /// The task has ended, and not so that a mark could put it right.
    #[error(
        "the task {task} of run {run} has ended ({state}): only what did not succeed can be marked, as succeeded"
    )]
    CannotMark {
        /// The run.
        run: RunId,
        /// The task.
        task: String,
        /// How it ended.
        state: TaskState,
    },
    /// The run is being cancelled.
    #[error("run {0} is being stopped: it cannot be paused or resumed, nor its tasks be marked")]
    Stopping(RunId),
    /// The fold does not belong to the plan.
    #[error("run {run}: its history names the task {task}, which its workflow does not have")]
    Mismatch {
        /// The run.
        run: RunId,
        /// The task.
        task: String,
    },
}
