//! Times, durations and counts as a person reads them.

mod happened;
pub(crate) mod when;

use std::time::Duration;

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};
use millrace_api::run::RunRow;
use millrace_model::event::{Mapped, Run, Trigger};
pub(crate) use millrace_model::size::in_words as bytes;
use millrace_model::time::{Span, Timestamp, lasting};
use serde_json::Value;

pub(crate) use happened::happened;

/// Values that a line names.
const SHOWN_VALUES: usize = 4;
/// Letters of a value on such a line.
const LONGEST_VALUE: usize = 48;

/// A duration, as it is written everywhere.
pub(crate) fn duration(length: Duration) -> String {
    lasting(length)
}

/// The same of microseconds, in which runs and tasks are measured.
pub(crate) fn duration_us(us: u64) -> String {
    duration(Duration::from_micros(us))
}

/// The same in whole seconds below a minute: for something that counts up while it is watched.
pub(crate) fn running_for(length: Duration) -> String {
    if length.as_secs() < 60 { format!("{} s", length.as_secs()) } else { duration(length) }
}

/// `10 s`, `1 h 30 m`: a length as documents write it, with room between its numbers and units.
pub(crate) fn span(length: Span) -> String {
    let mut words = String::new();
    for letter in length.to_string().chars() {
        let last = words.chars().next_back();
        if last.is_some_and(|last| last.is_ascii_digit() != letter.is_ascii_digit()) {
            words.push(' ');
        }
        words.push(letter);
    }
    words
}

/// `06:00:11`, by a clock that is `offset_secs` ahead of UTC.
pub(crate) fn clock(at: Timestamp, offset_secs: i32) -> String {
    let at = local(at, offset_secs);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `06:00:11.204`
pub(crate) fn clock_ms(at: Timestamp, offset_secs: i32) -> String {
    let ms = local(at, offset_secs).nanosecond() / 1_000_000;
    format!("{}.{ms:03}", clock(at, offset_secs))
}

/// `today 06:00:04`, `yesterday 22:10:31`, `21 Nov 06:00`, `21 Nov 2025`.
pub(crate) fn day_and_clock(at: Timestamp, now: Timestamp, offset_secs: i32) -> String {
    let (local_at, today) = (local(at, offset_secs), local(now, offset_secs).date());
    match today.signed_duration_since(local_at.date()).num_days() {
        0 => format!("today {}", clock(at, offset_secs)),
        1 => format!("yesterday {}", clock(at, offset_secs)),
        _ if local_at.year() == today.year() => local_at.format("%-d %b %H:%M").to_string(),
        _ => local_at.format("%-d %b %Y").to_string(),
    }
}

fn local(at: Timestamp, offset_secs: i32) -> NaiveDateTime {
    let shifted = at.0.saturating_add(i64::from(offset_secs) * 1_000_000);
    chrono::DateTime::from_timestamp_micros(shifted).unwrap_or_default().naive_utc()
}

/// How far the items of a mapped task are: `37 of 100, 2 failed`, and when all have ended `100 items, 2 failed`. Of what hooks
/// run, how often: `2 times, 1 failed`.
pub(crate) fn items(mapped: &Mapped) -> String {
    let (all, (ended, failed)) = (mapped.runs.len(), mapped.progress());
    if !mapped.firings.is_empty() {
        let how_often = if all == 1 { "once".to_owned() } else { format!("{all} times") };
        return match (ended < all, failed) {
            (true, _) => format!("{how_often}, {} running", all - ended),
            (false, 0) => how_often,
            (false, failed) => format!("{how_often}, {failed} failed"),
        };
    }
    let how_far = match ended < all {
        true => format!("{ended} of {all}"),
        false => count(all, "item", "items"),
    };
    match failed {
        0 => how_far,
        failed => format!("{how_far}, {failed} failed"),
    }
}

/// `1 task`, `5 tasks`, `3,000 tasks`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number as u64), if number == 1 { one } else { many })
}

/// `1,204`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `rows 120 · file sales.csv`: values in few words, for a line that is cut where the room ends.
pub(crate) fn values(values: &serde_json::Map<String, Value>) -> String {
    let words = values
        .iter()
        .take(SHOWN_VALUES)
        .map(|(name, value)| format!("{name} {}", value_in_short(value)));
    words.collect::<Vec<_>>().join(" · ")
}

/// A value as a person reads it: a text without its quotes, and all else as JSON.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value on a short line; of what is long or nested, how much it is.
fn value_in_short(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let line = text.trim().lines().next().unwrap_or_default();
            line.chars().take(LONGEST_VALUE).collect()
        }
        Value::Array(items) => count(items.len(), "item", "items"),
        Value::Object(fields) => count(fields.len(), "field", "fields"),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// What a run was started by.
pub(crate) fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Manual => "hand".to_owned(),
        Trigger::Schedule { schedule, caught_up: false } => format!("schedule “{schedule}”"),
        Trigger::Schedule { schedule, caught_up: true } => {
            format!("schedule “{schedule}”, caught up")
        }
        Trigger::Event { trigger, cause } => format!("trigger “{trigger}”: {cause}"),
        Trigger::Api { trigger } => format!("a call of “{trigger}”"),
        Trigger::Backfill { schedule, .. } => format!("backfill of “{schedule}”"),
        Trigger::Parent { run, task, .. } => format!("{task} of run {run:.8}"),
    }
}

/// The same for a row of a list.
pub(crate) fn row_trigger(row: &RunRow) -> String {
    let name = row.trigger_name.as_deref();
    match (row.trigger.as_str(), name) {
        ("manual", _) => "hand".to_owned(),
        ("api", _) => "a call".to_owned(),
        ("parent", Some(name)) => match name.split_once(' ') {
            Some((run, task)) => format!("{task} of run {run:.8}"),
            None => "another run".to_owned(),
        },
        ("schedule", Some(name)) => format!("schedule “{name}”"),
        ("event", Some(name)) => format!("trigger “{name}”"),
        ("backfill", Some(name)) => format!("backfill of “{name}”"),
        (other, _) => other.to_owned(),
    }
}

/// How long a run took, or has been running.
pub(crate) fn run_length(run: &Run, now: Timestamp) -> Option<Duration> {
    Some(run.ended.unwrap_or(now).since(run.started?))
}

/// The same for a row of a list.
pub(crate) fn row_length(row: &RunRow, now: Timestamp) -> Option<Duration> {
    Some(row.ended.unwrap_or(now).since(row.started?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_documents_have_room_before_their_units() {
        for (written, text) in [("10s", "10 s"), ("1h30m", "1 h 30 m"), ("250ms", "250 ms")] {
            assert_eq!(written.parse().map(span).as_deref(), Ok(text));
        }
    }

    #[test]
    fn instants_are_shown_in_local_time() {
        // 2026-11-23T05:00:11.204Z
        let at = Timestamp(1_795_410_011_204_000);
        assert_eq!(clock_ms(at, 3_600), "06:00:11.204");
        let later = |hours: u64| at.plus(Duration::from_secs(hours * 3_600));
        assert_eq!(day_and_clock(at, later(2), 3_600), "today 06:00:11");
        assert_eq!(day_and_clock(at, later(20), 3_600), "yesterday 06:00:11");
        assert_eq!(day_and_clock(at, later(72), 3_600), "23 Nov 06:00");
        assert_eq!(day_and_clock(at, later(24 * 60), 3_600), "23 Nov 2026");
        assert_eq!(day_and_clock(Timestamp(-1), Timestamp(-1), 0), "today 23:59:59");
    }
}
