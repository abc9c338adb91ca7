//! Commands about what starts workflows by itself: schedules, triggers, backfills.

use serde::{Deserialize, Serialize};

use millrace_model::event::RunState;
use millrace_model::ident::Ident;
use millrace_model::ids::{BackfillId, RunId, WorkflowId};
use millrace_model::time::Timestamp;

use crate::document::Source;

/// Asks for the schedules and triggers of this home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListSchedules {
    /// Only those of this workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// The schedules and triggers of this home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleList {
    /// In order of workflow and name.
    pub schedules: Vec<ScheduleRow>,
    /// The system's time zone: that of schedules that name none.
    pub timezone: String,
    /// The clock of the daemon.
    pub now: Timestamp,
}

/// What starts a workflow: a rule of the clock, a file, the end of another workflow, or a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StarterKind {
    /// A schedule.
    Schedule,
    /// A trigger.
    Trigger,
}

/// A schedule or trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// The workflow's identity.
    pub workflow_id: WorkflowId,
    /// The workflow's name.
    pub workflow: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its document.
    pub path: String,
    /// Which of both it is.
    pub kind: StarterKind,
    /// Its name.
    pub name: String,
    /// When it fires, in words.
    pub words: String,
    /// The time zone by whose clock it goes; none for a trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// It is switched on, on this machine.
    pub is_on: bool,
    /// Why it does not fire although it is switched on: its document is not trusted, or has errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// When it starts its next run, jitter included, where it fires by the clock and nothing keeps it from firing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// Its newest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastFire>,
}

/// Why something that is switched on does not start runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Its document came from elsewhere and nobody said that it may run.
    Untrusted,
    /// Its document has errors; the first one.
    Broken(String),
}

/// The newest run of a schedule or trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastFire {
    /// The instant that it is for.
    pub tick: Timestamp,
    /// The run.
    pub run: RunId,
    /// How it stands.
    pub state: RunState,
}

/// Switches schedules and triggers on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SwitchSchedules {
    /// The workflow.
    pub source: Source,
    /// Which of its schedules and triggers; none = all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On or off.
    pub on: bool,
}

/// Asks what fires, fired and did not fire in a span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListFires {
    /// From this instant on.
    pub from: Timestamp,
    /// Up to this one.
    pub to: Timestamp,
    /// Only of this workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// What fires, fired and did not fire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fires {
    /// In order of time.
    pub fires: Vec<FireRow>,
    /// There are more than are listed (5,000).
    #[serde(default)]
    pub is_cut: bool,
}

/// A tick or another occasion to start a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FireRow {
    /// Of what is to come: when its run starts, jitter included. Of a run: the instant that it is for.
    pub at: Timestamp,
    /// The instant that names it, where that is another one: a person moved it, or its jitter makes it late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick: Option<Timestamp>,
    /// A person moved it.
    #[serde(default)]
    pub is_moved: bool,
    /// The workflow's identity.
    pub workflow_id: WorkflowId,
    /// The workflow's name.
    pub workflow: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its document, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The schedule or trigger.
    pub name: String,
    /// What becomes or became of it.
    pub what: FireState,
}

/// What becomes of an occasion to start a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FireState {
    /// It will fire.
    Coming,
    /// It would fire, were the schedule on, trusted and without errors.
    Held,
    /// It started a run.
    Run {
        /// Which.
        run: RunId,
        /// How that stands.
        run_state: RunState,
        /// It was made up for later.
        #[serde(default)]
        caught_up: bool,
        /// A backfill made it.
        #[serde(default)]
        backfill: bool,
    },
    /// It did not start a run.
    Skipped {
        /// Why, in words.
        why: String,
        /// So many, from `first` to `at`.
        count: u64,
        /// The first of them.
        first: Timestamp,
    },
}

/// Has a single coming tick fire at another instant, or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveFire {
    /// The workflow.
    pub source: Source,
    /// The schedule.
    pub schedule: Ident,
    /// The tick, by the schedule's rule.
    pub tick: Timestamp,
    /// What becomes of it.
    pub to: MoveTo,
}

/// What becomes of a single tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveTo {
    /// It fires at this instant.
    At(Timestamp),
    /// It does not fire.
    Nowhere,
    /// It fires as its rule says.
    Back,
}

/// Runs a workflow once for each tick of a past span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backfill {
    /// The workflow.
    pub source: Source,
    /// The schedule; none where the workflow has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Ident>,
    /// From this instant on.
    pub from: Timestamp,
    /// Up to this one.
    pub to: Timestamp,
    /// The newest tick first.
    #[serde(default)]
    pub reverse: bool,
    /// Leave out ticks for which a run succeeded.
    #[serde(default)]
    pub skip_done: bool,
    /// So many at a time; at least 1.
    pub parallel: u32,
    /// Only say what would run.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a backfill runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackfillPlan {
    /// Names it; none where nothing was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<BackfillId>,
    /// The schedule.
    pub schedule: Ident,
    /// Its time zone.
    pub timezone: String,
    /// The ticks, in the order in which they run.
    pub ticks: Vec<BackfillTick>,
}

/// A tick of a backfill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackfillTick {
    /// The tick.
    pub tick: Timestamp,
    /// Its run, where one was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The run that succeeded for it before, where it is left out for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<RunId>,
}

/// The most ticks that one backfill runs.
pub const MOST_BACKFILLED: usize = 1_000;
