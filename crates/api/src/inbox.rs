//! Commands about what a person should look at.

use serde::{Deserialize, Serialize};

use millrace_model::time::Timestamp;

use crate::answer::Question;
use crate::run::RunRow;
use crate::schedule::FireRow;

/// Asks for what a person should look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadInbox {}

/// What a person should look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbox {
    /// Questions that nobody has answered yet, the oldest first, at most 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Failed runs that nobody has seen, newest first, at most 200.
    pub failures: Vec<RunRow>,
    /// What should have started and did not, newest first, at most 200.
    pub skips: Vec<InboxSkip>,
    /// Documents with schedules or triggers that are not trusted.
    pub untrusted: Vec<Untrusted>,
}

/// Something that should have started a run and did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxSkip {
    /// Its number: for [`MarkSeen`].
    pub skip: u64,
    /// When that was decided.
    pub decided: Timestamp,
    /// What it was.
    pub fire: FireRow,
}

/// A document that would run by itself were it trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untrusted {
    /// The workflow's name.
    pub workflow: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its document.
    pub path: String,
    /// What would start it, in words.
    pub starters: Vec<String>,
}

/// Notes that a person has seen things of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MarkSeen {
    /// Failed runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<millrace_model::ids::RunId>,
    /// What did not start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skips: Vec<u64>,
    /// They are to be looked at after all: takes back that they were seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
}
