//! The log of a deed: a few lines for people, in the format of processes' logs, without secrets.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use millrace_keeper::log::{LogLimits, LogWriter, Stream};
use millrace_keeper::mask::MaskSet;
use millrace_model::event::LogSummary;

use super::masked;

/// The longest last line that is kept, in characters.
const LINE_CHARS: usize = 400;

/// A log that is being written. Clones write to the same one, from whatever thread.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<Written>>);

struct Written {
    /// None = nobody reads it.
    writer: Option<LogWriter>,
    masks: MaskSet,
    last: String,
    /// What comes now belongs to nothing any more.
    is_over: bool,
}

impl Log {
    pub(crate) fn new(path: PathBuf, limits: LogLimits, masks: MaskSet) -> Self {
        Self::of(Some(LogWriter::new(path, limits)), masks)
    }

    /// One that nobody reads, for what is done again and again.
    pub(crate) fn nowhere() -> Self {
        Self::of(None, MaskSet::new([]))
    }

    fn of(writer: Option<LogWriter>, masks: MaskSet) -> Self {
        let last = String::new();
        Self(Arc::new(Mutex::new(Written { writer, masks, last, is_over: false })))
    }

    /// What happens, as on standard output.
    pub(crate) fn line(&self, text: &str) {
        self.write(Stream::Stdout, text);
    }

    /// What went wrong, as on standard error.
    pub(crate) fn bad(&self, text: &str) {
        self.write(Stream::Stderr, text);
    }

    /// Ends it; what is worth knowing of it.
    pub(crate) fn finish(&self) -> Option<LogSummary> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.is_over = true;
        let writer = log.writer.as_mut()?;
        writer.finish(now_us(), Instant::now());
        let (stdout, stderr) = writer.taken();
        let bytes = stdout + stderr;
        let cut = writer.dropped();
        let last_line = std::mem::take(&mut log.last);
        (bytes > 0).then_some(LogSummary { bytes, cut, last_line })
    }

    fn write(&self, stream: Stream, text: &str) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if log.is_over {
            return;
        }
        let mut text = masked(&log.masks, text);
        if let Some(last) = text.lines().rev().find(|line| !line.trim().is_empty()) {
            log.last = last.chars().take(LINE_CHARS).collect();
        }
        text.push('\n');
        if let Some(writer) = &mut log.writer {
            writer.append(stream, now_us(), Instant::now(), text.as_bytes());
        }
    }
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
