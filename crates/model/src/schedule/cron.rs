//! Cron rules: what they may say, and which wall-clock times match.
//!
//! Five fields (minute, hour, day of the month, month, day of the week), or six with the second first, or a preset.
//! A field is a list of numbers, ranges `1-5`, steps `*/15` and `8-18/2`, and `*`. Months and days of the week also have
//! their English names in three letters; Sunday is 0 and 7. Beyond plain cron a day of the month can be `L` (the last),
//! `LW` (the last from Monday to Friday) and `15W` (the day from Monday to Friday that is nearest to the 15th), a day of
//! the week `5L` (the last Friday) and `5#2` (the second), and either field of days can be `?`, which says the same as
//! `*`. Where both fields of days say something, a day that matches one of them matches.
//!
//! Years are refused: `start` and `end` bound a schedule. So is what would match at odd times only by accident, such as
//! `*/90` minutes.

mod field;
#[cfg(test)]
mod tests;

use croner::parser::CronParser;

use super::error::ScheduleError;
use super::zone::naive;
use field::Unit;
pub(super) use field::{Field, Item, month_name};

/// Presets and the fields that they stand for.
const PRESETS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// Enough matches to see the shortest distance between two of any rule that a person writes.
const SAMPLE: usize = 400;

/// A cron rule that can match.
#[derive(Debug, Clone)]
pub(super) struct Cron {
    pub(super) second: Field,
    pub(super) minute: Field,
    pub(super) hour: Field,
    pub(super) day: Field,
    pub(super) month: Field,
    pub(super) weekday: Field,
    matcher: croner::Cron,
}

impl Cron {
    /// Reads a rule.
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let trimmed = text.trim();
        let fields = match PRESETS.iter().find(|(name, _)| *name == trimmed) {
            Some((_, fields)) => fields,
            None if trimmed.starts_with('@') => return Err(no_preset(trimmed)),
            None => trimmed,
        };
        let mut parts: Vec<&str> = fields.split_whitespace().collect();
        if parts.len() == 5 {
            parts.insert(0, "0");
        }
        let &[second, minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(wrong_count(text, parts.len()));
        };
        let second = Field::parse(Unit::Second, second)?;
        let minute = Field::parse(Unit::Minute, minute)?;
        let hour = Field::parse(Unit::Hour, hour)?;
        let day = Field::parse(Unit::Day, day)?;
        let month = Field::parse(Unit::Month, month)?;
        let weekday = Field::parse(Unit::Weekday, weekday)?;
        can_match(&day, &month, &weekday)?;
        let plain = [&second, &minute, &hour, &day, &month, &weekday].map(Field::plain).join(" ");
        let matcher = CronParser::new().parse(&plain).map_err(|error| {
            ScheduleError::new("cron", format!("`{text:.40}` is not a cron rule: {error}"))
        })?;
        Ok(Self { second, minute, hour, day, month, weekday, matcher })
    }

    /// Whether it keeps its spacing when clocks change, instead of its times.
    pub(super) fn is_interval(&self) -> bool {
        self.minute.begins_with_star() || self.hour.begins_with_star()
    }

    /// The first wall-clock time after `wall` that matches.
    pub(super) fn after(&self, wall: i64) -> Option<i64> {
        let found = self.matcher.find_next_occurrence(&naive(wall), false).ok()?;
        Some(found.and_utc().timestamp())
    }

    /// The last wall-clock time not after `wall` that matches.
    pub(super) fn until(&self, wall: i64) -> Option<i64> {
        let found = self.matcher.find_previous_occurrence(&naive(wall), true).ok()?;
        Some(found.and_utc().timestamp())
    }

    /// The shortest distance between two times that match, in seconds.
    pub(super) fn spacing(&self) -> u64 {
        let mut shortest = i64::MAX;
        let mut wall = self.after(0).unwrap_or(0);
        for _ in 0..SAMPLE {
            let Some(next) = self.after(wall) else { break };
            shortest = shortest.min(next - wall);
            if shortest == 1 {
                break;
            }
            wall = next;
        }
        shortest.unsigned_abs()
    }
}

fn no_preset(text: &str) -> ScheduleError {
    let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
    let message = format!("`{text:.40}` is not a preset: {} are", names.join(", "));
    let error = ScheduleError::new("cron", message);
    match crate::suggest::nearest(text, names) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn wrong_count(text: &str, count: usize) -> ScheduleError {
    let message = match count {
        0 => "the rule is empty, and a cron rule has 5 or 6 fields".to_owned(),
        1 => format!("`{text:.40}` is one field, and a cron rule has 5 or 6"),
        _ => format!("`{text:.40}` has {count} fields, and a cron rule has 5 or 6"),
    };
    let help = if count == 7 {
        "there is no field for years; bound the schedule by `start` and `end`"
    } else {
        "minute hour day month weekday, as in 0 6 * * 1-5; with 6 the first is the second"
    };
    ScheduleError::new("cron", message).help(help)
}

/// Refuses a day that none of the months has.
fn can_match(day: &Field, month: &Field, weekday: &Field) -> Result<(), ScheduleError> {
    let earliest = day.items.iter().map(|item| match item {
        Item::Values { from, .. } => *from,
        Item::NearestWorkday(day) => *day,
        Item::LastDay | Item::LastWorkday | Item::Last(_) | Item::Nth(..) => 1,
    });
    let earliest = earliest.min().unwrap_or(1);
    let months = month.values();
    let longest = months.iter().map(|month| field::days_of(*month)).max().unwrap_or(31);
    if earliest <= longest || !weekday.is_star() {
        return Ok(());
    }
    let message = match months.as_slice() {
        [one] => format!("{} has no day {earliest}, so this never fires", field::month_name(*one)),
        _ => format!("none of these months has a day {earliest}, so this never fires"),
    };
    // The 29th of February is there in leap years only, so it is not what is meant.
    let sure = if longest == 29 { 28 } else { longest };
    Err(ScheduleError::new("cron", message)
        .help(format!("write L for the last day of the month, or {sure}")))
}
