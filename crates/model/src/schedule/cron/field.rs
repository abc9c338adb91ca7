//! One field of a cron rule.

use crate::schedule::ScheduleError;

/// Which field it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schedule) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

/// What a field says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schedule) struct Field {
    unit: Unit,
    pub(in crate::schedule) items: Vec<Item>,
}

/// One of the things that a field lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schedule) enum Item {
    /// Every `step`th from `from` to `to`; `star` where it was written as `*`.
    Values { from: u8, to: u8, step: u8, star: bool },
    /// `L`: the last day of the month.
    LastDay,
    /// `LW`: the last day from Monday to Friday.
    LastWorkday,
    /// `15W`: the day from Monday to Friday that is nearest.
    NearestWorkday(u8),
    /// `5L`: the last such day of the week in the month.
    Last(u8),
    /// `5#2`: the second such day of the week in the month.
    Nth(u8, u8),
}

/// A step above is a slip of the hand, and not what `every` is made for.
const MOST_SPACING: u32 = 10_000;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The English name of a month from 1 to 12.
pub(in crate::schedule) fn month_name(month: u8) -> &'static str {
    MONTH_NAMES.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("the month")
}

/// How many days a month can have.
pub(super) fn days_of(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Unit {
    /// As in "the minute field".
    fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Weekday => "weekday",
        }
    }

    /// The smallest and the largest number.
    fn range(self) -> (u8, u8) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            Self::Weekday => (0, 7),
        }
    }

    /// Where a `*` ends: Sunday is not counted twice.
    fn last(self) -> u8 {
        if self == Self::Weekday { 6 } else { self.range().1 }
    }

    fn allowed(self) -> &'static str {
        match self {
            Self::Second => "seconds are 0 to 59",
            Self::Minute => "minutes are 0 to 59",
            Self::Hour => "hours are 0 to 23",
            Self::Day => "days are 1 to 31, L (the last), LW, or such as 15W",
            Self::Month => "months are 1 to 12, or jan to dec",
            Self::Weekday => {
                "weekdays are 0 to 7 (0 and 7 are Sunday), sun to sat, or such as 5L and 5#2"
            }
        }
    }

    /// A number, or a name where the field has names.
    fn number(self, text: &str) -> Option<u8> {
        let position = |names: &[&str]| names.iter().position(|it| it.eq_ignore_ascii_case(text));
        let named = match self {
            Self::Month => position(&MONTHS).map(|at| at + 1),
            Self::Weekday => position(&WEEKDAYS),
            _ => None,
        };
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = || is_number.then(|| text.parse().ok()).flatten();
        let (low, high) = self.range();
        named
            .and_then(|it| u8::try_from(it).ok())
            .or_else(number)
            .filter(|it| (low..=high).contains(it))
    }
}

impl Field {
    pub(super) fn parse(unit: Unit, text: &str) -> Result<Self, ScheduleError> {
        let is_day = matches!(unit, Unit::Day | Unit::Weekday);
        let text = if is_day && text == "?" { "*" } else { text };
        let items = text.split(',').map(|item| parse_item(unit, item)).collect::<Result<_, _>>()?;
        Ok(Self { unit, items })
    }

    /// Whether it says nothing.
    pub(in crate::schedule) fn is_star(&self) -> bool {
        matches!(self.items.as_slice(), [Item::Values { step: 1, star: true, .. }])
    }

    pub(super) fn begins_with_star(&self) -> bool {
        matches!(self.items.first(), Some(Item::Values { star: true, .. }))
    }

