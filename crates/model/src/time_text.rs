//! Dates and instants as texts.

use chrono::{DateTime, FixedOffset, NaiveDate};

/// `2026-11-23`, exactly in this form.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    let digit_or_dash = |(at, byte): (usize, u8)| {
        if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() }
    };
    let form = text.len() == 10 && text.bytes().enumerate().all(digit_or_dash);
    form.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// RFC 3339: `2026-11-23T06:00:00Z`, `2026-11-23T06:00:00.5+01:00`.
pub(crate) fn datetime(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exactly_the_documented_forms() {
        assert!(date("2026-11-23").is_some() && date("2024-02-29").is_some());
        for bad in
            ["2026-02-30", "2026-1-1", "26-11-23", "2026-11-23 ", "-026-11-23", "2026/11/23", ""]
        {
            assert!(date(bad).is_none(), "{bad}");
        }
        assert!(
            datetime("2026-11-23T06:00:00Z").is_some()
                && datetime("2026-11-23T06:00:00.5+01:00").is_some()
        );
        for bad in ["2026-11-23", "2026-11-23T06:00:00", "2026-11-23T25:00:00Z", ""] {
            assert!(datetime(bad).is_none(), "{bad}");
        }
    }
}
