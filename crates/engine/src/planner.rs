//! What a schedule does now, and when it is to be asked next. Pure: the time is passed in.
//!
//! A tick is *late* where it should have fired more than [`LATE`] ago: Millrace did not run, or the machine slept. Late
//! ticks are what `catch_up` is about; any other that is due simply fires. Everything up to the watermark was decided
//! before. Whoever carries a decision out writes down what it drops first and then submits what fires, in order: after
//! a crash between any two of these the next call goes on from there.

use millrace_model::document::{CatchUp, Schedule};
use millrace_model::schedule::{Ticks, delay};
use millrace_model::time::{Span, Timestamp};

/// A tick that should have fired longer ago than this was missed.
pub const LATE: Span = Span::from_secs(60);
/// With `catch_up: all`, at most so many ticks are made up for.
pub const MOST_CAUGHT_UP: usize = 100;
/// Missed ticks are counted so far.
pub const MOST_COUNTED: usize = 10_000;
/// A watermark that lies further ahead of the clock than this comes from a clock that was wrong.
const FAR_AHEAD: Span = Span::from_secs(86_400);

/// A schedule as it stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The schedule.
    pub schedule: &'a Schedule,
    /// Its ticks.
    pub ticks: &'a Ticks,
    /// Tells homes and workflows apart, so that their jitter differs.
    pub seed: u64,
    /// Everything up to here was decided.
    pub watermark: Timestamp,
    /// Ticks that a person moved or left out, in order.
    pub moved: &'a [MovedTick],
}

/// A tick that a person moved or left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedTick {
    /// When it would have fired.
    pub tick: Timestamp,
    /// When it fires; none = it does not.
    pub to: Option<Timestamp>,
    /// It was decided already.
    pub is_done: bool,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// The watermark is to be put back to here, before anything else.
    pub rewind: Option<Timestamp>,
    /// What does not fire.
    pub dropped: Vec<Dropped>,
    /// What fires, in order.
    pub fires: Vec<Fire>,
    /// When to ask again at the latest, where nothing changes before; none = never.
    pub next: Option<Timestamp>,
}

/// A tick that fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fire {
    /// Which.
    pub tick: Timestamp,
    /// It was missed and is made up for.
    pub caught_up: bool,
}

/// A tick of the rule that is still to start a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coming {
    /// Which.
    pub tick: Timestamp,
    /// When its run starts, jitter included.
    pub at: Timestamp,
}

/// Ticks that do not fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// The first one.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// How many, counted up to [`MOST_COUNTED`].
    pub count: usize,
    /// Why.
    pub why: Why,
}

/// Why ticks do not fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They were missed, and `catch_up` does not make up for them.
    Missed,
    /// More were missed than are made up for.
    Capped,
    /// A person left it out.
    LeftOut,
}

/// Decides.
#[must_use]
pub fn plan(now: Timestamp, standing: Standing<'_>) -> Decision {
    let mut decision = Decision::default();
    let mut standing = standing;
    if standing.is_far_ahead(now) {
        decision.rewind = Some(now);
        standing.watermark = now;
    }
    let due = standing.due(now);
    let policy = standing.schedule.catch_up;
    standing.moved_ones(now, policy, &mut decision);
    let Due { missed, late, live, last } = due;
    let has_live = !live.is_empty();
    match policy {
        CatchUp::All => {
            decision.drop(standing.merge(missed, &[]), Why::Capped);
            decision.fires.extend(late.iter().map(|tick| Fire { tick: *tick, caught_up: true }));
        }
        CatchUp::Latest if !has_live => {
            let (newest, older) = match late.split_last() {
                Some((newest, older)) => (Some(*newest), older),
                None => (None, &late[..]),
            };
            decision.drop(standing.merge(missed, older), Why::Missed);
            decision.fires.extend(newest.map(|tick| Fire { tick, caught_up: true }));
        }
        CatchUp::Latest | CatchUp::None => {
            decision.drop(standing.merge(missed, &late), Why::Missed);
        }
    }
    decision.fires.extend(live.iter().map(|tick| Fire { tick: *tick, caught_up: false }));
    decision.fires.sort_by_key(|fire| fire.tick);
    decision.next = standing.next_due(last, now);
    decision
}

/// What the rule starts after `from`, or after `now` where that is later, in order. A tick that is over and waits for its
/// jitter belongs to it; what a person moved does not.
pub fn coming(
    now: Timestamp,
    from: Timestamp,
    standing: Standing<'_>,
) -> impl Iterator<Item = Coming> {
    let from = from.max(now);
    let decided = if standing.is_far_ahead(now) { now } else { standing.watermark };
    let jitter = standing.schedule.jitter.unwrap_or(Span::ZERO);
    // Whatever lies before that starts before `from`.
    let after = decided.max(from.minus(jitter.to_std()));
    let next = move |at: Timestamp| standing.ticks.next(at).map(|tick| tick.at);
    let ticks = std::iter::successors(next(after), move |at| next(*at));
    let mut at = Timestamp(i64::MIN);
    let coming = ticks.filter(move |tick| !standing.moved(*tick)).map(move |tick| {
        // A tick waits for those before it.
        at = at.max(due_at(standing.schedule, standing.seed, tick));
        Coming { tick, at }
    });
    coming.skip_while(move |it| it.at <= from)
}

/// When this tick is to fire, jitter included.
#[must_use]
pub fn due_at(schedule: &Schedule, seed: u64, tick: Timestamp) -> Timestamp {
    match schedule.jitter {
        None => tick,
        Some(jitter) => tick.plus(delay(seed, &schedule.name, tick, jitter).to_std()),
    }
}