    /// All plain numbers that it lists, in order, each once; Sunday is 0.
    pub(in crate::schedule) fn values(&self) -> Vec<u8> {
        let mut values = Vec::new();
        for item in &self.items {
            if let Item::Values { from, to, step, .. } = *item {
                let sunday = |it| if self.unit == Unit::Weekday && it == 7 { 0 } else { it };
                values.extend((from..=to).step_by(usize::from(step)).map(sunday));
            }
        }
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Whether it lists plain numbers and nothing else.
    pub(in crate::schedule) fn is_plain(&self) -> bool {
        self.items.iter().all(|item| matches!(item, Item::Values { .. }))
    }

    /// As croner reads it.
    pub(super) fn plain(&self) -> String {
        if self.is_star() {
            return "*".to_owned();
        }
        let items: Vec<String> = self.items.iter().map(|item| item.plain()).collect();
        items.join(",")
    }
}

impl Item {
    fn plain(self) -> String {
        match self {
            Self::Values { from, to, .. } if from == to => from.to_string(),
            Self::Values { from, to, step, .. } => format!("{from}-{to}/{step}"),
            Self::LastDay => "L".to_owned(),
            Self::LastWorkday => "LW".to_owned(),
            Self::NearestWorkday(day) => format!("{day}W"),
            Self::Last(weekday) => format!("{weekday}#L"),
            Self::Nth(weekday, nth) => format!("{weekday}#{nth}"),
        }
    }
}

fn parse_item(unit: Unit, item: &str) -> Result<Item, ScheduleError> {
    let refused = |text: &str| {
        let message = if item.is_empty() {
            format!("the {} field lists nothing between two commas", unit.name())
        } else {
            let text = if text.is_empty() { item } else { text };
            format!("`{text:.20}` cannot stand in the {} field", unit.name())
        };
        ScheduleError::new("cron", message).help(unit.allowed())
    };
    if let Some(special) = special(unit, item) {
        return special.ok_or_else(|| refused(item));
    }
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    let (from, to, star) = if range == "*" {
        (unit.range().0, unit.last(), true)
    } else if let Some((from, to)) = range.split_once('-') {
        let from = unit.number(from).ok_or_else(|| refused(from))?;
        let to = unit.number(to).ok_or_else(|| refused(to))?;
        // `fri-sun` is meant as it reads.
        let to = if unit == Unit::Weekday && to == 0 && from > 0 { 7 } else { to };
        if from > to {
            let message =
                format!("the range `{range}` in the {} field ends before it begins", unit.name());
            let (low, high) = (unit.range().0, unit.last());
            let part = |from: u8, to: u8| match from == to {
                true => from.to_string(),
                false => format!("{from}-{to}"),
            };
            let help = format!("write it as two: {},{}", part(from, high), part(low, to));
            return Err(ScheduleError::new("cron", message).help(help));
        }
        (from, to, false)
    } else {
        let number = unit.number(range).ok_or_else(|| refused(range))?;
        if let Some(step) = step {
            let message =
                format!("the step in `{item:.20}` says where to begin and not where to end");
            let help = format!("write {number}-{}/{step:.8}", unit.last());
            return Err(ScheduleError::new("cron", message).help(help));
        }
        (number, number, false)
    };
    let step = step.map_or(Ok(1), |step| parse_step(unit, step, to - from))?;
    Ok(Item::Values { from, to, step, star })
}

/// What only fields of days have; inner none where it is misspelt.
fn special(unit: Unit, text: &str) -> Option<Option<Item>> {
    let upper = text.to_ascii_uppercase();
    match unit {
        Unit::Day if upper == "L" => Some(Some(Item::LastDay)),
        Unit::Day if upper == "LW" => Some(Some(Item::LastWorkday)),
        Unit::Day => {
            let day = upper.strip_suffix('W')?;
            Some(unit.number(day).map(Item::NearestWorkday))
        }
        Unit::Weekday => {
            let sunday = |it: u8| it % 7;
            if let Some((weekday, nth)) = upper.split_once('#') {
                let nth = nth.parse().ok().filter(|it| (1..=5).contains(it));
                let weekday = unit.number(weekday).map(sunday);
                return Some(weekday.zip(nth).map(|(weekday, nth)| Item::Nth(weekday, nth)));
            }
            let weekday = upper.strip_suffix('L')?;
            Some(unit.number(weekday).map(|it| Item::Last(sunday(it))))
        }
        Unit::Second | Unit::Minute | Unit::Hour | Unit::Month => None,
    }
}

fn parse_step(unit: Unit, text: &str, room: u8) -> Result<u8, ScheduleError> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let step = if is_number { text.parse::<u32>().unwrap_or(u32::MAX) } else { 0 };
    if step == 0 {
        let message = format!("`/{text:.20}` is not a step in the {} field", unit.name());
        return Err(ScheduleError::new("cron", message).help("write a number from 1 after the /"));
    }
    u8::try_from(step).ok().filter(|step| *step <= room.max(1)).ok_or_else(|| {
        let message = format!(
            "the step /{text:.20} in the {} field is longer than its range, so it would be taken once",
            unit.name()
        );
        let letter = match unit {
            _ if step > MOST_SPACING => None,
            Unit::Second => Some("s"),
            Unit::Minute => Some("m"),
            Unit::Hour => Some("h"),
            Unit::Day => Some("d"),
            Unit::Month | Unit::Weekday => None,
        };
        let error = ScheduleError::new("cron", message);
        match letter {
            Some(letter) => error.help(format!("for a spacing that runs on, use `every`: \"{text:.20}{letter}\"")),
            None => error.help(unit.allowed()),
        }
    })
}
