//! What each state of a task or a run looks like: colour, icon and word together.

use egui::Color32;
use millrace_model::event::{RunState, TaskState};

use super::Palette;
use super::icons::fill;

/// How a state is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Its colour.
    pub(crate) color: Color32,
    /// Its icon, a glyph of the filled family.
    pub(crate) icon: &'static str,
    /// Its word.
    pub(crate) word: &'static str,
}

/// How a task's state is shown.
pub(crate) fn task_look(p: &Palette, state: TaskState) -> Look {
    let (color, icon) = match state {
        TaskState::Pending => (p.idle, fill::CIRCLE),
        TaskState::Queued => (p.idle, fill::CLOCK),
        TaskState::Running => (p.run, fill::CIRCLE_HALF),
        TaskState::Waiting => (p.waiting, fill::HOURGLASS_MEDIUM),
        TaskState::UpForRetry => (p.retry, fill::ARROW_CLOCKWISE),
        TaskState::Succeeded => (p.ok, fill::CHECK_CIRCLE),
        TaskState::Failed => (p.bad, fill::X_CIRCLE),
        TaskState::Error => (p.bad, fill::WARNING_CIRCLE),
        TaskState::Skipped => (p.idle, fill::MINUS_CIRCLE),
        TaskState::UpstreamFailed => (p.bad_dim, fill::PROHIBIT),
        TaskState::Canceled => (p.canceled, fill::STOP),
    };
    Look { color, icon, word: state.label() }
}

/// How a run's state is shown.
pub(crate) fn run_look(p: &Palette, state: RunState) -> Look {
    let (color, icon, word) = match state {
        RunState::Queued => (p.idle, fill::CLOCK, "queued"),
        RunState::Running => (p.run, fill::CIRCLE_HALF, "running"),
        RunState::Paused => (p.waiting, fill::PAUSE_CIRCLE, "paused"),
        RunState::Succeeded => (p.ok, fill::CHECK_CIRCLE, "succeeded"),
        RunState::Failed => (p.bad, fill::X_CIRCLE, "failed"),
        RunState::Canceled => (p.canceled, fill::STOP, "cancelled"),
    };
    Look { color, icon, word }
}
