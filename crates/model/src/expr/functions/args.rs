//! The arguments of a function, by type, and the values that functions give.

use std::cmp::Ordering;

use cel::ExecutionError;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelList, CelMap, CelOptional, CelString, CelTimestamp,
    CelUInt,
};
use cel::common::value::{CowVal, Val};
use chrono::{DateTime, FixedOffset, NaiveDate};
use chrono_tz::Tz;

use super::super::budget::Budget;
use super::super::convert::type_word;
use crate::time_text;

/// The longest text and the longest list that a function builds.
pub(super) const MAX_BUILT: usize = super::super::limits::MAX_RESULT;

/// The arguments of one call.
pub(in super::super) struct Args<'a, 'b, 'v> {
    pub(super) args: &'a [CowVal<'b, 'v>],
    pub(super) budget: &'a Budget,
}

/// A value that stands for a time: an instant, or a day without one.
pub(super) enum Moment {
    Instant(DateTime<FixedOffset>),
    Day(NaiveDate),
}

impl<'a, 'v> Args<'a, '_, 'v> {
    pub(super) fn count(&self) -> usize {
        self.args.len()
    }

    pub(super) fn value(&self, index: usize) -> &'a (dyn Val + 'v) {
        self.args[index].as_ref()
    }

    pub(super) fn text(&self, index: usize) -> Result<&'a str, String> {
        match self.value(index).downcast_ref::<CelString<'_>>() {
            Some(text) => Ok(text.inner()),
            None => Err(self.expected(index, "a text")),
        }
    }

    pub(super) fn text_or<'t>(&self, index: usize, default: &'t str) -> Result<&'t str, String>
    where
        'a: 't,
    {
        if index < self.count() { self.text(index) } else { Ok(default) }
    }

    pub(super) fn int(&self, index: usize) -> Result<i64, String> {
        let value = self.value(index);
        if let Some(number) = value.downcast_ref::<CelInt>() {
            return Ok(*number.inner());
        }
        match value.downcast_ref::<CelUInt>().and_then(|number| i64::try_from(*number.inner()).ok())
        {
            Some(number) => Ok(number),
            None => Err(self.expected(index, "a whole number")),
        }
    }

    /// A whole number that counts something.
    pub(super) fn length(&self, index: usize) -> Result<usize, String> {
        let number = self.int(index)?;
        usize::try_from(number)
            .map_err(|_| format!("the {} argument is {number}, below 0", ordinal(index)))
    }

    pub(super) fn number(&self, index: usize) -> Result<f64, String> {
        number_of(self.value(index)).ok_or_else(|| self.expected(index, "a number"))
    }

    pub(super) fn list(&self, index: usize) -> Result<&'a [Box<dyn Val + 'v>], String> {
        match self.value(index).downcast_ref::<CelList<'v>>() {
            Some(list) => Ok(list.inner()),
            None => Err(self.expected(index, "a list")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, index: usize) -> Result<Vec<&'a str>, String> {
        self.list(index)?
            .iter()
            .enumerate()
            .map(|(at, item)| match item.downcast_ref::<CelString<'_>>() {
                Some(text) => Ok(text.inner()),
                None => Err(format!(
                    "element {at} of the list is {}, not a text; use string()",
                    type_word(item.as_ref())
                )),
            })
            .collect()
    }

    /// A list of these texts, each element paid for as it is made.
    pub(super) fn texts_of<'w>(&self, items: impl IntoIterator<Item = String>) -> Built<'w> {
        let mut made: Vec<Box<dyn Val + 'w>> = Vec::new();
        for item in items {
            self.budget.charge(1).map_err(|error| error.to_string())?;
            made.push(Box::new(CelString::from(item)));
        }
        list(made)
    }

    /// An instant or a day: a timestamp, or one of their texts.
    pub(super) fn moment(&self, index: usize) -> Result<Moment, String> {
        if let Some(at) = self.value(index).downcast_ref::<CelTimestamp>() {
            return Ok(Moment::Instant(*at.inner()));
        }
        let Some(text) = self.value(index).downcast_ref::<CelString<'_>>().map(|text| text.inner())
        else {
            return Err(self.expected(index, "a timestamp or a date"));
        };
        if let Some(day) = time_text::date(text) {
            return Ok(Moment::Day(day));
        }
        match time_text::datetime(text) {
            Some(at) => Ok(Moment::Instant(at)),
            None => Err(format!(
                "`{text:.40}` is neither a date (2026-11-23) nor an instant (2026-11-23T06:00:00Z)"
            )),
        }
    }

    /// The time zone of an argument that can be left out; UTC.
    pub(super) fn zone(&self, index: usize) -> Result<Tz, String> {
        let name = self.text_or(index, "UTC")?;
        name.parse()
            .map_err(|_| format!("`{name:.40}` is not a time zone, such as `Europe/Berlin`"))
    }

    pub(super) fn expected(&self, index: usize, what: &str) -> String {
        format!(
            "the {} argument is {}, but {what} is expected",
            ordinal(index),
            type_word(self.value(index))
        )
    }
}

