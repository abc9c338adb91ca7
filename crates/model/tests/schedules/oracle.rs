//! When rules fire, found out by walking every minute around a clock change: slow, plain, and without the code that it
//! judges. Only what a zone's clock shows at an instant is asked of chrono-tz, as that code does.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Offset, TimeZone};
use chrono_tz::Tz;
use millrace_model::document::{CatchUp, Extra, Schedule, ScheduleRule};
use millrace_model::ident::Ident;
use millrace_model::schedule::Ticks;
use millrace_model::time::Timestamp;

use crate::pattern::Pattern;

const DAY: i64 = 24 * 60;
/// Walked beyond it, so that a skipped day at the edge is seen whole.
const MARGIN: i64 = 2 * DAY;
/// Minutes between two instants at which single ticks are asked for, so that it meets all minutes of an hour.
const PROBE: usize = 61;
/// Differences that are kept to be shown.
const KEPT: usize = 20;

/// Intervals and fixed times: lists, ranges, steps, days, around midnight and at the hours at which clocks change.
pub(crate) const CRON: [&str; 28] = [
    "* * * * *",
    "*/5 * * * *",
    "*/15 * * * *",
    "7-59/13 * * * *",
    "0 * * * *",
    "@hourly",
    "*/30 9-17 * * *",
    "30 */2 * * *",
    "0 */3 * * 1-5",
    "*/20 0-4 * * *",
    "*/20 2 * * 0",
    "0 * 1,15 * *",
    "@daily",
    "30 0 * * *",
    "59 23 * * *",
    "0,30 1-3 * * *",
    "30 1 * * *",
    "30 2 * * *",
    "0 2 * * *",
    "0 3 * * *",
    "15,45 0,2,23 * * *",
    "10-50/20 2 * * 0",
    "0 12 1 * *",
    "30 2 29-31 * *",
    "0 0 1,15 * 1",
    "0 23 L * *",
    "5 0-23 * * *",
    "0-59 0-23 * * *",
];

/// `every` in minutes, and the minute since the epoch from which it counts.
const EVERY: [(i64, Option<i64>); 3] = [(90, None), (433, None), (DAY, Some(29_000_007))];

/// What was compared, and what differed.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Zones that were asked about.
    pub(crate) zones: usize,
    /// Clock changes of all these zones.
    pub(crate) changes: usize,
    /// Times around changes that were walked: each once, though many zones have it, and one for each zone without changes.
    pub(crate) windows: usize,
    /// Rules that were tried in each.
    pub(crate) rules: usize,
    /// Minutes walked.
    pub(crate) minutes: usize,
    /// Ticks compared.
    pub(crate) ticks: usize,
    pub(crate) differences: usize,
    /// The first of them: zone, rule, instant.
    pub(crate) shown: Vec<String>,
}

impl Figures {
    fn differs(&mut self, zone: Tz, rule: &str, what: &str, minute: i64) {
        self.differences += 1;
        if self.shown.len() < KEPT {
            let instant = DateTime::from_timestamp(minute * 60, 0).unwrap_or_default();
            self.shown.push(format!("{zone}, {rule}: {what} {}", instant.to_rfc3339()));
        }
    }
}

/// Compares all rules for `days` to each side of all changes of `zones` from the first year to before the second. Work
/// that another zone would do in the same way is done once.
pub(crate) fn compare(zones: &[Tz], years: (i32, i32), days: i64) -> Figures {
    let mut figures =
        Figures { zones: zones.len(), rules: CRON.len() + EVERY.len(), ..Figures::default() };
    let patterns: Vec<Pattern> = CRON.iter().map(|text| Pattern::read(text)).collect();
    let mut seen = HashSet::new();
    for zone in zones {
        let changes = changes(*zone, years);
        figures.changes += changes.len();
        // One window far from any change for those that have none.
        let quiet = [minute_of_year(years.0) + DAY];
        let centres = if changes.is_empty() { &quiet[..] } else { &changes };
        for centre in centres {
            let window = Window::walk(*zone, *centre, days * DAY);
            if seen.insert((*centre, window.stretches())) {
                figures.windows += 1;
                figures.minutes += window.walls.len();
                judge(&mut figures, *zone, &window, &patterns);
            }
        }
    }
    figures
}

fn judge(figures: &mut Figures, zone: Tz, window: &Window, patterns: &[Pattern]) {
    for (text, pattern) in CRON.iter().zip(patterns) {
        let expected =
            if pattern.is_interval() { window.interval(pattern) } else { window.fixed(pattern) };
        let rule = ScheduleRule::Cron((*text).to_owned());
        judge_rule(figures, zone, window, text, &schedule(rule, None), &expected);
    }
    for (spacing, anchor) in EVERY {
        let is_tick = |minute: &i64| (minute - anchor.unwrap_or(0)) % spacing == 0;
        let started = |minute: &i64| anchor.is_none_or(|anchor| anchor <= *minute);
        let expected = window.core.clone().filter(is_tick).filter(started).collect();
        let text = format!("{spacing}m");
        let Ok(span) = text.parse() else { continue };
        let start = anchor.and_then(|minute| DateTime::from_timestamp(minute * 60, 0));
        let schedule = schedule(ScheduleRule::Every(span), start.map(|it| it.to_rfc3339()));
        judge_rule(figures, zone, window, &text, &schedule, &expected);
    }
}

