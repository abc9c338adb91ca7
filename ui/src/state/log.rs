//! The log of an attempt as far as it has been loaded: chunks of bytes become lines.
//!
//! It asks for ranges and takes slices in; it does not know who answers.

use millrace_api::ApiError;
use millrace_api::log::{LogFrom, LogSlice, LogStream, ReadLog};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::ansi::{Span, Style, spans};

/// Asked for at once.
const RANGE: u32 = 256 * 1024;
/// So many lines are kept; older ones are loaded again when asked for.
const MOST_LINES: usize = 200_000;
/// A line is broken here, so that one without end stays readable.
const LONGEST_LINE: usize = 4_096;

/// Which log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogKey {
    pub(crate) run: RunId,
    pub(crate) task: TaskKey,
    /// The attempt's number; none = the last.
    pub(crate) number: Option<u32>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogLine {
    /// When its first byte arrived.
    pub(crate) at: Timestamp,
    /// Where it came from.
    pub(crate) source: LineSource,
    /// What it says.
    pub(crate) spans: Vec<Span>,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineSource {
    Stdout,
    Stderr,
    /// Not printed by the task: bytes are missing here.
    Note,
}

impl LogLine {
    /// What it says, without style.
    pub(crate) fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// A log as far as it has been loaded.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) key: LogKey,
    /// The attempt that was answered for.
    pub(crate) number: Option<u32>,
    pub(crate) lines: Vec<LogLine>,
    /// So many bytes before the first line have not been loaded.
    pub(crate) before: u64,
    /// Bytes that were printed so far.
    pub(crate) total: u64,
    /// Nothing will be added.
    pub(crate) complete: bool,
    /// It has answered at least once.
    pub(crate) loaded: bool,
    /// Why it could not be read.
    pub(crate) error: Option<ApiError>,
    next: u64,
    open: [Partial; 2],
}

/// A line of one stream whose end has not come yet.
#[derive(Debug, Default)]
struct Partial {
    at: Option<Timestamp>,
    bytes: Vec<u8>,
    style: Style,
}

impl Log {
    pub(crate) fn new(key: LogKey) -> Self {
        Self {
            key,
            number: None,
            lines: Vec::new(),
            before: 0,
            total: 0,
            complete: false,
            loaded: false,
            error: None,
            next: 0,
            open: Default::default(),
        }
    }

    /// What to ask for next.
    pub(crate) fn request(&self) -> ReadLog {
        let from = if self.loaded {
            LogFrom::Offset(self.next)
        } else {
            LogFrom::LastBytes(u64::from(RANGE))
        };
        ReadLog {
            run: self.key.run,
            task: self.key.task.clone(),
            number: self.number.or(self.key.number),
            from,
            max_bytes: RANGE,
        }
    }

    /// What to ask for to see what was printed before the first line; start over with the answer.
    pub(crate) fn request_earlier(&self) -> ReadLog {
        let from = LogFrom::Offset(self.before.saturating_sub(u64::from(RANGE) * 3));
        ReadLog { from, max_bytes: RANGE * 4, ..self.request() }
    }

    /// Forgets what was loaded, so that a slice from further up can be taken in.
    pub(crate) fn start_over(&mut self) {
        *self = Self { number: self.number, ..Self::new(self.key.clone()) };
    }

    /// Whether all that was printed so far has been taken in.
    pub(crate) fn is_at_end(&self) -> bool {
        self.loaded && self.next >= self.total
    }

    /// Takes in an answer.
    pub(crate) fn take(&mut self, slice: LogSlice) {
        if !self.loaded {
            self.before = slice.chunks.first().map_or(0, |chunk| chunk.offset);
        }
        let expected = if self.loaded { self.next } else { self.before };
        self.loaded = true;
        self.error = None;
        self.number = Some(slice.number);
        for chunk in slice.chunks {
            if chunk.offset < expected {
                continue;
            }
            match chunk.stream {
                LogStream::Gap { bytes } => {
                    self.finish_open();
                    let text = format!("… {} are not kept here …", crate::words::bytes(bytes));
                    let spans = vec![Span { text, style: Style::default() }];
                    self.lines.push(LogLine { at: chunk.at, source: LineSource::Note, spans });
                }
                LogStream::Stdout => self.feed(0, chunk.at, chunk.data.as_bytes()),
                LogStream::Stderr => self.feed(1, chunk.at, chunk.data.as_bytes()),
            }
        }
        self.next = slice.next;
        self.total = slice.total;
        self.complete = slice.complete;
        if self.complete && self.is_at_end() {
            self.finish_open();
        }
        if self.lines.len() > MOST_LINES {
            let surplus = self.lines.len() - MOST_LINES;
            self.lines.drain(..surplus);
            self.before = self.before.max(1);
        }
    }

    fn feed(&mut self, stream: usize, at: Timestamp, bytes: &[u8]) {
        for mut rest in bytes.split_inclusive(|byte| *byte == b'\n') {
            while !rest.is_empty() {
                let open = &mut self.open[stream];
                open.at.get_or_insert(at);
                let room = LONGEST_LINE - open.bytes.len().min(LONGEST_LINE - 1);
                let (part, after) = rest.split_at(room.min(rest.len()));
                open.bytes.extend_from_slice(part);
                rest = after;
                if part.ends_with(b"\n") || open.bytes.len() >= LONGEST_LINE {
                    self.finish(stream);
                }
            }
        }
    }

    fn finish_open(&mut self) {
        for stream in 0..self.open.len() {
            if !self.open[stream].bytes.is_empty() {
                self.finish(stream);
            }
        }
    }

    fn finish(&mut self, stream: usize) {
        let open = &mut self.open[stream];
        let bytes = std::mem::take(&mut open.bytes);
        let Some(at) = open.at.take() else { return };
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let spans = spans(text, &mut open.style);
        let source = if stream == 0 { LineSource::Stdout } else { LineSource::Stderr };
        self.lines.push(LogLine { at, source, spans });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::log::{LogChunk, LogData};
    use millrace_model::ident::Ident;

    fn log() -> Log {
        let task = TaskKey::plain(Ident::new("a").unwrap());
        Log::new(LogKey { run: RunId(1), task, number: None })
    }

    fn slice(chunks: &[(u64, LogStream, &str)], total: u64, complete: bool) -> LogSlice {
        let end = chunks.last().map_or(total, |(at, _, text)| at + text.len() as u64);
        LogSlice {
            number: 1,
            chunks: chunks
                .iter()
                .map(|(offset, stream, text)| LogChunk {
                    offset: *offset,
                    at: Timestamp(*offset as i64),
                    stream: *stream,
                    data: LogData::Text((*text).to_owned()),
                })
                .collect(),
            next: end,
            total,
            complete,
        }
    }

    fn texts(log: &Log) -> Vec<String> {
        log.lines.iter().map(LogLine::text).collect()
    }

    #[test]
    fn lines_are_joined_over_chunks_and_streams_kept_apart() {
        let mut log = log();
        log.take(slice(
            &[(0, LogStream::Stdout, "one\ntw"), (6, LogStream::Stderr, "bad\n")],
            10,
            false,
        ));
        assert_eq!(texts(&log), ["one", "bad"]);
        assert!(matches!(log.request().from, LogFrom::Offset(10)));
        log.take(slice(&[(10, LogStream::Stdout, "o\nrest")], 16, true));
        assert_eq!(texts(&log), ["one", "bad", "two", "rest"]);
        assert_eq!(log.lines[1].source, LineSource::Stderr);
        assert_eq!(log.lines[2].at, Timestamp(0));
        assert!(log.complete && log.is_at_end());
    }

    #[test]
    fn what_was_taken_in_is_not_taken_in_twice() {
        let mut log = log();
        log.take(slice(&[(0, LogStream::Stdout, "one\n")], 4, false));
        log.take(slice(
            &[(0, LogStream::Stdout, "one\n"), (4, LogStream::Stdout, "two\n")],
            8,
            true,
        ));
        assert_eq!(texts(&log), ["one", "two"]);
    }

    #[test]
    fn a_line_without_end_and_bytes_that_are_no_text_are_shown() {
        let mut log = log();
        let long = "x".repeat(LONGEST_LINE * 2 + 5);
        log.take(slice(&[(0, LogStream::Stdout, &long)], long.len() as u64, true));
        assert_eq!(log.lines.len(), 3);
        let mut log = self::log();
        let mut bad = slice(&[(0, LogStream::Stdout, "")], 2, true);
        bad.chunks[0].data = LogData::Bytes(vec![0xff, b'\n']);
        log.take(bad);
        assert_eq!(texts(&log), ["\u{fffd}"]);
    }
}
