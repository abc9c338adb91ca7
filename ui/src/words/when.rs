//! Instants to come, as a person reads them by the clock of a time zone.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use millrace_model::time::Timestamp;

use crate::state::days;

/// `Mon 23 Nov`, and the year where it is another one than today's.
pub(crate) fn day(date: NaiveDate, today: NaiveDate) -> String {
    let year = if date.year() == today.year() { "" } else { " %Y" };
    date.format(&format!("%a %-d %b{year}")).to_string()
}

/// `06:00`, and the seconds where there are any.
pub(crate) fn time(at: NaiveDateTime) -> String {
    let format = if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    at.format(format).to_string()
}

/// `today 06:00`, `tomorrow 06:00`, `Fri 06:00` within a week, `Mon 7 Dec 06:00` beyond it.
pub(crate) fn next(at: Timestamp, now: Timestamp, zone: Tz) -> String {
    let (at, today) = (days::local(at, zone), days::local(now, zone).date());
    let clock = time(at);
    match at.date().signed_duration_since(today).num_days() {
        0 => format!("today {clock}"),
        1 => format!("tomorrow {clock}"),
        2..=6 => format!("{} {clock}", at.format("%a")),
        _ => format!("{} {clock}", day(at.date(), today)),
    }
}

/// `Mon 23 Nov 06:00`: an instant that may lie on either side of now.
pub(crate) fn instant(at: Timestamp, now: Timestamp, zone: Tz) -> String {
    let (at, today) = (days::local(at, zone), days::local(now, zone).date());
    format!("{} {}", day(at.date(), today), time(at))
}

/// `in 5 min`, `in 3 h 10 min`, `in 2 d 4 h`, `now`.
pub(crate) fn away(at: Timestamp, now: Timestamp) -> String {
    let length = at.since(now);
    match length.as_secs() {
        0 => "now".to_owned(),
        secs @ 1..60 => format!("in {secs} s"),
        // Seconds of something so far away are noise.
        secs @ 60..3_600 => format!("in {} min", secs / 60),
        secs if secs < 60 * 86_400 => format!("in {}", super::duration(length)),
        secs => format!("in {} days", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2026-11-23T05:00:04Z.
    const NOW: Timestamp = Timestamp(1_795_410_004_000_000);

    fn after(hours: i64) -> Timestamp {
        Timestamp(NOW.0 + hours * 3_600_000_000)
    }

    #[test]
    fn what_comes_is_named_by_its_nearness() {
        let next = |hours| next(after(hours), NOW, Tz::Europe__Berlin);
        assert_eq!(next(2), "today 08:00:04");
        assert_eq!(next(24), "tomorrow 06:00:04");
        assert_eq!(next(4 * 24), "Fri 06:00:04");
        assert_eq!(next(7 * 24), "Mon 30 Nov 06:00:04");
        assert_eq!(next(60 * 24), "Fri 22 Jan 2027 06:00:04");
    }

    #[test]
    fn distances_keep_what_matters() {
        let micros = |secs: i64| Timestamp(NOW.0 + secs * 1_000_000);
        for (secs, text) in [
            (0, "now"),
            (40, "in 40 s"),
            (150, "in 2 min"),
            (3_600 * 3 + 600, "in 3 h 10 min"),
            (86_400 * 2 + 3_600 * 4, "in 2 d 4 h"),
            (86_400 * 90, "in 90 days"),
        ] {
            assert_eq!(away(micros(secs), NOW), text);
        }
    }
}
