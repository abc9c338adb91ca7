//! How a workflow fares: what is asked for, and what a click on a cell does.

use millrace_api::grid::{Grid, WorkflowGrid};
use millrace_api::{ApiError, Code, Command as _};
use millrace_model::ids::{RunId, TaskKey};

use super::{App, Purpose};
use crate::command::{GridCommand, Place};
use crate::state::GridView;

/// Seconds between two questions while runs come and end all the time.
const AGAIN_SECS: f64 = 0.4;

/// The place of one workflow.
#[derive(Debug, Default)]
pub(crate) struct GridShown {
    pub(crate) view: GridView,
    /// How far the newest run lies beyond the right side.
    pub(crate) from_newest: f32,
    /// The width of all columns when they were drawn last.
    pub(crate) width: f32,
    /// The oldest known run was in view in the last frame.
    pub(crate) sees_oldest: bool,
    /// The cursor was moved: bring it into view.
    pub(crate) follow_cursor: bool,
    /// Counts workflows, so that no answer about another one is taken.
    generation: u64,
    asked_at: f64,
}

impl App {
    pub(super) fn apply_to_grid(&mut self, command: GridCommand) {
        match command {
            GridCommand::Of(workflow, id) => {
                let shown = &self.grid.view;
                if (&shown.workflow, shown.workflow_id) != (&workflow, id) {
                    self.grid = GridShown {
                        view: GridView::of(workflow, id),
                        generation: self.grid.generation + 1,
                        asked_at: f64::NEG_INFINITY,
                        ..GridShown::default()
                    };
                } else {
                    self.grid.view.outdated();
                }
                self.place = Place::Workflow;
            }
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
            || self.backend.is_asking(|p| matches!(p, Purpose::Grid(..)))
        {
            return None;
        }
        let grid = &mut self.grid;
        let due = grid.asked_at + AGAIN_SECS - time;
        let Some(question) = grid.view.question(grid.sees_oldest, due <= 0.0) else {
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
