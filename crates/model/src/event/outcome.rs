//! How an attempt ended, as its executor reports it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Cause, RunState};
use crate::Values;
use crate::ids::RunId;
use crate::report::Metric;
use crate::time::Timestamp;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It did what it should.
    Succeeded,
    /// It did not have to run: all that it `produces` was there already, or an earlier run did the same.
    Reused {
        /// The run whose outputs stand in for those that it would have given; none where no run gave any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<RunId>,
        /// That run did the same with the same inputs (`cache`).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cached: bool,
    },
    /// It said that there is nothing to do (`skip_exit_code`, `millrace-task skip`).
    Skipped {
        /// Why, in its own words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// It ran and said no.
    Failed {
        /// How its main process ended, or what it was answered.
        exit: Exit,
    },
    /// Its process ended well, and files that it `produces` are not there.
    Missing {
        /// Their patterns, with values put in; never empty.
        patterns: Vec<String>,
    },
    /// It was done and said no, and why.
    Refused {
        /// What it said.
        message: String,
    },
    /// The run of another workflow that it started did not succeed.
    Child {
        /// Which run.
        run: RunId,
        /// How it ended.
        state: RunState,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Box<Cause>>,
    },
    /// A person said no to what it asked.
    Rejected {
        /// Who; none = nobody answered in time, which counts as a no.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// What they wrote with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It could not be run.
    Error {
        /// What could not be done, to which thing, and what to do next.
        message: String,
    },
    /// It ran longer than its `timeout` and was stopped.
    TimedOut,
    /// It was stopped because the run or the task was cancelled.
    Canceled,
    /// Nobody knows how it ended: its keeper died, or a request that can be sent again got no answer.
    Lost {
        /// What is known.
        message: String,
    },
    /// It may or may not have had its effect (a request timed out, a connection was lost at COMMIT).
    Unknown {
        /// What is known.
        message: String,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("succeeded"),
            Self::Reused { from, cached } => Cause::Reused { from: *from, cached: *cached }.fmt(f),
            Self::Missing { patterns } => Cause::NotProduced { patterns: patterns.clone() }.fmt(f),
            Self::Rejected { by, note } => {
                Cause::Rejected { by: by.clone(), note: note.clone() }.fmt(f)
            }
            Self::Skipped { reason } if reason.is_empty() => {
                f.write_str("said that there is nothing to do")
            }
            Self::Skipped { reason } => write!(f, "said that there is nothing to do: {reason}"),
            Self::Failed { exit } => exit.fmt(f),
            Self::Child { run, state, reason } => {
                Cause::Child { run: *run, state: *state, reason: reason.clone() }.fmt(f)
            }
            Self::TimedOut => f.write_str("took too long"),
            Self::Canceled => f.write_str("cancelled"),
            Self::Refused { message }
            | Self::Error { message }
            | Self::Lost { message }
            | Self::Unknown { message } => f.write_str(message),
        }
    }
}

/// How a process ended, or a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// Killed by this signal.
    Signal(i32),
    /// Answered with this HTTP status, which was not expected.
    Status(u16),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Status(status) => write!(f, "answered with status {status}"),
            Self::Signal(signal) => match signal_name(signal) {
                Some(name) => write!(f, "killed by {name}"),
                None => write!(f, "killed by signal {signal}"),
            },
        }
    }
}

/// The names of the signals that end processes, the same on every Linux and macOS architecture we build for.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// An attempt's end and what was measured of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptEnd {
    /// How it ended.
    pub outcome: Outcome,
    /// When its process started; none where it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Timestamp,
    /// How long it ran, in microseconds, by a clock that nobody can set.
    pub duration_us: u64,
    /// What it gave.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub outputs: Values,
    /// The files that it left on purpose, in order of name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
    /// What it measured, in the order in which it first gave it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// What a person should know of how it ended, a sentence each: an artifact that was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Names what it did and with what, where its task may take over results of the same (`cache`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Its log; none where it printed nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogSummary>,
    /// Processes outlived it and were killed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_processes: bool,
    /// The kernel ended it because memory ran out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_memory: bool,
    /// User and system time of its processes, in microseconds; 0 where unknown.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cpu_us: u64,
    /// The largest resident memory of its processes, in bytes; 0 where unknown.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub max_rss: u64,
}

impl AttemptEnd {
    /// An end at `ended` without a process and without measurements.
    #[must_use]
    pub fn unmeasured(outcome: Outcome, ended: Timestamp) -> Self {
        Self {
            outcome,
            started: None,
            ended,
            duration_us: 0,
            outputs: Values::new(),
            artifacts: Vec::new(),
            metrics: Vec::new(),
            notes: Vec::new(),
            fingerprint: None,
            log: None,
            left_processes: false,
            out_of_memory: false,
            cpu_us: 0,
            max_rss: 0,
        }
    }
}

/// A file that an attempt left on purpose. Its content lies in the home once, whoever else left the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name: a path within the attempt's folder of artifacts.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Its type, as far as that is known.
    pub media_type: String,
}

/// What is worth knowing of a log without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSummary {
    /// Bytes that the task printed.
    pub bytes: u64,
    /// Bytes of them that were left out between head and tail.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u64,
    /// The last line that is not blank, of stderr if there is one; at most 400 characters, bad UTF-8 replaced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_line: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
