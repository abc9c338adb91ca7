//! Desktop notifications.
//!
//! They are sent from a thread of their own, because a notification service may be slow, hang or be missing;
//! whether it works is shown as a warning and never matters to a run.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use notify_rust::{Hint, Notification, Urgency};

use tokio::sync::watch;

use millrace_api::{ApiError, Code};
use millrace_model::event::{Cause, Run, TaskState, Trigger};
use millrace_model::ids::RunId;
use millrace_store::Store;

use crate::app::{App, blocking};
use crate::settings::{Notify, Settings};

/// So many may wait for the notification service; more are dropped and counted.
const BACKLOG: usize = 64;
/// The longest line of a log that is shown, in characters.
const LINE_CHARS: usize = 200;

/// What a person is told of a run that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Which workflow, as a person calls it.
    pub(crate) workflow: String,
    /// Which task and why.
    pub(crate) reason: String,
    /// The last line of its log.
    pub(crate) last_line: String,
}

/// Sends notifications.
#[derive(Debug, Clone)]
pub(crate) struct Notifier {
    queue: SyncSender<RunId>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Failure {
    /// What to tell of a run that failed.
    #[must_use]
    pub(crate) fn of(run: &Run) -> Self {
        let workflow = run.head.title.clone().unwrap_or_else(|| run.head.workflow.to_string());
        let failed = match &run.cause {
            Some(Cause::TasksFailed { first, .. }) => run.tasks.get_key_value(first),
            _ => run
                .tasks
                .iter()
                .find(|(_, task)| matches!(task.state, TaskState::Failed | TaskState::Error)),
        };
        let Some((key, task)) = failed else {
            let reason = run.cause.as_ref().map(ToString::to_string).unwrap_or_default();
            return Self { workflow, reason, last_line: String::new() };
        };
        let why = task.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
        let end = task.attempts.last().and_then(|attempt| attempt.end.as_ref());
        let last_line = end.and_then(|end| end.log.as_ref()).map(|log| log.last_line.as_str());
        let last_line = last_line.unwrap_or_default().chars().take(LINE_CHARS).collect();
        Self { workflow, reason: format!("{key} failed{why}"), last_line }
    }
}

impl Notifier {
    /// Starts the thread that sends.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        store: Arc<Store>,
        settings: watch::Receiver<Arc<Settings>>,
    ) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(BACKLOG);
        let trouble = Arc::default();
        let told = Arc::clone(&trouble);
        thread::Builder::new()
            .name("notify".into())
            .spawn(move || send_all(&store, &settings, &waiting, &told))?;
        Ok(Self { queue, trouble })
    }

    /// Tells of a run that failed, now or soon. Never waits.
    pub(crate) fn tell(&self, run: RunId) {
        match self.queue.try_send(run) {
            Ok(()) => {}
            Err(TrySendError::Full(run) | TrySendError::Disconnected(run)) => {
                tracing::warn!(%run, "a notification was dropped");
            }
        }
    }

    /// Why the last notification did not get through, if it did not.
    #[must_use]
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn send_all(
    store: &Store,
    settings: &watch::Receiver<Arc<Settings>>,
    waiting: &Receiver<RunId>,
    trouble: &Mutex<Option<String>>,
) {
    for run in waiting {
        if !settings.borrow().notify.desktop {
            continue;
        }
        let failure = match store.read(|reader| reader.run(run)) {
            // Its parent tells of it, if it fails by that, unless somebody has taken it up by itself since.
            Ok(run) if matches!(run.head.trigger, Trigger::Parent { .. }) && run.round == 1 => {
                continue;
            }
            Ok(run) => Failure::of(&run),
            Err(error) => {
                tracing::warn!(%run, %error, "a failed run cannot be read");
                continue;
            }
        };
        let sent = notification(&failure).show().map(drop);
        let outcome = sent.err().map(|error| {
            tracing::warn!(%error, "a desktop notification was not delivered");
            format!("desktop notifications do not get through: {error}")
        });
        *trouble.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
    }
}

impl App {
    /// Sends a test by a channel.
    ///
    /// # Errors
    /// `NotFound` where there is no such channel; `NotDelivered`.
    pub(crate) async fn test_channel(&self, channel: &str) -> Result<(), ApiError> {
        let settings = self.settings.get();
        let channels = settings.notify.channels();
        if !channels.contains(&channel) {
            let message = format!("there is no channel `{channel}`");
            let help = format!("channels are in config.toml; there are {}", channels.join(", "));
            return Err(ApiError::new(Code::NotFound, message).help(help));
        }
        if channel != Notify::DESKTOP {
            let message =
                format!("`{channel}` is kept, and nothing is sent by mail or webhook yet");
            return Err(ApiError::new(Code::NotDelivered, message));
        }
        let test = Failure {
            workflow: "A test that never".to_owned(),
            reason: "This is what a notification of Millrace looks like.".to_owned(),
            last_line: String::new(),
        };
        blocking(move || {
            notification(&test).show().map(drop).map_err(|error| {
                let message = format!("desktop notifications do not get through: {error}");
                ApiError::new(Code::NotDelivered, message)
                    .help("start Millrace in a desktop session that shows notifications")
            })
        })
        .await
    }
}

fn notification(failure: &Failure) -> Notification {
    let mut body = escape(&failure.reason);
    if !failure.last_line.is_empty() {
        body.push('\n');
        body.push_str(&escape(&failure.last_line));
    }
    Notification::new()
        .appname("Millrace")
        .icon("millrace")
        .summary(&format!("{} failed", failure.workflow))
        .body(&body)
        .urgency(Urgency::Normal)
        .hint(Hint::Category("transfer.error".to_owned()))
        .hint(Hint::DesktopEntry("millrace".to_owned()))
        .finalize()
}

/// Bodies are markup by the Desktop Notifications Specification; a log's line must stay text.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\t' => escaped.push(character),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logs_line_stays_text() {
        let failure = Failure {
            workflow: "Daily <b>".into(),
            reason: "load failed: exit code 3".into(),
            last_line: "<a href='x'>&\u{1b}[31m".into(),
        };
        let notification = notification(&failure);
        assert_eq!(notification.summary, "Daily <b> failed");
        assert_eq!(notification.body, "load failed: exit code 3\n&lt;a href='x'&gt;&amp;[31m");
    }
}
