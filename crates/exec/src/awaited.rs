//! Attempts whose secrets are being read. They begin in the order in which they came, as the engine was promised, so
//! what comes behind one waits with it.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;

use millrace_engine::core::StartAttempt;
use tokio::task::JoinHandle;

use crate::secrets::{self, Needed, SecretValues, Secrets};

/// An attempt, and the values that it needs or why it cannot have them.
pub(crate) type Ready = (Box<StartAttempt>, Result<SecretValues, String>);

/// Attempts in their order, each with the reading of its secrets.
#[derive(Default)]
pub(crate) struct Awaited(VecDeque<Reading>);

struct Reading {
    start: Box<StartAttempt>,
    values: Aborting,
}

/// A task that ends with whoever waits for it.
struct Aborting(JoinHandle<Result<SecretValues, String>>);

impl Awaited {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Begins to read what an attempt needs.
    pub(crate) fn push(
        &mut self,
        start: Box<StartAttempt>,
        needed: Vec<Needed>,
        source: &Arc<dyn Secrets>,
    ) {
        let source = Arc::clone(source);
        let values = tokio::spawn(async move { secrets::read(&*source, needed).await });
        self.0.push_back(Reading { start, values: Aborting(values) });
    }

    /// The next attempt in order, as soon as its secrets were read. Waits for ever where there is none; gives up
    /// nothing when it is dropped.
    pub(crate) async fn next(&mut self) -> Ready {
        let read = match self.0.front_mut() {
            Some(first) => (&mut first.values.0).await,
            None => pending().await,
        };
        let values = read.unwrap_or_else(|error| Err(format!("its secrets: {error}")));
        match self.0.pop_front() {
            Some(first) => (first.start, values),
            None => pending().await,
        }
    }

    /// Takes attempts out; gives back the serials of those that were there.
    pub(crate) fn recall(&mut self, serials: &[u32]) -> Vec<u32> {
        let mut recalled = Vec::new();
        self.0.retain(|reading| {
            let serial = reading.start.attempt.serial;
            let goes = serials.contains(&serial);
            if goes {
                recalled.push(serial);
            }
            !goes
        });
        recalled
    }
}

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}
