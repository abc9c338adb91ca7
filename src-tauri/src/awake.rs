//! Keeps the machine awake while tasks run: a lock of logind, held as long as its file is open.
//!
//! Only what the system does by itself is held off, idling and sleep; whoever shuts the machine down is obeyed.

use zbus::OwnedFd;
use zbus::{Connection, proxy};

#[proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
trait Logind {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;
}

/// The lock, where it is held.
#[derive(Debug, Default)]
pub(crate) struct Awake {
    held: Option<OwnedFd>,
    /// Why it could not be had.
    problem: Option<String>,
}

impl Awake {
    /// Takes the lock or lets it go; answers why it could not be taken.
    pub(crate) async fn set(
        &mut self,
        on: bool,
        bus: impl AsyncFnOnce() -> zbus::Result<Connection>,
    ) {
        if !on {
            *self = Self::default();
        } else if self.held.is_none() {
            match take(bus).await {
                Ok(held) => *self = Self { held: Some(held), problem: None },
                Err(error) => {
                    self.problem = Some(format!("the session manager does not answer: {error}"));
                }
            }
        }
    }

    /// Why the machine may fall asleep although it should not.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

async fn take(bus: impl AsyncFnOnce() -> zbus::Result<Connection>) -> zbus::Result<OwnedFd> {
    let logind = LogindProxy::new(&bus().await?).await?;
    logind.inhibit("idle:sleep", "Millrace", "Tasks are running", "block").await
}
