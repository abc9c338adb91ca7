//! A zone's clock: what it shows at an instant, and at which instants it shows a time.
//!
//! Instants are seconds since the Unix epoch. A *wall* is what a clock shows: the seconds to 1970-01-01 00:00 on that
//! same clock.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 24 * HOUR;

/// No clock is ever set by more than a day and two hours, so nothing that it shows comes back after this time.
pub(super) const HORIZON: i64 = 2 * DAY;

/// How close together offsets are looked at. No zone changes its offset twice in so short a time.
const PROBE: i64 = 6 * HOUR;

/// An instant at which the offset from UTC changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// The first instant of the new offset.
    pub(super) at: i64,
    /// The old offset, in seconds east.
    pub(super) before: i64,
    /// The new offset, in seconds east.
    pub(super) after: i64,
}

impl Change {
    /// What the clock would show at the change if it were not set.
    pub(super) fn wall_before(self) -> i64 {
        self.at + self.before
    }

    /// What it does show.
    pub(super) fn wall_after(self) -> i64 {
        self.at + self.after
    }

    /// Whether all of the date that `wall` belongs to is skipped.
    pub(super) fn skips_date_of(self, wall: i64) -> bool {
        let midnight = wall.div_euclid(DAY) * DAY;
        self.wall_before() <= midnight && midnight + DAY <= self.wall_after()
    }
}

/// The instants at which a clock shows one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// At one.
    Once(i64),
    /// At two: it is set back over that time.
    Twice(i64, i64),
    /// At none: it is set forward over that time.
    Skipped(Change),
}

/// What the clock of `zone` shows at `instant`.
pub(super) fn wall(zone: Tz, instant: i64) -> i64 {
    instant + offset(zone, instant)
}

/// Seconds east of UTC.
pub(super) fn offset(zone: Tz, instant: i64) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&naive(instant)).fix().local_minus_utc())
}

/// The instants at which the clock of `zone` shows `wall`.
pub(super) fn shown(zone: Tz, wall: i64) -> Shown {
    let instant =
        |offset: &<Tz as TimeZone>::Offset| wall - i64::from(offset.fix().local_minus_utc());
    match zone.offset_from_local_datetime(&naive(wall)) {
        LocalResult::Single(offset) => Shown::Once(instant(&offset)),
        LocalResult::Ambiguous(one, other) => {
            let (one, other) = (instant(&one), instant(&other));
            Shown::Twice(one.min(other), one.max(other))
        }
        LocalResult::None => skipped(zone, wall).map_or(Shown::Once(wall), Shown::Skipped),
    }
}

fn skipped(zone: Tz, wall: i64) -> Option<Change> {
    let mut from = wall - HORIZON;
    while let Some(change) = first_change(zone, from, wall + HORIZON) {
        if (change.wall_before()..change.wall_after()).contains(&wall) {
            return Some(change);
        }
        from = change.at;
    }
    None
}

/// The first change after `after` and not after `until`.
pub(super) fn first_change(zone: Tz, after: i64, until: i64) -> Option<Change> {
    let before = offset(zone, after);
    let mut low = after;
    while low < until {
        let high = (low + PROBE).min(until);
        if offset(zone, high) != before {
            return Some(between(zone, low, high));
        }
        low = high;
    }
    None
}

/// The last change after `after` and not after `until`.
pub(super) fn last_change(zone: Tz, after: i64, until: i64) -> Option<Change> {
    let now = offset(zone, until);
    let mut high = until;
    while after < high {
        let low = (high - PROBE).max(after);
        if offset(zone, low) != now {
            return Some(between(zone, low, high));
        }
        high = low;
    }
    None
}

/// The change between two instants with different offsets.
fn between(zone: Tz, mut low: i64, mut high: i64) -> Change {
    let before = offset(zone, low);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset(zone, middle) == before { low = middle } else { high = middle }
    }
    Change { at: high, before, after: offset(zone, high) }
}

/// The same number of seconds as chrono's type; the ends of its range stand for what lies beyond.
pub(super) fn naive(seconds: i64) -> NaiveDateTime {
    let beyond = if seconds < 0 { NaiveDateTime::MIN } else { NaiveDateTime::MAX };
    DateTime::from_timestamp(seconds, 0).map_or(beyond, |it| it.naive_utc())
}
