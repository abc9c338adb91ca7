//! Events of a run, and the state that they fold to.
//!
//! The engine emits them, the store keeps them, clients and ui fold them: all with the one `Run::apply` here.

mod cause;
mod firing;
mod fold;
mod mapped;
mod origin;
mod outcome;
mod state;
#[cfg(test)]
mod tests;
mod trigger;
mod waits;

use serde::{Deserialize, Serialize};

use crate::Values;
use crate::ident::Ident;
use crate::ids::{RunId, TaskKey, WorkflowId};
use crate::report::Progress;
use crate::time::Timestamp;

pub use cause::Cause;
pub use firing::{Decided, Firing, MAX_FIRINGS};
pub use fold::{Attempt, FoldError, Run, Stop, TaskRun};
pub use mapped::{MAX_GATHERED, MAX_ITEMS, Mapped, gather, gathered_len, json_len};
pub use origin::{Committed, InGit, Origin};
pub use outcome::{Artifact, AttemptEnd, Exit, LogSummary, Outcome};
pub use state::{RunState, TaskState};
pub use trigger::{EventCause, Trigger, TriggerKind};
pub use waits::{Mark, WaitFor, Waits};

/// Something that happened to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// To which run.
    pub run: RunId,
    /// Counts the run's events from 1, without gaps.
    pub seq: u64,
    /// When, by the wall clock of this machine.
    pub at: Timestamp,
    /// What.
    pub kind: RunEventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEventKind {
    /// The run was accepted. Always the first event.
    RunQueued(Box<RunHead>),
    /// It left the queue: tasks may start.
    RunStarted,
    /// No new attempts from here on.
    RunPaused {
        /// Who did it.
        by: Actor,
    },
    /// New attempts again.
    RunResumed {
        /// Who did it.
        by: Actor,
    },
    /// It goes before or after other runs where places are given and turns come.
    RunMoved {
        /// The smaller, the sooner; a run that was never moved has the microseconds of the instant at which it was queued.
        rank: i64,
        /// Who did it.
        by: Actor,
    },
    /// Whatever has not started will not; what runs is stopped.
    CancelRequested {
        /// Who did it.
        by: Actor,
        /// At once (SIGKILL, and teardowns too): the second cancel.
        kill: bool,
    },
    /// `fail_fast` or the run's time-out cancels the rest; the run will be Failed.
    AbortRequested {
        /// Why.
        cause: Cause,
    },
    /// The joins of these tasks hold; they wait for a free place.
    TasksQueued {
        /// Which.
        tasks: Vec<TaskKey>,
    },
    /// The items of a mapped task (`for_each`) are known, once and for all: each of them is a task run of its own now.
    TaskMapped {
        /// Of which task.
        task: TaskKey,
        /// What they are, in order; never empty.
        items: Vec<serde_json::Value>,
    },
    /// The engine decided to start an attempt and handed it to its executor.
    AttemptDispatched {
        /// Of which task.
        task: TaskKey,
        /// The attempt's number within the run.
        serial: u32,
        /// Counts this task's attempts from 1, over all rounds.
        number: u32,
    },
    /// Its process runs, or its child run was accepted. Left out where the end is known already.
    AttemptStarted {
        /// The attempt's number within the run.
        serial: u32,
        /// Of its main process.
        pid: Option<u32>,
        /// The run of another workflow that it is, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        child: Option<RunId>,
    },
    /// A running attempt said how far it is. Left out where it says so too often.
    AttemptProgressed {
        /// The attempt's number within the run.
        serial: u32,
        /// How far.
        progress: Progress,
    },
    /// An attempt waits, without a place. It is no process.
    AttemptWaits {
        /// The attempt's number within the run.
        serial: u32,
        /// For what.
        waits: Box<Waits>,
    },
    /// A dispatched attempt was taken back before it started; its task is queued again, no try is used up.
    AttemptRecalled {
        /// The attempt's number within the run.
        serial: u32,
    },
    /// An attempt ended.
    AttemptEnded {
        /// The attempt's number within the run.
        serial: u32,
        /// How.
        end: Box<AttemptEnd>,
        /// What becomes of its task.
        then: Then,
    },
    /// A task ended without an attempt: skipped, upstream failed, cancelled, not evaluable.
    TaskEnded {
        /// Which.
        task: TaskKey,
        /// How.
        state: TaskState,
        /// Why.
        cause: Cause,
    },
    /// A person says how a task ends. Without an attempt in flight it has ended so; else it ends so with its attempt.
    TaskMarked {
        /// Which.
        task: TaskKey,
        /// How, and who says so.
        mark: Box<Mark>,
        /// Tasks after it that had ended because of how it ended, and are Pending again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        again: Vec<TaskKey>,
    },
    /// The last item of a mapped task ended, and so did the task.
    ItemsEnded {
        /// Which task.
        task: TaskKey,
        /// How.
        state: TaskState,
        /// Why, where it did not simply succeed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// A hook runs its task: this is a task run of its own, the next item of that task. The task itself is part of the run
    /// from its first one on.
    HookFired {
        /// Which task.
        task: Ident,
        /// Why.
        firing: Box<Firing>,
    },
    /// All tasks have ended, and hooks at the end of the run run theirs now. The run ends so once those have ended, however
    /// they end.
    OutcomeDecided {
        /// How.
        state: RunState,
        /// Why, where it does not succeed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// A retry reopened the run: these tasks are Pending again. Where items of a mapped task are named, that goes on with
    /// them and keeps the others; where the task itself is, its items are to be found anew.
    Reopened {
        /// Counts the rounds of the run from 1.
        round: u32,
        /// Which tasks.
        tasks: Vec<TaskKey>,
        /// Who did it.
        by: Actor,
    },
    /// The run ended.
    RunEnded {
        /// How.
        state: RunState,
        /// Why, where it did not succeed.
        cause: Option<Cause>,
    },
}

/// What becomes of a task after an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum Then {
    /// The task is tried again.
    Retry {
        /// Not before.
        due: Timestamp,
    },
    /// It ended well, and `repeat.until` does not hold yet: the next iteration.
    Repeat {
        /// Not before.
        due: Timestamp,
    },
    /// The task ended.
    End {
        /// How.
        state: TaskState,
        /// Why, where it did not simply succeed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
}

/// What is known of a run from the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunHead {
    /// The workflow's name.
    pub workflow: Ident,
    /// Its title, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The workflow's identity in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// The document's canonical path, where it is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Names the pinned snapshot in the store: the SHA-256 of its canonical text, in hexadecimal.
    pub snapshot: String,
    /// What started it.
    pub trigger: Trigger,
    /// The scheduled instant, or the start of a manual run.
    pub logical_time: Timestamp,
    /// The parameters, complete and checked. A secret parameter is the secret's name.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub params: Values,
    /// The tasks of the snapshot, in order, without those that only hooks run.
    pub tasks: Vec<Ident>,
    /// Where only a part is to run: these tasks. The others are not in the run at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<Ident>>,
    /// The run of which this is a rerun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<RunId>,
    /// What had failed in the run before, where hooks on `recovery` ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_before: Option<Box<FailedBefore>>,
    /// By what and where it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Box<Origin>>,
    /// Tasks whose results are taken over from an earlier run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
}

/// What had failed in the run of the same workflow that ended before this one was accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedBefore {
    /// The run itself.
    pub run: bool,
    /// These tasks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Ident>,
}

/// A result that a run begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// The task.
    pub task: TaskKey,
    /// How it ended there.
    pub state: TaskState,
    /// The run that it ran in; none where the document holds it (`pinned_outputs`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<RunId>,
    /// Its outputs there.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub outputs: Values,
    /// Its artifacts there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
}

/// Who asked for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person at the window or the command line.
    Person,
    /// A run that this is a child of.
    Parent,
    /// A newer run, by `overlap: replace`.
    Replace,
    /// Millrace is shutting down.
    Shutdown,
}
