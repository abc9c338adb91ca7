//! What is well on the machine and in the home and what is not, and one file of that for a report of a problem.

use serde::{Deserialize, Serialize};

/// What is never in such a file, in words for whoever is about to give it away.
pub const NEVER_IN_IT: &str =
    "no secrets, parameters, outputs, logs of tasks or documents are in it";

/// Asks how everything stands, and what a file of that would have in it. Nothing is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadDiagnostics {}

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diagnostics {
    /// What was looked at, in order.
    pub checks: Vec<Check>,
    /// What a file of it would have in it.
    pub parts: Vec<DiagnosticsPart>,
}

/// A thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What.
    pub about: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Something will not work, or not as well as it could.
    Warning,
    /// Nothing will run.
    Error,
}

/// A part of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiagnosticsPart {
    /// Its name within the file.
    pub name: String,
    /// What is in it, in words.
    pub what: String,
    /// Its size, in bytes.
    pub bytes: u64,
}

/// Writes the file: a `.tar.gz` that only this user can read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveDiagnostics {
    /// Where to: an absolute path.
    pub path: String,
    /// A file that is there already is replaced.
    #[serde(default)]
    pub replace: bool,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDiagnostics {
    /// Where it is.
    pub path: String,
    /// Its size, in bytes.
    pub bytes: u64,
    /// What is in it.
    pub parts: Vec<DiagnosticsPart>,
}

impl Check {
    /// It is as it should be.
    #[must_use]
    pub fn ok(about: &str, found: impl Into<String>) -> Self {
        Self { about: about.to_owned(), verdict: Verdict::Ok, found: found.into(), help: None }
    }

    /// Something will not work as well as it could.
    #[must_use]
    pub fn warning(about: &str, found: impl Into<String>, help: impl Into<String>) -> Self {
        let help = Some(help.into()).filter(|help| !help.is_empty());
        Self { about: about.to_owned(), verdict: Verdict::Warning, found: found.into(), help }
    }

    /// Nothing will run.
    #[must_use]
    pub fn error(about: &str, found: impl Into<String>, help: impl Into<String>) -> Self {
        let help = Some(help.into()).filter(|help| !help.is_empty());
        Self { about: about.to_owned(), verdict: Verdict::Error, found: found.into(), help }
    }
}
