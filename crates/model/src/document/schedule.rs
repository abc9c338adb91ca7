//! When a workflow starts by itself, and who is told.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Extra, Json};
use crate::event::RunState;
use crate::ident::Ident;
use crate::time::Span;

/// A rule of the clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Unique in the workflow.
    pub name: Ident,
    /// The rule.
    pub rule: ScheduleRule,
    /// IANA zone; none = the system's.
    pub timezone: Option<String>,
    /// Not before this instant (RFC 3339).
    pub start: Option<String>,
    /// Not after this instant (RFC 3339).
    pub end: Option<String>,
    /// What becomes of missed ticks.
    pub catch_up: CatchUp,
    /// Each tick is late by a random time up to this.
    pub jitter: Option<Span>,
    /// Parameters of its runs: an object.
    pub params: Option<Json>,
    /// Unknown keys.
    pub extra: Extra,
}

/// `cron`, `every` or `at`.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleRule {
    /// Five or six fields, or a preset such as `@daily`.
    Cron(String),
    /// A fixed spacing, anchored at `start`, else at the Unix epoch.
    Every(Span),
    /// Once, at this instant (RFC 3339).
    At(String),
}

/// What becomes of ticks that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatchUp {
    /// Dropped.
    None,
    /// One run for the newest.
    #[default]
    Latest,
    /// One run for each, at most 100.
    All,
}

/// What a tick does when `active_runs` are active already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlap {
    /// Recorded and dropped.
    #[default]
    Skip,
    /// Waits.
    Queue,
    /// The oldest run is cancelled.
    Replace,
}

/// What else starts a workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct TriggerRule {
    /// Unique in the workflow.
    pub name: Ident,
    /// What it watches.
    pub source: TriggerSource,
    /// At most this often.
    pub rate: Option<Span>,
    /// Parameters of its runs: an object.
    pub params: Option<Json>,
    /// Unknown keys.
    pub extra: Extra,
}

/// What a trigger watches.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerSource {
    /// New or changed files.
    File(FileTrigger),
    /// The end of other workflows.
    Workflow(WorkflowTrigger),
    /// A call with a token.
    Http(HttpTrigger),
}

/// New or changed files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileTrigger {
    /// Which files.
    pub glob: String,
    /// Unchanged for so long.
    pub stable: Span,
    /// Unknown keys.
    pub extra: Extra,
}

impl FileTrigger {
    /// How long a file has to be unchanged where a trigger does not say.
    pub const DEFAULT_STABLE: Span = Span::from_secs(2);
}

/// The end of other workflows.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowTrigger {
    /// Which.
    pub names: WorkflowNames,
    /// Run states that count.
    pub on: Vec<RunState>,
    /// Unknown keys.
    pub extra: Extra,
}

impl WorkflowTrigger {
    /// The run states that count where a trigger does not say.
    pub const DEFAULT_ON: [RunState; 1] = [RunState::Succeeded];
}

/// Other workflows.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkflowNames {
    /// All of them have ended since the last run.
    All(Vec<Ident>),
    /// One of them has ended.
    Any(Vec<Ident>),
}

/// A call with a token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HttpTrigger {
    /// Unknown keys.
    pub extra: Extra,
}

/// What is done on an occasion: somebody is told, or a task runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// Of what.
    pub on: HookOn,
    /// What is done.
    pub action: HookAction,
    /// Unknown keys.
    pub extra: Extra,
}

/// What a hook waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookOn {
    /// It succeeded.
    Success,
    /// It failed.
    Failure,
    /// It succeeded after a failure.
    Recovery,
    /// It is tried again.
    Retry,
    /// It ended in whatever way.
    Finish,
    /// It waits for a person.
    Waiting,
    /// A tick was missed (workflows only).
    Missed,
    /// It takes unusually long (workflows only).
    Slow,
}

impl HookOn {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Recovery => "recovery",
            Self::Retry => "retry",
            Self::Finish => "finish",
            Self::Waiting => "waiting",
            Self::Missed => "missed",
            Self::Slow => "slow",
        }
    }
}

impl fmt::Display for HookOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a hook does.
#[derive(Debug, Clone, PartialEq)]
pub enum HookAction {
    /// Tells people, by a channel: its name, or an object.
    Notify(Json),
    /// Runs this task.
    Task(Ident),
}
