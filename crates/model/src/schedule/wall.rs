//! From times that match a cron rule to the instants at which it fires.

use chrono_tz::Tz;

use super::cron::Cron;
use super::zone::{Change, DAY, HORIZON, Shown, first_change, last_change, offset, shown, wall};

/// The first instant after `after` at which the rule fires, in seconds.
pub(super) fn next(cron: &Cron, zone: Tz, after: i64) -> Option<i64> {
    if cron.is_interval() {
        next_interval(cron, zone, after)
    } else {
        next_fixed(cron, zone, after)
    }
}

/// The last instant not after `until` at which the rule fires, in seconds.
pub(super) fn last(cron: &Cron, zone: Tz, until: i64) -> Option<i64> {
    if cron.is_interval() {
        last_interval(cron, zone, until)
    } else {
        last_fixed(cron, zone, until)
    }
}

/// The first time that a fixed rule names and the change skips, without dates that are left out.
pub(super) fn wanted(cron: &Cron, change: Change) -> Option<i64> {
    let mut floor = change.wall_before() - 1;
    loop {
        let wanted = cron.after(floor).filter(|it| *it < change.wall_after())?;
        if !change.skips_date_of(wanted) {
            return Some(wanted);
        }
        floor = end_of_date(wanted);
    }
}

/// From one change of the offset to the next, because within one stretch the clock just runs on.
fn next_interval(cron: &Cron, zone: Tz, after: i64) -> Option<i64> {
    let mut at = after;
    let mut floor = wall(zone, after);
    let mut wanted = loop {
        let wanted = cron.after(floor)?;
        let instant = wanted - offset(zone, at);
        let horizon = at + HORIZON;
        match first_change(zone, at, instant.min(horizon)) {
            Some(change) => {
                at = change.at;
                floor = change.wall_after() - 1;
            }
            None if instant <= horizon => return Some(instant),
            // Nothing that the clock has shown comes back so late: changes on the way do not matter.
            None => break wanted,
        }
    };
    loop {
        match shown(zone, wanted) {
            Shown::Once(instant) | Shown::Twice(instant, _) => return Some(instant),
            Shown::Skipped(change) => wanted = cron.after(change.wall_after() - 1)?,
        }
    }
}

/// The same, backwards.
fn last_interval(cron: &Cron, zone: Tz, until: i64) -> Option<i64> {
    let mut at = until;
    let mut ceiling = wall(zone, until);
    let mut wanted = loop {
        let wanted = cron.until(ceiling)?;
        let instant = wanted - offset(zone, at);
        let horizon = at - HORIZON;
        match last_change(zone, instant.max(horizon), at) {
            Some(change) => {
                at = change.at - 1;
                ceiling = change.wall_before() - 1;
            }
            None if instant >= horizon => return Some(instant),
            None => break wanted,
        }
    };
    loop {
        match shown(zone, wanted) {
            Shown::Once(instant) | Shown::Twice(_, instant) => return Some(instant),
            Shown::Skipped(change) => wanted = cron.until(change.wall_before() - 1)?,
        }
    }
}

fn next_fixed(cron: &Cron, zone: Tz, after: i64) -> Option<i64> {
    let mut floor = newest_wall(zone, after);
    loop {
        let wanted = cron.after(floor)?;
        floor = match fires(zone, wanted) {
            Some(instant) if instant > after => return Some(instant),
            Some(_) => wanted,
            None => end_of_date(wanted),
        };
    }
}

fn last_fixed(cron: &Cron, zone: Tz, until: i64) -> Option<i64> {
    let mut ceiling = newest_wall(zone, until);
    loop {
        let wanted = cron.until(ceiling)?;
        ceiling = match fires(zone, wanted) {
            Some(instant) if instant <= until => return Some(instant),
            Some(_) => wanted - 1,
            None => end_of_date(wanted) - DAY,
        };
    }
}

/// When a fixed time fires; never where its date is left out.
fn fires(zone: Tz, wanted: i64) -> Option<i64> {
    match shown(zone, wanted) {
        Shown::Once(instant) | Shown::Twice(instant, _) => Some(instant),
        Shown::Skipped(change) => (!change.skips_date_of(wanted)).then_some(change.at),
    }
}

/// The latest time that the clock has shown up to `instant`: on a second pass, the end of the first.
fn newest_wall(zone: Tz, instant: i64) -> i64 {
    let now = wall(zone, instant);
    match shown(zone, now) {
        Shown::Twice(first, _) if first < instant => {
            first_change(zone, first, instant).map_or(now, |change| change.wall_before() - 1)
        }
        _ => now,
    }
}

/// The last second of the date that `wall` belongs to.
fn end_of_date(wall: i64) -> i64 {
    (wall.div_euclid(DAY) + 1) * DAY - 1
}
