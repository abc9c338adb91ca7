//! Runs for ticks that are past: the sheet that asks for them, what it would start, and the start.

use chrono::NaiveDate;
use chrono_tz::Tz;
use millrace_api::document::Source;
use millrace_api::schedule::{Backfill, BackfillPlan, StarterKind};
use millrace_api::{ApiError, Command as _};
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;

use super::{App, Purpose, Sheet};
use crate::command::{Command, Place};
use crate::state::days;

/// The most runs that may go on at a time; what is above is a slip of the finger.
const MOST_PARALLEL: u32 = 64;

/// The sheet for a backfill.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BackfillForm {
    /// The document.
    pub(crate) path: String,
    /// What people call the workflow.
    pub(crate) title: String,
    /// Its schedules, and the zone of each.
    pub(crate) schedules: Vec<(Ident, Tz)>,
    /// Which of them.
    pub(crate) chosen: usize,
    /// The first day, as it is typed.
    pub(crate) from: String,
    /// The last day, as it is typed.
    pub(crate) to: String,
    /// The newest tick first.
    pub(crate) reverse: bool,
    /// Leave out what succeeded already.
    pub(crate) skip_done: bool,
    /// Runs at a time, as it is typed.
    pub(crate) parallel: String,
    /// What the daemon would start; or why it would not, and what to do.
    pub(crate) plan: Option<Result<BackfillPlan, (String, Option<String>)>>,
    /// What that was asked for.
    pub(crate) planned: Option<Backfill>,
    /// It was sent, and there is no answer yet.
    pub(crate) is_starting: bool,
}

/// A day that was typed, or why it is none.
pub(crate) fn read_day(text: &str) -> Result<NaiveDate, String> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| format!("“{text}” is not a day such as 2026-11-23"))
}

impl BackfillForm {
    /// Why the last day cannot be taken; none where it can, or where it is no day.
    pub(crate) fn order_problem(&self) -> Option<String> {
        let (from, to) = (read_day(&self.from).ok()?, read_day(&self.to).ok()?);
        (to < from).then(|| "the last day is before the first".to_owned())
    }

    /// The number of runs at a time.
    ///
    /// # Errors
    /// Why what was typed is none.
    pub(crate) fn read_parallel(&self) -> Result<u32, String> {
        match self.parallel.trim().parse() {
            Ok(number) if (1..=MOST_PARALLEL).contains(&number) => Ok(number),
            _ => Err(format!("a number from 1 to {MOST_PARALLEL} is expected")),
        }
    }

    /// What the fields ask for; none while one of them cannot be taken.
    pub(crate) fn request(&self, dry_run: bool) -> Option<Backfill> {
        let (schedule, zone) = self.schedules.get(self.chosen)?;
        let (from, to) = (read_day(&self.from).ok()?, read_day(&self.to).ok()?);
        if to < from {
            return None;
        }
        let end = days::start_of(days::plus(to, 1), *zone);
        Some(Backfill {
            source: Source::Path(self.path.clone()),
            schedule: Some(schedule.clone()),
            from: days::start_of(from, *zone),
            to: Timestamp(end.0 - 1),
            reverse: self.reverse,
            skip_done: self.skip_done,
            parallel: self.read_parallel().ok()?,
            dry_run,
        })
    }

    /// Whether the plan is for what the fields ask for.
    pub(crate) fn is_planned(&self) -> bool {
        self.planned.is_some() && self.planned == self.request(true) && self.plan.is_some()
    }

    /// How many runs it would start; none where that is not known.
    pub(crate) fn count(&self) -> Option<usize> {
        let plan = self.plan.as_ref()?.as_ref().ok().filter(|_| self.is_planned())?;
        Some(plan.ticks.iter().filter(|tick| tick.done.is_none()).count())
    }
}

impl App {
    /// Opens the sheet for the workflow in this file, else for the one in view.
    pub(super) fn ask_backfill(&mut self, path: Option<String>, name: Option<String>) {
        self.ask_backfill_of(path, name, None);
    }

