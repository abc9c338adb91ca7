//! The times of a day in words.

use super::{and, listed, ordinal};
use crate::schedule::cron::{Cron, Field, Item};

/// More times than these are told by their pattern.
const MOST_TIMES: usize = 6;

/// The phrase, and whether it begins with "Every", as of something that happens all day.
pub(super) fn phrase(cron: &Cron) -> (String, bool) {
    let (minutes, hours) = (cron.minute.values(), cron.hour.values());
    let text = match cron.second.values().as_slice() {
        [0] => in_minutes(cron, &minutes, &hours, 0),
        [second] => in_minutes(cron, &minutes, &hours, *second).map(|text| {
            // A list of times has its seconds already.
            if text.starts_with("Every") { format!("{text}, at second {second}") } else { text }
        }),
        _ if cron.minute.is_star() && cron.hour.is_star() => {
            steps(&cron.second).map(|step| every(step, 60, "second", "minute", ""))
        }
        _ => None,
    };
    let text = text.unwrap_or_else(|| by_field(cron, &minutes, &hours));
    let is_often = !text.starts_with("At") || steps(&cron.hour).is_some();
    (text, is_often)
}

fn in_minutes(cron: &Cron, minutes: &[u8], hours: &[u8], second: u8) -> Option<String> {
    let (minute, hour) = (&cron.minute, &cron.hour);
    let at_minute = match minutes {
        [0] => Some(String::new()),
        [one] => Some(format!(" at minute {one}")),
        _ => None,
    };
    if hour.is_star() {
        return match (steps(minute), minutes) {
            (Some(step), _) => Some(every(step, 60, "minute", "hour", "")),
            (None, [_]) => at_minute.map(|minute| format!("Every hour{minute}")),
            (None, _) if second == 0 => {
                Some(format!("At minutes {} of every hour", listed(minutes, |it| it.to_string())))
            }
            (None, _) => None,
        };
    }
    if let Some(step) = steps(hour) {
        return at_minute.map(|minute| every(step, 24, "hour", "day", &minute));
    }
    if minutes.len() * hours.len() <= MOST_TIMES && steps(minute).is_none() {
        let times = hours.iter().flat_map(|hour| minutes.iter().map(|it| time(*hour, *it, second)));
        return Some(format!("At {}", and(&times.collect::<Vec<_>>())));
    }
    let &[Item::Values { from, to, step, .. }] = hour.items.as_slice() else { return None };
    let (first, last) = (minutes.first()?, minutes.last()?);
    let range = format!(" from {} to {}", time(from, *first, 0), time(*hours.last()?, *last, 0));
    match (steps(minute), minutes) {
        (Some(of_minute), _) if step == 1 || from == to => {
            Some(every(of_minute, 60, "minute", "hour", &range))
        }
        (None, [_]) => Some(every(step, 1, "hour", "day", &range)),
        _ => None,
    }
}

/// Each field for itself: for whatever has no better words.
fn by_field(cron: &Cron, minutes: &[u8], hours: &[u8]) -> String {
    let part = |field: &Field, numbers: &[u8], unit: &str| match numbers {
        _ if field.is_star() => format!("every {unit}"),
        _ if let Some(step) = steps(field) => format!("every {} {unit}", ordinal(step)),
        [one] => format!("{unit} {one}"),
        _ => format!("{unit}s {}", listed(numbers, |it| it.to_string())),
    };
    let seconds = cron.second.values();
    let second = match seconds.as_slice() {
        [0] => String::new(),
        _ => format!("{} of ", part(&cron.second, &seconds, "second")),
    };
    let minute = part(&cron.minute, minutes, "minute");
    format!("At {second}{minute} of {}", part(&cron.hour, hours, "hour"))
}

/// The step of `*` and `*/n`.
fn steps(field: &Field) -> Option<u8> {
    match field.items.as_slice() {
        [Item::Values { step, star: true, .. }] => Some(*step),
        _ => None,
    }
}

/// "Every 7 minutes from 09:00 to 17:56, anew each hour": the end where steps do not fill the larger unit.
fn every(step: u8, room: u8, unit: &str, larger: &str, middle: &str) -> String {
    match step {
        1 => format!("Every {unit}{middle}"),
        _ if room.is_multiple_of(step) || room == 1 => format!("Every {step} {unit}s{middle}"),
        _ => format!("Every {step} {unit}s{middle}, anew each {larger}"),
    }
}

fn time(hour: u8, minute: u8, second: u8) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}
