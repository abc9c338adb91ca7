//! Lines of a log that match: a bounded part of the log at a time, so that nobody waits long and all can be stopped.

use std::io;

use millrace_api::log::{FoundLine, FoundLines, Output, SearchLog};
use millrace_api::{ApiError, Code};
use millrace_exec::RunDir;
use millrace_keeper::log::{LogChunk, LogReader, Stream};
use millrace_model::event::Run;
use regex::bytes::{Regex, RegexBuilder};

use super::{MAX_PART, attempt_log, stream_of};

/// Looked at for one answer, in bytes.
const PER_ANSWER: u64 = 32 << 20;
/// The most lines of one answer.
const MOST: u32 = 1_000;
/// A longer line is looked at in pieces of this size.
const LONGEST_LINE: usize = 64 << 10;
/// The most that a compiled pattern may take, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// Looks for lines. Blocks on the file.
///
/// # Errors
/// `InvalidRequest` where the pattern is none; those of [`read`](super::read).
pub(crate) fn search(dir: &RunDir, run: &Run, request: &SearchLog) -> Result<FoundLines, ApiError> {
    let pattern = compile(request)?;
    let log = attempt_log(dir, run, &request.log)?;
    let look = || -> io::Result<FoundLines> {
        match log.open()? {
            Some(reader) => look_through(&reader, &pattern, request),
            None => Ok(FoundLines { lines: Vec::new(), next: 0, total: 0 }),
        }
    };
    look().map_err(|error| log.unreadable(&error))
}

fn compile(request: &SearchLog) -> Result<Regex, ApiError> {
    RegexBuilder::new(&request.pattern)
        .case_insensitive(!request.match_case)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES * 4)
        .build()
        .map_err(|error| {
            let message = match &error {
                regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
                other => format!("the pattern is not a regular expression: {other}"),
            };
            ApiError::new(Code::InvalidRequest, message)
        })
}

/// A line whose end has not come yet.
#[derive(Debug, Default)]
struct Open {
    bytes: Vec<u8>,
    /// Of its first byte.
    offset: u64,
}

struct Search<'a> {
    pattern: &'a Regex,
    limit: usize,
    found: Vec<FoundLine>,
    /// Where it is full, what follows was not looked at.
    next: u64,
    open: [Open; 2],
}

fn look_through(
    reader: &LogReader,
    pattern: &Regex,
    request: &SearchLog,
) -> io::Result<FoundLines> {
    let only = request.log.only.map(stream_of);
    let total = reader.summary()?.bytes_of(only);
    let limit = request.limit.clamp(1, MOST) as usize;
    let mut search =
        Search { pattern, limit, found: Vec::new(), next: request.from, open: Default::default() };
    let (mut at, mut line) = (request.from, 0);
    while at - request.from < PER_ANSWER {
        let chunks = reader.read_range_of(only, at, MAX_PART as usize)?;
        let Some(last) = chunks.last() else { break };
        at = last.offset + last.bytes.len() as u64;
        for chunk in &chunks {
            line = search.take(chunk, request.from);
            if search.is_full() {
                return Ok(FoundLines { lines: search.found, next: search.next, total });
            }
        }
    }
    if at >= total {
        search.end_open(line);
        search.next = total;
    } else {
        search.cut(request.from, at, line);
    }
    Ok(FoundLines { lines: search.found, next: search.next, total })
}

