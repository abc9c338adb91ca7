//! A time in a query, as it was written: `2d`, `yesterday`, `2026-11-01`.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};

use crate::time::{Span, Timestamp};

/// A time. What it is as an instant depends on the clock and, but for the first and the last, on the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So long ago.
    Ago(Span),
    /// The day of today.
    Today,
    /// The day before.
    Yesterday,
    /// A day.
    Day(NaiveDate),
    /// A date and a time of the clock.
    Clock(NaiveDateTime),
    /// An instant.
    At(Timestamp),
}

impl When {
    /// Reads it; none where the text is not a time.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "today" => return Some(Self::Today),
            "yesterday" => return Some(Self::Yesterday),
            _ => {}
        }
        if let Ok(span) = text.parse() {
            return Some(Self::Ago(span));
        }
        if let Some(weeks) = text.strip_suffix('w').and_then(|weeks| weeks.parse::<u16>().ok()) {
            return format!("{}d", u32::from(weeks) * 7).parse().ok().map(Self::Ago);
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return is_plausible(day).then_some(Self::Day(day));
        }
        for form in ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"] {
            if let Ok(clock) = NaiveDateTime::parse_from_str(text, form) {
                return is_plausible(clock.date()).then_some(Self::Clock(clock));
            }
        }
        let instant = DateTime::parse_from_rfc3339(text).ok()?;
        is_plausible(instant.date_naive())
            .then_some(Self::At(Timestamp(instant.timestamp_micros())))
    }

    /// The instant at which it begins, or at which it ends: a day has both, everything else is one instant.
    /// `zone` gives the instant at which a clock shows a time; none where it cannot be told.
    #[must_use]
    pub fn instant(
        self,
        end: bool,
        (now, today): (Timestamp, NaiveDate),
        zone: impl Fn(NaiveDateTime) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let day = match self {
            Self::Ago(span) => return Some(now.minus(span.to_std())),
            Self::At(at) => return Some(at),
            Self::Clock(clock) => return zone(clock),
            Self::Today => today,
            Self::Yesterday => today.pred_opt()?,
            Self::Day(day) => day,
        };
        let day = if end { day.succ_opt()? } else { day };
        zone(day.and_hms_opt(0, 0, 0)?)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ago(span) => write!(f, "{span}"),
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
            Self::Day(day) => write!(f, "{day}"),
            Self::Clock(clock) => write!(f, "{}", clock.format("%Y-%m-%dT%H:%M:%S")),
            Self::At(at) => match DateTime::from_timestamp_micros(at.0) {
                Some(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
                None => write!(f, "{}", at.0),
            },
        }
    }
}

/// Years of four digits: others cannot be written back.
fn is_plausible(day: NaiveDate) -> bool {
    use chrono::Datelike;
    (1970..=9999).contains(&day.year())
}