/// What of the rule is due.
struct Due {
    /// Late ticks that are too many to be named: the first, the last, how many.
    missed: Option<(Timestamp, Timestamp, usize)>,
    /// The newest late ticks, in order.
    late: Vec<Timestamp>,
    /// Ticks that are due now, in order.
    live: Vec<Timestamp>,
    /// The last tick that was looked at, or the watermark.
    last: Timestamp,
}

impl Standing<'_> {
    /// The watermark comes from a clock that was wrong.
    fn is_far_ahead(&self, now: Timestamp) -> bool {
        self.watermark > now.plus(FAR_AHEAD.to_std())
    }

    fn due(&self, now: Timestamp) -> Due {
        let jitter = self.schedule.jitter.unwrap_or(Span::ZERO);
        let late_by = now.minus(LATE.to_std());
        let certainly_late = Timestamp(late_by.minus(jitter.to_std()).0.saturating_sub(1));
        let mut late = self.newest_late(certainly_late);
        let missed = late.first().copied().and_then(|oldest| self.before(oldest));
        let mut last = late.last().copied().unwrap_or(self.watermark);
        let mut live = Vec::new();
        // Where the newest late ticks were all moved, the walk begins behind them.
        let from = last.max(certainly_late.min(now)).max(self.watermark);
        let mut due = Timestamp(i64::MIN);
        for tick in self.ticks.between(from, now).filter(|tick| !self.moved(tick.at)) {
            // Jitter does not change the order: a tick waits for those before it, and is late only where they are.
            due = due.max(due_at(self.schedule, self.seed, tick.at));
            if due > now {
                break;
            }
            last = tick.at;
            match due < late_by {
                true => late.push(tick.at),
                false => live.push(tick.at),
            }
        }
        let extra = late.len().saturating_sub(MOST_CAUGHT_UP);
        let missed = match extra {
            0 => missed,
            _ => self.merge(missed, &late.drain(..extra).collect::<Vec<_>>()),
        };
        Due { missed, late, live, last }
    }

    /// At most [`MOST_CAUGHT_UP`] ticks up to `to`, in order, without those that were moved.
    fn newest_late(&self, to: Timestamp) -> Vec<Timestamp> {
        let mut newest: Vec<_> = self.stays_before(to).take(MOST_CAUGHT_UP).collect();
        newest.reverse();
        newest
    }

    /// The ticks between the watermark and `oldest`, without those that were moved.
    fn before(&self, oldest: Timestamp) -> Option<(Timestamp, Timestamp, usize)> {
        let to = Timestamp(oldest.0 - 1);
        let last = self.stays_before(to).next()?;
        let first = self.stays_after(self.watermark).next()?;
        let all = self.ticks.count(Timestamp(first.0 - 1), last, MOST_COUNTED);
        let moved = self.moved.iter().filter(|moved| first <= moved.tick && moved.tick <= last);
        let count = all.saturating_sub(moved.count());
        (count > 0).then_some((first, last, count))
    }

    fn merge(
        &self,
        range: Option<(Timestamp, Timestamp, usize)>,
        ticks: &[Timestamp],
    ) -> Option<(Timestamp, Timestamp, usize)> {
        let (Some(first), Some(last)) = (ticks.first(), ticks.last()) else { return range };
        let (from, count) = range.map_or((*first, 0), |(from, _, count)| (from, count));
        Some((from, *last, (count + ticks.len()).min(MOST_COUNTED)))
    }

    /// What becomes of ticks that a person moved or left out.
    fn moved_ones(&self, now: Timestamp, policy: CatchUp, decision: &mut Decision) {
        let late_by = now.minus(LATE.to_std());
        for moved in self.moved.iter().filter(|moved| !moved.is_done) {
            let alone = |why| Dropped { first: moved.tick, last: moved.tick, count: 1, why };
            match moved.to {
                None if moved.tick <= now => decision.dropped.push(alone(Why::LeftOut)),
                Some(to) if to > now => {}
                Some(to) if to < late_by && policy == CatchUp::None => {
                    decision.dropped.push(alone(Why::Missed));
                }
                Some(to) => {
                    decision.fires.push(Fire { tick: moved.tick, caught_up: to < late_by });
                }
                None => {}
            }
        }
    }

    /// The ticks between the watermark and `to` that were not moved, the newest first.
    fn stays_before(&self, to: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let before = |at: Timestamp| self.ticks.last(self.watermark, at).map(|tick| tick.at);
        let all = std::iter::successors(before(to), move |at| before(Timestamp(at.0 - 1)));
        all.filter(|at| !self.moved(*at))
    }

    /// The ticks after `after` that were not moved, in order.
    fn stays_after(&self, after: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let next = |at: Timestamp| self.ticks.next(at).map(|tick| tick.at);
        std::iter::successors(next(after), move |at| next(*at)).filter(|at| !self.moved(*at))
    }

    fn moved(&self, tick: Timestamp) -> bool {
        self.moved.binary_search_by_key(&tick, |moved| moved.tick).is_ok()
    }

    fn next_due(&self, after: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let by_rule = self.stays_after(after).next();
        let by_rule = by_rule.map(|tick| due_at(self.schedule, self.seed, tick));
        let waiting = self.moved.iter().filter(|moved| !moved.is_done);
        // Those of now are in the decision.
        let by_hand = waiting.map(|moved| moved.to.unwrap_or(moved.tick)).filter(|at| *at > now);
        by_rule.into_iter().chain(by_hand).min()
    }
}

impl Decision {
    fn drop(&mut self, range: Option<(Timestamp, Timestamp, usize)>, why: Why) {
        self.dropped.extend(range.map(|(first, last, count)| Dropped { first, last, count, why }));
    }
}
