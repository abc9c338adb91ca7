//! The sentences of the module's page, with clocks of real places.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::*;
use crate::document::{CatchUp, Extra, Schedule, ScheduleRule};
use crate::ident::Ident;
use crate::time::{Span, Timestamp};

pub(crate) fn schedule(rule: ScheduleRule) -> Schedule {
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
fn half_an_hour_is_a_gap_and_an_overlap_too() {
    let fixed = ticks("Australia/Lord_Howe", "10 2 * * *");
    assert_eq!(
        list(&fixed, "2026-10-03T00:00:00Z", "2026-10-05T00:00:00Z"),
        ["04 02:30 +11:00 for 04 02:10", "05 02:10 +11:00"]
    );
    let interval = ticks("Australia/Lord_Howe", "*/15 * * * *");
    assert_eq!(
        list(&interval, "2026-04-04T14:29:00Z", "2026-04-04T15:30:00Z"),
        [
            "05 01:30 +11:00 first",
            "05 01:45 +11:00 first",
            "05 01:30 +10:30 second",
            "05 01:45 +10:30 second",
            "05 02:00 +10:30"
        ]
    );
}

#[test]
fn ticks_that_land_on_one_instant_fire_once() {
    // Two hours are skipped: 01:00 to 03:00.
    let troll = ticks("Antarctica/Troll", "0,30 1-3 * * *");
    assert_eq!(
        list(&troll, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"),
        ["29 03:00 +02:00 for 29 01:00", "29 03:30 +02:00"]
    );
}

#[test]
fn changes_of_a_law_are_changes() {
    let caracas = ticks("America/Caracas", "45 2 * * *");
    assert_eq!(
        list(&caracas, "2007-12-08T12:00:00Z", "2007-12-10T12:00:00Z"),
        ["09 02:45 -04:00 first", "10 02:45 -04:30"]
    );
    assert_eq!(
        list(&caracas, "2016-04-30T12:00:00Z", "2016-05-02T12:00:00Z"),
        ["01 03:00 -04:00 for 01 02:45", "02 02:45 -04:00"]
    );
    let casablanca = ticks("Africa/Casablanca", "30 2 * * *");
    assert_eq!(
        list(&casablanca, "2025-02-22T12:00:00Z", "2025-02-24T12:00:00Z"),
        ["23 02:30 +01:00 first", "24 02:30 +00:00"]
    );
    assert_eq!(
        list(&casablanca, "2025-04-05T12:00:00Z", "2025-04-07T12:00:00Z"),
        ["06 03:00 +01:00 for 06 02:30", "07 02:30 +01:00"]
    );
}

#[test]
fn a_gap_at_midnight_moves_a_tick_into_the_next_date() {
    let pyongyang = ticks("Asia/Pyongyang", "45 23 * * *");
    assert_eq!(
        list(&pyongyang, "2018-05-03T16:00:00Z", "2018-05-05T16:00:00Z"),
        ["05 00:00 +09:00 for 04 23:45", "05 23:45 +09:00"]
    );
    assert_eq!(
        list(&pyongyang, "2015-08-14T00:00:00Z", "2015-08-15T16:00:00Z"),
        ["14 23:45 +09:00 first", "15 23:45 +08:30"]
    );
}

#[test]
fn days_of_the_month_and_of_the_week_are_those_that_the_clock_shows() {
    let new_york = ticks("America/New_York", "30 2 * * 0");
    assert_eq!(
        list(&new_york, "2026-03-01T12:00:00Z", "2026-03-16T00:00:00Z"),
        ["08 03:00 -04:00 for 08 02:30", "15 02:30 -04:00"]
    );
    // Either is enough: the 1st, or a Monday.
    let either = ticks("America/New_York", "0 0 1 * 1");
    assert_eq!(
        list(&either, "2026-10-26T12:00:00Z", "2026-11-03T12:00:00Z"),
        ["01 00:00 -04:00", "02 00:00 -05:00"]
    );
}

#[test]
fn an_interval_of_hours_skips_what_the_clock_skips() {
    let berlin = ticks("Europe/Berlin", "0 */2 * * *");
    assert_eq!(
        list(&berlin, "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"),
        ["29 04:00 +02:00", "29 06:00 +02:00"]
    );
    assert_eq!(
        list(&berlin, "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z"),
        ["25 02:00 +02:00 first", "25 02:00 +01:00 second", "25 04:00 +01:00"]
    );
}

#[test]
fn changes_between_an_instant_and_a_far_tick_do_not_matter() {
    let berlin = ticks("Europe/Berlin", "*/30 0 1 1 *");
    assert_eq!(
        list(&berlin, "2025-07-01T00:00:00Z", "2026-07-01T00:00:00Z"),
        ["01 00:00 +01:00", "01 00:30 +01:00"]
    );
    let overlap = ticks("Europe/Berlin", "*/30 2 25 10 *");
    assert_eq!(
        list(&overlap, "2026-07-01T00:00:00Z", "2026-12-31T00:00:00Z"),
        [
            "25 02:00 +02:00 first",
            "25 02:30 +02:00 first",
            "25 02:00 +01:00 second",
            "25 02:30 +01:00 second"
        ]
    );
}

#[test]
fn the_newest_tick_on_a_second_pass_may_be_of_the_first() {
    let berlin = ticks("Europe/Berlin", "50 2 * * *");
    // The clock shows 02:10 for the second time, and 02:50 has been.
    let last = berlin.last(Timestamp(0), at("2026-10-25T01:10:00Z")).unwrap();
    assert_eq!(shown(&berlin, last), "25 02:50 +02:00 first");
}

#[test]
fn a_moved_tick_has_two_readings() {
    let berlin = ticks("Europe/Berlin", "30 2 * * *");
    let readings = |after: &str| berlin.readings(&berlin.next(at(after)).unwrap());
    assert_eq!(
        readings("2026-03-28T12:00:00Z"),
        Some([at("2026-03-29T01:30:00Z"), at("2026-03-29T00:30:00Z")])
    );
    assert_eq!(
        readings("2026-10-24T12:00:00Z"),
        Some([at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")])
    );
    assert_eq!(readings("2026-06-01T12:00:00Z"), None);
}

#[test]
fn six_fields_begin_with_the_second() {
    let utc = ticks("UTC", "*/20 59 23 31 12 *");
    let found: Vec<Timestamp> = utc
        .between(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
        .map(|it| it.at)
        .collect();
    let second = |second: &str| at(&format!("2026-12-31T23:59:{second}Z"));
    assert_eq!(found, [second("00"), second("20"), second("40")]);
}

#[test]
fn at_fires_once() {
    let once = schedule(ScheduleRule::At("2026-12-24T18:00:00.5+01:00".to_owned()));
    let once = Ticks::of(&once, Tz::UTC).unwrap();
    let tick = once.next(Timestamp(0)).unwrap();
    assert_eq!(tick.at, Timestamp(at("2026-12-24T17:00:00Z").0 + 500_000));
    assert_eq!(once.next(tick.at), None);
    assert_eq!(once.last(Timestamp(0), Timestamp(i64::MAX)), Some(tick));
}

#[test]
fn every_counts_from_start_else_from_the_epoch() {
    let mut rule = schedule(ScheduleRule::Every(Span::from_secs(90 * 60)));
    let next = |rule: &Schedule| Ticks::of(rule, Tz::UTC).unwrap().next(at("2026-01-01T00:10:00Z"));
    assert_eq!(next(&rule).unwrap().at, at("2026-01-01T01:30:00Z"));
    rule.start = Some("2026-01-01T00:05:00Z".to_owned());
    assert_eq!(next(&rule).unwrap().at, at("2026-01-01T01:35:00Z"));
}

#[test]
fn a_zone_that_does_not_exist_is_an_error_that_names_it() {
    let rule = ScheduleRule::Cron("0 6 * * *".to_owned());
    let zone = Some("Europe/Berlim".to_owned());
    let error = Ticks::of(&Schedule { timezone: zone, ..schedule(rule) }, Tz::UTC).unwrap_err();
    assert_eq!(
        (error.key, error.message.as_str()),
        ("timezone", "there is no time zone `Europe/Berlim`")
    );
    assert_eq!(error.help.as_deref(), Some("did you mean `Europe/Berlin`?"));
}
