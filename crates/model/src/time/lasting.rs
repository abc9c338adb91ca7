//! How long something took, as people read it: one way for all clients.

use std::time::Duration;

/// `8 ms`, `0.4 s`, `12.4 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`.
#[must_use]
pub fn lasting(length: Duration) -> String {
    let secs = length.as_secs();
    match secs {
        // What took any time at all did not take none.
        0 if length.as_millis() < 100 => {
            format!("{} ms", length.as_millis().max(u128::from(!length.is_zero())))
        }
        0..60 => format!("{:.1} s", length.as_secs_f64().min(59.9)),
        60..3_600 => two(secs / 60, "min", secs % 60, "s"),
        3_600..86_400 => two(secs / 3_600, "h", secs % 3_600 / 60, "min"),
        _ => two(secs / 86_400, "d", secs % 86_400 / 3_600, "h"),
    }
}

fn two(big: u64, big_unit: &str, small: u64, small_unit: &str) -> String {
    match small {
        0 => format!("{big} {big_unit}"),
        _ => format!("{big} {big_unit} {small} {small_unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_words_and_never_none_point_none() {
        for (micros, words) in [
            (0, "0 ms"),
            (1, "1 ms"),
            (8_999, "8 ms"),
            (99_999, "99 ms"),
            (100_000, "0.1 s"),
            (12_440_000, "12.4 s"),
            (59_999_999, "59.9 s"),
            (60_000_000, "1 min"),
            (185_000_000, "3 min 5 s"),
            (7_800_000_000, "2 h 10 min"),
            (273_600_000_000, "3 d 4 h"),
        ] {
            assert_eq!(lasting(Duration::from_micros(micros)), words);
        }
    }
}
