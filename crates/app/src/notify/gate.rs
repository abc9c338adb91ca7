//! When a channel's messages go out, and which go together.
//!
//! One by itself goes at once. After a few in a short time the next ones are gathered and go as one; so do those that
//! came while the hour's number was used up. No clock here: time is passed in.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::message::Message;
use super::outgoing::Outgoing;

/// So many go by themselves within [`GATHER`]; what comes then is gathered.
const SINGLY: usize = 3;
/// How long is gathered.
const GATHER: Duration = Duration::from_secs(10);
/// The time that a channel's number of messages is for.
const HOUR: Duration = Duration::from_secs(3600);
/// So many are held; what is above is counted.
const MOST: usize = 50;

/// The gate of a channel.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// When something went out, within the last hour.
    sent: VecDeque<Instant>,
    held: Vec<Message>,
    more: u32,
    /// Not before then.
    until: Option<Instant>,
}

impl Gate {
    /// Takes a message in. Old ones, from before a long absence, wait for each other.
    pub(crate) fn offer(&mut self, message: Message, is_old: bool, now: Instant) {
        if is_old && self.until.is_none() {
            self.until = Some(now + GATHER);
        }
        if self.held.len() < MOST {
            self.held.push(message);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// What is to go out now.
    pub(crate) fn take(&mut self, now: Instant, per_hour: u32) -> Option<Outgoing> {
        if self.due(now, per_hour)? > now {
            return None;
        }
        self.sent.push_back(now);
        self.until = None;
        let messages = std::mem::take(&mut self.held);
        Some(Outgoing { messages, more: std::mem::take(&mut self.more) })
    }

    /// When something is to go out; none = nothing is held.
    pub(crate) fn due(&mut self, now: Instant, per_hour: u32) -> Option<Instant> {
        while self.sent.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
            self.sent.pop_front();
        }
        if self.held.is_empty() {
            return None;
        }
        let mut due = self.until.unwrap_or(now);
        let most = usize::try_from(per_hour.max(1)).unwrap_or(usize::MAX);
        if let Some(first) = self.sent.len().checked_sub(most).and_then(|at| self.sent.get(at)) {
            due = due.max(*first + HOUR);
        }
        if let Some(third) = self.sent.len().checked_sub(SINGLY).and_then(|at| self.sent.get(at)) {
            due = due.max(*third + GATHER);
        }
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::time::Timestamp;

    use super::*;

    struct Run {
        gate: Gate,
        start: Instant,
        per_hour: u32,
    }

    impl Run {
        fn new(per_hour: u32) -> Self {
            Self { gate: Gate::default(), start: Instant::now(), per_hour }
        }

        /// Offers so many at this second; gives how many went out, and how many more were counted.
        fn at(&mut self, second: u64, offered: usize) -> Option<(usize, u32)> {
            let now = self.start + Duration::from_secs(second);
            for _ in 0..offered {
                self.gate.offer(Message::test(Timestamp(0)), false, now);
            }
            let out = self.gate.take(now, self.per_hour)?;
            Some((out.messages.len(), out.more))
        }
    }

    #[test]
    fn the_first_ones_go_at_once_and_a_burst_becomes_one() {
        let mut run = Run::new(20);
        for second in 0..3 {
            assert_eq!(run.at(second, 1), Some((1, 0)));
        }
        assert_eq!(run.at(3, 4), None);
        assert_eq!(run.at(9, 1), None);
        assert_eq!(run.at(10, 0), Some((5, 0)), "no more than three within ten seconds");
        assert_eq!(run.at(40, 1), Some((1, 0)), "the burst is over");
    }

    #[test]
    fn what_is_above_the_hours_number_is_told_with_the_next() {
        let mut run = Run::new(2);
        assert_eq!(run.at(0, 1), Some((1, 0)));
        assert_eq!(run.at(60, 1), Some((1, 0)));
        assert_eq!(run.at(120, 62), None);
        assert_eq!(run.at(3599, 1), None);
        assert_eq!(run.at(3600, 0), Some((50, 13)));
        assert_eq!(run.at(3601, 1), None, "the one of the first minute still counts");
        assert_eq!(run.at(3660, 0), Some((1, 0)));
    }

    #[test]
    fn old_ones_wait_for_each_other() {
        let mut gate = Gate::default();
        let start = Instant::now();
        for _ in 0..7 {
            gate.offer(Message::test(Timestamp(0)), true, start);
        }
        assert_eq!(gate.take(start, 20), None);
        let later = start + GATHER;
        assert_eq!(gate.due(start, 20), Some(later));
        assert_eq!(gate.take(later, 20).unwrap().messages.len(), 7);
    }
}
