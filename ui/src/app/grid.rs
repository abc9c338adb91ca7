//! How a workflow fares: what is asked for, and what a click on a cell does.

use millrace_api::grid::{Grid, WorkflowGrid};
use millrace_api::{ApiError, Code, Command as _};
use millrace_model::event::RunEvent;
use millrace_model::ids::{RunId, TaskKey};

use super::{App, Purpose};
use crate::command::{GridCommand, GridTab, Place};
use crate::state::{DURATION_RUNS, Durations, GridView, HeatView};

use super::heat::HeatShown;

/// Seconds between two questions while runs come and end all the time.
const AGAIN_SECS: f64 = 0.4;

/// The place of one workflow.
#[derive(Debug, Default)]
pub(crate) struct GridShown {
    /// What of it is in view.
    pub(crate) tab: GridTab,
    /// Its days.
    pub(crate) heat: HeatShown,
    /// What its runs and their tasks took.
    pub(crate) durations: Durations,
    /// So many of the runs that are measured are in view.
    pub(crate) durations_shown: f64,
    /// All of them are to be brought into view.
    pub(crate) fits_durations: bool,
    /// Its runs beside each other.
    pub(crate) view: GridView,
    /// How far the newest run lies beyond the right side.
    pub(crate) from_newest: f32,
    /// The width of all columns when they were drawn last.
    pub(crate) width: f32,
    /// The oldest known run was in view in the last frame.
    pub(crate) sees_oldest: bool,
    /// What the menu is about.
    pub(crate) menu_of: Option<crate::state::GridCell>,
    /// The cursor was moved: bring it into view.
    pub(crate) follow_cursor: bool,
    /// Counts workflows, so that no answer about another one is taken.
    pub(super) generation: u64,
    asked_at: f64,
}

impl GridShown {
    /// Any of it may be something else by now.
    pub(super) fn outdated(&mut self) {
        self.view.outdated();
        self.heat.view.outdated();
    }

    /// Takes in an event.
    pub(super) fn apply(&mut self, event: &RunEvent) {
        self.view.apply(event);
        self.heat.view.apply(event);
    }

    /// What people call the workflow.
    pub(crate) fn title(&self) -> &str {
        let title = self.view.title.as_ref().or(self.heat.view.title.as_ref());
        title.unwrap_or(&self.view.workflow)
    }
}

impl App {
    pub(super) fn apply_to_grid(&mut self, command: GridCommand) {
        match command {
            GridCommand::Of(workflow, id) => {
                let shown = &self.grid.view;
                if (&shown.workflow, shown.workflow_id) != (&workflow, id) {
                    let (by, measured) = (self.grid.heat.view.by, self.grid.durations.by);
                    self.grid = GridShown {
                        tab: self.grid.tab,
                        heat: HeatShown::of(HeatView::of(workflow.clone(), id, by)),
                        durations: Durations::by(measured),
                        view: GridView::of(workflow, id),
                        generation: self.grid.generation + 1,
                        asked_at: f64::NEG_INFINITY,
                        ..GridShown::default()
                    };
                } else {
                    self.grid.outdated();
                }
                self.place = Place::Workflow;
            }
            GridCommand::Show(tab) => {
                if !self.grid.view.workflow.is_empty() {
                    self.grid.tab = tab;
                    self.place = Place::Workflow;
                }
            }
            GridCommand::Measure(by) => {
                self.grid.durations.by = by;
                self.apply_to_grid(GridCommand::Show(GridTab::Durations));
            }
            GridCommand::Compare(runs, task) => {
                self.show_two_runs(runs);
                if let Some(shown) = &mut self.two_runs {
                    shown.first = task;
                }
            }
            GridCommand::Fit => self.grid.fits_durations = true,
            GridCommand::Hide(task) => self.grid.durations.toggle(task),
            GridCommand::ColorBy(by) => self.grid.heat.view.by = by,
            GridCommand::OpenDay(day) => self.show_runs_of_day(day),
            GridCommand::Open(run, task) => {
                self.show_run(run);
                if let Some(shown) = &mut self.run {
                    // What failed is not what was asked for.
                    shown.watch.jumped = true;
                    shown.watch.reveal_next = Some(task.clone());
                }
                self.open_log(TaskKey::plain(task), None);
            }
        }
    }

    /// Asks for what is in view and not known. Gives the seconds until it is asked.
    pub(super) fn ask_grid(&mut self, time: f64) -> Option<f64> {
        if self.place != Place::Workflow
            || self.grid.tab == GridTab::Calendar
            || self.backend.is_asking(|p| matches!(p, Purpose::Grid(..)))
        {
            return None;
        }
        let grid = &mut self.grid;
        let due = grid.asked_at + AGAIN_SECS - time;
        let wants_more = match grid.tab {
            GridTab::Durations => grid.view.runs.len() < DURATION_RUNS,
            _ => grid.sees_oldest,
        };
        let Some(question) = grid.view.question(wants_more, due <= 0.0) else {
            return grid.view.is_stale().then_some(due);
        };
        grid.view.asked(&question);
        grid.asked_at = time;
        let purpose = Purpose::Grid(grid.generation, question.before);
        self.backend.ask(WorkflowGrid::into_request(question), purpose);
        None
    }

    pub(super) fn take_grid(
        &mut self,
        generation: u64,
        before: Option<RunId>,
        answer: Result<Grid, ApiError>,
    ) {
        if generation != self.grid.generation {
            return;
        }
        let view = &mut self.grid.view;
        match answer {
            Ok(grid) => view.take(before, grid),
            Err(error) if error.code == Code::NotFound => view.take_nothing(before),
            Err(error) => view.error = Some(error.message),
        }
    }
}
