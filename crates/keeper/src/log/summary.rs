//! How much output there was, and how much of it the file no longer holds.

use super::format::{Counts, Stream};

/// Bytes by stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamBytes {
    /// Where the missing bytes begin, as offset in the whole output.
    pub offset: u64,
    /// Bytes of standard output before that place.
    pub stdout_before: u64,
    /// Bytes of standard output.
    pub stdout: u64,
    /// Bytes of standard error.
    pub stderr: u64,
    /// Newlines among them.
    pub lines: u64,
}

/// A log at a glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogSummary {
    /// Bytes that the task wrote, both streams: one past the last valid offset.
    pub total_bytes: u64,
    /// Of these, standard output.
    pub stdout_bytes: u64,
    /// Of these, standard error.
    pub stderr_bytes: u64,
    /// Newlines in the whole output.
    pub lines: u64,
    /// Wall time of the last record, Unix microseconds; 0 when there is none.
    pub last_at_us: u64,
    /// What was left out between beginning and end, if anything.
    pub cut: Option<StreamBytes>,
}

impl LogSummary {
    /// Bytes of one stream, or of both.
    #[must_use]
    pub fn bytes_of(&self, only: Option<Stream>) -> u64 {
        match only {
            None => self.total_bytes,
            Some(Stream::Stdout) => self.stdout_bytes,
            Some(Stream::Stderr) => self.stderr_bytes,
        }
    }
}

impl StreamBytes {
    /// Where bytes of one stream, or of both, are missing: from where in it, and how many.
    #[must_use]
    pub fn place_of(&self, only: Option<Stream>) -> (u64, u64) {
        match only {
            None => (self.offset, self.stdout.saturating_add(self.stderr)),
            Some(Stream::Stdout) => (self.stdout_before, self.stdout),
            Some(Stream::Stderr) => (self.offset.saturating_sub(self.stdout_before), self.stderr),
        }
    }

    pub(super) fn new(at: Counts, missing: Counts) -> Self {
        Self {
            offset: at.offset(),
            stdout_before: at.stdout,
            stdout: missing.stdout,
            stderr: missing.stderr,
            lines: missing.lines,
        }
    }
}