fn judge_rule(
    figures: &mut Figures,
    zone: Tz,
    window: &Window,
    text: &str,
    schedule: &Schedule,
    expected: &BTreeSet<i64>,
) {
    let ticks = match Ticks::of(schedule, zone) {
        Ok(ticks) => ticks,
        Err(error) => return figures.differs(zone, text, &error.to_string(), *window.core.start()),
    };
    let instant = |minute: i64| Timestamp(minute * 60_000_000);
    let (from, to) = (instant(window.core.start() - 1), instant(*window.core.end()));
    let minute = |at: Timestamp| at.0.div_euclid(60_000_000);
    let mut found = BTreeSet::new();
    let mut newest = from;
    for tick in ticks.between(from, to) {
        if tick.at <= newest {
            figures.differs(zone, text, "not after the one before it", minute(tick.at));
        }
        if tick.at.0 % 60_000_000 != 0 {
            figures.differs(zone, text, "within the minute", minute(tick.at));
        }
        newest = tick.at;
        found.insert(minute(tick.at));
    }
    figures.ticks += found.len();
    // From any instant in between, forwards and backwards, which is a search of its own.
    for asked in window.core.clone().step_by(PROBE) {
        let at = instant(asked);
        let next = ticks.next(at).filter(|tick| tick.at <= to).map(|tick| minute(tick.at));
        if next != expected.range(asked + 1..).next().copied() {
            figures.differs(zone, text, "another is next after", asked);
        }
        let last = ticks.last(from, at).map(|tick| minute(tick.at));
        if last != expected.range(..=asked).next_back().copied() {
            figures.differs(zone, text, "another is the last at", asked);
        }
    }
    for minute in expected.difference(&found) {
        figures.differs(zone, text, "missing", *minute);
    }
    for minute in found.difference(expected) {
        figures.differs(zone, text, "too much", *minute);
    }
}

/// A schedule with this rule and this beginning, and nothing else.
pub(crate) fn schedule(rule: ScheduleRule, start: Option<String>) -> Schedule {
    Schedule {
        name: Ident::new("tick").unwrap_or_else(|error| unreachable!("{error}")),
        rule,
        timezone: None,
        start,
        end: None,
        catch_up: CatchUp::Latest,
        jitter: None,
        params: None,
        extra: Extra::default(),
    }
}

/// Minutes around a change, and what the clock shows at each.
struct Window {
    /// The minutes that are compared.
    core: RangeInclusive<i64>,
    /// The first that is walked.
    first: i64,
    walls: Vec<i64>,
    /// The first minute that shows each time.
    first_of: HashMap<i64, i64>,
}

impl Window {
    fn walk(zone: Tz, centre: i64, around: i64) -> Self {
        let first = centre - around - MARGIN;
        let minutes = first..=centre + around + MARGIN;
        let walls: Vec<i64> = minutes.clone().map(|it| it + offset(zone, it)).collect();
        let mut first_of = HashMap::new();
        for (minute, wall) in minutes.zip(&walls) {
            first_of.entry(*wall).or_insert(minute);
        }
        Self { core: centre - around..=centre + around, first, walls, first_of }
    }

    /// Where the offset changes, and to what.
    fn stretches(&self) -> Vec<(usize, i64)> {
        let offsets = self.walls.iter().zip(self.first..).map(|(wall, minute)| wall - minute);
        let mut stretches: Vec<(usize, i64)> = offsets.enumerate().collect();
        stretches.dedup_by_key(|(_, offset)| *offset);
        stretches
    }

    /// Each minute at which the clock shows a time that matches.
    fn interval(&self, pattern: &Pattern) -> BTreeSet<i64> {
        let mut days = HashMap::new();
        let minutes = (self.first..).zip(&self.walls).filter(|(_, wall)| {
            let day = wall.div_euclid(DAY);
            pattern.has_time(wall.rem_euclid(DAY))
                && *days.entry(day).or_insert_with(|| pattern.has_day(day))
        });
        minutes.map(|(minute, _)| minute).filter(|it| self.core.contains(it)).collect()
    }

    /// For each time that matches: the first minute that shows it; else the first minute after the jump over it,
    /// unless no minute shows its date.
    fn fixed(&self, pattern: &Pattern) -> BTreeSet<i64> {
        let dates: BTreeSet<i64> = self.walls.iter().map(|wall| wall.div_euclid(DAY)).collect();
        let jump_over = |wall: i64| {
            let jump = self.walls.windows(2).position(|pair| pair[0] < wall && wall < pair[1]);
            jump.and_then(|at| i64::try_from(at + 1).ok()).map(|at| self.first + at)
        };
        let (Some(low), Some(high)) = (dates.first(), dates.last()) else { return BTreeSet::new() };
        let mut fires = BTreeSet::new();
        for day in (*low..=*high).filter(|day| dates.contains(day) && pattern.has_day(*day)) {
            for time in (0..DAY).filter(|time| pattern.has_time(*time)) {
                let wall = day * DAY + time;
                fires.extend(self.first_of.get(&wall).copied().or_else(|| jump_over(wall)));
            }
        }
        fires.retain(|minute| self.core.contains(minute));
        fires
    }
}

/// The minutes at which the offset of `zone` changes.
fn changes(zone: Tz, years: (i32, i32)) -> Vec<i64> {
    let (from, to) = (minute_of_year(years.0), minute_of_year(years.1));
    let mut changes = Vec::new();
    let mut before = offset(zone, from);
    for hour in (from + 60..to).step_by(60) {
        let now = offset(zone, hour);
        if now != before {
            changes.extend((hour - 59..=hour).find(|minute| offset(zone, *minute) != before));
            before = now;
        }
    }
    changes
}

fn minute_of_year(year: i32) -> i64 {
    let days = chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().num_days_from_ce();
    (i64::from(days) - 719_163) * DAY
}

/// Minutes east of UTC.
fn offset(zone: Tz, minute: i64) -> i64 {
    let instant = DateTime::from_timestamp(minute * 60, 0).unwrap_or_default().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&instant).fix().local_minus_utc()) / 60
}
