//! Days by the clock of a time zone: what it shows at an instant, and where its weeks and months begin.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;
use millrace_model::time::Timestamp;

const MICROS: i64 = 1_000_000;

/// What the clock of `zone` shows at `at`.
pub(crate) fn local(at: Timestamp, zone: Tz) -> NaiveDateTime {
    let utc = chrono::DateTime::from_timestamp_micros(at.0).unwrap_or_default().naive_utc();
    let east = zone.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(east).unwrap_or(utc)
}

/// The instant at which the clock of `zone` shows `shown`: the earlier one of two; where it skips that time, the instant at
/// which a clock that was not set would show it.
pub(crate) fn instant(shown: NaiveDateTime, zone: Tz) -> Timestamp {
    let east = match zone.offset_from_local_datetime(&shown).earliest() {
        Some(offset) => offset.fix(),
        None => {
            let before = shown.checked_sub_days(Days::new(1)).unwrap_or(shown);
            zone.offset_from_utc_datetime(&before).fix()
        }
    };
    let utc = shown.checked_sub_offset(east).unwrap_or(shown);
    Timestamp(utc.and_utc().timestamp().saturating_mul(MICROS))
}

/// The first instant of a day.
pub(crate) fn start_of(day: NaiveDate, zone: Tz) -> Timestamp {
    instant(day.and_time(NaiveTime::MIN), zone)
}

/// The Monday of a day's week.
pub(crate) fn monday(day: NaiveDate) -> NaiveDate {
    plus(day, -i64::from(day.weekday().num_days_from_monday()))
}

/// The first day of a day's month.
pub(crate) fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The day that is so many days later; this one where calendars do not go so far.
pub(crate) fn plus(day: NaiveDate, days: i64) -> NaiveDate {
    let number = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(number) } else { day.checked_add_days(number) };
    moved.unwrap_or(day)
}

/// The same day so many months later, or the last day of that month.
pub(crate) fn plus_months(day: NaiveDate, months: i32) -> NaiveDate {
    let number = Months::new(months.unsigned_abs());
    let moved =
        if months < 0 { day.checked_sub_months(number) } else { day.checked_add_months(number) };
    moved.unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn a_clock_is_read_and_found_again() {
        let zone = Tz::Europe__Berlin;
        // 2026-11-23T05:00:04Z
        let now = Timestamp(1_795_410_004_000_000);
        assert_eq!(local(now, zone).to_string(), "2026-11-23 06:00:04");
        for text in ["2026-01-01 00:00", "2026-07-15 12:34", "2026-10-25 02:30"] {
            assert_eq!(local(instant(at(text), zone), zone), at(text));
        }
        // The clocks skip 02:00 to 03:00 on this day.
        let skipped = instant(at("2026-03-29 02:30"), zone);
        assert_eq!(local(skipped, zone), at("2026-03-29 03:30"));
    }

    #[test]
    fn weeks_begin_on_monday() {
        let day = at("2026-11-26 00:00").date();
        assert_eq!(monday(day).to_string(), "2026-11-23");
        assert_eq!(monday(monday(day)), monday(day));
        assert_eq!(first_of_month(day).to_string(), "2026-11-01");
        assert_eq!(plus_months(at("2026-01-31 00:00").date(), 1).to_string(), "2026-02-28");
        assert_eq!(plus(day, -30).to_string(), "2026-10-27");
    }
}
