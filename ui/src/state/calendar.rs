//! The calendar of what fires: which days are in view, and what of a day stands where.

use std::rc::Rc;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use millrace_api::schedule::{FireRow, FireState, Fires, MoveTo};
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;

use super::days;

/// How much of the calendar is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stretch {
    /// Seven days from a Monday on.
    #[default]
    Week,
    /// The weeks that a month touches.
    Month,
}

/// The days in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    /// A Monday.
    pub(crate) first: NaiveDate,
    /// Whole weeks.
    pub(crate) days: i64,
    /// The month that is meant; days of others stand back.
    pub(crate) month: Option<NaiveDate>,
}

impl View {
    /// The days around `day`.
    pub(crate) fn around(day: NaiveDate, stretch: Stretch) -> Self {
        match stretch {
            Stretch::Week => Self { first: days::monday(day), days: 7, month: None },
            Stretch::Month => {
                let month = days::first_of_month(day);
                let first = days::monday(month);
                let end = days::plus_months(month, 1);
                let weeks = (end.signed_duration_since(first).num_days() + 6) / 7;
                Self { first, days: weeks * 7, month: Some(month) }
            }
        }
    }

    /// The day of this number.
    pub(crate) fn day(&self, number: i64) -> NaiveDate {
        days::plus(self.first, number)
    }

    /// From its first instant to its last, by the clock of `zone`.
    pub(crate) fn span(&self, zone: Tz) -> (Timestamp, Timestamp) {
        let end = days::start_of(self.day(self.days), zone);
        (days::start_of(self.first, zone), Timestamp(end.0 - 1))
    }

    /// `23 – 29 Nov 2026`, `November 2026`.
    pub(crate) fn words(&self) -> String {
        if let Some(month) = self.month {
            return month.format("%B %Y").to_string();
        }
        let (from, to) = (self.first, self.day(self.days - 1));
        let from_words = match (from.year() == to.year(), from.month() == to.month()) {
            (false, _) => from.format("%-d %b %Y"),
            (true, false) => from.format("%-d %b"),
            (true, true) => from.format("%-d"),
        };
        format!("{from_words} – {}", to.format("%-d %b %Y"))
    }
}

/// What the calendar shows and knows.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    /// How much is in view.
    pub(crate) stretch: Stretch,
    /// A day in view; none: today.
    pub(crate) day: Option<NaiveDate>,
    /// Only what starts the workflow in this file.
    pub(crate) only: Option<String>,
    /// What was answered last, and for what it was asked.
    pub(crate) answer: Option<(Asked, Rc<Fires>)>,
    /// Why there is no answer.
    pub(crate) error: Option<String>,
    /// The tick that hangs from the pointer.
    pub(crate) drag: Option<Drag>,
    /// The day whose hours were brought into view.
    pub(crate) scrolled: Option<NaiveDate>,
}

/// What the daemon was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The first instant.
    pub(crate) from: Timestamp,
    /// The last one.
    pub(crate) to: Timestamp,
    /// Only of the workflow in this file.
    pub(crate) only: Option<String>,
}

/// A tick that hangs from the pointer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drag {
    /// Which.
    pub(crate) tick: Moving,
    /// How far below its time's place it was taken, in points.
    pub(crate) below: f32,
}

/// A single tick of a schedule that can be moved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moving {
    /// The document.
    pub(crate) path: String,
    /// The schedule.
    pub(crate) schedule: Ident,
    /// What people call the workflow.
    pub(crate) title: String,
    /// The tick, by the schedule's rule.
    pub(crate) tick: Timestamp,
    /// When it fires now.
    pub(crate) at: Timestamp,
    /// What a person did to it before.
    pub(crate) was: MoveTo,
}

impl Moving {
    /// A tick that is to come; none where it is past, or cannot be moved.
    pub(crate) fn of(fire: &FireRow, now: Timestamp) -> Option<Self> {
        let was = match fire.what {
            FireState::Coming | FireState::Held if fire.is_moved => MoveTo::At(fire.at),
            FireState::Coming | FireState::Held => MoveTo::Back,
            // What was left out by hand can come back.
            FireState::Skipped { count: 1, .. } if fire.at > now => MoveTo::Nowhere,
            _ => return None,
        };
        let schedule = Ident::new(&fire.name).ok()?;
        let path = fire.path.clone()?;
        let title = fire.title.clone().unwrap_or_else(|| fire.workflow.clone());
        Some(Self { path, schedule, title, tick: fire.tick.unwrap_or(fire.at), at: fire.at, was })
    }
}

/// Fires that stand at one place because they are too close to stand below each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    /// The first of them, as an index.
    pub(crate) first: usize,
    /// How many follow it.
    pub(crate) count: usize,
}

/// Puts what is in order of time into places. What is less than `height` below the first of a place belongs to it.
pub(crate) fn slots(tops: &[f32], height: f32) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut top = f32::NEG_INFINITY;
    for (index, at) in tops.iter().enumerate() {
        match slots.last_mut() {
            Some(slot) if *at < top + height => slot.count += 1,
            _ => {
                slots.push(Slot { first: index, count: 1 });
                top = *at;
            }
        }
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
    }

    #[test]
    fn a_week_and_a_month_are_whole_weeks() {
        let week = View::around(day("2026-11-26"), Stretch::Week);
        assert_eq!((week.first, week.days), (day("2026-11-23"), 7));
        assert_eq!(week.words(), "23 – 29 Nov 2026");
        assert_eq!(
            View::around(day("2026-12-31"), Stretch::Week).words(),
            "28 Dec 2026 – 3 Jan 2027"
        );
        assert_eq!(View::around(day("2026-12-01"), Stretch::Week).words(), "30 Nov – 6 Dec 2026");
        let month = View::around(day("2026-11-26"), Stretch::Month);
        assert_eq!((month.first, month.days), (day("2026-10-26"), 42));
        assert_eq!(month.words(), "November 2026");
        // February of 2027 begins on a Monday and has four weeks.
        assert_eq!(View::around(day("2027-02-10"), Stretch::Month).days, 28);
    }

    #[test]
    fn the_days_of_a_clock_change_are_all_there() {
        let week = View::around(day("2026-03-25"), Stretch::Week);
        let (from, to) = week.span(Tz::Europe__Berlin);
        assert_eq!((to.0 + 1 - from.0) / 3_600_000_000, 7 * 24 - 1);
    }

    #[test]
    fn what_is_too_close_shares_a_place() {
        let shape = |tops: &[f32]| {
            slots(tops, 20.0).iter().map(|slot| (slot.first, slot.count)).collect::<Vec<_>>()
        };
        assert_eq!(shape(&[0.0, 19.0, 20.0, 45.0]), [(0, 2), (2, 1), (3, 1)]);
        assert_eq!(shape(&[]), []);
    }
}
