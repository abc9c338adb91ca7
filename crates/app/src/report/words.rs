//! Times, sizes and texts of a report, as a person reads them.

use std::time::Duration;

use millrace_model::event::Trigger;
pub(super) use millrace_model::size::in_words as bytes;
use millrace_model::time::{Timestamp, lasting};

/// `2026-11-23 06:00:04 +01:00`, by the clock of this machine: whoever reads it may be elsewhere.
pub(super) fn instant(at: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::system();
    jiff::Timestamp::from_microsecond(at.0).map_or_else(
        |_| at.0.to_string(),
        |at| at.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
    )
}

/// `1.2 s`
pub(super) fn micros(us: u64) -> String {
    lasting(Duration::from_micros(us))
}

/// What started a run.
pub(super) fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Manual => "a person".to_owned(),
        Trigger::Schedule { schedule, caught_up: false } => format!("the schedule {schedule}"),
        Trigger::Schedule { schedule, caught_up: true } => {
            format!("the schedule {schedule}, made up for later")
        }
        Trigger::Event { trigger, cause } => format!("the trigger {trigger}: {cause}"),
        Trigger::Api { trigger } => format!("a call of the trigger {trigger}"),
        Trigger::Backfill { schedule, .. } => format!("a backfill of the schedule {schedule}"),
        Trigger::Parent { run, task, .. } => format!("the task {task} of run {run}"),
    }
}

/// A text without what a terminal obeys: colours and the like.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => match characters.peek() {
                Some('[') => {
                    characters.next();
                    // Up to its last byte, which is a letter or one of a few marks.
                    while let Some(next) = characters.next_if(|next| !next.is_control()) {
                        if ('@'..='~').contains(&next) {
                            break;
                        }
                    }
                }
                Some(']') => {
                    while let Some(next) = characters.next_if(|next| *next != '\n') {
                        if next == '\u{7}' || next == '\u{1b}' {
                            characters.next_if_eq(&'\\');
                            break;
                        }
                    }
                }
                _ => _ = characters.next_if(|next| !next.is_control()),
            },
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' => plain.push('\n'),
            '\n' | '\t' => plain.push(character),
            other if other.is_control() => plain.push('\u{fffd}'),
            other => plain.push(other),
        }
    }
    plain
}