/// A number of whatever type.
pub(super) fn number_of(value: &dyn Val) -> Option<f64> {
    if let Some(number) = value.downcast_ref::<CelInt>() {
        return Some(*number.inner() as f64);
    }
    if let Some(number) = value.downcast_ref::<CelUInt>() {
        return Some(*number.inner() as f64);
    }
    value.downcast_ref::<CelDouble>().map(|number| *number.inner())
}

/// A number that is compared as what it is: beyond 2^53 an `f64` cannot tell a whole number from its neighbours.
#[derive(Debug, Clone, Copy)]
pub(super) enum Exact {
    Whole(i128),
    Fraction(f64),
}

impl Exact {
    pub(super) fn of(value: &dyn Val) -> Option<Self> {
        if let Some(number) = value.downcast_ref::<CelInt>() {
            return Some(Self::Whole(i128::from(*number.inner())));
        }
        if let Some(number) = value.downcast_ref::<CelUInt>() {
            return Some(Self::Whole(i128::from(*number.inner())));
        }
        value.downcast_ref::<CelDouble>().map(|number| Self::Fraction(*number.inner()))
    }

    /// A total order; what is not a number comes last.
    pub(super) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(&b),
            (Self::Fraction(a), Self::Fraction(b)) => {
                a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
            }
            (Self::Whole(a), Self::Fraction(b)) => by_whole_part(a, b),
            (Self::Fraction(a), Self::Whole(b)) => by_whole_part(b, a).reverse(),
        }
    }
}

/// How a whole number of 64 bits stands to any number.
fn by_whole_part(whole: i128, number: f64) -> Ordering {
    if number.is_nan() {
        return Ordering::Less;
    }
    // Saturates, far beyond 64 bits.
    let part = number.trunc() as i128;
    whole.cmp(&part).then(0.0.partial_cmp(&number.fract()).unwrap_or(Ordering::Equal))
}

fn ordinal(index: usize) -> &'static str {
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
        .get(index)
        .copied()
        .unwrap_or("next")
}

pub(super) type Built<'v> = Result<Box<dyn Val + 'v>, String>;

pub(super) fn text<'v>(text: impl Into<String>) -> Built<'v> {
    let text: String = text.into();
    if text.len() > MAX_BUILT {
        return Err(too_long());
    }
    Ok(Box::new(CelString::from(text)))
}

pub(super) fn too_long() -> String {
    format!("the text becomes longer than {} MiB", MAX_BUILT / (1024 * 1024))
}

pub(super) fn int<'v>(number: i64) -> Built<'v> {
    Ok(Box::new(CelInt::from(number)))
}

pub(super) fn float<'v>(number: f64) -> Built<'v> {
    Ok(Box::new(CelDouble::from(number)))
}

pub(super) fn bool<'v>(value: bool) -> Built<'v> {
    Ok(Box::new(CelBool::from(value)))
}

pub(super) fn instant<'v>(at: DateTime<FixedOffset>) -> Built<'v> {
    Ok(Box::new(CelTimestamp::from(at)))
}

pub(super) fn list<'v>(items: Vec<Box<dyn Val + 'v>>) -> Built<'v> {
    Ok(Box::new(CelList::from(items)))
}

/// Charges for going through a value once: a step for each element, and for each so many bytes of text.
pub(super) fn charge_for(value: &dyn Val, budget: &Budget) -> Result<(), ExecutionError> {
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        return budget.charge_bytes(text.inner().len());
    }
    if let Some(bytes) = value.downcast_ref::<CelBytes<'_>>() {
        return budget.charge_bytes(bytes.inner().len());
    }
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        budget.charge(1 + list.inner().len() as u64)?;
        return list.inner().iter().try_for_each(|item| charge_for(item.as_ref(), budget));
    }
    if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        budget.charge(1 + map.inner().len() as u64)?;
        return map.inner().values().try_for_each(|item| charge_for(item.as_ref(), budget));
    }
    if let Some(inner) =
        value.downcast_ref::<CelOptional<'_>>().and_then(|optional| optional.inner())
    {
        return charge_for(inner, budget);
    }
    Ok(())
}
