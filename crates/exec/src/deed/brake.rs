//! How a deed learns that it is to stop, at work on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Pulled once, felt by all clones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Brake(Arc<AtomicBool>);

/// Pulls a brake when it goes: with the daemon's runtime a deed on a thread ends too.
pub(crate) struct PullOnDrop(pub(crate) Brake);

impl Brake {
    /// Stops whatever looks at it.
    pub(crate) fn pull(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// For work that looks now and then.
    pub(crate) fn is_pulled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Drop for PullOnDrop {
    fn drop(&mut self) {
        self.0.pull();
    }
}
