//! The log of a request: a few lines for people, in the format of processes' logs, without secrets.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use millrace_keeper::log::{LogWriter, Stream};
use millrace_keeper::mask::MaskSet;
use millrace_model::event::LogSummary;

use super::{Job, masked};

/// The longest last line that is kept, in characters.
const LINE_CHARS: usize = 400;

/// A log that is being written.
pub(super) struct Log {
    writer: LogWriter,
    masks: MaskSet,
    last: String,
}

impl Log {
    pub(super) fn new(job: &Job) -> Self {
        let (path, limits) = &job.log;
        let writer = LogWriter::new(path.clone(), *limits);
        Self { writer, masks: job.masks.clone(), last: String::new() }
    }

    /// What happens, as on standard output.
    pub(super) fn line(&mut self, text: &str) {
        self.write(Stream::Stdout, text);
    }

    /// What went wrong, as on standard error.
    pub(super) fn bad(&mut self, text: &str) {
        self.write(Stream::Stderr, text);
    }

    /// Ends it; what is worth knowing of it.
    pub(super) fn finish(mut self) -> Option<LogSummary> {
        self.writer.finish(now_us(), Instant::now());
        let (stdout, stderr) = self.writer.taken();
        let bytes = stdout + stderr;
        let cut = self.writer.dropped();
        (bytes > 0).then_some(LogSummary { bytes, cut, last_line: self.last })
    }

    fn write(&mut self, stream: Stream, text: &str) {
        let mut text = masked(&self.masks, text);
        if let Some(last) = text.lines().rev().find(|line| !line.trim().is_empty()) {
            self.last = last.chars().take(LINE_CHARS).collect();
        }
        text.push('\n');
        self.writer.append(stream, now_us(), Instant::now(), text.as_bytes());
    }
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
