//! Notifications on the desktop, by notify-rust over the session bus.
//!
//! Each has a connection of its own and somebody who waits on it: many services say only there what a person clicks. A
//! workflow that fails again gets its bubble replaced.

mod ability;
mod bubble;
mod shown;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use millrace_api::{ApiError, Code};
use notify_rust::{NotificationHandle, NotificationResponse};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::click::Click;
use super::outgoing::Outgoing;
use ability::Ability;
use bubble::Bubble;
use shown::OPEN;

/// How long the service may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

/// Shows notifications.
#[derive(Debug)]
pub(super) struct Desktop {
    ability: Ability,
    shown: Arc<Mutex<Shown>>,
    click: mpsc::Sender<Click>,
}

type Shown = shown::Shown<Arc<NotificationHandle>, Waiting>;

/// Who waits for a click. Dropping it ends the waiting.
#[derive(Debug)]
struct Waiting(JoinHandle<()>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Desktop {
    /// Touches nothing yet. What a person clicks goes to `click`.
    pub(super) fn new(click: mpsc::Sender<Click>) -> Self {
        Self { ability: Ability::default(), shown: Arc::default(), click }
    }

    /// Shows what is to be told.
    ///
    /// # Errors
    /// `NotDelivered`: there is no session bus, nobody shows notifications, or that hangs.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<(), ApiError> {
        let why = match tokio::time::timeout(LIMIT, self.show(outgoing)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(why)) => why,
            Err(_late) => format!("the desktop did not answer within {} s", LIMIT.as_secs()),
        };
        Err(ApiError::new(Code::NotDelivered, why).help(
            "start Millrace in a session with a desktop that shows notifications, or switch them off: \
             notify.desktop = false",
        ))
    }

    async fn show(&self, outgoing: &Outgoing) -> Result<(), String> {
        let able = self.ability.ask().await?;
        let can = |what: &str| able.iter().any(|other| other == what);
        let bubble = Bubble::of(outgoing, can("body-markup"));
        let mut notification = bubble.notification(can("actions"));
        let replaced = match bubble.stands_alone() {
            true => None,
            false => lock(&self.shown).of_workflow(bubble.workflow()),
        };
        if let Some(id) = replaced {
            notification.id(id);
        }
        let handle = notification.show_async().await.map_err(|error| error.to_string())?;
        let (id, handle) = (handle.id(), Arc::new(handle));
        let mut shown = lock(&self.shown);
        let number = shown.put(id, replaced, bubble.target(), Arc::clone(&handle));
        let waiting = wait(handle, number, Arc::downgrade(&self.shown), self.click.clone());
        shown.wait(number, Waiting(tokio::spawn(waiting)));
        Ok(())
    }
}

/// Waits until it is clicked or gone.
async fn wait(
    handle: Arc<NotificationHandle>,
    number: u64,
    shown: Weak<Mutex<Shown>>,
    click: mpsc::Sender<Click>,
) {
    // Also where notify-rust gives up, which it does by a panic when the bus goes.
    let _gone = Gone { number, shown: Weak::clone(&shown) };
    let mut action = None;
    let heard = handle.wait_for_action_async(|response| {
        action = match response {
            NotificationResponse::Default => Some(OPEN.to_owned()),
            NotificationResponse::Action(key) => Some(key.clone()),
            NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
        };
    });
    heard.await;
    let (Some(action), Some(shown)) = (action, shown.upgrade()) else { return };
    let clicked = lock(&shown).click(number, &action);
    if let Some(clicked) = clicked {
        let _taken = click.try_send(clicked);
    }
}

/// Says that nobody waits any more.
struct Gone {
    number: u64,
    shown: Weak<Mutex<Shown>>,
}

impl Drop for Gone {
    fn drop(&mut self) {
        if let Some(shown) = self.shown.upgrade() {
            lock(&shown).gone(self.number);
        }
    }
}

fn lock(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}
