//! Cron of five fields, read as simply as can be: numbers, lists, ranges, steps, `*`, `L`, two presets.

use chrono::{DateTime, Datelike};

/// A cron rule for the oracle.
pub(crate) struct Pattern {
    /// For each minute of a day whether it matches.
    times: Vec<bool>,
    days: Vec<i64>,
    has_last_day: bool,
    months: Vec<i64>,
    weekdays: Vec<i64>,
    any_day: bool,
    any_weekday: bool,
    is_interval: bool,
}

impl Pattern {
    pub(crate) fn read(text: &str) -> Self {
        let text = match text {
            "@hourly" => "0 * * * *",
            "@daily" => "0 0 * * *",
            _ => text,
        };
        let fields: Vec<&str> = text.split(' ').collect();
        let numbers = |at: usize, low, high| -> Vec<i64> {
            fields[at].split(',').flat_map(|item| item_numbers(item, low, high)).collect()
        };
        let (minutes, hours) = (numbers(0, 0, 59), numbers(1, 0, 23));
        let has_time = |it: i64| minutes.contains(&(it % 60)) && hours.contains(&(it / 60));
        Self {
            times: (0..24 * 60).map(has_time).collect(),
            days: numbers(2, 1, 31),
            has_last_day: fields[2] == "L",
            months: numbers(3, 1, 12),
            weekdays: numbers(4, 0, 6),
            any_day: fields[2] == "*",
            any_weekday: fields[4] == "*",
            is_interval: fields[0].starts_with('*') || fields[1].starts_with('*'),
        }
    }

    pub(crate) fn is_interval(&self) -> bool {
        self.is_interval
    }

    /// Whether a minute of the day matches.
    pub(crate) fn has_time(&self, minute: i64) -> bool {
        usize::try_from(minute).is_ok_and(|at| self.times[at])
    }

    /// Whether a day, counted from the epoch, matches.
    pub(crate) fn has_day(&self, day: i64) -> bool {
        let date = DateTime::from_timestamp(day * 86_400, 0).unwrap_or_default().date_naive();
        let is_last = date.succ_opt().is_none_or(|next| next.day() == 1);
        let day = self.days.contains(&i64::from(date.day())) || self.has_last_day && is_last;
        let weekday = self.weekdays.contains(&i64::from(date.weekday().num_days_from_sunday()));
        let either = match (self.any_day, self.any_weekday) {
            (true, _) => weekday,
            (false, true) => day,
            (false, false) => day || weekday,
        };
        either && self.months.contains(&i64::from(date.month()))
    }
}

fn item_numbers(item: &str, low: i64, high: i64) -> Vec<i64> {
    let (range, step) = item.split_once('/').unwrap_or((item, "1"));
    let number = |text: &str| text.parse::<i64>().ok();
    let bounds = match range.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)),
        None if range == "*" => Some((low, high)),
        None => number(range).zip(number(range)),
    };
    let (Some((from, to)), Ok(step)) = (bounds, step.parse()) else { return Vec::new() };
    (from..=to).step_by(step).collect()
}
