//! A deed: what the daemon itself does for an attempt, without a process. What all deeds have in common: a log, a
//! time-out, a stop, and what their ends mean.
//!
//! What is done in a deed is written where that is: [`crate::http`], [`crate::sql`], [`crate::files`], [`crate::mail`], [`crate::notify`]. Which deeds of a run are under
//! way, its [`crate::deeds`] know.

mod brake;
mod log;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_model::Values;
use millrace_model::event::{AttemptEnd, Exit, Outcome};
use millrace_model::outputs::MAX_OUTPUTS;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::ended::now;
use crate::{files, http, mail, notify, sql};

pub(crate) use brake::{Brake, PullOnDrop};
pub(crate) use log::Log;

/// How long is waited for work that was told to stop. Only a disk or a server that is gone needs longer.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Something that the daemon does itself, ready to be done.
pub(crate) struct Deed {
    /// What is done.
    pub(crate) work: Work,
    /// Doing it twice does what doing it once does.
    pub(crate) is_repeatable: bool,
    /// The task's time-out.
    pub(crate) limit: Option<Duration>,
    /// What must reach neither log nor outputs.
    pub(crate) masks: MaskSet,
    /// Where the log goes, and how much of it is kept.
    pub(crate) log: (PathBuf, LogLimits),
}

/// What is done in a deed.
pub(crate) enum Work {
    /// A request is sent and its answer taken in.
    Http(Box<http::Call>),
    /// A database is asked.
    Sql(Box<sql::Work>),
    /// Files and folders are copied, moved and so on.
    Files(Box<files::Work>),
    /// A mail is sent.
    Mail(Box<mail::Work>),
    /// People are told something.
    Notify(Box<notify::Work>),
}

/// Why a deed is no success.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It had no effect: nothing was sent or changed.
    NotBegun(String),
    /// The same, because nobody was reached, or they had no time.
    Unreachable(String),
    /// It began, and how far it came nobody knows.
    Broke(String),
    /// It came to its end, or to one that is known, and that is no good.
    Unusable(String),
    /// It was done and said no.
    Failed(Exit),
    /// It was done and said no, in words.
    Refused(String),
    /// It broke off, and certainly had no effect.
    Lost(String),
    /// It was told to stop, and did.
    Stopped,
}

/// Does it, until it is over, takes too long, or `stop` comes.
pub(crate) async fn carry_out(deed: Deed, stop: oneshot::Receiver<()>) -> AttemptEnd {
    let (started, begun) = (now(), Instant::now());
    let Deed { work, is_repeatable, limit, masks, log: (path, limits) } = deed;
    let log = Log::new(path, limits, masks.clone());
    let brake = PullOnDrop(Brake::default());
    let limit = limit.or(work.own_limit());
    let heeds_brake = work.heeds_brake();
    let mut doing = Box::pin(work.carry_out(&log, &brake.0));
    let mut why = tokio::select! {
        biased;
        // Dropped only together with the run, which waits for no end then.
        _ = stop => Stop::Cancel,
        ended = &mut doing => Stop::Ended(ended),
        () = too_late(limit) => Stop::TimeOut,
    };
    if heeds_brake && !matches!(why, Stop::Ended(_)) {
        brake.0.pull();
        match tokio::time::timeout(STOP_LIMIT, &mut doing).await {
            Ok(Err(Fault::Stopped)) => {
                let known = match why {
                    Stop::TimeOut => Outcome::TimedOut,
                    _ => Outcome::Canceled,
                };
                why = Stop::Known(known);
            }
            // It ended in this moment.
            Ok(ended) => why = Stop::Ended(ended),
            Err(_) => log.bad("it was told to stop, and does not; what it does still is not known"),
        }
    }
    drop(doing);
    let mut outputs = Values::new();
    let outcome = match why {
        Stop::Ended(Ok(given)) => match fitting(given, &masks) {
            Ok(given) => {
                outputs = given;
                Outcome::Succeeded
            }
            Err(message) => Outcome::Error { message },
        },
        Stop::Ended(Err(fault)) => outcome_of(fault, is_repeatable, &masks),
        Stop::Known(outcome) => outcome,
        Stop::Cancel => Outcome::Canceled,
        Stop::TimeOut if is_repeatable => Outcome::TimedOut,
        Stop::TimeOut => Outcome::Unknown { message: unknown("it took too long") },
    };
    match &outcome {
        Outcome::Canceled => log.bad("cancelled"),
        Outcome::TimedOut => log.bad(&format!("took longer than {:?}", limit.unwrap_or_default())),
        Outcome::Refused { message }
        | Outcome::Error { message }
        | Outcome::Lost { message }
        | Outcome::Unknown { message } => log.bad(message),
        _ => {}
    }
    AttemptEnd {
        started: Some(started),
        duration_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        outputs,
        log: log.finish(),
        ..AttemptEnd::unmeasured(outcome, now())
    }
}

