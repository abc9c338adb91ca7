//! A page of a log: the lines that end within a fixed range of bytes.
//!
//! A page is read with some bytes before it, in which the line began that ends first in it. A line without end is broken at
//! fixed places, so that a page has the same lines from wherever it is read.

use millrace_api::log::{LogSlice, LogStream};
use millrace_model::time::Timestamp;

use crate::state::ansi::{Span, Style, spans};

/// Bytes of a page.
pub(super) const PAGE: u64 = 128 * 1024;
/// Read before a page.
pub(super) const CONTEXT: u64 = 8 * 1024;
/// Longer lines are broken at multiples of it.
const BREAK: u64 = 4_096;
/// The end of a character may stand so far behind a break.
const CHARACTER: usize = 4;

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogLine {
    /// When its first byte arrived.
    pub(crate) at: Timestamp,
    /// Where it came from.
    pub(crate) source: LineSource,
    /// What it says.
    pub(crate) spans: Vec<Span>,
    /// The offset of its first byte.
    pub(crate) start: u64,
    /// The offset after its last byte: names the line within the log.
    pub(crate) end: u64,
    /// Its number, counted from 0; none in the log of one stream, in which lines of the other are not counted.
    pub(crate) number: Option<u64>,
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

/// The page in which a byte stands.
pub(super) fn page_of(offset: u64) -> u64 {
    offset / PAGE
}

/// A page as far as it has been loaded.
#[derive(Debug)]
pub(super) struct Page {
    start: u64,
    next: u64,
    lines: Vec<LogLine>,
    /// Lines whose ends have not come yet, as far as they go.
    begun: Vec<LogLine>,
    open: [Partial; 2],
    /// Newlines before `next`; unknown before the first answer.
    newlines: Option<u64>,
}

/// A line of one stream whose end has not come yet.
#[derive(Debug, Default)]
struct Partial {
    at: Option<Timestamp>,
    start: u64,
    bytes: Vec<u8>,
    style: Style,
}

impl Page {
    pub(super) fn new(page: u64) -> Self {
        Self {
            start: page * PAGE,
            next: Self::begins_at(page),
            lines: Vec::new(),
            begun: Vec::new(),
            open: Default::default(),
            newlines: None,
        }
    }

    /// From where a page is read.
    pub(super) fn begins_at(page: u64) -> u64 {
        (page * PAGE).saturating_sub(CONTEXT)
    }

    /// What was taken in ends here.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether there is more of it in a log of so many bytes.
    pub(super) fn lacks(&self, total: u64) -> bool {
        self.next < self.end().min(total)
    }

    /// Its lines, those last that have only begun.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = &LogLine> {
        self.lines.iter().chain(&self.begun)
    }

    pub(super) fn line(&self, index: usize) -> Option<&LogLine> {
        self.lines.get(index).or_else(|| self.begun.get(index - self.lines.len()))
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len() + self.begun.len()
    }

    fn end(&self) -> u64 {
        self.start + PAGE
    }

    /// Takes in what an answer has of it.
    pub(super) fn feed(&mut self, slice: &LogSlice, number_lines: bool) {
        if number_lines && self.newlines.is_none() {
            self.newlines = Some(slice.line);
        }
        for chunk in &slice.chunks {
            if chunk.offset >= self.end() {
                // Nothing is kept between here and there.
                self.next = self.end();
                break;
            }
            let stream = match chunk.stream {
                LogStream::Gap { bytes } => {
                    self.take_gap(chunk.offset, bytes, chunk.at);
                    continue;
                }
                LogStream::Stdout => 0,
                LogStream::Stderr => 1,
            };
            let bytes = chunk.data.as_bytes();
            let after = chunk.offset + bytes.len() as u64;
            if after <= self.next {
                self.count(bytes);
                continue;
            }
            let skip = usize::try_from(self.next.saturating_sub(chunk.offset)).unwrap_or(0);
            self.count(&bytes[..skip]);
            let most = usize::try_from(self.end() - chunk.offset.max(self.next)).unwrap_or(0);
            let bytes = &bytes[skip..];
            let bytes = &bytes[..bytes.len().min(most)];
            let offset = chunk.offset + skip as u64;
            self.take_bytes(stream, offset, chunk.at, bytes);
            self.next = offset + bytes.len() as u64;
        }
        if slice.next >= self.end() || (slice.chunks.is_empty() && slice.next >= slice.total) {
            self.next = self.next.max(self.end().min(slice.next));
        }
    }

    /// Shows what has begun where the log ends here, and nowhere else: further up it is a line of a page below.
    pub(super) fn show_begun(&mut self, total: u64) {
        let streams = if self.next >= total { 0..self.open.len() } else { 0..0 };
        self.begun = streams.filter_map(|stream| self.begun_of(stream)).collect();
    }

    /// Nothing more will come: what has begun is a line.
    pub(super) fn finish(&mut self) {
        self.finish_open(self.next);
        self.begun.clear();
    }

    fn count(&mut self, bytes: &[u8]) {
        if let Some(newlines) = &mut self.newlines {
            *newlines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
    }

    fn take_gap(&mut self, offset: u64, bytes: u64, at: Timestamp) {
        self.finish_open(offset);
        if offset < self.start {
            return;
        }
        let text = format!("… {} are not kept here …", crate::words::bytes(bytes));
        let spans = vec![Span { text, style: Style::default() }];
        let (start, end) = (offset, offset + bytes);
        self.lines.push(LogLine { at, source: LineSource::Note, spans, start, end, number: None });
    }

    fn take_bytes(&mut self, stream: usize, mut offset: u64, at: Timestamp, bytes: &[u8]) {
        for mut rest in bytes.split_inclusive(|byte| *byte == b'\n') {
            while !rest.is_empty() {
                let open = &mut self.open[stream];
                if open.at.is_none() {
                    open.at = Some(at);
                    open.start = offset;
                }
                let (part, after) = rest.split_at(until_break(&open.bytes, offset, rest));
                open.bytes.extend_from_slice(part);
                offset += part.len() as u64;
                rest = after;
                let ends = part.ends_with(b"\n");
                if ends || is_break(&open.bytes, offset) {
                    self.finish_one(stream, offset);
                }
                if ends {
                    self.count(b"\n");
                }
            }
        }
    }

    fn finish_open(&mut self, end: u64) {
        for stream in 0..self.open.len() {
            if !self.open[stream].bytes.is_empty() {
                self.finish_one(stream, end);
            }
        }
    }

    fn finish_one(&mut self, stream: usize, end: u64) {
        let mut style = self.open[stream].style;
        let line = self.line_of(stream, end, &mut style);
        self.open[stream] = Partial { style, ..Partial::default() };
        // What ends before the page is a line of the page before.
        self.lines.extend(line.filter(|line| line.end > self.start));
    }

    fn begun_of(&self, stream: usize) -> Option<LogLine> {
        let mut style = self.open[stream].style;
        self.line_of(stream, self.next, &mut style)
    }

    fn line_of(&self, stream: usize, end: u64, style: &mut Style) -> Option<LogLine> {
        let open = &self.open[stream];
        let (at, start) = (open.at?, open.start);
        let text = String::from_utf8_lossy(&open.bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let spans = spans(text, style);
        let source = if stream == 0 { LineSource::Stdout } else { LineSource::Stderr };
        Some(LogLine { at, source, spans, start, end, number: self.newlines })
    }
}

/// How much of `rest` may be added before it is to be looked whether the line is broken.
fn until_break(line: &[u8], offset: u64, rest: &[u8]) -> usize {
    if may_break(line, offset) {
        return 1;
    }
    usize::try_from(BREAK - offset % BREAK).unwrap_or(1).min(rest.len())
}

/// Whether a line is broken here: at a multiple, or as soon after it as a character ends.
fn is_break(line: &[u8], offset: u64) -> bool {
    let is_last = behind_multiple(offset) + 1 == CHARACTER;
    may_break(line, offset) && (!ends_in_character(line) || is_last)
}

/// Whether this is at a multiple, or shortly after it, where the line was long enough already.
fn may_break(line: &[u8], offset: u64) -> bool {
    let behind = behind_multiple(offset);
    behind < CHARACTER && line.len() + CHARACTER >= BREAK as usize + behind
}

fn behind_multiple(offset: u64) -> usize {
    usize::try_from(offset % BREAK).unwrap_or(usize::MAX)
}

/// Whether the last character has bytes that did not come yet.
fn ends_in_character(line: &[u8]) -> bool {
    let from = line.len().saturating_sub(CHARACTER);
    let tail = &line[from..];
    let Some(lead) = tail.iter().rposition(|byte| byte & 0b1100_0000 != 0b1000_0000) else {
        return false;
    };
    let length = match tail[lead] {
        0b1100_0000..=0b1101_1111 => 2,
        0b1110_0000..=0b1110_1111 => 3,
        0b1111_0000..=0b1111_0111 => 4,
        _ => 1,
    };
    tail.len() - lead < length
}
