//! Dates and instants. Pure: what day it is now is `run.logical_time`.
//!
//! A day is a text (`2026-11-23`), an instant a timestamp; functions take either, and the texts of both. A time zone
//! is an IANA name and UTC where it is left out.

use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Weekday,
};
use chrono_tz::Tz;

use super::args::{Args, Built, Moment, instant, int, text};
use super::{Function, Group, own};

pub(super) const FUNCTIONS: &[Function] = &[
    own(
        "date",
        Group::Dates,
        (1, 2),
        &["date(time)", "date(time, zone)"],
        "The day of an instant, as text.",
        ("date(timestamp('2026-11-23T23:30:00Z'), 'Europe/Berlin')", "2026-11-24"),
        |args| text(day(args, 0, 1)?.to_string()),
    ),
    own(
        "format_time",
        Group::Dates,
        (2, 3),
        &["format_time(time, format)", "format_time(time, format, zone)"],
        "A time in the form of `strftime`: `%Y` year, `%m` month, `%d` day, `%H` hour, `%M` minute, `%S` second, `%j` day of the year, `%G-W%V` ISO week, `%A` weekday, `%B` month's name, `%s` Unix seconds, `%z` offset.",
        (
            "format_time(timestamp('2026-11-23T06:05:00Z'), '%Y%m%d-%H%M', 'Europe/Berlin')",
            "20261123-0705",
        ),
        format_time,
    ),
    own(
        "parse_time",
        Group::Dates,
        (2, 3),
        &["parse_time(text, format)", "parse_time(text, format, zone)"],
        "The instant that a text stands for, by a format of `strftime`. A format without time of day gives midnight, one with an hour alone the full hour; one with an offset (`%z`) needs no zone.",
        (
            "parse_time('23.11.2026 07:05', '%d.%m.%Y %H:%M', 'Europe/Berlin')",
            "2026-11-23T06:05:00Z",
        ),
        parse_time,
    ),
    own(
        "add_days",
        Group::Dates,
        (2, 2),
        &["add_days(time, days)"],
        "So many days later (earlier where negative): a day of a day, an instant of an instant.",
        ("add_days('2026-02-27', 2)", "2026-03-01"),
        |args| {
            let days = args.int(1)?;
            let count = Days::new(days.unsigned_abs());
            shifted(args, |day| {
                if days < 0 { day.checked_sub_days(count) } else { day.checked_add_days(count) }
            })
        },
    ),
    own(
        "add_months",
        Group::Dates,
        (2, 2),
        &["add_months(time, months)"],
        "So many months later (earlier where negative); the last day of the month where there is no such day.",
        ("add_months('2026-01-31', 1)", "2026-02-28"),
        |args| {
            let months = args.int(1)?;
            let count = u32::try_from(months.unsigned_abs()).map_err(|_| beyond())?;
            let count = Months::new(count);
            shifted(args, |day| {
                if months < 0 {
                    day.checked_sub_months(count)
                } else {
                    day.checked_add_months(count)
                }
            })
        },
    ),
    own(
        "start_of_day",
        Group::Dates,
        (1, 2),
        &["start_of_day(time)", "start_of_day(time, zone)"],
        "The first instant of the day.",
        (
            "start_of_day(timestamp('2026-11-23T06:05:00Z'), 'Europe/Berlin')",
            "2026-11-22T23:00:00Z",
        ),
        |args| {
            let zone = args.zone(1)?;
            let day = day(args, 0, 1)?;
            instant(local(zone, day.and_time(NaiveTime::MIN))?.to_utc().fixed_offset())
        },
    ),
    own(
        "start_of_week",
        Group::Dates,
        (1, 2),
        &["start_of_week(time)", "start_of_week(time, zone)"],
        "The Monday of its week, as text.",
        ("start_of_week('2026-11-29')", "2026-11-23"),
        |args| {
            text(
                day(args, 0, 1)?
                    .week(Weekday::Mon)
                    .checked_first_day()
                    .ok_or_else(beyond)?
                    .to_string(),
            )
        },
    ),
    own(
        "start_of_month",
        Group::Dates,
        (1, 2),
        &["start_of_month(time)", "start_of_month(time, zone)"],
        "The first day of its month, as text.",
        ("start_of_month('2026-11-23')", "2026-11-01"),
        |args| text(day(args, 0, 1)?.with_day(1).ok_or_else(beyond)?.to_string()),
    ),
    own(
        "end_of_month",
        Group::Dates,
        (1, 2),
        &["end_of_month(time)", "end_of_month(time, zone)"],
        "The last day of its month, as text.",
        ("end_of_month('2028-02-10')", "2028-02-29"),
        |args| {
            let first = day(args, 0, 1)?.with_day(1).ok_or_else(beyond)?;
            let last = first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt());
            text(last.ok_or_else(beyond)?.to_string())
        },
    ),
    own(
        "start_of_year",
        Group::Dates,
        (1, 2),
        &["start_of_year(time)", "start_of_year(time, zone)"],
        "The first day of its year, as text.",
        ("start_of_year('2026-11-23')", "2026-01-01"),
        |args| text(day(args, 0, 1)?.with_ordinal(1).ok_or_else(beyond)?.to_string()),
    ),
    own(
        "weekday",
        Group::Dates,
        (1, 2),
        &["weekday(time)", "weekday(time, zone)"],
        "The day of the week: 1 is Monday, 7 Sunday.",
        ("weekday('2026-11-23')", "1"),
        |args| int(i64::from(day(args, 0, 1)?.weekday().number_from_monday())),
    ),
    own(
        "days_between",
        Group::Dates,
        (2, 3),
        &["days_between(from, to)", "days_between(from, to, zone)"],
        "How many days after `from` the day `to` is; negative where it is before.",
        ("days_between('2026-11-23', '2026-12-24')", "31"),
        |args| int(day(args, 1, 2)?.signed_duration_since(day(args, 0, 2)?).num_days()),
    ),
];