/// Why a deed is no longer done.
enum Stop {
    Ended(Result<Values, Fault>),
    Known(Outcome),
    Cancel,
    TimeOut,
}

impl Work {
    async fn carry_out(self, log: &Log, brake: &Brake) -> Result<Values, Fault> {
        match self {
            Self::Http(call) => http::carry_out(*call, log).await,
            Self::Sql(work) => sql::carry_out(*work, log, brake).await,
            Self::Mail(work) => mail::carry_out(*work, log, brake).await,
            Self::Notify(work) => notify::carry_out(*work, log).await,
            Self::Files(work) => {
                on_a_thread(log, brake, |log, brake| work.carry_out(&log, &brake)).await
            }
        }
    }

    /// How long it may take where its task has no time-out.
    fn own_limit(&self) -> Option<Duration> {
        match self {
            Self::Http(_) => Some(http::WHOLE_LIMIT),
            Self::Mail(_) => Some(mail::WHOLE_LIMIT),
            Self::Notify(_) => Some(notify::WHOLE_LIMIT),
            Self::Sql(_) | Self::Files(_) => None,
        }
    }

    /// Whether it ends by itself when its brake is pulled, and must not be dropped before.
    fn heeds_brake(&self) -> bool {
        match self {
            Self::Http(_) | Self::Notify(_) => false,
            Self::Sql(_) | Self::Files(_) | Self::Mail(_) => true,
        }
    }
}

/// Has work that blocks done where it is in nobody's way.
pub(crate) async fn on_a_thread(
    log: &Log,
    brake: &Brake,
    work: impl FnOnce(Log, Brake) -> Result<Values, Fault> + Send + 'static,
) -> Result<Values, Fault> {
    let (log, brake) = (log.clone(), brake.clone());
    match tokio::task::spawn_blocking(move || work(log, brake)).await {
        Ok(ended) => ended,
        Err(error) => Err(Fault::Broke(format!("it broke off: {error}"))),
    }
}

async fn too_late(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

/// What is said of a deed whose effect nobody can know.
pub(crate) fn unknown(why: &str) -> String {
    format!("{why}; whether it had its effect is not known: look there before it is done again")
}

fn outcome_of(fault: Fault, is_repeatable: bool, masks: &MaskSet) -> Outcome {
    let masked = |message: String| masked(masks, &message);
    match fault {
        Fault::Failed(exit) => Outcome::Failed { exit },
        Fault::Refused(message) => Outcome::Refused { message: masked(message) },
        Fault::Lost(message) => Outcome::Lost { message: masked(message) },
        Fault::NotBegun(message) | Fault::Unreachable(message) | Fault::Unusable(message) => {
            Outcome::Error { message: masked(message) }
        }
        Fault::Broke(message) if is_repeatable => Outcome::Lost { message: masked(message) },
        Fault::Broke(message) => Outcome::Unknown { message: masked(unknown(&message)) },
        Fault::Stopped => Outcome::Canceled,
    }
}

/// Outputs without secrets, where they are as small as outputs must be.
pub(crate) fn fitting(given: Values, masks: &MaskSet) -> Result<Values, String> {
    let mut outputs = mask(masks, Value::Object(given));
    if outputs.to_string().len() > MAX_OUTPUTS {
        return Err("what it gives is larger than outputs can be (1 MiB)".to_owned());
    }
    Ok(outputs.as_object_mut().map(std::mem::take).unwrap_or_default())
}

/// A text without secrets.
pub(crate) fn masked(masks: &MaskSet, text: &str) -> String {
    if masks.is_empty() {
        return text.to_owned();
    }
    String::from_utf8_lossy(&masks.mask(text.as_bytes())).into_owned()
}

/// A value without secrets, wherever in it they stand.
fn mask(masks: &MaskSet, value: Value) -> Value {
    if masks.is_empty() {
        return value;
    }
    match value {
        Value::String(text) => json!(masked(masks, &text)),
        Value::Number(number) => {
            let text = number.to_string();
            let shown = masked(masks, &text);
            if shown == text { Value::Number(number) } else { json!(shown) }
        }
        Value::Array(values) => {
            Value::Array(values.into_iter().map(|value| mask(masks, value)).collect())
        }
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (masked(masks, &name), mask(masks, value)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) => value,
    }
}
