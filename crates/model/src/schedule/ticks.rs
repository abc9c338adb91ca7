//! A schedule made ready for questions about its ticks.

use std::sync::Arc;

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::cron::Cron;
use super::error::ScheduleError;
use super::zone::{self, Shown};
use super::{wall, words};
use crate::document::{Schedule, ScheduleRule};
use crate::time::{Span, Timestamp};
use crate::time_text;

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// 1900-01-01T00:00:00Z. A cron rule has no ticks before; its calendar begins here.
const EARLIEST: i64 = -2_208_988_800;
/// 3000-01-01T00:00:00Z. A cron rule has no ticks after.
const LATEST: i64 = 32_503_680_000;

/// When a schedule fires.
#[derive(Debug, Clone)]
pub struct Ticks {
    rule: Rule,
    zone: Tz,
    start: Timestamp,
    end: Timestamp,
}

#[derive(Debug, Clone)]
enum Rule {
    /// Shared: it is large, and schedules are handed around.
    Cron(Arc<Cron>),
    /// In microseconds.
    Every {
        anchor: i64,
        spacing: i64,
    },
    At(Timestamp),
}

/// An instant at which a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The instant.
    pub at: Timestamp,
    /// What a change of the clocks has to do with it, if anything.
    pub moved: Option<Moved>,
}

/// What a change of the clocks does to a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The clocks skip the time that was asked for, so it fires right after the gap.
    Gap {
        /// What a clock never shows on that day; the first such time, where several land on this tick.
        wanted: NaiveDateTime,
    },
    /// The clocks show this time twice, and this is the first pass.
    FirstPass,
    /// The clocks show this time twice, and this is the second pass.
    SecondPass,
}

impl Ticks {
    /// The shortest spacing that `every` can have.
    pub const SHORTEST: Span = Span::from_secs(1);

    /// Makes `schedule` ready. `system` is the zone where it names none.
    ///
    /// # Errors
    /// The first thing that is wrong with it; [`Ticks::faults`] has all.
    pub fn of(schedule: &Schedule, system: Tz) -> Result<Self, ScheduleError> {
        let mut faults = Vec::new();
        let ticks = compile(schedule, system, &mut faults);
        match (faults.into_iter().next(), ticks) {
            (None, Some(ticks)) => Ok(ticks),
            (Some(fault), _) => Err(fault),
            (None, None) => Err(ScheduleError::new("cron", "the schedule is not valid")),
        }
    }

    /// All that is wrong with `schedule`.
    #[must_use]
    pub fn faults(schedule: &Schedule) -> Vec<ScheduleError> {
        let mut faults = Vec::new();
        compile(schedule, Tz::UTC, &mut faults);
        faults
    }

