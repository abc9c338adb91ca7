//! The engine's ports that are filled here: the hub as its listener, the system's clock and randomness. Its journal
//! is the store's writer, its executor is exec's.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use millrace_engine::ports::{Clock, Jitter, Publish};
use millrace_model::event::{RunEvent, RunEventKind};
use millrace_model::time::Timestamp;

use crate::hub::Hub;
use crate::schedules::Schedules;

/// Tells subscribers.
pub(crate) struct Listeners {
    pub(crate) hub: Arc<Hub>,
    pub(crate) schedules: Arc<Schedules>,
}

impl Publish for Listeners {
    fn publish(&mut self, events: Vec<RunEvent>) {
        let ended = |event: &RunEvent| matches!(event.kind, RunEventKind::RunEnded { .. });
        if events.iter().any(ended) {
            self.schedules.run_ended();
        }
        self.hub.publish(events);
    }
}

/// The wall clock that schedules go by: the machine's, or one that a test sets.
#[derive(Clone)]
pub(crate) struct WallClock(Arc<dyn Clock + Send + Sync>);

impl WallClock {
    /// Goes by `clock`.
    pub(crate) fn new(clock: impl Clock + Send + Sync + 'static) -> Self {
        Self(Arc::new(clock))
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WallClock").field(&self.now()).finish()
    }
}

/// The wall clock of this machine.
pub(crate) struct SystemClock;

impl SystemClock {
    /// Now.
    pub(crate) fn read() -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Self::read()
    }
}

/// Random factors.
pub(crate) struct SystemJitter;

impl Jitter for SystemJitter {
    fn factor(&mut self) -> f64 {
        let share = f64::from(random_u64() as u32) / f64::from(u32::MAX);
        0.8 + 0.4 * share
    }
}

/// A random number from the system.
pub(crate) fn random_u64() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        // A system without randomness; time tells runs apart well enough.
        SystemClock::read().0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
