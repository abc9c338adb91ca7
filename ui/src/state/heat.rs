//! How the runs of one workflow ended day by day: the years that are known, and which to ask for next. Without drawing.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use millrace_api::days::{DayFared, DaysFared, WorkflowDays};
use millrace_model::event::{RunEvent, RunEventKind};
use millrace_model::ids::WorkflowId;
use millrace_model::time::Day;

use super::{days, tells_in_row};

/// No year has more weeks, the first and the last one counted whole.
pub(crate) const WEEKS: usize = 54;

/// What the colour of a day tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum HeatBy {
    /// How many of its runs succeeded.
    #[default]
    Success,
    /// How long they took.
    Duration,
}

/// The runs of some days in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Total {
    /// How many days have runs.
    pub(crate) days: u32,
    pub(crate) runs: u32,
    pub(crate) succeeded: u32,
    pub(crate) failed: u32,
}

/// A year that is known.
#[derive(Debug, Default)]
pub(crate) struct HeatYear {
    /// The days that have runs, by their number within the year.
    days: BTreeMap<u32, DayFared>,
    /// The weeks from Monday to Sunday, as far as they are of this year.
    pub(crate) weeks: Vec<Total>,
    /// All of them.
    pub(crate) total: Total,
    is_stale: bool,
}

/// What is known of the days of a workflow.
#[derive(Debug, Default)]
pub(crate) struct HeatView {
    pub(crate) workflow: String,
    pub(crate) workflow_id: Option<WorkflowId>,
    pub(crate) title: Option<String>,
    /// What colours tell.
    pub(crate) by: HeatBy,
    /// Where the calendar of the daemon's machine stands.
    pub(crate) today: Option<NaiveDate>,
    /// The day of the oldest run.
    pub(crate) oldest: Option<NaiveDate>,
    years: BTreeMap<i32, HeatYear>,
    /// The most runs that a day has.
    pub(crate) most: u32,
    /// The most that a week has.
    pub(crate) most_a_week: u32,
    /// The shortest and the longest median of a day.
    pub(crate) medians_us: Option<(u64, u64)>,
    /// Something has come.
    pub(crate) loaded: bool,
    /// Why the last question had no answer.
    pub(crate) error: Option<String>,
    /// The day that the keyboard is at.
    pub(crate) cursor: Option<NaiveDate>,
    /// It has no runs: there is nothing to ask for.
    has_none: bool,
    /// Runs changed since the last question was asked: its answer may be older than that.
    has_missed: bool,
}

impl HeatView {
    /// Of a workflow of which nothing is known yet.
    pub(crate) fn of(workflow: String, workflow_id: Option<WorkflowId>, by: HeatBy) -> Self {
        Self { workflow, workflow_id, by, ..Self::default() }
    }

    /// The years of the calendar, from the newest to that of the oldest run.
    pub(crate) fn years(&self, today: NaiveDate) -> impl DoubleEndedIterator<Item = i32> + use<> {
        let newest = self.today.unwrap_or(today).year();
        let oldest = self.oldest.map_or(newest, |day| day.year().min(newest));
        (oldest..=newest).rev()
    }

    /// What is known of a year; none before it was asked for.
    pub(crate) fn year(&self, year: i32) -> Option<&HeatYear> {
        self.years.get(&year)
    }

    /// What is known of a day; none where it has no runs.
    pub(crate) fn day(&self, day: NaiveDate) -> Option<&DayFared> {
        self.years.get(&day.year())?.days.get(&day.ordinal0())
    }

    /// Any day may have changed.
    pub(crate) fn outdated(&mut self) {
        self.error = None;
        self.has_none = false;
        self.years.values_mut().for_each(|year| year.is_stale = true);
    }

    /// An event may change a day.
    pub(crate) fn apply(&mut self, event: &RunEvent) {
        self.has_missed |= tells_in_row(&event.kind);
        let is_under_way = |year: &HeatYear| year.days.values().any(|day| day.under_way > 0);
        match &event.kind {
            RunEventKind::RunQueued(head) => {
                let is_it = match self.workflow_id {
                    Some(id) => head.workflow_id == Some(id),
                    None => head.workflow.as_str() == self.workflow,
                };
                if is_it {
                    self.has_none = false;
                    self.years
                        .values_mut()
                        .next_back()
                        .into_iter()
                        .for_each(|it| it.is_stale = true);
                }
            }
            // Whose run it is, is not known here. Only days with runs that have not ended can be changed by an end.
            RunEventKind::RunEnded { .. } => {
                for year in self.years.values_mut().filter(|year| is_under_way(year)) {
                    year.is_stale = true;
                }
            }
            RunEventKind::Reopened { .. } => self.outdated(),
            _ => {}
        }
    }

    /// Whether anything that is known may be something else by now.
    pub(crate) fn is_stale(&self) -> bool {
        self.years.values().any(|year| year.is_stale)
    }

