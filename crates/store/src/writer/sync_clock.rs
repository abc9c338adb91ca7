//! When a commit has to reach the disk. Pure: the time is passed in.

use std::time::{Duration, Instant};

use crate::options::{Durability, Persist};

/// What a power loss may take back with [`Durability::Second`].
const AT_MOST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct SyncClock {
    durability: Durability,
    last_sync: Instant,
    /// Something was committed since.
    unsynced: bool,
    /// The last try failed: not due before this.
    not_before: Option<Instant>,
}

impl SyncClock {
    pub(super) fn new(durability: Durability, now: Instant) -> Self {
        Self { durability, last_sync: now, unsynced: false, not_before: None }
    }

    /// Whether a commit at `now` has to be synced.
    pub(super) fn wants_sync(&self, persist: Persist, now: Instant) -> bool {
        self.durability == Durability::Full
            || persist == Persist::Now
            || now.saturating_duration_since(self.last_sync) >= AT_MOST
    }

    /// A commit that began at `now` has been made.
    pub(super) fn committed(&mut self, synced: bool, now: Instant) {
        self.unsynced = !synced;
        self.not_before = None;
        if synced {
            self.last_sync = now;
        }
    }

    /// A commit at `now` failed. Whoever waits for the due sync tries again in a while, not at once.
    pub(super) fn failed(&mut self, now: Instant) {
        self.not_before = Some(now + AT_MOST);
    }

    /// When a sync is due; none if everything is on the disk.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = self.last_sync + AT_MOST;
        self.unsynced.then(|| self.not_before.map_or(due, |earliest| due.max(earliest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_commit_a_second_is_synced_and_the_last_one_is_due() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut clock = SyncClock::new(Durability::Second, start);
        let mut synced = Vec::new();
        for ms in (0..3_500).step_by(100) {
            let sync = clock.wants_sync(Persist::Soon, at(ms));
            clock.committed(sync, at(ms));
            if sync {
                synced.push(ms);
            }
        }
        assert_eq!(synced, [1_000, 2_000, 3_000]);
        assert_eq!(clock.due(), Some(at(4_000)));
        clock.failed(at(4_000));
        assert_eq!(clock.due(), Some(at(5_000)), "one that fails is not tried without a pause");
        clock.committed(true, at(5_000));
        assert_eq!(clock.due(), None);
    }

    #[test]
    fn full_durability_and_now_always_sync() {
        let start = Instant::now();
        assert!(SyncClock::new(Durability::Full, start).wants_sync(Persist::Soon, start));
        let clock = SyncClock::new(Durability::Second, start);
        assert!(clock.wants_sync(Persist::Now, start));
        assert!(!clock.wants_sync(Persist::Soon, start));
    }
}
