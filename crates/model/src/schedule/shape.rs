//! Rules as a form can edit them.

use super::cron::{Cron, Field, Item};
use crate::document::ScheduleRule;
use crate::time::Span;

/// A rule in the simplest form that says exactly the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Every so many minutes, from the start of each hour.
    Minutes {
        /// 1 to 59.
        every: u8,
    },
    /// Once an hour.
    Hourly {
        /// 0 to 59.
        minute: u8,
    },
    /// Once a day.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// Once on each of some days of the week.
    Weekly {
        /// 0 is Sunday, 6 is Saturday; in order, each once, and at least one.
        days: Vec<u8>,
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// Once a month.
    Monthly {
        /// 1 to 31; none is the last day, whichever that is.
        day: Option<u8>,
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// A fixed spacing.
    Interval(Span),
    /// Once, at an instant (RFC 3339).
    Once(String),
    /// Whatever the others cannot say, and what is no rule at all, as it was written.
    Cron(String),
}

impl Shape {
    /// The shape of `rule`.
    #[must_use]
    pub fn of(rule: &ScheduleRule) -> Self {
        match rule {
            ScheduleRule::Every(span) => Self::Interval(*span),
            ScheduleRule::At(text) => Self::Once(text.clone()),
            ScheduleRule::Cron(text) => {
                let simple = Cron::parse(text).ok().and_then(|cron| simple(&cron));
                simple.unwrap_or_else(|| Self::Cron(text.clone()))
            }
        }
    }

    /// A rule of this shape. It has the ticks of the rule that the shape was made of, and perhaps another text.
    #[must_use]
    pub fn rule(&self) -> ScheduleRule {
        ScheduleRule::Cron(match self {
            Self::Interval(span) => return ScheduleRule::Every(*span),
            Self::Once(text) => return ScheduleRule::At(text.clone()),
            Self::Minutes { every: 1 } => "* * * * *".to_owned(),
            Self::Minutes { every } => format!("*/{every} * * * *"),
            Self::Hourly { minute } => format!("{minute} * * * *"),
            Self::Daily { hour, minute } => format!("{minute} {hour} * * *"),
            Self::Weekly { days, hour, minute } => format!("{minute} {hour} * * {}", list(days)),
            Self::Monthly { day: Some(day), hour, minute } => format!("{minute} {hour} {day} * *"),
            Self::Monthly { day: None, hour, minute } => format!("{minute} {hour} L * *"),
            Self::Cron(text) => text.clone(),
        })
    }
}

fn simple(cron: &Cron) -> Option<Shape> {
    if one(&cron.second) != Some(0) || !cron.month.is_star() {
        return None;
    }
    if cron.day.is_star() && cron.weekday.is_star() && cron.hour.is_star() {
        return match cron.minute.items.as_slice() {
            [Item::Values { step, star: true, .. }] => Some(Shape::Minutes { every: *step }),
            _ => Some(Shape::Hourly { minute: one(&cron.minute)? }),
        };
    }
    let (hour, minute) = (one(&cron.hour)?, one(&cron.minute)?);
    match (cron.day.items.as_slice(), cron.weekday.is_star()) {
        ([Item::LastDay], true) => Some(Shape::Monthly { day: None, hour, minute }),
        _ if cron.day.is_star() && cron.weekday.is_star() => Some(Shape::Daily { hour, minute }),
        _ if cron.day.is_star() && cron.weekday.is_plain() => {
            Some(Shape::Weekly { days: cron.weekday.values(), hour, minute })
        }
        (_, true) => Some(Shape::Monthly { day: Some(one(&cron.day)?), hour, minute }),
        _ => None,
    }
}

/// The number of a field that is one plain number. A `*` that comes to one number is not, for it makes an interval.
fn one(field: &Field) -> Option<u8> {
    match field.items.as_slice() {
        [Item::Values { from, to, star: false, .. }] if from == to => Some(*from),
        _ => None,
    }
}

/// Numbers as a field lists them; three in a row and more as a range.
fn list(numbers: &[u8]) -> String {
    let parts = super::words::runs(numbers);
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") })
        .collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Shape {
        Shape::of(&ScheduleRule::Cron(text.to_owned()))
    }

    #[test]
    fn what_a_form_can_say_has_a_shape() {
        assert_eq!(of("* * * * *"), Shape::Minutes { every: 1 });
        assert_eq!(of("*/15 * * * *"), Shape::Minutes { every: 15 });
        assert_eq!(of("5 * * * *"), Shape::Hourly { minute: 5 });
        assert_eq!(of("@midnight"), Shape::Daily { hour: 0, minute: 0 });
        assert_eq!(of("0 30 6 ? * *"), Shape::Daily { hour: 6, minute: 30 });
        let workdays = Shape::Weekly { days: vec![1, 2, 3, 4, 5], hour: 6, minute: 0 };
        assert_eq!(of("0 6 * * Mon-Fri"), workdays);
        assert_eq!(of("0 6 * * 6,7"), Shape::Weekly { days: vec![0, 6], hour: 6, minute: 0 });
        assert_eq!(of("0 6 15 * *"), Shape::Monthly { day: Some(15), hour: 6, minute: 0 });
        assert_eq!(of("0 6 L * *"), Shape::Monthly { day: None, hour: 6, minute: 0 });
        assert_eq!(workdays.rule(), ScheduleRule::Cron("0 6 * * 1-5".to_owned()));
    }

    #[test]
    fn everything_else_stays_as_it_is_written() {
        for text in [
            "0 0-23 * * *",
            "0 6,18 * * *",
            "30 0 6 * * *",
            "*/10 * * * * *",
            "0 6 1 * 1",
            "0 6 15W * *",
            "0 6 * * 5L",
            "@yearly",
            "no rule",
            "",
        ] {
            assert_eq!(of(text), Shape::Cron(text.to_owned()));
            assert_eq!(of(text).rule(), ScheduleRule::Cron(text.to_owned()));
        }
    }
}