    /// The zone whose clock it goes by.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The first tick after `after`, not `after` itself.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Tick> {
        let after = after.0.max(self.start.0.saturating_sub(1));
        let at = match &self.rule {
            Rule::Cron(cron) => {
                let after = after.div_euclid(SECOND).max(EARLIEST);
                let next = (after < LATEST).then(|| wall::next(cron, self.zone, after))??;
                next * SECOND
            }
            Rule::Every { anchor, spacing } => {
                let nth = after.checked_sub(*anchor)?.div_euclid(*spacing) + 1;
                nth.checked_mul(*spacing)?.checked_add(*anchor)?
            }
            Rule::At(at) => Some(at.0).filter(|at| *at > after)?,
        };
        (at <= self.end.0).then(|| self.tick(at))
    }

    /// The newest tick after `from` and not after `to`, as fast for a year as for a minute.
    #[must_use]
    pub fn last(&self, from: Timestamp, to: Timestamp) -> Option<Tick> {
        let to = to.0.min(self.end.0);
        let at = match &self.rule {
            Rule::Cron(cron) => {
                let to = to.div_euclid(SECOND).min(LATEST);
                let last = (to > EARLIEST).then(|| wall::last(cron, self.zone, to))??;
                // Looking on begins there, and looking back ends there.
                let last = Some(last).filter(|last| *last > EARLIEST)?;
                last * SECOND
            }
            Rule::Every { anchor, spacing } => {
                let nth = to.checked_sub(*anchor)?.div_euclid(*spacing);
                nth.checked_mul(*spacing)?.checked_add(*anchor)?
            }
            Rule::At(at) => Some(at.0).filter(|at| *at <= to)?,
        };
        (at > from.0 && at >= self.start.0).then(|| self.tick(at))
    }

    /// The ticks after `from` and not after `to`, in order, found one by one.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Tick> + '_ {
        std::iter::successors(self.next(from), |tick| self.next(tick.at))
            .take_while(move |tick| tick.at <= to)
    }

    /// How many ticks are after `from` and not after `to`, counted up to `cap`.
    #[must_use]
    pub fn count(&self, from: Timestamp, to: Timestamp, cap: usize) -> usize {
        self.between(from, to).take(cap).count()
    }

    /// The shortest time between two ticks that follow each other, clock changes aside; none for `at`.
    #[must_use]
    pub fn spacing(&self) -> Option<Span> {
        match &self.rule {
            Rule::Cron(cron) => Some(Span::from_secs(cron.spacing())),
            Rule::Every { spacing, .. } => {
                Some(Span::from_millis(u64::try_from(*spacing / 1000).unwrap_or(0)))
            }
            Rule::At(_) => None,
        }
    }

    /// The two ways to read the time of a tick that a clock change touches: by the clock before the change, and by the
    /// clock after it. None for any other tick.
    ///
    /// Where the clocks show a time twice these are the two passes. Where they skip it, these are the instants at which a
    /// clock that was not set would show it, and one that had been set already.
    #[must_use]
    pub fn readings(&self, tick: &Tick) -> Option<[Timestamp; 2]> {
        let wanted = match tick.moved? {
            Moved::Gap { wanted } => wanted.and_utc().timestamp(),
            Moved::FirstPass | Moved::SecondPass => {
                zone::wall(self.zone, tick.at.0.div_euclid(SECOND))
            }
        };
        let instants = match zone::shown(self.zone, wanted) {
            Shown::Once(_) => return None,
            Shown::Twice(first, second) => [first, second],
            Shown::Skipped(change) => [wanted - change.before, wanted - change.after],
        };
        Some(instants.map(|seconds| Timestamp(seconds * SECOND)))
    }

    /// The rule as a person would say it, such as "At 06:00, Monday to Friday"; without zone, except for `at`.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.rule {
            Rule::Cron(cron) => words::of_cron(cron),
            Rule::Every { .. } => words::of_every(self.spacing().unwrap_or_default()),
            Rule::At(at) => words::of_instant(*at, self.zone),
        }
    }

    fn tick(&self, at: i64) -> Tick {
        let moved = match &self.rule {
            Rule::Cron(cron) => self.moved(cron, at.div_euclid(SECOND)),
            Rule::Every { .. } | Rule::At(_) => None,
        };
        Tick { at: Timestamp(at), moved }
    }

    fn moved(&self, cron: &Cron, instant: i64) -> Option<Moved> {
        if !cron.is_interval()
            && let Some(change) = zone::first_change(self.zone, instant - 1, instant)
            && let Some(wanted) = wall::wanted(cron, change)
        {
            return Some(Moved::Gap { wanted: zone::naive(wanted) });
        }
        match zone::shown(self.zone, zone::wall(self.zone, instant)) {
            Shown::Twice(first, _) if first == instant => Some(Moved::FirstPass),
            Shown::Twice(..) => Some(Moved::SecondPass),
            Shown::Once(_) | Shown::Skipped(_) => None,
        }
    }
}

fn compile(schedule: &Schedule, system: Tz, faults: &mut Vec<ScheduleError>) -> Option<Ticks> {
    let bound = |key, text: &Option<String>, faults: &mut Vec<ScheduleError>| {
        text.as_ref().and_then(|text| keep(instant(key, text), faults))
    };
    let start = bound("start", &schedule.start, faults);
    let end = bound("end", &schedule.end, faults);
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        let error = ScheduleError::new("end", "the end is before the start");
        faults.push(error.help("set `end` to a later instant, or take one of the two out"));
    }
    let zone = match &schedule.timezone {
        Some(name) => keep(named_zone(name), faults),
        None => Some(system),
    };
    let rule = match &schedule.rule {
        ScheduleRule::Cron(text) => {
            keep(Cron::parse(text), faults).map(|it| Rule::Cron(Arc::new(it)))
        }
        ScheduleRule::Every(span) => keep(every(*span, start), faults),
        ScheduleRule::At(text) => keep(instant("at", text), faults).map(Rule::At),
    };
    Some(Ticks {
        rule: rule?,
        zone: zone?,
        start: start.unwrap_or(Timestamp(i64::MIN)),
        end: end.unwrap_or(Timestamp(i64::MAX)),
    })
}

fn keep<T>(result: Result<T, ScheduleError>, faults: &mut Vec<ScheduleError>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

fn every(span: Span, start: Option<Timestamp>) -> Result<Rule, ScheduleError> {
    let spacing = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).saturating_mul(1000);
    if span < Ticks::SHORTEST {
        let message = format!("{span} is too short a time between two runs");
        return Err(ScheduleError::new("every", message).help("1s is the shortest"));
    }
    Ok(Rule::Every { anchor: start.unwrap_or_default().0, spacing })
}

fn instant(key: &'static str, text: &str) -> Result<Timestamp, ScheduleError> {
    match time_text::datetime(text) {
        Some(instant) => Ok(Timestamp(instant.timestamp_micros())),
        None => {
            let message = format!("`{text:.40}` is not an instant such as 2030-01-31T06:00:00Z");
            Err(ScheduleError::new(key, message))
        }
    }
}

fn named_zone(name: &str) -> Result<Tz, ScheduleError> {
    name.parse().map_err(|_| {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|it| it.name());
        let help = match crate::suggest::nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a name of the IANA list, such as Europe/Berlin or UTC".to_owned(),
        };
        let message = format!("there is no time zone `{name:.64}`");
        ScheduleError::new("timezone", message).help(help)
    })
}
