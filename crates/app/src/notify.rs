//! Telling people: what happens to runs becomes messages, and messages go through channels.
//!
//! The history is followed from where it was told last, so a crash loses nothing that should have been told. All of it
//! is off the engine's thread; whether a message gets through never matters to a run, and is shown as a warning.

mod channels;
mod click;
mod desktop;
mod feed;
mod gate;
mod mail;
mod message;
mod occasion;
mod outgoing;
mod post;
mod route;
mod serve;
mod slow;
mod tasks;
mod teller;
mod told;
mod webhook;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use millrace_api::home::Home;
use millrace_api::settings::Notify;
use millrace_api::{ApiError, Code};
use millrace_model::time::Timestamp;

use crate::app::App;
use crate::settings::Settings;
use crate::{hub, secrets};

use channels::Channels;
use click::Click;
use message::Message;
use outgoing::Outgoing;

pub(crate) use message::Missed;

/// So many things may wait to be looked at.
const WAITING: usize = 64;

/// Tells people. Cheap to ask; the work is done elsewhere.
#[derive(Debug)]
pub(crate) struct Notifier {
    channels: Arc<Channels>,
    missed: mpsc::Sender<Missed>,
    stop: watch::Sender<bool>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

/// What the work needs, until it begins.
pub(crate) struct Begin {
    channels: Arc<Channels>,
    missed: mpsc::Receiver<Missed>,
    clicks: mpsc::Receiver<Click>,
    stop: watch::Receiver<bool>,
}

impl Notifier {
    /// A notifier that has not begun.
    pub(crate) fn new(
        home: &Home,
        settings: watch::Receiver<Arc<Settings>>,
        secrets: Arc<secrets::Store>,
    ) -> (Self, Begin) {
        let (click, clicks) = mpsc::channel(WAITING);
        let channels = Arc::new(Channels::new(home.clone(), settings, secrets, click));
        let (missed, waiting) = mpsc::channel(WAITING);
        let (stop, stopped) = watch::channel(false);
        let begin =
            Begin { channels: Arc::clone(&channels), missed: waiting, clicks, stop: stopped };
        (Self { channels, missed, stop, serving: Mutex::default() }, begin)
    }

    /// Begins to tell what happens in this app from now on, and what was not told before.
    pub(crate) fn begin(&self, app: &Arc<App>, begin: Begin, live: hub::Live) {
        let serving =
            tokio::spawn(serve::serve(Arc::downgrade(app), begin, live, app.hub.position()));
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = Some(serving);
    }

    /// Tells of ticks of a schedule that were missed, now or soon. Waits while many are to be told.
    pub(crate) async fn missed(&self, missed: Missed) {
        if let Err(error) = self.missed.send(missed).await {
            tracing::warn!(%error, "a missed schedule was not told");
        }
    }

    /// The way by which tasks tell people.
    pub(crate) fn notices(&self) -> Arc<dyn millrace_exec::ports::Notices> {
        Arc::clone(&self.channels) as _
    }

    /// The channels whose last message did not get through, each with why.
    pub(crate) fn troubles(&self) -> BTreeMap<String, String> {
        let mut troubles = self.channels.troubles.all();
        // Who switched it off knows.
        if !self.channels.settings().desktop {
            troubles.remove(Notify::DESKTOP);
        }
        troubles
    }

    /// The same in sentences.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let troubles = self.troubles().into_iter();
        let warnings = troubles.map(|(channel, why)| match channel.as_str() {
            Notify::DESKTOP => format!("desktop notifications do not get through: {why}"),
            name => format!("notifications by `{name}` do not get through: {why}"),
        });
        warnings.collect()
    }

    /// Sends a test by a channel; the answer comes when it was delivered.
    ///
    /// # Errors
    /// `NotFound` where there is no such channel; `NotDelivered`; `Secret`.
    pub(crate) async fn test(&self, channel: &str, now: Timestamp) -> Result<(), ApiError> {
        let settings = self.channels.settings();
        let known = settings.channels();
        if !known.contains(&channel) {
            let message = format!("there is no channel `{channel:.64}`");
            let help = format!("there are {}; others are added in config.toml", known.join(", "));
            return Err(ApiError::new(Code::NotFound, message).help(help));
        }
        let sent = self.channels.send(channel, &Outgoing::of(Message::test(now))).await;
        self.channels.troubles.note(channel, sent.as_ref().err());
        sent
    }

    /// Ends the work; what has not been told is told the next time.
    pub(crate) async fn end(&self) {
        self.stop.send_replace(true);
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            let _ended = serving.await;
        }
    }
}

/// What does not get through at the moment, by channel.
#[derive(Debug, Default)]
struct Troubles(Mutex<BTreeMap<String, String>>);

impl Troubles {
    /// What became of the last message of a channel.
    fn note(&self, channel: &str, error: Option<&ApiError>) {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            None => drop(troubles.remove(channel)),
            Some(error) => {
                tracing::warn!(channel, %error, "a notification was not delivered");
                troubles.insert(channel.to_owned(), error.message.clone());
            }
        }
    }

    fn all(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
