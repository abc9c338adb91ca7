//! How a deed learns that it is to stop, whether it waits or is at work on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Pulled once, felt by all clones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Brake(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_pulled: AtomicBool,
    pulled: Notify,
}

/// Pulls a brake when it goes: with the daemon's runtime a deed on a thread ends too.
pub(crate) struct PullOnDrop(pub(crate) Brake);

impl Brake {
    /// Stops whatever looks at it.
    pub(crate) fn pull(&self) {
        self.0.is_pulled.store(true, Ordering::Release);
        self.0.pulled.notify_waiters();
    }

    /// For work that looks now and then.
    pub(crate) fn is_pulled(&self) -> bool {
        self.0.is_pulled.load(Ordering::Acquire)
    }

    /// For work that waits.
    pub(crate) async fn pulled(&self) {
        let notified = self.0.pulled.notified();
        tokio::pin!(notified);
        // Registered before the look: a pull between the two is not missed.
        notified.as_mut().enable();
        if !self.is_pulled() {
            notified.await;
        }
    }
}

impl Drop for PullOnDrop {
    fn drop(&mut self) {
        self.0.pull();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pull_is_felt_before_and_after() {
        let brake = Brake::default();
        let waiting = tokio::spawn({
            let brake = brake.clone();
            async move { brake.pulled().await }
        });
        tokio::task::yield_now().await;
        assert!(!brake.is_pulled() && !waiting.is_finished());
        drop(PullOnDrop(brake.clone()));
        waiting.await.unwrap();
        brake.pulled().await;
        assert!(brake.is_pulled());
    }
}
