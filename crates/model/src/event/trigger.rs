//! What started a run, and of which kind that is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ident::Ident;
use crate::ids::{BackfillId, RunId, TaskKey};

/// What started a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Trigger {
    /// A person: a click or a command.
    Manual,
    /// The clock.
    Schedule {
        /// The schedule's name in the workflow.
        schedule: Ident,
        /// Its tick had been missed; it was made up for later.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        caught_up: bool,
    },
    /// A file or the end of another workflow.
    Event {
        /// The trigger's name in the workflow.
        trigger: Ident,
        /// What happened.
        cause: EventCause,
    },
    /// A call.
    Api {
        /// The trigger's name in the workflow.
        trigger: Ident,
    },
    /// A backfill.
    Backfill {
        /// The schedule's name in the workflow.
        schedule: Ident,
        /// The runs that were asked for at once have the same.
        backfill: BackfillId,
        /// So many of them are under way at a time; at least 1. They do not count as active runs of the workflow.
        parallel: u32,
    },
    /// A task of another run.
    Parent {
        /// That run.
        run: RunId,
        /// The task in it.
        task: TaskKey,
        /// It does not wait for the end of this run.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        detached: bool,
    },
}

/// What made a trigger fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum EventCause {
    /// A file is new or changed.
    File {
        /// Its path.
        path: String,
        /// Tells this version of the file from others.
        version: String,
    },
    /// A run of another workflow ended.
    Run {
        /// Which: the last one, where several were waited for.
        run: RunId,
        /// Its workflow's name.
        workflow: String,
    },
}

impl EventCause {
    /// What `run.event` gives: the file's path, or the run's id.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::File { path, .. } => path.clone(),
            Self::Run { run, .. } => run.to_string(),
        }
    }
}

impl fmt::Display for EventCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => write!(f, "the file {path}"),
            Self::Run { run, workflow } => write!(f, "the end of run {run:.8} of {workflow}"),
        }
    }
}

impl Trigger {
    /// What `run.event` gives: what made a trigger fire; empty for all else.
    #[must_use]
    pub fn event(&self) -> String {
        match self {
            Self::Event { cause, .. } => cause.value(),
            _ => String::new(),
        }
    }

    /// Something happened just now that starts a run by itself: the workflow's `overlap` applies.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Schedule { caught_up: false, .. } | Self::Event { .. })
    }

    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> TriggerKind {
        match self {
            Self::Manual => TriggerKind::Manual,
            Self::Schedule { .. } => TriggerKind::Schedule,
            Self::Event { .. } => TriggerKind::Event,
            Self::Api { .. } => TriggerKind::Api,
            Self::Backfill { .. } => TriggerKind::Backfill,
            Self::Parent { .. } => TriggerKind::Parent,
        }
    }
}

/// What kind of thing started a run, without which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TriggerKind {
    /// A person.
    Manual,
    /// The clock.
    Schedule,
    /// A file or the end of another workflow.
    Event,
    /// A call.
    Api,
    /// A backfill.
    Backfill,
    /// A task of another run.
    Parent,
}

impl TriggerKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Manual, Self::Schedule, Self::Event, Self::Api, Self::Backfill, Self::Parent];

    /// The word in JSON, in expressions and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Schedule => "schedule",
            Self::Event => "event",
            Self::Api => "api",
            Self::Backfill => "backfill",
            Self::Parent => "parent",
        }
    }
}
