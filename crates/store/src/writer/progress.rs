//! How far the history is, for threads that do not write it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The position of the newest event that is stored, as its writer was told last. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    pub(super) fn at(position: i64) -> Self {
        Self(Arc::new(AtomicU64::new(position.cast_unsigned())))
    }

    pub(super) fn advance(&self, position: i64) {
        self.0.store(position.cast_unsigned(), Ordering::Release);
    }

    /// The position.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
