//! Notifications on the desktop, by the Desktop Notifications Specification over the session bus.
//!
//! One connection for all of them, made with the first one and again when it broke. A workflow that fails again gets its
//! bubble replaced; what a person clicks is passed on.

mod bubble;
mod shown;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use millrace_api::{ApiError, Code};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zbus::{Connection, Variant, proxy};

use super::click::Click;
use super::outgoing::Outgoing;
use bubble::Bubble;
use shown::Shown;

/// How long the service may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

#[proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification has so many")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: &HashMap<&str, Variant<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    fn activation_token(&self, id: u32, activation_token: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// Shows notifications.
#[derive(Debug)]
pub(super) struct Desktop {
    link: tokio::sync::Mutex<Option<Link>>,
    shown: Arc<Mutex<Shown>>,
    click: mpsc::Sender<Click>,
}

/// A connection, and who listens on it.
#[derive(Debug)]
struct Link {
    proxy: NotificationsProxy<'static>,
    capabilities: Vec<String>,
    listening: JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Desktop {
    /// Touches nothing yet. What a person clicks goes to `click`.
    pub(super) fn new(click: mpsc::Sender<Click>) -> Self {
        Self { link: tokio::sync::Mutex::default(), shown: Arc::default(), click }
    }

    /// Shows what is to be told.
    ///
    /// # Errors
    /// `NotDelivered`: there is no session bus, nobody shows notifications, or that hangs.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<(), ApiError> {
        let why = match tokio::time::timeout(LIMIT, self.show(outgoing)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_late) => format!("the desktop did not answer within {} s", LIMIT.as_secs()),
        };
        *self.link.lock().await = None;
        Err(ApiError::new(Code::NotDelivered, why).help(
            "start Millrace in a session with a desktop that shows notifications, or switch them off: \
             notify.desktop = false",
        ))
    }

    async fn show(&self, outgoing: &Outgoing) -> zbus::Result<()> {
        let mut link = self.link.lock().await;
        if let Some(open) = &*link {
            // A desktop that was started anew has a bus of its own.
            match self.show_by(open, outgoing).await {
                Err(zbus::Error::InputOutput(_)) => *link = None,
                shown => return shown,
            }
        }
        let open = link.insert(self.connect().await?);
        self.show_by(open, outgoing).await
    }

    async fn show_by(&self, link: &Link, outgoing: &Outgoing) -> zbus::Result<()> {
        let can = |what: &str| link.capabilities.iter().any(|other| other == what);
        let bubble = Bubble::of(outgoing, can("body-markup"));
        let replaces = self.lock().of_workflow(bubble.workflow.as_deref());
        let hints = HashMap::from([
            ("urgency", Variant::from(1_u8)),
            ("category", Variant::from(bubble.category)),
            ("desktop-entry", Variant::from("millrace")),
        ]);
        let actions = if can("actions") { bubble.actions() } else { Vec::new() };
        let (summary, body) = (&bubble.summary, &bubble.body);
        let sent = link
            .proxy
            .notify("Millrace", replaces, "millrace", summary, body, &actions, &hints, -1);
        let id = sent.await?;
        self.lock().put(id, bubble.target());
        Ok(())
    }

    async fn connect(&self) -> zbus::Result<Link> {
        let proxy = NotificationsProxy::new(&Connection::session().await?).await?;
        // Heard before anything is shown: no click is missed.
        let signals = stream::select(
            proxy.receive_action_invoked().await?.map(Signal::Action),
            stream::select(
                proxy.receive_activation_token().await?.map(Signal::Token),
                proxy.receive_notification_closed().await?.map(Signal::Closed),
            ),
        );
        let owners = proxy.inner().receive_owner_changed().await?.map(|_| Signal::Owner);
        let signals = Box::pin(stream::select(signals, owners));
        let capabilities = proxy.get_capabilities().await?;
        let listening = listen(signals, Arc::clone(&self.shown), self.click.clone());
        Ok(Link { proxy, capabilities, listening: tokio::spawn(listening) })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Signal {
    Action(ActionInvoked),
    Token(ActivationToken),
    Closed(NotificationClosed),
    /// Another program shows notifications now; its numbers begin anew.
    Owner,
}

async fn listen(
    mut signals: impl stream::Stream<Item = Signal> + Unpin,
    shown: Arc<Mutex<Shown>>,
    click: mpsc::Sender<Click>,
) {
    let mut is_first = true;
    while let Some(signal) = signals.next().await {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let clicked = match signal {
            Signal::Action(signal) => {
                signal.args().ok().and_then(|args| shown.click(args.id, args.action_key))
            }
            Signal::Token(signal) => {
                if let Ok(args) = signal.args() {
                    shown.token(args.id, args.activation_token);
                }
                None
            }
            Signal::Closed(signal) => {
                if let Ok(args) = signal.args() {
                    shown.forget(args.id);
                }
                None
            }
            // The first one only says who it is.
            Signal::Owner => {
                if !std::mem::take(&mut is_first) {
                    *shown = Shown::default();
                }
                None
            }
        };
        drop(shown);
        if let Some(clicked) = clicked {
            let _taken = click.try_send(clicked);
        }
    }
}
