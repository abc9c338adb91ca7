//! Runs under way, and when each becomes unusually long.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use millrace_model::ids::RunId;
use tokio::time::Instant;

/// When runs become unusually long. Each is told once.
#[derive(Debug, Default)]
pub(crate) struct Slow {
    by_run: HashMap<RunId, (Instant, Duration)>,
    by_time: BTreeSet<(Instant, RunId)>,
}

impl Slow {
    /// From `due` on this run is unusually long, since `limit` is over then.
    pub(crate) fn expect(&mut self, run: RunId, due: Instant, limit: Duration) {
        self.forget(run);
        self.by_run.insert(run, (due, limit));
        self.by_time.insert((due, run));
    }

    /// This run has ended, or stands still.
    pub(crate) fn forget(&mut self, run: RunId) {
        if let Some((due, _)) = self.by_run.remove(&run) {
            self.by_time.remove(&(due, run));
        }
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(due, _)| *due)
    }

    /// A run that is unusually long by now, and the time that is over.
    pub(crate) fn take(&mut self, now: Instant) -> Option<(RunId, Duration)> {
        let (due, run) = *self.by_time.first()?;
        if due > now {
            return None;
        }
        self.by_time.remove(&(due, run));
        self.by_run.remove(&run).map(|(_, limit)| (run, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_what_ended_is_not() {
        let start = Instant::now();
        let minute = Duration::from_secs(60);
        let mut slow = Slow::default();
        slow.expect(RunId(1), start + minute, minute);
        slow.expect(RunId(2), start + 2 * minute, minute);
        slow.expect(RunId(3), start + 3 * minute, minute);
        slow.forget(RunId(2));
        assert_eq!((slow.next(), slow.take(start)), (Some(start + minute), None));
        let later = start + 5 * minute;
        assert_eq!(slow.take(later), Some((RunId(1), minute)));
        assert_eq!(slow.take(later), Some((RunId(3), minute)));
        assert_eq!((slow.take(later), slow.next()), (None, None));
    }
}
