//! A day of the calendar, without a clock and without a zone.

use std::fmt;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day of the years 1970 to 9999.
///
/// JSON: `"2026-11-23"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(NaiveDate);

impl Day {
    /// The day; none where there is no such day, or none of these years.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).and_then(Self::of)
    }

    /// The same of a date.
    #[must_use]
    pub fn of(date: NaiveDate) -> Option<Self> {
        (1970..=9999).contains(&date.year()).then_some(Self(date))
    }

    /// Reads `2026-11-23`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Self::of(date)
    }

    /// As a date to reckon with.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// So many days later, or earlier; none where that is no day.
    #[must_use]
    pub fn plus(self, days: i64) -> Option<Self> {
        let moved = self.0.checked_add_signed(TimeDelta::try_days(days)?)?;
        Self::of(moved)
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Its month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// How many days after a Monday it is, 0 to 6.
    #[must_use]
    pub fn of_week(self) -> u32 {
        self.0.weekday().num_days_from_monday()
    }

    /// The day after it; none after the last.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.plus(1)
    }

    /// How many days later it is than `earlier`; below 0 where it is before it.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            let message = format!("`{text}` is no day; write it like 2026-11-23");
            serde::de::Error::custom(message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_and_written() {
        let day = Day::new(2026, 11, 23).unwrap();
        let json = serde_json::to_string(&day).unwrap();
        assert_eq!(json, r#""2026-11-23""#);
        assert_eq!(serde_json::from_str::<Day>(&json).unwrap(), day);
        for wrong in [r#""2026-02-30""#, r#""1969-12-31""#, r#""10000-01-01""#, r#""today""#] {
            let error = serde_json::from_str::<Day>(wrong).unwrap_err().to_string();
            assert!(error.contains("is no day; write it like 2026-11-23"), "{error}");
        }
    }

    #[test]
    fn days_are_counted() {
        let (last, leap) = (Day::new(9999, 12, 31).unwrap(), Day::new(2028, 2, 28).unwrap());
        assert_eq!(last.next(), None);
        assert_eq!(leap.next(), Day::new(2028, 2, 29));
        assert_eq!((leap.year(), leap.month(), leap.of_week()), (2028, 2, 0));
        assert_eq!(leap.plus(-365), Day::new(2027, 2, 28));
        assert_eq!(leap.plus(i64::MAX), None);
        assert_eq!(Day::new(2028, 3, 1).unwrap().days_since(leap), 2);
        assert_eq!(leap.days_since(last.date().with_year(2028).and_then(Day::of).unwrap()), -307);
    }
}