fn beyond() -> String {
    "beyond the calendar".to_owned()
}

/// The day of an argument, in the zone of another.
fn day(args: &Args<'_, '_, '_>, time: usize, zone: usize) -> Result<NaiveDate, String> {
    let zone = args.zone(zone)?;
    Ok(match args.moment(time)? {
        Moment::Day(day) => day,
        Moment::Instant(at) => at.with_timezone(&zone).date_naive(),
    })
}

fn shifted<'v>(
    args: &Args<'_, '_, '_>,
    shift: impl Fn(NaiveDate) -> Option<NaiveDate>,
) -> Built<'v> {
    match args.moment(0)? {
        Moment::Day(day) => text(shift(day).filter(in_range).ok_or_else(beyond)?.to_string()),
        Moment::Instant(at) => {
            let local = at.naive_local();
            let moved =
                shift(local.date()).filter(in_range).ok_or_else(beyond)?.and_time(local.time());
            let at = at.offset().from_local_datetime(&moved).single().ok_or_else(beyond)?;
            instant(at)
        }
    }
}

/// CEL's calendar: the years 1 to 9999, so that every date has four digits.
fn in_range(day: &NaiveDate) -> bool {
    (1..=9999).contains(&day.year())
}

/// The instant at which clocks in `zone` show `time`: the earlier of two; where clocks skip it, that of as much later as
/// they were set forward, in steps of half an hour.
fn local(zone: Tz, time: NaiveDateTime) -> Result<DateTime<Tz>, String> {
    let mut candidate = time;
    // The longest gap skipped a whole day (Samoa, 2011).
    for _ in 0..=48 {
        if let Some(at) = zone.from_local_datetime(&candidate).earliest() {
            return Ok(at);
        }
        candidate =
            candidate.checked_add_signed(chrono::Duration::minutes(30)).ok_or_else(beyond)?;
    }
    Err(beyond())
}

fn format_time<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let items = format_items(args.text(1)?)?;
    let zone = args.zone(2)?;
    let at: DateTime<Tz> = match args.moment(0)? {
        Moment::Instant(at) => at.with_timezone(&zone),
        Moment::Day(day) => local(zone, day.and_time(NaiveTime::MIN))?,
    };
    let mut formatted = String::new();
    write!(formatted, "{}", at.format_with_items(items.iter()))
        .map_err(|_| "not a format of strftime".to_owned())?;
    text(formatted)
}

/// The parts of a format, checked: chrono's own display would fail on a bad one.
fn format_items(format: &str) -> Result<Vec<Item<'_>>, String> {
    if format.len() > 1000 {
        return Err("the format is longer than 1000 characters".to_owned());
    }
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    if items.contains(&Item::Error) {
        return Err(format!("`{format:.60}` is not a format of strftime, such as `%Y-%m-%d`"));
    }
    Ok(items)
}

fn parse_time<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let (source, format) = (args.text(0)?, args.text(1)?);
    let items = format_items(format)?;
    let mut parsed = chrono::format::Parsed::new();
    let not = || format!("`{source:.60}` does not have the form `{format:.60}`");
    chrono::format::parse(&mut parsed, source, items.iter()).map_err(|_| not())?;
    let has_hour = parsed.hour_div_12().is_some() || parsed.hour_mod_12().is_some();
    let has_less = parsed.minute().is_some() || parsed.second().is_some();
    // A count of seconds says it all.
    if parsed.timestamp().is_none() && !has_less {
        if !has_hour {
            parsed.set_hour(0).map_err(|_| not())?;
        }
        parsed.set_minute(0).map_err(|_| not())?;
    }
    if let Ok(at) = parsed.to_datetime() {
        return instant(at);
    }
    let day = parsed.to_naive_date().map_err(|_| not())?;
    let time = parsed.to_naive_time().map_err(|_| {
        format!("`{format:.60}` does not tell the time of day: an hour is `%H`, or `%I` with `%p`")
    })?;
    instant(local(args.zone(2)?, day.and_time(time))?.to_utc().fixed_offset())
}
