//! Why a schedule cannot be understood.

/// What is wrong with a schedule, and at which of its keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScheduleError {
    /// `cron`, `every`, `at`, `timezone`, `start` or `end`.
    pub key: &'static str,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl ScheduleError {
    pub(super) fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
