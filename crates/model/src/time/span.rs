//! Durations as people write them: `500ms`, `10s`, `1h30m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A duration of whole milliseconds, written as numbers with the units `d h m s ms`, largest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    millis: u64,
}

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Not of the form `1h30m`.
    #[error(
        "`{0}` is not a duration: write numbers with units such as 500ms, 10s, 5m, 2h, 1d, or 1h30m"
    )]
    Form(String),
    /// A unit stands twice or after a smaller one.
    #[error("`{0}` has its units out of order: write each once, the largest first, as in 1h30m")]
    Order(String),
    /// Longer than [`Span::MAX`].
    #[error("`{0}` is longer than 36500d, the longest duration")]
    TooLong(String),
}

/// Units with their length in milliseconds, largest first.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self { millis: 0 };
    /// The longest duration: 36,500 days.
    pub const MAX: Self = Self { millis: 36_500 * 86_400_000 };

    /// A duration of `millis` milliseconds, cut at [`Span::MAX`].
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self { millis: if millis > Self::MAX.millis { Self::MAX.millis } else { millis } }
    }

    /// A duration of `secs` seconds, cut at [`Span::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self::from_millis(secs.saturating_mul(1_000))
    }

    /// The length in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.millis
    }

    /// The same length as std's type.
    #[must_use]
    pub const fn to_std(self) -> Duration {
        Duration::from_millis(self.millis)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let form = || SpanError::Form(text.to_owned());
        let mut rest = text;
        let mut total: u64 = 0;
        let mut next_unit = 0;
        if rest.is_empty() {
            return Err(form());
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            let letters = tail.bytes().take_while(u8::is_ascii_lowercase).count();
            let (unit, tail) = tail.split_at(letters);
            if number.is_empty() {
                return Err(form());
            }
            let found = UNITS.iter().position(|(name, _)| *name == unit).ok_or_else(form)?;
            if found < next_unit {
                return Err(SpanError::Order(text.to_owned()));
            }
            next_unit = found + 1;
            let too_long = || SpanError::TooLong(text.to_owned());
            let number: u64 = number.parse().map_err(|_| too_long())?;
            total = number
                .checked_mul(UNITS[found].1)
                .and_then(|part| total.checked_add(part))
                .filter(|sum| *sum <= Self::MAX.millis)
                .ok_or_else(too_long)?;
            rest = tail;
        }
        Ok(Self { millis: total })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.millis;
        for (unit, length) in UNITS {
            if rest >= length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;

    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, millis) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("2m500ms", 120_500),
            ("0s", 0),
            ("90m", 5_400_000),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().as_millis(), millis, "{text}");
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        for bad in ["", "10", "s", "1.5s", "-1s", "1 s", "1w", "1H", "10sx"] {
            assert_eq!(bad.parse::<Span>(), Err(SpanError::Form(bad.into())), "{bad}");
        }
        for bad in ["30m1h", "1s1s"] {
            assert_eq!(bad.parse::<Span>(), Err(SpanError::Order(bad.into())), "{bad}");
        }
        for bad in ["36501d", "99999999999999999999s"] {
            assert_eq!(bad.parse::<Span>(), Err(SpanError::TooLong(bad.into())), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(millis in 0..=Span::MAX.millis) {
            let span = Span::from_millis(millis);
            proptest::prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }
    }
}
