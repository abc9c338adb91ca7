//! Commands about runs and the daemon.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use millrace_model::Values;
use millrace_model::event::{Run, RunEvent, RunState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_model::time::Timestamp;

use crate::document::{Problem, Source};

/// Nothing more to say than that it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// Asks how the daemon fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DaemonState {}

/// How the daemon fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DaemonReport {
    /// Its process.
    pub pid: u32,
    /// The version of the program.
    pub version: String,
    /// The version of this interface.
    pub api_version: u32,
    /// The home that it serves.
    pub home: String,
    /// Since when.
    pub started: Timestamp,
    /// Runs under way.
    pub running_runs: u32,
    /// Runs that wait for their turn.
    pub queued_runs: u32,
    /// Attempts that run.
    pub running_tasks: u32,
    /// Tasks at a time in this home.
    pub parallel_tasks: u32,
    /// What a person should know: no session bus, disk full, read-only store.
    pub warnings: Vec<String>,
    /// The last place in the journal.
    pub position: u64,
}

/// Ends the daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StopDaemon {
    /// Cancel what runs and wait for it; else the keepers carry on and the next daemon adopts them.
    pub cancel_runs: bool,
}

/// What is to run and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartRun {
    /// The document.
    pub source: Source,
    /// Parameters as values.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub params: Values,
    /// Parameters as text (`-p k=v`), read by their declared types.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub param_texts: BTreeMap<String, String>,
    /// Only what these tasks need, and they.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Vec<Ident>>,
    /// Only these tasks; what they need is taken from the newest run in which it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<Ident>>,
    /// Pinned outputs stand in for their tasks, but for those that `only` names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// A person vouches for the document: they named it themselves, or made it where they ask. Else it has to be trusted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vouched: bool,
}

/// A run that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartedRun {
    /// Which.
    pub run: RunId,
    /// What is wrong with its document without keeping it from running: warnings, notices, errors in schedules and triggers.
    pub problems: Vec<Problem>,
}

/// Asks what a run would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRun {
    /// The run that is not started.
    pub start: StartRun,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The workflow's name.
    pub workflow: Ident,
    /// The parameters, complete and checked.
    pub params: Values,
    /// The tasks in an order in which they could run.
    pub tasks: Vec<PlannedTask>,
    /// The tasks that hooks would run, and on what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<PlannedHook>,
    /// As those of [`StartedRun`].
    pub problems: Vec<Problem>,
}

/// A task that would run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedTask {
    /// Which.
    pub task: Ident,
    /// Its kind.
    pub kind: String,
    /// Its level in the graph, from 0: tasks of one level can run side by side.
    pub level: u32,
    /// What it waits for, in words; empty = starts at once.
    pub waits_for: String,
    /// What it would do, with the values that are known beforehand.
    pub action: String,
    /// It would not run, and why (disabled, not selected).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// It would not have to run and why (`produces`, `cache`), or that this shows later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse: Option<String>,
}

/// A task that a hook would run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedHook {
    /// Which.
    pub task: Ident,
    /// Its kind.
    pub kind: String,
    /// On what, such as `failure` or `retry of load`.
    pub on: String,
    /// What it would do, with the values that are known beforehand.
    pub action: String,
}

/// Runs the current document again with results of an old run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rerun {
    /// The old run.
    pub run: RunId,
    /// The task from which everything runs again; none = everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Ident>,
    /// The document where it is not the file that the old run came from: a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Parameters that replace those of the old run.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub params: Values,
    /// The same as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub param_texts: BTreeMap<String, String>,
    /// Pinned outputs stand in for their tasks, but for `from`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// A person vouches for the document: they named it themselves, or made it where they ask. Else it has to be
    /// trusted, or to mean what the old run ran.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vouched: bool,
}

/// Reopens a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryRun {
    /// Which.
    pub run: RunId,
}

/// Stops a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelRun {
    /// Which.
    pub run: RunId,
    /// At once, without grace.
    #[serde(default)]
    pub kill: bool,
}

/// Starts no new attempts of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PauseRun {
    /// Which.
    pub run: RunId,
}

/// Starts new attempts again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResumeRun {
    /// Which.
    pub run: RunId,
}

/// Asks for a page of runs: of those that all of these conditions hold for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ListRuns {
    /// What people write: see `millrace_model::run_query`. Empty = all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Of this workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// In one of these states; empty = all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<RunState>,
    /// Accepted at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<RunId>,
    /// Without so many at the start of the list.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u64,
    /// The `mark` of an earlier page: without what was accepted after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<u64>,
    /// With how many there are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub count: bool,
    /// At most so many (1,000 at most).
    pub limit: u32,
}

/// A page of runs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<RunRow>,
    /// Ask with this for older ones; none = there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RunId>,
    /// How many there are, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<CountedRuns>,
    /// With this a later page has no runs that came in between.
    #[serde(default)]
    pub mark: u64,
}

/// How many runs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedRuns {
    /// In the list.
    pub found: u64,
    /// That belong into it and were accepted after its mark.
    pub newer: u64,
    /// In the history.
    pub all: u64,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Which.
    pub run: RunId,
    /// The workflow's name.
    pub workflow: Ident,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// Where it stands.
    pub state: RunState,
    /// What kind of thing started it: `manual`, `schedule`, `event`, `api`, `backfill`, `parent`.
    pub trigger: String,
    /// Which one: the schedule's or trigger's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_name: Option<String>,
    /// When it was accepted.
    pub queued: Timestamp,
    /// When it first left the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why it did not succeed, in half a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// The first task that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_task: Option<String>,
    /// The last line that it printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_line: String,
    /// How many tasks it has.
    pub tasks: u32,
    /// How many of them succeeded.
    pub succeeded: u32,
    /// How many of them ended Failed or Error, allowed ones counted.
    pub failed: u32,
}

/// Asks for the run that a text names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindRun {
    /// A prefix of its id, `last` or `last-failed`.
    pub name: String,
}

/// The run that a text names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundRun {
    /// Which.
    pub run: RunId,
}

/// Asks for a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetRun {
    /// Which.
    pub run: RunId,
    /// With the text of its snapshot.
    #[serde(default)]
    pub snapshot: bool,
}

/// A run with all its tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunDetail {
    /// The fold of its events.
    pub run: Run,
    /// The pinned document, canonical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// Why its tasks wait.
    pub waits: Vec<Wait>,
}

/// Asks why tasks wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhyRun {
    /// Of which run.
    pub run: RunId,
}

/// Why tasks wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    /// One for each task that waits.
    pub waits: Vec<Wait>,
}

/// Why a task waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// Which.
    pub task: TaskKey,
    /// In one sentence.
    pub why: String,
}

/// Asks for a page of a run's events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadEvents {
    /// Of which run.
    pub run: RunId,
    /// After this `seq`.
    pub after: u64,
    /// At most so many (10,000 at most), and fewer where they are large.
    pub limit: u32,
}

/// A page of a run's events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventPage {
    /// In order, without gaps; empty where none is left.
    pub events: Vec<RunEvent>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}