impl Search<'_> {
    fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// Looks at what ends in this chunk; gives the number of the line that its last byte stands in.
    fn take(&mut self, chunk: &LogChunk, from: u64) -> u64 {
        let (mut line, mut offset) = (chunk.line, chunk.offset);
        let stream = chunk.stream as usize;
        for part in chunk.bytes.split_inclusive(|byte| *byte == b'\n') {
            let open = &mut self.open[stream];
            if open.bytes.is_empty() {
                open.offset = offset;
            }
            open.bytes.extend_from_slice(part);
            offset += part.len() as u64;
            let ends = part.ends_with(b"\n");
            if ends || open.bytes.len() >= LONGEST_LINE {
                self.end(chunk.stream, line);
                if self.is_full() {
                    self.cut(from, offset, line);
                    return line;
                }
            }
            line += u64::from(ends);
        }
        line
    }

    /// The next answer goes on here; where it can, before a line that has begun, so that it is looked at whole.
    fn cut(&mut self, from: u64, at: u64, line: u64) {
        let begun = self.open.iter().filter(|open| !open.bytes.is_empty());
        let begun = begun.map(|open| open.offset).min().unwrap_or(at);
        if begun > from && self.found.iter().all(|found| found.offset < begun) {
            self.next = begun;
        } else {
            self.end_open(line);
            self.next = at;
        }
    }

    fn end_open(&mut self, line: u64) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            if !self.open[stream as usize].bytes.is_empty() {
                self.end(stream, line);
            }
        }
    }

    fn end(&mut self, stream: Stream, line: u64) {
        let open = std::mem::take(&mut self.open[stream as usize]);
        let text = open.bytes.strip_suffix(b"\n").unwrap_or(&open.bytes);
        let at = if text.contains(&0x1b) {
            let shown = anstream::adapter::strip_bytes(text).into_vec();
            self.pattern.is_match(&shown).then_some(0)
        } else {
            self.pattern.find(text).map(|found| found.start() as u64)
        };
        if let Some(at) = at {
            let stream = match stream {
                Stream::Stdout => Output::Stdout,
                Stream::Stderr => Output::Stderr,
            };
            self.found.push(FoundLine { offset: open.offset + at, line, stream });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use millrace_api::log::LogName;
    use millrace_keeper::log::{LogLimits, LogWriter};
    use millrace_model::ident::Ident;
    use millrace_model::ids::{RunId, TaskKey};

    use super::*;

    fn request(pattern: &str, from: u64, limit: u32) -> SearchLog {
        SearchLog {
            log: LogName::last(RunId(1), TaskKey::plain(Ident::new("a").unwrap())),
            pattern: pattern.to_owned(),
            match_case: false,
            from,
            limit,
        }
    }

    fn log(chunks: &[(Stream, &[u8])]) -> (tempfile::TempDir, LogReader) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        let mut writer = LogWriter::new(path.clone(), LogLimits::default());
        for (at, (stream, bytes)) in chunks.iter().enumerate() {
            writer.append(*stream, at as u64, Instant::now(), bytes);
        }
        let reader = LogReader::open(&path).unwrap();
        (dir, reader)
    }

    fn found(reader: &LogReader, request: &SearchLog) -> FoundLines {
        look_through(reader, &compile(request).unwrap(), request).unwrap()
    }

    #[test]
    fn lines_are_joined_over_chunks_and_streams_kept_apart() {
        let (_dir, reader) = log(&[
            (Stream::Stdout, b"one\nER"),
            (Stream::Stderr, b"bad \x1b[31merr\x1b[0mor\n"),
            (Stream::Stdout, b"ROR two\nlast error"),
        ]);
        let all = found(&reader, &request("error", 0, 100));
        let lines: Vec<_> =
            all.lines.iter().map(|line| (line.offset, line.line, line.stream)).collect();
        assert_eq!(
            lines,
            [(6, 1, Output::Stderr), (4, 2, Output::Stdout), (38, 3, Output::Stdout)]
        );
        assert_eq!(all.next, all.total);
        let exact = SearchLog { match_case: true, ..request("ERROR", 0, 100) };
        assert_eq!(found(&reader, &exact).lines.len(), 1);
        let mut only = request("^bad error$", 0, 100);
        only.log.only = Some(Output::Stderr);
        assert_eq!(found(&reader, &only).lines[0].offset, 0, "an offset within the stream");
    }

    #[test]
    fn answers_are_bounded_and_go_on_without_losing_a_line() {
        let many: String = (0..5_000).map(|n| format!("line {n}\n")).collect();
        let (_dir, reader) = log(&[(Stream::Stdout, many.as_bytes())]);
        let mut numbers = Vec::new();
        let mut from = 0;
        loop {
            let part = found(&reader, &request("7$", from, 100));
            assert!(part.lines.len() <= 100);
            numbers.extend(part.lines.iter().map(|line| line.line));
            if part.next >= part.total {
                break;
            }
            assert!(part.next > from);
            from = part.next;
        }
        assert_eq!(numbers, (0..500).map(|n| n * 10 + 7).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["(", "[a", "(a{1000}){1000}"] {
            let error = compile(&request(pattern, 0, 1)).unwrap_err();
            assert_eq!(error.code, Code::InvalidRequest, "{pattern}");
        }
    }
}
