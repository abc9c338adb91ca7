//! The sentences of the module's page, with clocks of real places.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::*;
use crate::document::{CatchUp, Extra, Schedule, ScheduleRule};
use crate::ident::Ident;
use crate::time::{Span, Timestamp};

pub(super) fn schedule(rule: ScheduleRule) -> Schedule {
    Schedule {
        name: Ident::new("a").unwrap(),
        rule,
        timezone: None,
        start: None,
        end: None,
        catch_up: CatchUp::Latest,
        jitter: None,
        params: None,
        extra: Extra::default(),
    }
}

fn ticks(zone: &str, cron: &str) -> Ticks {
    let zone: Tz = zone.parse().unwrap();
    Ticks::of(&schedule(ScheduleRule::Cron(cron.to_owned())), zone).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

/// As the zone's clock shows it, with the offset.
fn shown(ticks: &Ticks, tick: Tick) -> String {
    let instant: DateTime<Utc> = DateTime::from_timestamp_micros(tick.at.0).unwrap();
    let text = instant.with_timezone(&ticks.zone()).format("%d %H:%M %:z").to_string();
    match tick.moved {
        None => text,
        Some(Moved::Gap { wanted }) => format!("{text} for {}", wanted.format("%d %H:%M")),
        Some(Moved::FirstPass) => format!("{text} first"),
        Some(Moved::SecondPass) => format!("{text} second"),
    }
}

/// All ticks between two instants, forwards, and checked backwards.
fn list(ticks: &Ticks, from: &str, to: &str) -> Vec<String> {
    let forwards: Vec<Tick> = ticks.between(at(from), at(to)).collect();
    let mut backwards: Vec<Tick> = std::iter::successors(ticks.last(at(from), at(to)), |tick| {
        ticks.last(at(from), Timestamp(tick.at.0 - 1))
    })
    .collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    forwards.into_iter().map(|tick| shown(ticks, tick)).collect()
}

#[test]
fn a_fixed_time_in_the_gap_fires_once_at_the_first_valid_instant() {
    let berlin = ticks("Europe/Berlin", "30 2 * * *");
    assert_eq!(
        list(&berlin, "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z"),
        ["28 02:30 +01:00", "29 03:00 +02:00 for 29 02:30", "30 02:30 +02:00"]
    );
}

#[test]
fn a_fixed_time_in_the_overlap_fires_once_on_the_first_pass() {
    let berlin = ticks("Europe/Berlin", "30 2 * * *");
    assert_eq!(
        list(&berlin, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
        ["25 02:30 +02:00 first", "26 02:30 +01:00"]
    );
}

#[test]
fn an_interval_keeps_its_spacing() {
    let berlin = ticks("Europe/Berlin", "*/30 * * * *");
    assert_eq!(
        list(&berlin, "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"),
        ["29 01:30 +01:00", "29 03:00 +02:00", "29 03:30 +02:00", "29 04:00 +02:00"]
    );
    assert_eq!(
        list(&berlin, "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"),
        [
            "25 02:30 +02:00 first",
            "25 02:00 +01:00 second",
            "25 02:30 +01:00 second",
            "25 03:00 +01:00"
        ]
    );
}

#[test]
fn dates_that_a_zone_leaves_out_do_not_fire() {
    let apia = ticks("Pacific/Apia", "0 6 * * *");
    assert_eq!(
        list(&apia, "2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z"),
        ["29 06:00 -10:00", "31 06:00 +14:00", "01 06:00 +14:00"]
    );
}

#[test]
fn every_counts_from_start_else_from_the_epoch() {
    let mut rule = schedule(ScheduleRule::Every(Span::from_secs(90 * 60)));
    let next = |rule: &Schedule| Ticks::of(rule, Tz::UTC).unwrap().next(at("2026-01-01T00:10:00Z"));
    assert_eq!(next(&rule).unwrap().at, at("2026-01-01T01:30:00Z"));
    rule.start = Some("2026-01-01T00:05:00Z".to_owned());
    assert_eq!(next(&rule).unwrap().at, at("2026-01-01T01:35:00Z"));
}