    /// What to ask for of the years that are seen: what is not known at once, what may be something else where it is time
    /// for that.
    pub(crate) fn question(
        &self,
        seen: RangeInclusive<i32>,
        may_renew: bool,
    ) -> Option<WorkflowDays> {
        if self.has_none {
            return None;
        }
        let seen = || seen.clone().rev();
        let is_new = |year: &i32| self.error.is_none() && !self.years.contains_key(year);
        let is_stale = |year: &i32| self.years.get(year).is_some_and(|year| year.is_stale);
        let year =
            seen().find(is_new).or_else(|| seen().find(|year| may_renew && is_stale(year)))?;
        Some(WorkflowDays {
            workflow: self.workflow.clone(),
            workflow_id: self.workflow_id,
            from: Day::new(year, 1, 1)?,
            until: Day::new(year, 12, 31)?,
        })
    }

    /// A question was sent: what happens from now on, its answer may not know.
    pub(crate) fn asked(&mut self, question: &WorkflowDays) {
        self.has_missed = false;
        if let Some(year) = self.years.get_mut(&question.from.year()) {
            year.is_stale = false;
        }
    }

    /// Takes in the answer about a year.
    pub(crate) fn take(&mut self, year: i32, answer: DaysFared) {
        self.loaded = true;
        self.has_none = false;
        self.error = None;
        self.title = answer.title;
        self.today = Some(answer.today.date());
        self.oldest = answer.oldest.map(Day::date);
        let known = self.years.get(&year);
        let is_stale = known.map_or(self.has_missed, |known| known.is_stale);
        self.years.insert(year, HeatYear { is_stale, ..HeatYear::of(&answer.days) });
        let days = || self.years.values().flat_map(|year| year.days.values());
        self.most = days().map(DayFared::runs).max().unwrap_or(0);
        let weeks = self.years.values().flat_map(|year| &year.weeks);
        self.most_a_week = weeks.map(|week| week.runs).max().unwrap_or(0);
        let medians = || days().filter_map(|day| day.median_us);
        self.medians_us = medians().min().zip(medians().max());
    }

    /// There is no such workflow in the history: it has no runs.
    pub(crate) fn take_nothing(&mut self) {
        let (workflow, by) = (std::mem::take(&mut self.workflow), self.by);
        *self = Self { loaded: true, has_none: true, ..Self::of(workflow, self.workflow_id, by) };
    }

    /// The cursor is somewhere from now on: today, where it was nowhere.
    pub(crate) fn begin(&mut self, today: NaiveDate) {
        self.cursor = self.cursor.or(Some(self.ends(today).0));
    }

    /// The cursor goes so many days on, and no further than there are days: it begins today.
    pub(crate) fn step(&mut self, days: i64, today: NaiveDate) {
        let (today, oldest) = self.ends(today);
        self.cursor = Some(match self.cursor {
            None => today,
            Some(day) => days::plus(day, days).clamp(oldest, today),
        });
    }

    /// The cursor goes so many years on.
    pub(crate) fn step_years(&mut self, years: i32, today: NaiveDate) {
        let (today, oldest) = self.ends(today);
        self.cursor = Some(match self.cursor {
            None => today,
            Some(day) => days::plus_months(day, years.saturating_mul(12)).clamp(oldest, today),
        });
    }

    /// The last and the first day that the cursor can go to.
    fn ends(&self, today: NaiveDate) -> (NaiveDate, NaiveDate) {
        let today = self.today.unwrap_or(today);
        let oldest =
            self.years(today).next_back().and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
        (today, oldest.unwrap_or(today).min(today))
    }
}

impl HeatYear {
    fn of(known: &[DayFared]) -> Self {
        let mut year = Self { weeks: vec![Total::default(); WEEKS], ..Self::default() };
        for day in known {
            let date = day.day.date();
            let place = week_of(date);
            for total in year.weeks.get_mut(place).into_iter().chain([&mut year.total]) {
                total.days += 1;
                total.runs += day.runs();
                total.succeeded += day.succeeded;
                total.failed += day.failed;
            }
            year.days.insert(date.ordinal0(), *day);
        }
        year
    }
}

/// In which week of its year a day lies; the first one may have fewer than seven days.
pub(crate) fn week_of(day: NaiveDate) -> usize {
    let first = day.with_ordinal0(0).unwrap_or(day).weekday().num_days_from_monday();
    ((day.ordinal0() + first) / 7) as usize
}

