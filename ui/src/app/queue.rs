//! What runs and what waits, as the window knows it: asked for when events say that it may be another by now.

use std::collections::BTreeSet;

use millrace_api::queue::{MoveRun, Queue, QueuePlace, ReadQueue};
use millrace_api::run::{CancelRun, Done};
use millrace_api::{ApiError, Command as _};
use millrace_model::event::{RunEvent, RunEventKind};
use millrace_model::ids::RunId;

use super::setting::SettingsPage;
use super::{App, Purpose};
use crate::command::{Place, QueueCommand};

/// Seconds between two questions while tasks come and go.
const AGAIN_SECS: f64 = 0.5;

/// What is known of the queue.
#[derive(Debug, Default)]
pub(crate) struct QueueShown {
    /// As last answered.
    pub(crate) queue: Option<Queue>,
    /// Why there is no answer.
    pub(crate) error: Option<String>,
    /// The run that is dragged to another place.
    pub(crate) dragged: Option<RunId>,
    /// Runs that were asked to stop.
    pub(crate) stopping: BTreeSet<RunId>,
    is_fresh: bool,
    asked_at: f64,
    /// Runs came, went or changed places: that is asked at once.
    is_urgent: bool,
}

impl QueueShown {
    /// It may be another one by now.
    pub(super) fn outdated(&mut self) {
        self.is_fresh = false;
        self.is_urgent = true;
    }

    /// Takes in an event.
    pub(super) fn apply(&mut self, event: &RunEvent) {
        self.is_fresh = false;
        match event.kind {
            RunEventKind::RunEnded { .. } => {
                self.stopping.remove(&event.run);
                self.is_urgent = true;
            }
            RunEventKind::RunQueued(_)
            | RunEventKind::RunStarted
            | RunEventKind::RunMoved { .. }
            | RunEventKind::RunPaused { .. }
            | RunEventKind::RunResumed { .. }
            | RunEventKind::Reopened { .. } => self.is_urgent = true,
            _ => {}
        }
    }

    /// What was moved is shown there while the daemon is asked.
    fn put(&mut self, run: RunId, to: QueuePlace) {
        let Some(runs) = self.queue.as_mut().map(|queue| &mut queue.runs) else { return };
        let Some(from) = runs.iter().position(|it| it.row.run == run) else { return };
        let moved = runs.remove(from);
        let at = match to {
            QueuePlace::First => 0,
            QueuePlace::Last => runs.len(),
            QueuePlace::Before(next) => {
                runs.iter().position(|it| it.row.run == next).unwrap_or(from)
            }
        };
        runs.insert(at, moved);
    }
}

impl App {
    pub(super) fn apply_to_queue(&mut self, command: QueueCommand) {
        match command {
            QueueCommand::Move { run, to } => {
                self.queue_shown.put(run, to);
                self.backend.ask(MoveRun { run, to }.into_request(), Purpose::Moving);
            }
            QueueCommand::Cancel(run) => {
                let kill = !self.queue_shown.stopping.insert(run);
                self.backend.ask(CancelRun { run, kill }.into_request(), Purpose::Cancel(run));
            }
        }
    }

    /// Asks for it where it is shown and may be another one. Gives the seconds until it is asked.
    pub(super) fn ask_queue(&mut self, time: f64) -> Option<f64> {
        let queue = &mut self.queue_shown;
        let is_asking = self.backend.is_asking(|p| *p == Purpose::Queue);
        let is_shown = match self.place {
            Place::Runs => true,
            Place::Settings => self.setting.page == SettingsPage::Pools,
            _ => false,
        };
        if !is_shown || queue.is_fresh || is_asking {
            return None;
        }
        let due = queue.asked_at + AGAIN_SECS - time;
        if !queue.is_urgent && due > 0.0 {
            return Some(due);
        }
        (queue.is_fresh, queue.is_urgent, queue.asked_at) = (true, false, time);
        self.backend.ask(ReadQueue {}.into_request(), Purpose::Queue);
        None
    }

    pub(super) fn take_queue(&mut self, answer: Result<Queue, ApiError>) {
        let queue = &mut self.queue_shown;
        match answer {
            Ok(answer) => (queue.queue, queue.error) = (Some(answer), None),
            Err(error) => queue.error = Some(error.message),
        }
    }

    pub(super) fn take_moving(&mut self, answer: Result<Done, ApiError>) {
        if let Err(error) = answer {
            self.fail(error);
        }
        self.queue_shown.outdated();
    }
}
