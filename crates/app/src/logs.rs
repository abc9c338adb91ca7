//! Parts of logs, read from the attempt's file. Never the whole.

use std::io;
use std::path::Path;

use millrace_api::log::{LogChunk, LogData, LogFrom, LogSlice, LogStream, ReadLog};
use millrace_api::{ApiError, Code};
use millrace_keeper::log::{LogReader, Stream};
use millrace_model::event::Run;
use millrace_model::time::Timestamp;

use millrace_exec::RunDir;

/// The largest part, in bytes.
const MAX_PART: u32 = 1 << 20;
/// Looked at for the last lines where they cannot be counted, in bytes.
const LINES_GUESS: u64 = 64 << 10;

/// Reads a part of a log of `run`. Blocks on the file.
///
/// # Errors
/// `NotFound` where the run has no such task or attempt; `File`.
pub(crate) fn read(dir: &RunDir, run: &Run, request: &ReadLog) -> Result<LogSlice, ApiError> {
    let not_found = |what: String| ApiError::new(Code::NotFound, what);
    let task = run
        .task(&request.task)
        .ok_or_else(|| not_found(format!("run {} has no task {}", run.run, request.task)))?;
    if let Some(mapped) = &task.mapped {
        let (key, last) = (&request.task, mapped.runs.len().saturating_sub(1));
        let message = match task.is_of_hooks() {
            true => format!("hooks run {key}: each time has a log of its own"),
            false => format!("{key} is mapped: each of its items has a log of its own"),
        };
        let help = format!("name one of them: {key}[0] to {key}[{last}]");
        return Err(ApiError::new(Code::NotFound, message).help(help));
    }
    let attempt = match request.number {
        None => task.attempts.last(),
        Some(number) => task.attempts.iter().find(|attempt| attempt.number == number),
    };
    let Some(attempt) = attempt else {
        return Err(match request.number {
            None => not_found(format!("{} has not run yet, so it has no log", request.task)),
            Some(number) => {
                let tries = task.attempts.len();
                not_found(format!("{} has no try {number}; it has {tries}", request.task))
            }
        });
    };
    let path = dir.log(attempt.serial);
    let part = read_file(&path, request.from, request.max_bytes.min(MAX_PART) as usize);
    let (chunks, next, total) = part.map_err(|error| {
        ApiError::new(Code::File, format!("cannot read the log {}: {error}", path.display()))
    })?;
    let complete = attempt.end.is_some();
    Ok(LogSlice { number: attempt.number, chunks, next, total, complete })
}

fn read_file(
    path: &Path,
    from: LogFrom,
    max_bytes: usize,
) -> io::Result<(Vec<LogChunk>, u64, u64)> {
    let reader = match LogReader::open(path) {
        // It is made with the first byte of output.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0, 0)),
        other => other?,
    };
    let summary = reader.summary()?;
    let total = summary.total_bytes;
    let start = match from {
        LogFrom::Offset(offset) => offset,
        LogFrom::LastBytes(bytes) => total.saturating_sub(bytes),
        LogFrom::LastLines(lines) => {
            // The newline at the very end begins no line.
            let ends_open = reader.tail(1)?.last().is_some_and(|chunk| chunk.bytes != b"\n");
            let all = summary.lines + u64::from(ends_open);
            let first = all.saturating_sub(u64::from(lines));
            reader.offset_of_line(first)?.unwrap_or_else(|| total.saturating_sub(LINES_GUESS))
        }
    };
    let mut chunks = Vec::new();
    let mut next = start.min(total);
    for chunk in reader.read_range(start, max_bytes)? {
        let at = Timestamp(i64::try_from(chunk.at_us).unwrap_or(i64::MAX));
        if let Some(missing) = chunk.dropped {
            let bytes = missing.stdout + missing.stderr;
            let offset = chunk.offset.saturating_sub(bytes);
            let data = LogData::Bytes(Vec::new());
            chunks.push(LogChunk { offset, at, stream: LogStream::Gap { bytes }, data });
        }
        next = chunk.offset + chunk.bytes.len() as u64;
        let stream = match chunk.stream {
            Stream::Stdout => LogStream::Stdout,
            Stream::Stderr => LogStream::Stderr,
        };
        let data = LogData::from_bytes(chunk.bytes);
        chunks.push(LogChunk { offset: chunk.offset, at, stream, data });
    }
    Ok((chunks, next, total.max(next)))
}
