//! Why something ended as it did.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::outcome::Exit;
use super::{RunState, TaskState};
use crate::ident::Ident;
use crate::ids::{RunId, TaskKey};
use crate::time::Span;

/// Why a task or a run ended as it did. [`fmt::Display`] says it in half a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// Its main process said no.
    Exit {
        /// How it ended.
        exit: Exit,
    },
    /// It said no, and why.
    Refused {
        /// What it said.
        message: String,
    },
    /// The run that it started did not succeed.
    Child {
        /// Which run.
        run: RunId,
        /// How it ended.
        state: RunState,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Box<Cause>>,
    },
    /// It could not be run, or an expression could not be evaluated.
    Error {
        /// What happened, to which thing, what to do next.
        message: String,
    },
    /// It, or the run, took too long.
    TimedOut {
        /// Longer than this.
        after: Option<Span>,
    },
    /// Its keeper died, or the outcome cannot be known.
    Lost {
        /// What is known.
        message: String,
    },
    /// The kernel ended it because memory ran out.
    OutOfMemory,
    /// A task before it failed.
    UpstreamFailed {
        /// Which.
        task: Ident,
    },
    /// The edges did not come to hold, without a failure.
    JoinUnmet {
        /// The upstream that ended otherwise than an edge asks for.
        task: Option<Ident>,
    },
    /// The branch task before it did not choose the label of the dependency.
    NotChosen {
        /// The branch task.
        task: Ident,
        /// The label.
        branch: String,
    },
    /// `when` is false.
    ConditionFalse,
    /// `repeat.until` did not come to hold in as many iterations as there may be: the repeat limit.
    RepeatLimit {
        /// So many.
        limit: u32,
    },
    /// The list that it is mapped over is empty.
    NoItems,
    /// Items of it did not end well, or all of them were skipped.
    Items {
        /// The first of them.
        first: u32,
        /// How many.
        count: u32,
        /// Of so many.
        total: u32,
        /// How they ended.
        state: TaskState,
    },
    /// Another item of the task failed, and that ends the others (`for_each.fail_fast`).
    ItemFailed {
        /// Which.
        item: u32,
    },
    /// The task is disabled.
    Disabled,
    /// It said so.
    SkippedItself {
        /// Why, in its own words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The run was cancelled.
    RunCanceled,
    /// Another task's failure ended the run (`fail_fast`).
    FailFast {
        /// Which task failed.
        task: TaskKey,
    },
    /// It ended well, and files that it `produces` are not there.
    NotProduced {
        /// Their patterns, with values put in.
        patterns: Vec<String>,
    },
    /// It did not have to run: all that it `produces` was there already, or an earlier run did the same.
    Reused {
        /// The run whose outputs stand in for its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<RunId>,
        /// That run did the same with the same inputs (`cache`).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cached: bool,
    },
    /// Its result was taken over from an earlier run.
    CarriedOver {
        /// Which run.
        run: RunId,
    },
    /// It did not run: its outputs are pinned in the document.
    Pinned,
    /// A person said no.
    Rejected {
        /// Who; none = nobody answered in time, which counts as a no.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// What they wrote with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A person said that it ends so.
    Marked {
        /// Who.
        by: String,
    },
    /// Tasks of the run failed.
    TasksFailed {
        /// The first of them.
        first: TaskKey,
        /// How many.
        count: u32,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit { exit } => exit.fmt(f),
            Self::Child { run, state, reason } => {
                let ended =
                    if *state == RunState::Canceled { "was cancelled" } else { state.word() };
                write!(f, "its run {run:.8} {ended}")?;
                match reason {
                    // "The run was cancelled" would only say it twice.
                    Some(reason) if *state != RunState::Canceled => write!(f, ": {reason}"),
                    _ => Ok(()),
                }
            }
            Self::Refused { message } | Self::Error { message } | Self::Lost { message } => {
                f.write_str(message)
            }
            Self::TimedOut { after: Some(after) } => write!(f, "took longer than {after}"),
            Self::TimedOut { after: None } => f.write_str("took too long"),
            Self::OutOfMemory => f.write_str("killed because memory ran out"),
            Self::UpstreamFailed { task } => write!(f, "{task} failed before it"),
            Self::JoinUnmet { task: Some(task) } => {
                write!(f, "{task} did not end as its dependency asks")
            }
            Self::JoinUnmet { task: None } => f.write_str("its dependencies do not hold"),
            Self::NotChosen { task, branch } => {
                write!(f, "{task} did not choose the branch {branch}")
            }
            Self::ConditionFalse => f.write_str("its condition is false"),
            Self::RepeatLimit { limit: 1 } => {
                f.write_str("repeat limit: its condition did not hold after 1 iteration")
            }
            Self::RepeatLimit { limit } => {
                write!(f, "repeat limit: its condition did not hold after {limit} iterations")
            }
            Self::NoItems => f.write_str("its list is empty"),
            Self::Items { state: TaskState::Skipped, total, .. } => match total {
                1 => f.write_str("its only item was skipped"),
                total => write!(f, "all {total} items were skipped"),
            },
            Self::Items { first, count, total, state } => {
                let ended = match state {
                    TaskState::Canceled => "cancelled",
                    _ => "failed",
                };
                let were = match (state, count) {
                    (TaskState::Canceled, 1) => "was ",
                    (TaskState::Canceled, _) => "were ",
                    _ => "",
                };
                write!(f, "{count} of {total} items {were}{ended}, the first is item {first}")
            }
            Self::ItemFailed { item } => {
                write!(f, "item {item} failed and the others stop at failures")
            }
            Self::Disabled => f.write_str("disabled"),
            Self::SkippedItself { reason } if reason.is_empty() => {
                f.write_str("it said there is nothing to do")
            }
            Self::SkippedItself { reason } => write!(f, "it said there is nothing to do: {reason}"),
            Self::RunCanceled => f.write_str("the run was cancelled"),
            Self::FailFast { task } => write!(f, "{task} failed and the run stops at failures"),
            Self::NotProduced { patterns } => {
                let (shown, more) = patterns.split_at(patterns.len().min(3));
                write!(f, "it ended well but did not produce {}", shown.join(", "))?;
                match more.len() {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::Reused { from: Some(run), cached: true } => {
                write!(f, "reused: the same was done in run {run:.8}")
            }
            Self::Reused { from: None, .. } => f.write_str("reused: what it produces was there"),
            Self::Reused { from: Some(run), cached: false } => {
                write!(f, "reused: what it produces was there; outputs of run {run:.8}")
            }
            Self::CarriedOver { run } => write!(f, "taken over from run {run:.8}"),
            Self::Pinned => f.write_str("its outputs are pinned"),
            Self::Rejected { by: None, .. } => {
                f.write_str("nobody answered in time, which counts as a rejection")
            }
            Self::Rejected { by: Some(by), note: None } => write!(f, "rejected by {by}"),
            Self::Rejected { by: Some(by), note: Some(note) } => {
                write!(f, "rejected by {by}: {note}")
            }
            Self::Marked { by } => write!(f, "marked so by {by}"),
            Self::TasksFailed { first, count: 1 } => write!(f, "{first} failed"),
            Self::TasksFailed { first, count } => {
                write!(f, "{first} and {} more failed", count.saturating_sub(1))
            }
        }
    }
}
