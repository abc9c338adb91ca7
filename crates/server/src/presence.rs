//! Who is connected: a daemon that nobody needs leaves by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counts requests and streams under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presence {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    here: AtomicUsize,
    came: AtomicU64,
}

/// One request or stream under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Here(Arc<Counts>);

impl Presence {
    /// Somebody comes.
    pub(crate) fn enter(&self) -> Here {
        self.counts.here.fetch_add(1, Ordering::SeqCst);
        self.counts.came.fetch_add(1, Ordering::SeqCst);
        Here(Arc::clone(&self.counts))
    }

    /// Nobody is here.
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.here.load(Ordering::SeqCst) == 0
    }

    /// How many have come so far: tells whether somebody was here between two looks.
    pub(crate) fn came(&self) -> u64 {
        self.counts.came.load(Ordering::SeqCst)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.0.here.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_who_is_here_and_who_came() {
        let presence = Presence::default();
        assert!(presence.is_empty());
        let one = presence.enter();
        let two = presence.enter();
        drop(one);
        assert!(!presence.is_empty());
        drop(two);
        assert!(presence.is_empty());
        assert_eq!(presence.came(), 2);
    }
}
