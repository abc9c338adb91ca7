//! The calendar of a workflow: what is asked for, and what a click on a day does.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use millrace_api::days::{DaysFared, WorkflowDays};
use millrace_api::{ApiError, Code, Command as _};
use millrace_model::run_query::{Key, set_values};

use super::{App, Purpose};
use crate::command::{GridTab, Place, RunsCommand};
use crate::state::HeatView;

/// Seconds between two questions while runs come and end all the time. A year of many runs takes a while to count.
const AGAIN_SECS: f64 = 1.0;

/// The calendar of a workflow.
#[derive(Debug, Default)]
pub(crate) struct HeatShown {
    pub(crate) view: HeatView,
    /// The years that were seen in the last frame.
    pub(crate) seen: Option<RangeInclusive<i32>>,
    /// The cursor was moved: bring it into view.
    pub(crate) follow_cursor: bool,
    asked_at: f64,
}

impl HeatShown {
    /// Of a workflow of which nothing was asked for.
    pub(super) fn of(view: HeatView) -> Self {
        Self { view, asked_at: f64::NEG_INFINITY, ..Self::default() }
    }
}

impl App {
    /// Asks for the years that are in view and not known. Gives the seconds until it is asked.
    pub(super) fn ask_days(&mut self, time: f64) -> Option<f64> {
        if self.place != Place::Workflow
            || self.grid.tab != GridTab::Calendar
            || self.backend.is_asking(|p| matches!(p, Purpose::Days(..)))
        {
            return None;
        }
        let this_year = self.today().year();
        let generation = self.grid.generation;
        let heat = &mut self.grid.heat;
        let seen = heat.seen.clone().unwrap_or(this_year..=this_year);
        let due = heat.asked_at + AGAIN_SECS - time;
        let Some(question) = heat.view.question(seen, due <= 0.0) else {
            return heat.view.is_stale().then_some(due).filter(|due| *due > 0.0);
        };
        heat.view.asked(&question);
        heat.asked_at = time;
        let purpose = Purpose::Days(generation, question.from.year());
        self.backend.ask(WorkflowDays::into_request(question), purpose);
        None
    }

    pub(super) fn take_days(
        &mut self,
        generation: u64,
        year: i32,
        answer: Result<DaysFared, ApiError>,
    ) {
        if generation != self.grid.generation {
            return;
        }
        let view = &mut self.grid.heat.view;
        match answer {
            Ok(fared) => view.take(year, fared),
            Err(error) if error.code == Code::NotFound => view.take_nothing(),
            Err(error) => view.error = Some(error.message),
        }
    }

    /// The place Runs with what was accepted on that day.
    pub(super) fn show_runs_of_day(&mut self, day: NaiveDate) {
        let query = set_values("", Key::Workflow, &[&self.grid.view.workflow]);
        let query = format!("{query} since:{day} until:{day}");
        self.apply_to_runs(RunsCommand::Filter(query), 0.0);
        self.place = Place::Runs;
    }
}
