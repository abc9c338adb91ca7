//! What an attempt waits for, as it is recorded when the wait begins.

use serde::{Deserialize, Serialize};

use crate::Values;
use crate::time::Timestamp;

/// What an attempt without a place waits for, with all values put in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    /// For what.
    pub wait: WaitFor,
    /// When it is over by itself, or has taken too long; none = whenever it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// For what an attempt waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum WaitFor {
    /// For an instant, which is when it is over.
    Time,
    /// For something outside.
    Outside {
        /// What, in a few words.
        what: String,
    },
    /// For the answer of a person.
    Answer {
        /// What is asked: Markdown.
        message: String,
        /// What stands in the form before somebody types.
        #[serde(default, skip_serializing_if = "Values::is_empty")]
        form: Values,
    },
}

/// How a person says that a task ends, whatever becomes of its attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Succeeded or failed.
    pub state: super::TaskState,
    /// What it gives, where it succeeds.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub outputs: Values,
    /// Who says so.
    pub by: String,
}
