//! Commands by which a person has a say in a run: an answer to a question, a mark on a task.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use millrace_model::Values;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

/// Answers the question of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerTask {
    /// Of which run.
    pub run: RunId,
    /// Of which task.
    pub task: TaskKey,
    /// Yes or no.
    pub approve: bool,
    /// What was entered into its form, as values.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub values: Values,
    /// What was entered as text (`-p k=v`), read by the declared types.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
    /// A word with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who answers; none = whoever the daemon belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Says how a task ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkTask {
    /// Of which run.
    pub run: RunId,
    /// Which task.
    pub task: TaskKey,
    /// How.
    pub mark: MarkAs,
    /// What it gives, where it is marked succeeded.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub outputs: Values,
    /// Who says so; none = whoever the daemon belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// How a task can be marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkAs {
    /// As if it had done its work.
    Succeeded,
    /// As if it had said no.
    Failed,
}

/// A question that nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Of which run.
    pub run: RunId,
    /// Of which task.
    pub task: TaskKey,
    /// The workflow's name.
    pub workflow: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Since when it is asked.
    pub since: Timestamp,
    /// When it is too late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What is asked: Markdown.
    pub message: String,
    /// What stands in the form before somebody types.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub form: Values,
    /// The declarations of the form's fields, as they stand in the document; null where there are none.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub params: serde_json::Value,
}
