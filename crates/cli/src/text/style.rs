//! Colours and icons. A colour never stands alone: the word or the icon says the same.

use anstyle::{AnsiColor, Style as Ansi};

use millrace_model::event::{RunState, TaskState};

/// What an output can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Colours are wanted.
    pub(crate) color: bool,
    /// Icons before words are wanted: a person reads it.
    pub(crate) icons: bool,
    /// Characters beyond ASCII can be shown.
    pub(crate) unicode: bool,
}

impl Style {
    /// Bare text, as in a file.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { color: false, icons: false, unicode: true };

    fn paint(self, ansi: Ansi, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{ansi}{text}{ansi:#}")
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }

    pub(crate) fn error(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    pub(crate) fn warning(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(crate) fn help(self, text: &str) -> String {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    /// `text` in the colour of a task's state.
    pub(crate) fn task(self, state: TaskState, text: &str) -> String {
        self.paint(task_color(state), text)
    }

    /// `text` in the colour of a run's state.
    pub(crate) fn run(self, state: RunState, text: &str) -> String {
        self.paint(task_color(run_as_task(state)), text)
    }

    /// The icon of a task's state: one column wide.
    pub(crate) fn task_icon(self, state: TaskState) -> &'static str {
        let (unicode, ascii) = match state {
            TaskState::Pending => ("·", "."),
            TaskState::Queued => ("○", "o"),
            TaskState::Running => ("●", ">"),
            TaskState::Waiting => ("◷", "w"),
            TaskState::UpForRetry => ("↻", "r"),
            TaskState::Succeeded => ("✓", "+"),
            TaskState::Failed => ("✗", "x"),
            TaskState::Error => ("‼", "!"),
            TaskState::Skipped => ("–", "-"),
            TaskState::UpstreamFailed => ("⊘", "u"),
            TaskState::Canceled => ("■", "c"),
        };
        if self.unicode { unicode } else { ascii }
    }

    /// The icon of a run's state: one column wide.
    pub(crate) fn run_icon(self, state: RunState) -> &'static str {
        match state {
            RunState::Paused if self.unicode => "‖",
            RunState::Paused => "=",
            other => self.task_icon(run_as_task(other)),
        }
    }

    /// A run's state with its icon, where icons are wanted.
    pub(crate) fn run_state(self, state: RunState) -> String {
        let text = match self.icons {
            true => format!("{} {state}", self.run_icon(state)),
            false => state.to_string(),
        };
        self.run(state, &text)
    }

    /// A task's state with its icon, where icons are wanted.
    pub(crate) fn task_state(self, state: TaskState) -> String {
        let text = match self.icons {
            true => format!("{} {}", self.task_icon(state), state.label()),
            false => state.to_string(),
        };
        self.task(state, &text)
    }

    /// The sign that something was left out.
    pub(crate) fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

fn run_as_task(state: RunState) -> TaskState {
    match state {
        RunState::Queued => TaskState::Queued,
        RunState::Running => TaskState::Running,
        RunState::Paused => TaskState::Waiting,
        RunState::Succeeded => TaskState::Succeeded,
        RunState::Failed => TaskState::Failed,
        RunState::Canceled => TaskState::Canceled,
    }
}

fn task_color(state: TaskState) -> Ansi {
    match state {
        TaskState::Pending | TaskState::Queued => Ansi::new().dimmed(),
        TaskState::Running => AnsiColor::Blue.on_default(),
        TaskState::Waiting => AnsiColor::Magenta.on_default(),
        TaskState::UpForRetry => AnsiColor::Yellow.on_default(),
        TaskState::Succeeded => AnsiColor::Green.on_default(),
        TaskState::Failed | TaskState::Error => AnsiColor::Red.on_default().bold(),
        TaskState::UpstreamFailed => AnsiColor::Red.on_default(),
        TaskState::Skipped | TaskState::Canceled => AnsiColor::BrightBlack.on_default(),
    }
}
