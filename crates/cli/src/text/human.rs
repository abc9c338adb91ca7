//! Times, durations and sizes as people say them.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Span, ZonedDateTime};

pub(crate) use millrace_model::size::in_words as bytes;
use millrace_model::time::{Timestamp, lasting};

/// Now, by the wall clock.
pub(crate) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_microsecond())
}

/// A duration, as it is written everywhere.
pub(crate) fn duration(duration: Duration) -> String {
    lasting(duration)
}

/// A duration of so many microseconds.
pub(crate) fn duration_us(micros: u64) -> String {
    duration(Duration::from_micros(micros))
}

/// How long ago, or how long from now: `just now`, `5 min ago`, `in 3 h`.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let (length, ahead) = if at > now { (at.since(now), true) } else { (now.since(at), false) };
    let secs = length.as_secs();
    let words = match secs {
        0..5 => return "just now".to_owned(),
        5..60 => format!("{secs} s"),
        60..3_600 => format!("{} min", secs / 60),
        3_600..86_400 => format!("{} h", secs / 3_600),
        86_400..2_592_000 => format!("{} d", secs / 86_400),
        2_592_000..5_184_000 => "1 month".to_owned(),
        5_184_000..31_536_000 => format!("{} months", secs / 2_592_000),
        _ => format!("{} y", secs / 31_536_000),
    };
    if ahead { format!("in {words}") } else { format!("{words} ago") }
}

/// Date and time in `zone`, to the second: `2026-11-23 06:00:04`.
pub(crate) fn date_time(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone)
        .map_or_else(|| at.0.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The same to the millisecond: `2026-11-23 06:00:04.120`.
pub(crate) fn date_time_ms(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone)
        .map_or_else(|| at.0.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string())
}

/// The time of day in `zone`, to the millisecond: `06:00:04.120`.
pub(crate) fn clock_time(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).map_or_else(|| at.0.to_string(), |at| at.strftime("%H:%M:%S%.3f").to_string())
}

/// Both: `2026-11-23 06:00:04 (5 min ago)`.
pub(crate) fn date_time_and_relative(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    format!("{} ({})", date_time(at, zone), relative(at, now))
}

/// A count with commas: `1,204`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (number, digit) in digits.chars().enumerate() {
        if number > 0 && (digits.len() - number).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The instant that a person means: `90m` or `3d` ago, `today`, `yesterday`, a date, a date with a time, an instant.
///
/// # Errors
/// Says what can be written.
pub(crate) fn since(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let bad = || {
        format!(
            "`{text}` is not a time: write how long ago (90m, 2h, 3d), today, yesterday, \
             a date (2026-11-23), or an instant (2026-11-23T06:00:00+01:00)"
        )
    };
    if let Ok(ago) = text.parse::<millrace_model::time::Span>() {
        let micros = i64::try_from(ago.to_std().as_micros()).map_err(|_| bad())?;
        return Ok(Timestamp(now.0.saturating_sub(micros)));
    }
    let here = zoned(now, zone).ok_or_else(bad)?;
    let start = match text {
        "today" => Some(here.start_of_day().map_err(|_| bad())?),
        "yesterday" => {
            let day = here.checked_sub(Span::new().days(1)).map_err(|_| bad())?;
            Some(day.start_of_day().map_err(|_| bad())?)
        }
        _ => None,
    };
    if let Some(start) = start {
        return Ok(Timestamp(start.timestamp().as_microsecond()));
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(instant.as_microsecond()));
    }
    let civil: jiff::civil::DateTime = text.parse().map_err(|_| bad())?;
    let instant = civil.to_zoned_datetime(zone.clone()).map_err(|_| bad())?;
    Ok(Timestamp(instant.timestamp().as_microsecond()))
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Option<ZonedDateTime> {
    Some(jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned_datetime(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_commas() {
        for (number, text) in [(0, "0"), (999, "999"), (1_204, "1,204"), (1_000_000, "1,000,000")] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn moments_are_told_from_now() {
        let now = Timestamp(1_000_000_000_000_000);
        let ago = |secs: i64| relative(Timestamp(now.0 - secs * 1_000_000), now);
        assert_eq!(ago(2), "just now");
        assert_eq!(ago(59), "59 s ago");
        assert_eq!(ago(3_700), "1 h ago");
        assert_eq!(ago(-120), "in 2 min");
        assert_eq!(ago(2_592_000), "1 month ago");
        assert_eq!(ago(11 * 2_592_000), "11 months ago");
        assert_eq!(ago(86_400 * 800), "2 y ago");
    }

    #[test]
    fn since_takes_what_people_write() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        // 2026-11-23T05:30:00Z
        let now = Timestamp(1_795_411_800_000_000);
        let at = |text: &str| since(text, now, &zone).map(|at| date_time(at, &TimeZone::UTC));
        assert_eq!(at("2h").as_deref(), Ok("2026-11-23 03:30:00"));
        assert_eq!(at("today").as_deref(), Ok("2026-11-22 23:00:00"));
        assert_eq!(at("yesterday").as_deref(), Ok("2026-11-21 23:00:00"));
        assert_eq!(at("2026-11-20").as_deref(), Ok("2026-11-19 23:00:00"));
        assert_eq!(at("2026-11-20T06:30").as_deref(), Ok("2026-11-20 05:30:00"));
        assert_eq!(at("2026-11-20T06:30:00Z").as_deref(), Ok("2026-11-20 06:30:00"));
        for bad in ["", "soon", "2026-13-01", "2", "-1h"] {
            assert!(at(bad).is_err_and(|error| error.contains("yesterday")), "{bad}");
        }
    }
}