/// The day in this week of a year, counted from its Monday; none where the week begins or ends in another year.
pub(crate) fn day_at(year: i32, week: usize, of_week: usize) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let lead = first.weekday().num_days_from_monday() as usize;
    let ordinal = (week * 7 + of_week).checked_sub(lead)?;
    first.with_ordinal0(u32::try_from(ordinal).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::event::RunState;
    use millrace_model::ids::RunId;
    use millrace_model::time::Timestamp;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn fared(text: &str, [succeeded, failed, under_way]: [u32; 3], median: u64) -> DayFared {
        let day = Day::read(text).unwrap();
        let median_us = (succeeded > 0).then_some(median);
        DayFared { day, succeeded, failed, under_way, median_us, ..DayFared::default() }
    }

    fn answer(days: Vec<DayFared>) -> DaysFared {
        DaysFared {
            title: None,
            today: Day::new(2026, 11, 23).unwrap(),
            oldest: Day::new(2024, 5, 1),
            days,
        }
    }

    fn ended() -> RunEvent {
        let kind = RunEventKind::RunEnded { state: RunState::Succeeded, cause: None };
        RunEvent { run: RunId(1), seq: 9, at: Timestamp(1), kind }
    }

    #[test]
    fn days_have_their_places() {
        // 2026 begins on a Thursday, 2024 on a Monday, 2012 on a Sunday and has 54 weeks.
        assert_eq!((week_of(date("2026-01-04")), week_of(date("2026-01-05"))), (0, 1));
        assert_eq!(week_of(date("2012-12-31")), WEEKS - 1);
        for year in [2012, 2024, 2026] {
            let mut days = 0;
            for week in 0..WEEKS {
                for row in 0..7 {
                    let Some(day) = day_at(year, week, row) else { continue };
                    days += 1;
                    assert_eq!(
                        (week_of(day), day.weekday().num_days_from_monday() as usize),
                        (week, row)
                    );
                }
            }
            assert_eq!(days, if year == 2026 { 365 } else { 366 });
        }
        assert_eq!(day_at(2026, 0, 2), None);
    }

    #[test]
    fn years_come_when_they_are_seen() {
        let today = date("2026-11-23");
        let mut view = HeatView::of("w".to_owned(), None, HeatBy::Success);
        assert_eq!(view.years(today).collect::<Vec<_>>(), [2026]);
        let first = view.question(2026..=2026, true).unwrap();
        assert_eq!(
            (first.from.to_string(), first.until.to_string()),
            ("2026-01-01".to_owned(), "2026-12-31".to_owned())
        );
        view.asked(&first);
        let two = [fared("2026-11-22", [3, 1, 0], 40), fared("2026-11-23", [1, 0, 0], 10)];
        view.take(2026, answer(two.to_vec()));
        assert_eq!(view.years(today).collect::<Vec<_>>(), [2026, 2025, 2024]);
        assert_eq!(view.day(date("2026-11-22")), Some(&two[0]));
        assert_eq!(view.day(date("2026-11-21")), None);
        assert_eq!((view.most, view.most_a_week, view.medians_us), (4, 4, Some((10, 40))));
        let all = view.year(2026).unwrap().total;
        assert_eq!(all, Total { days: 2, runs: 5, succeeded: 4, failed: 1 });
        assert_eq!(view.question(2026..=2026, true), None);
        assert_eq!(view.question(2025..=2026, true).map(|it| it.from.year()), Some(2025));
    }

    #[test]
    fn only_what_can_have_changed_is_asked_for_again() {
        let mut view = HeatView::of("w".to_owned(), None, HeatBy::Success);
        view.take(2026, answer(vec![fared("2026-11-23", [1, 0, 0], 10)]));
        view.apply(&ended());
        assert!(!view.is_stale(), "nothing of it is under way");
        view.take(2026, answer(vec![fared("2026-11-23", [1, 0, 1], 10)]));
        view.apply(&ended());
        assert_eq!(view.question(2026..=2026, false), None, "not yet");
        let again = view.question(2026..=2026, true).unwrap();
        view.asked(&again);
        view.take(2026, answer(vec![fared("2026-11-23", [2, 0, 0], 10)]));
        assert!(!view.is_stale());
        view.outdated();
        assert!(view.is_stale());
    }

    #[test]
    fn a_workflow_without_runs_is_asked_for_once() {
        let mut view = HeatView::of("w".to_owned(), None, HeatBy::Duration);
        view.take_nothing();
        assert!(view.loaded && view.by == HeatBy::Duration && view.workflow == "w");
        assert_eq!(view.question(2026..=2026, true), None);
        view.outdated();
        assert_eq!(view.question(2026..=2026, true).map(|it| it.from.year()), Some(2026));
    }

    #[test]
    fn the_cursor_stays_within_the_years() {
        let today = date("2026-11-23");
        let mut view = HeatView::of("w".to_owned(), None, HeatBy::Success);
        view.take(2026, answer(Vec::new()));
        view.step(-7, today);
        assert_eq!(view.cursor, Some(today), "it begins today");
        view.step(-7, today);
        assert_eq!(view.cursor, Some(date("2026-11-16")));
        view.step(99, today);
        assert_eq!(view.cursor, Some(today));
        view.step_years(-1, today);
        assert_eq!(view.cursor, Some(date("2025-11-23")));
        view.step(-100_000, today);
        assert_eq!(view.cursor, Some(date("2024-01-01")));
    }
}
