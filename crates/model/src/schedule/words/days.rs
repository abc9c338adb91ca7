//! The days of a rule in words.

use super::{and, listed, ordinal, runs};
use crate::schedule::cron::{Cron, Field, Item, month_name};

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const NTH: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// Such as ", Monday to Friday". Each day needs no words after a phrase such as "Every hour", which `is_often`.
pub(super) fn phrase(cron: &Cron, is_often: bool) -> String {
    let months = cron.month.values();
    let days = match (cron.day.is_star(), cron.weekday.is_star()) {
        (true, true) if is_often => String::new(),
        (true, true) => " every day".to_owned(),
        // "On 24 December" reads as a date does.
        (false, true) => match (cron.day.items.as_slice(), months.as_slice()) {
            ([Item::Values { from, to, .. }], [month]) if from == to => {
                return format!(" on {from} {}", month_name(*month));
            }
            _ => format!(" on {}", of_month(&cron.day)),
        },
        (true, false) => of_week(&cron.weekday),
        (false, false) => format!(" on {}, and{}", of_month(&cron.day), also(&cron.weekday)),
    };
    if cron.month.is_star() {
        return days;
    }
    let names = |it| month_name(it).to_owned();
    match runs(&months).as_slice() {
        [(from, to)] if from != to => format!("{days}, from {} to {}", names(*from), names(*to)),
        _ => format!("{days}, in {}", listed(&months, names)),
    }
}

fn of_month(field: &Field) -> String {
    if let [Item::Values { from, step, star: true, .. }] = field.items.as_slice() {
        return format!("every {} day of the month from day {from}", ordinal(*step));
    }
    let numbers = field.values();
    let mut parts = Vec::new();
    match numbers.as_slice() {
        [] => {}
        [one] => parts.push(format!("day {one}")),
        _ => parts.push(format!("days {}", listed(&numbers, |it| it.to_string()))),
    }
    parts.extend(field.items.iter().filter_map(|item| match item {
        Item::LastDay => Some("the last day".to_owned()),
        Item::LastWorkday => Some("the last day from Monday to Friday".to_owned()),
        Item::NearestWorkday(day) => {
            Some(format!("the day from Monday to Friday nearest to day {day}"))
        }
        _ => None,
    }));
    format!("{} of the month", and(&parts))
}

fn of_week(field: &Field) -> String {
    let days = field.values();
    match weekday_run(&days) {
        Some(run) if field.is_plain() => format!(", {run}"),
        _ => also(field),
    }
}

/// The same after an "and", where a comma would not do.
fn also(field: &Field) -> String {
    let days = from_monday(&field.values());
    let name = |it: u8| WEEKDAYS[usize::from(it % 7)].to_owned();
    let mut parts = Vec::new();
    if !days.is_empty() {
        parts.push(format!("every {}", listed(&days, name)));
    }
    parts.extend(field.items.iter().filter_map(|item| match item {
        Item::Last(day) => Some(format!("on the last {} of the month", name(*day))),
        Item::Nth(day, nth) => {
            let nth = NTH.get(usize::from(*nth).wrapping_sub(1))?;
            Some(format!("on the {nth} {} of the month", name(*day)))
        }
        _ => None,
    }));
    format!(" {}", and(&parts))
}

/// "Monday to Friday", where the days are one run of three and more.
fn weekday_run(days: &[u8]) -> Option<String> {
    let days = from_monday(days);
    let name = |it: u8| WEEKDAYS[usize::from(it % 7)];
    match runs(&days).as_slice() {
        [(from, to)] if from != to => Some(format!("{} to {}", name(*from), name(*to))),
        _ => None,
    }
}

/// The week begins on Monday, and Sunday is its 7.
fn from_monday(days: &[u8]) -> Vec<u8> {
    let mut days: Vec<u8> = days.iter().map(|day| if *day == 0 { 7 } else { *day }).collect();
    days.sort_unstable();
    days
}
