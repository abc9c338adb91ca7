//! Timers of the core, on the monotonic clock: setting the wall clock moves none of them. Those of waits look at the wall
//! clock, too, because no other one counts while the machine sleeps.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use millrace_model::time::Timestamp;
use tokio::time::Instant;

use crate::core::TimerKey;

/// The wall clock is looked at so often at least: nobody tells when it was set, or when the machine woke up.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Fewer are not looked through for those that mean nothing any more.
const FEW: usize = 1_024;

/// What is due when.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, TimerKey)>>,
    wall: BinaryHeap<Reverse<(Timestamp, TimerKey)>>,
    /// How many there were after the last look through them.
    kept: usize,
}

impl Timers {
    /// Has `key` given at `due`, where the wall clock shows `now`.
    pub(super) fn arm(&mut self, key: TimerKey, due: Timestamp, now: Timestamp) {
        if matches!(key, TimerKey::Wait(_) | TimerKey::Until(_)) {
            self.wall.push(Reverse((due, key)));
        }
        if !matches!(key, TimerKey::Until(_)) {
            self.heap.push(Reverse((Instant::now() + due.since(now), key)));
        }
    }

    /// Drops those that mean nothing any more, once there are twice as many as were left the last time.
    pub(super) fn tidy(&mut self, is_meant: impl Fn(&TimerKey) -> bool) {
        if self.len() < FEW.max(2 * self.kept) {
            return;
        }
        self.heap.retain(|Reverse((_, key))| is_meant(key));
        self.wall.retain(|Reverse((_, key))| is_meant(key));
        self.kept = self.len();
    }

    fn len(&self) -> usize {
        self.heap.len() + self.wall.len()
    }

    /// When to look again, where the wall clock shows `now`.
    pub(super) fn next(&self, now: Timestamp) -> Option<Instant> {
        let monotonic = self.heap.peek().map(|Reverse((at, _))| *at);
        let wall = self.wall.peek().map(|Reverse((due, _))| due.since(now).min(LOOK_AGAIN));
        [monotonic, wall.map(|wait| Instant::now() + wait)].into_iter().flatten().min()
    }

    /// One that is due; perhaps a second time, by the other clock.
    pub(super) fn pop_due(&mut self, at: Instant, now: Timestamp) -> Option<TimerKey> {
        if self.heap.peek().is_some_and(|Reverse((due, _))| *due <= at) {
            return self.heap.pop().map(|Reverse((_, key))| key);
        }
        let is_due = self.wall.peek().is_some_and(|Reverse((due, _))| *due <= now);
        is_due.then(|| self.wall.pop().map(|Reverse((_, key))| key)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ids::{AttemptId, RunId};

    const SECOND: i64 = 1_000_000;

    fn attempt(serial: u32) -> AttemptId {
        AttemptId { run: RunId(1), serial }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_over_by_whichever_clock_comes_first() {
        let mut timers = Timers::default();
        timers.arm(TimerKey::Wait(attempt(1)), Timestamp(60 * SECOND), Timestamp(0));
        // The machine slept: only the wall clock went on.
        assert_eq!(timers.pop_due(Instant::now(), Timestamp(59 * SECOND)), None);
        let due = timers.pop_due(Instant::now(), Timestamp(60 * SECOND));
        assert_eq!(due, Some(TimerKey::Wait(attempt(1))));
        // The wall clock was set back.
        timers.arm(TimerKey::Wait(attempt(2)), Timestamp(60 * SECOND), Timestamp(0));
        let later = Instant::now() + Duration::from_secs(60);
        let given = [1, 2].map(|_| timers.pop_due(later, Timestamp(-SECOND)));
        assert_eq!(given, [1, 2].map(|serial| Some(TimerKey::Wait(attempt(serial)))));
    }

    #[tokio::test(start_paused = true)]
    async fn those_of_runs_that_have_ended_do_not_pile_up() {
        let mut timers = Timers::default();
        for number in 0..100_000 {
            let key = TimerKey::RunTimeout { run: RunId(number), round: 1 };
            timers.arm(key, Timestamp(86_400 * SECOND), Timestamp(0));
            // Ten runs are under way at a time.
            timers.tidy(|key| key.run().0 + 10 > number);
        }
        assert!(timers.len() <= FEW, "{}", timers.len());
        timers.arm(TimerKey::Wait(attempt(1)), Timestamp(SECOND), Timestamp(0));
        let due = timers.pop_due(Instant::now() + Duration::from_secs(1), Timestamp(0));
        assert_eq!(due, Some(TimerKey::Wait(attempt(1))));
    }

    #[tokio::test(start_paused = true)]
    async fn an_instant_is_one_of_the_wall_clock() {
        let mut timers = Timers::default();
        timers.arm(TimerKey::Until(attempt(1)), Timestamp(600 * SECOND), Timestamp(0));
        let far = Instant::now() + Duration::from_secs(3_600);
        assert_eq!(timers.pop_due(far, Timestamp(599 * SECOND)), None);
        assert_eq!(timers.next(Timestamp(0)), Some(Instant::now() + LOOK_AGAIN));
        let soon = Instant::now() + Duration::from_secs(1);
        assert_eq!(timers.next(Timestamp(599 * SECOND)), Some(soon));
        let due = timers.pop_due(Instant::now(), Timestamp(600 * SECOND));
        assert_eq!(due, Some(TimerKey::Until(attempt(1))));
    }
}
