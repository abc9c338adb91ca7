//! How the scripted daemon counts the runs of a workflow day by day. Its clock is UTC.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use millrace_api::days::{DayFared, DaysFared, WorkflowDays};
use millrace_model::event::RunState;
use millrace_model::time::{Day, Timestamp};

use super::{World, json};

impl World {
    /// Makes the runs of before lie further apart: so many a day, on the days of this many years.
    pub fn spread_over_years(&mut self, years: u64, a_day: u64) {
        const DAY: i64 = 86_400_000_000;
        self.remember(years * 365 * a_day * 3);
        for (age, row) in self.past.iter_mut().enumerate() {
            // Every third one is of the same workflow.
            let (day, of_day) = (age as u64 / 3 / a_day, age as u64 / 3 % a_day);
            let at = super::START.0 - day as i64 * DAY - of_day as i64 * 600_000_000;
            // Longer in winter; no runs on Sundays.
            let long = 2_000_000 + (day as i64 % 365 - 182).abs() * 40_000;
            row.queued = Timestamp(at);
            row.started = Some(Timestamp(at));
            row.ended = Some(Timestamp(at + long));
            row.state = match (day % 23, of_day) {
                (7, _) => RunState::Failed,
                (11..=12, 0) => RunState::Failed,
                (17, 0) => RunState::Canceled,
                _ => RunState::Succeeded,
            };
        }
        let is_sunday = |at: Timestamp| at.0.div_euclid(DAY).rem_euclid(7) == 3;
        self.past.retain(|row| !is_sunday(row.queued));
    }

    pub(super) fn workflow_days(&self, asked: &WorkflowDays) -> Result<String, String> {
        let day_of = |at: Timestamp| Day::read(&at.date()).unwrap();
        let own = self
            .runs
            .iter()
            .filter(|run| run.head.workflow.as_str() == asked.workflow)
            .filter(|run| !self.deleted.contains(&run.run))
            .map(|run| (run.run, run.state, run.queued, run.started.zip(run.ended)));
        let past = self
            .past
            .iter()
            .filter(|row| row.workflow.as_str() == asked.workflow)
            .map(|row| (row.run, row.state, row.queued, row.started.zip(row.ended)));
        let all: Vec<_> = own.chain(past).collect();
        if all.is_empty() {
            return self.not_found("workflow");
        }
        let mut days: BTreeMap<Day, (DayFared, Vec<u64>)> = BTreeMap::new();
        for (run, state, queued, ends) in &all {
            let day = day_of(*queued);
            if !(asked.from..=asked.until).contains(&day) {
                continue;
            }
            let (fared, lengths) = days.entry(day).or_default();
            fared.day = day;
            match state {
                RunState::Succeeded => {
                    fared.succeeded += 1;
                    lengths.extend(ends.map(|(from, to)| to.since(from).as_micros() as u64));
                }
                RunState::Failed => {
                    fared.failed += 1;
                    fared.first_failed.get_or_insert(*run);
                }
                RunState::Canceled => fared.canceled += 1,
                _ => fared.under_way += 1,
            }
        }
        let past_title = self.past.iter().find(|row| row.workflow.as_str() == asked.workflow);
        let days = days.into_values().map(|(mut fared, mut lengths)| {
            lengths.sort_unstable();
            fared.median_us = millrace_model::quantile::median(&lengths);
            fared
        });
        let today: NaiveDate = day_of(self.time()).date();
        json(&DaysFared {
            title: past_title.and_then(|row| row.title.clone()),
            today: Day::of(today).unwrap(),
            oldest: all.iter().map(|(_, _, queued, _)| day_of(*queued)).min(),
            days: days.collect(),
        })
    }
}