    /// The same for the days from one instant to another; none: the last seven.
    pub(super) fn ask_backfill_of(
        &mut self,
        path: Option<String>,
        name: Option<String>,
        span: Option<(Timestamp, Timestamp)>,
    ) {
        let shown = || self.tabs.current().filter(|_| self.place == Place::Editor);
        let Some(path) = path.or_else(|| shown()?.doc.path.clone()) else {
            let help = "open a workflow that is saved in a file".to_owned();
            return self.toasts.fail("there is no workflow to backfill here", Some(help));
        };
        let rows: Vec<_> = self.schedules.of_path(&path).cloned().collect();
        let system = self.schedules.zone();
        let schedules: Vec<(Ident, Tz)> = rows
            .iter()
            .filter(|row| row.kind == StarterKind::Schedule)
            .filter_map(|row| {
                let zone = row.timezone.as_deref().and_then(|zone| zone.parse().ok());
                Some((Ident::new(&row.name).ok()?, zone.unwrap_or(system)))
            })
            .collect();
        if schedules.is_empty() {
            let help = "add a schedule to it and save it".to_owned();
            return self.toasts.fail("this workflow has no schedule in its file", Some(help));
        }
        let title = rows.first().map(|row| row.title.clone().unwrap_or(row.workflow.clone()));
        let chosen = name
            .and_then(|name| schedules.iter().position(|(schedule, _)| schedule.as_str() == name));
        let chosen = chosen.unwrap_or(0);
        let today = self.today();
        let day = |at| days::local(at, schedules[chosen].1).date();
        let (from, to) = match span {
            Some((first, last)) => (day(first), day(last)),
            None => (days::plus(today, -7), days::plus(today, -1)),
        };
        self.sheet = Some(Sheet::Backfill(Box::new(BackfillForm {
            path,
            title: title.unwrap_or_default(),
            schedules,
            chosen,
            from: from.to_string(),
            to: to.to_string(),
            reverse: false,
            skip_done: true,
            parallel: "1".to_owned(),
            plan: None,
            planned: None,
            is_starting: false,
        })));
    }

    /// Asks what the sheet would start, whenever it asks for something else.
    pub(super) fn plan_backfill(&mut self) {
        let Some(Sheet::Backfill(form)) = &mut self.sheet else { return };
        let Some(request) = form.request(true) else { return };
        if form.planned.as_ref() == Some(&request)
            || self.backend.is_asking(|p| *p == Purpose::PlanBackfill)
        {
            return;
        }
        form.planned = Some(request.clone());
        form.plan = None;
        self.backend.ask(request.into_request(), Purpose::PlanBackfill);
    }

    pub(super) fn take_backfill_plan(&mut self, answer: Result<BackfillPlan, ApiError>) {
        if let Some(Sheet::Backfill(form)) = &mut self.sheet {
            form.plan = Some(answer.map_err(|error| (error.message, error.help)));
        }
    }

    pub(super) fn start_backfill(&mut self) {
        let Some(Sheet::Backfill(form)) = &mut self.sheet else { return };
        let Some(request) = form.request(false).filter(|_| !form.is_starting) else { return };
        form.is_starting = true;
        self.backend.ask(request.into_request(), Purpose::Backfill);
    }

    pub(super) fn take_backfill(&mut self, answer: Result<BackfillPlan, ApiError>, time: f64) {
        let form = match &mut self.sheet {
            Some(Sheet::Backfill(form)) => Some(form),
            _ => None,
        };
        match (answer, form) {
            (Ok(plan), form) => {
                if form.is_some() {
                    self.sheet = None;
                }
                let count = plan.ticks.iter().filter(|tick| tick.run.is_some()).count();
                let words = format!("Started {}", crate::words::count(count, "run", "runs"));
                self.toasts.offer(words, ("Show", Command::Go(Place::Runs)), time);
                self.runs.stale = true;
                self.fires.outdated();
            }
            (Err(error), Some(form)) => {
                form.is_starting = false;
                form.plan = Some(Err((error.message, error.help)));
            }
            (Err(error), None) => self.fail(error),
        }
    }
}
