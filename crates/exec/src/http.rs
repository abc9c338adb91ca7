//! Carries HTTP requests out. One attempt: sent, answered or not, written to its log.
//!
//! Where an attempt stands in its run, and what its outcome means there, is not known here.

mod answer;
mod exchange;
mod log;
mod web;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_model::Values;
use millrace_model::action::{HttpAction, ResolvedHttp};
use millrace_model::event::{AttemptEnd, Exit, Outcome};
use tokio::sync::oneshot;

use crate::ended::now;
use crate::secrets::SecretValues;

pub(crate) use web::Web;

/// How long a whole attempt may take where its task has no time-out.
const WHOLE_LIMIT: Duration = Duration::from_hours(1);

/// A request, ready to be sent.
pub(crate) struct Job {
    pub(crate) action: HttpAction,
    pub(crate) resolved: ResolvedHttp,
    pub(crate) secrets: SecretValues,
    /// What must reach neither log nor outputs.
    pub(crate) masks: MaskSet,
    pub(crate) web: Arc<Web>,
    /// The task's time-out.
    pub(crate) limit: Option<Duration>,
    /// Where the log goes, and how much of it is kept.
    pub(crate) log: (PathBuf, LogLimits),
    /// Where relative paths begin.
    pub(crate) workdir: PathBuf,
    /// Where an answer goes that is too large for an output.
    pub(crate) answer: PathBuf,
}

/// Why there is no answer that is a success.
#[derive(Debug)]
enum Fault {
    /// Nothing was sent.
    NotSent(String),
    /// Something was sent, and no whole answer came back.
    Broke(String),
    /// It was answered, and the answer cannot be taken.
    Unusable(String),
    /// It was answered with a status that was not expected.
    Status(u16),
}

/// Sends the request and takes in the answer, until it is over, takes too long, or `stop` comes.
pub(crate) async fn carry_out(job: Job, stop: oneshot::Receiver<()>) -> AttemptEnd {
    let (started, begun) = (now(), Instant::now());
    let mut log = log::Log::new(&job);
    let limit = job.limit.unwrap_or(WHOLE_LIMIT);
    let ended = tokio::select! {
        biased;
        // Dropped only together with the run, which waits for no answer then.
        _ = stop => None,
        ended = tokio::time::timeout(limit, exchange::exchange(&job, &mut log)) => Some(ended),
    };
    let mut outputs = Values::new();
    let is_repeatable = job.action.method.is_repeatable();
    let outcome = match ended {
        None => Outcome::Canceled,
        Some(Ok(Ok(given))) => {
            outputs = given;
            Outcome::Succeeded
        }
        Some(Ok(Err(fault))) => outcome_of(fault, is_repeatable, &job.masks),
        Some(Err(_)) if is_repeatable => Outcome::TimedOut,
        Some(Err(_)) => Outcome::Unknown { message: unknown("it took too long") },
    };
    match &outcome {
        Outcome::Canceled => log.bad("cancelled"),
        Outcome::TimedOut => log.bad(&format!("took longer than {limit:?}")),
        Outcome::Error { message } | Outcome::Lost { message } | Outcome::Unknown { message } => {
            log.bad(message);
        }
        _ => {}
    }
    if outcome != Outcome::Succeeded {
        // What there is of it belongs to no success.
        let _removed = tokio::fs::remove_file(&job.answer).await;
    }
    AttemptEnd {
        started: Some(started),
        duration_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        outputs,
        log: log.finish(),
        ..AttemptEnd::unmeasured(outcome, now())
    }
}

/// What is said of a request whose effect nobody can know.
pub(crate) fn unknown(why: &str) -> String {
    format!(
        "{why}; whether the request had its effect is not known: look there before it is sent again"
    )
}

fn outcome_of(fault: Fault, is_repeatable: bool, masks: &MaskSet) -> Outcome {
    let masked = |message: String| masked(masks, &message);
    match fault {
        Fault::Status(status) => Outcome::Failed { exit: Exit::Status(status) },
        Fault::NotSent(message) | Fault::Unusable(message) => {
            Outcome::Error { message: masked(message) }
        }
        Fault::Broke(message) if is_repeatable => Outcome::Lost { message: masked(message) },
        Fault::Broke(message) => Outcome::Unknown { message: masked(unknown(&message)) },
    }
}

/// A text without secrets.
fn masked(masks: &MaskSet, text: &str) -> String {
    if masks.is_empty() {
        return text.to_owned();
    }
    String::from_utf8_lossy(&masks.mask(text.as_bytes())).into_owned()
}

#[cfg(test)]
mod tests;
