//! Schedules in words.

mod days;
#[cfg(test)]
mod tests;
mod times;

use chrono::DateTime;
use chrono_tz::Tz;

use super::cron::Cron;
use crate::time::{Span, Timestamp};

/// Such as "At 06:00, Monday to Friday".
pub(super) fn of_cron(cron: &Cron) -> String {
    let (time, is_often) = times::phrase(cron);
    format!("{time}{}", days::phrase(cron, is_often))
}

/// Such as "Every 1 h 30 min".
pub(super) fn of_every(spacing: Span) -> String {
    const UNITS: [(&str, u64, &str); 5] = [
        ("d", 86_400_000, "day"),
        ("h", 3_600_000, "hour"),
        ("min", 60_000, "minute"),
        ("s", 1_000, "second"),
        ("ms", 1, "millisecond"),
    ];
    let mut rest = spacing.as_millis();
    let mut parts = Vec::new();
    for (unit, length, name) in UNITS {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            parts.push((count, unit, name));
        }
    }
    match parts.as_slice() {
        [(1, _, name)] => format!("Every {name}"),
        [(count, _, name)] => format!("Every {count} {name}s"),
        _ => {
            let parts: Vec<String> =
                parts.iter().map(|(count, unit, _)| format!("{count} {unit}")).collect();
            format!("Every {}", parts.join(" "))
        }
    }
}

/// Such as "Once, at 2026-12-24 18:00 (Europe/Berlin)".
pub(super) fn of_instant(at: Timestamp, zone: Tz) -> String {
    let instant = DateTime::from_timestamp_micros(at.0).unwrap_or_default().with_timezone(&zone);
    let is_round = at.0 % 60_000_000 == 0;
    let form = if is_round { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    format!("Once, at {} ({})", instant.format(form), zone.name())
}

/// Numbers in order as runs: first and last, which are the same where fewer than three stand in a row.
pub(super) fn runs(numbers: &[u8]) -> Vec<(u8, u8)> {
    let mut runs = Vec::new();
    let mut rest = numbers;
    while let [first, ..] = rest {
        let in_a_row = rest.iter().zip(*first..).take_while(|(number, next)| *number == next);
        let length = in_a_row.count();
        if length >= 3 {
            runs.push((*first, rest[length - 1]));
        } else {
            runs.extend(rest[..length].iter().map(|number| (*number, *number)));
        }
        rest = &rest[length..];
    }
    runs
}

/// "1, 3 and 5 to 9".
fn listed(numbers: &[u8], name: impl Fn(u8) -> String) -> String {
    let runs = runs(numbers).into_iter();
    let parts =
        runs.map(
            |(from, to)| {
                if from == to { name(from) } else { format!("{} to {}", name(from), name(to)) }
            },
        );
    and(&parts.collect::<Vec<_>>())
}

/// "a, b and c".
fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// "2nd".
fn ordinal(number: u8) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
