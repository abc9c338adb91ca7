//! Why a hook ran its task, and how a run ends for which hooks still run theirs.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Cause, RunState};
use crate::Values;
use crate::document::HookOn;
use crate::ident::Ident;
use crate::ids::TaskKey;

/// The most task runs that hooks on what happens within a run start; those at its end are not counted.
pub const MAX_FIRINGS: usize = 1_000;

/// Why a hook ran its task, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// The occasion.
    pub on: HookOn,
    /// The task whose hook it is; none = the workflow's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook_of: Option<Ident>,
    /// The task that it is about; none = the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskKey>,
    /// How that stands, or ended.
    pub state: String,
    /// Why, where there is something to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The try of that task that it is about, or its last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The run is in this round.
    pub round: u32,
}

impl Firing {
    /// What a person runs by hand to try it sees instead of an occasion.
    pub const MANUAL: &str = "manual";

    /// What the task sees as `hook`.
    #[must_use]
    pub fn values(&self) -> Values {
        values(self.on.word(), self.task.as_ref(), &self.state, &self.reason, self.attempt)
    }

    /// What a task that hooks run sees as `hook` when a person runs it.
    #[must_use]
    pub fn by_hand() -> Values {
        values(Self::MANUAL, None, RunState::Running.word(), "", None)
    }
}

fn values(
    on: &str,
    task: Option<&TaskKey>,
    state: &str,
    reason: &str,
    attempt: Option<u32>,
) -> Values {
    let all = json!({
        "on": on, "task": task.map(ToString::to_string), "state": state, "reason": reason, "attempt": attempt,
    });
    match all {
        Value::Object(values) => values,
        _ => Values::new(),
    }
}

impl fmt::Display for Firing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "on {}", self.on)?;
        if let Some(task) = &self.task {
            write!(f, " of {task}")?;
        }
        Ok(())
    }
}

/// How a run ends once the tasks have ended that its hooks run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// How.
    pub state: RunState,
    /// Why, where it does not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Somebody cancelled the run after that: no more is to come of its hooks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub canceled: bool,
}
