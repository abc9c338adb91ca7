//! Parts of logs, read from the attempt's file. Never the whole.

mod search;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use millrace_api::log::{
    LogChunk, LogCut, LogData, LogFrom, LogName, LogSlice, LogStream, Output, ReadLog, SaveLog,
    SavedLog,
};
use millrace_api::{ApiError, Code};
use millrace_exec::RunDir;
use millrace_keeper::log::{LogReader, Stream};
use millrace_model::event::Run;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{Reader, StoreError};

use crate::files;

pub(crate) use search::search;

/// The largest part, in bytes.
const MAX_PART: u32 = 1 << 20;
/// Looked at for the last lines where they cannot be counted, in bytes.
const LINES_GUESS: u64 = 64 << 10;

/// The run whose log was read last: a log is read again and again, and folding a large run takes longer than reading.
#[derive(Debug, Default)]
pub(crate) struct LastRun(Mutex<Option<(u64, Arc<Run>)>>);

impl LastRun {
    /// The run as it is now.
    pub(crate) fn get(&self, reader: &Reader, run: RunId) -> Result<Arc<Run>, StoreError> {
        let last_seq = reader.run_row(run)?.last_seq;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((seq, fold)) = known
            && fold.run == run
            && seq == last_seq
        {
            return Ok(fold);
        }
        let fold = Arc::new(reader.run(run)?);
        let entry = Some((last_seq, Arc::clone(&fold)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = entry;
        Ok(fold)
    }
}

/// An attempt's log.
struct AttemptLog {
    number: u32,
    path: PathBuf,
    complete: bool,
    /// As many bytes were printed by its end, as the keeper counted them: the file has fewer where the disk was full to
    /// the end.
    printed: u64,
    ended: Timestamp,
}

/// Reads a part of a log of `run`. Blocks on the file.
///
/// # Errors
/// `NotFound` where the run has no such task or attempt; `InvalidRequest`; `File`.
pub(crate) fn read(dir: &RunDir, run: &Run, request: &ReadLog) -> Result<LogSlice, ApiError> {
    let log = attempt_log(dir, run, &request.log)?;
    if request.log.only.is_some()
        && matches!(request.from, LogFrom::LastLines(_) | LogFrom::Line(_))
    {
        let message = "lines are counted over both streams";
        return Err(ApiError::new(Code::InvalidRequest, message).help("leave `only` out"));
    }
    let max_bytes = request.max_bytes.min(MAX_PART) as usize;
    let part = read_file(&log, request.log.only, request.from, max_bytes);
    part.map_err(|error| log.unreadable(&error))
}

/// Writes a log as text. Blocks on the files.
///
/// # Errors
/// Those of [`read`], and where the file cannot be written.
pub(crate) fn save(dir: &RunDir, run: &Run, request: &SaveLog) -> Result<SavedLog, ApiError> {
    let log = attempt_log(dir, run, &request.log)?;
    let reader = log.open().map_err(|error| log.unreadable(&error))?;
    let (path, bytes) = files::take_out(&request.path, request.replace, |file| {
        let only = request.log.only;
        let (written, end) = match &reader {
            Some(reader) => write_out(reader, only, file)?,
            None => (0, 0),
        };
        match log.missing_after(end, only) {
            0 => Ok(written),
            missing => Ok(written + write_missing(missing, file)?),
        }
    })?;
    Ok(SavedLog { path, bytes })
}

impl AttemptLog {
    /// The file; none where nothing was printed: it is made with the first byte of output.
    fn open(&self) -> io::Result<Option<LogReader>> {
        match LogReader::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// After the last byte that the file has: that more were printed.
    fn say_what_is_missing(&self, slice: &mut LogSlice, only: Option<Output>) {
        let missing = self.missing_after(slice.total, only);
        if missing > 0 && slice.next == slice.total {
            push_gap(slice, self.printed, self.ended);
            slice.total = self.printed;
        }
    }

    /// Of one stream alone nobody knows.
    fn missing_after(&self, total: u64, only: Option<Output>) -> u64 {
        if only.is_none() { self.printed.saturating_sub(total) } else { 0 }
    }

    fn unreadable(&self, error: &io::Error) -> ApiError {
        let message = format!("cannot read the log {}: {error}", self.path.display());
        ApiError::new(Code::File, message)
    }
}

fn attempt_log(dir: &RunDir, run: &Run, name: &LogName) -> Result<AttemptLog, ApiError> {
    let (key, number) = (&name.task, name.number);
    let not_found = |what: String| ApiError::new(Code::NotFound, what);
    let task =
        run.task(key).ok_or_else(|| not_found(format!("run {} has no task {key}", run.run)))?;
    if let Some(mapped) = &task.mapped {
        let last = mapped.runs.len().saturating_sub(1);
        let message = match task.is_of_hooks() {
            true => format!("hooks run {key}: each time has a log of its own"),
            false => format!("{key} is mapped: each of its items has a log of its own"),
        };
        let help = format!("name one of them: {key}[0] to {key}[{last}]");
        return Err(ApiError::new(Code::NotFound, message).help(help));
    }
    let attempt = match number {
        None => task.attempts.last(),
        Some(number) => task.attempts.iter().find(|attempt| attempt.number == number),
    };
    let Some(attempt) = attempt else {
        return Err(match number {
            None => not_found(format!("{key} has not run yet, so it has no log")),
            Some(number) => {
                let tries = task.attempts.len();
                not_found(format!("{key} has no try {number}; it has {tries}"))
            }
        });
    };
    let path = dir.log(attempt.serial);
    let end = attempt.end.as_ref();
    let printed = end.and_then(|end| end.log.as_ref()).map_or(0, |log| log.bytes);
    let ended = end.map(|end| end.ended).unwrap_or_default();
    Ok(AttemptLog { number: attempt.number, path, complete: end.is_some(), printed, ended })
}

fn read_file(
    log: &AttemptLog,
    asked: Option<Output>,
    from: LogFrom,
    max_bytes: usize,
) -> io::Result<LogSlice> {
    let (number, complete) = (log.number, log.complete);
    let mut slice =
        LogSlice { number, chunks: Vec::new(), line: 0, next: 0, total: 0, cut: None, complete };
    let Some(reader) = log.open()? else {
        log.say_what_is_missing(&mut slice, asked);
        return Ok(slice);
    };
    let only = asked.map(stream_of);
    let summary = reader.summary()?;
    let total = summary.bytes_of(only);
    let start = match from {
        LogFrom::Offset(offset) => offset,
        LogFrom::LastBytes(bytes) => total.saturating_sub(bytes),
        LogFrom::Line(line) => {
            // Beyond the end, or in what is not kept: as near as can be.
            let cut = summary.cut.map_or(total, |cut| cut.place_of(only).0);
            let beyond = if line >= summary.lines { total } else { cut };
            reader.offset_of_line(line)?.unwrap_or(beyond)
        }
        LogFrom::LastLines(lines) => {
            // The newline at the very end begins no line.
            let ends_open = reader.tail(1)?.last().is_some_and(|chunk| chunk.bytes != b"\n");
            let all = summary.lines + u64::from(ends_open);
            let first = all.saturating_sub(u64::from(lines));
            reader.offset_of_line(first)?.unwrap_or_else(|| total.saturating_sub(LINES_GUESS))
        }
    };
    slice.cut = summary.cut.map(|cut| {
        let (offset, bytes) = cut.place_of(only);
        LogCut { offset, bytes }
    });
    slice.cut = slice.cut.filter(|cut| cut.bytes > 0);
    slice.next = start.min(total);
    slice.line = summary.lines;
    let chunks = reader.read_range_of(only, start, max_bytes)?;
    if let Some(first) = chunks.first() {
        slice.line = first.line;
    }
    for chunk in chunks {
        let at = Timestamp(i64::try_from(chunk.at_us).unwrap_or(i64::MAX));
        if let Some(missing) = chunk.dropped {
            let bytes = missing.stdout + missing.stderr;
            let offset = chunk.offset.saturating_sub(bytes);
            let data = LogData::Bytes(Vec::new());
            slice.chunks.push(LogChunk { offset, at, stream: LogStream::Gap { bytes }, data });
        }
        slice.next = chunk.offset + chunk.bytes.len() as u64;
        let stream = match chunk.stream {
            Stream::Stdout => LogStream::Stdout,
            Stream::Stderr => LogStream::Stderr,
        };
        let data = LogData::from_bytes(chunk.bytes);
        slice.chunks.push(LogChunk { offset: chunk.offset, at, stream, data });
    }
    slice.total = total.max(slice.next);
    if slice.next < total && reader.read_range_of(only, slice.next, 1)?.is_empty() {
        // Counted, and never written: the disk was full for the rest of the output.
        push_gap(&mut slice, total, log.ended);
    }
    log.say_what_is_missing(&mut slice, asked);
    Ok(slice)
}

/// Nothing is there from where the part ends up to an offset.
fn push_gap(slice: &mut LogSlice, to: u64, at: Timestamp) {
    let stream = LogStream::Gap { bytes: to.saturating_sub(slice.next) };
    let data = LogData::Bytes(Vec::new());
    slice.chunks.push(LogChunk { offset: slice.next, at, stream, data });
    slice.next = to;
}

fn stream_of(output: Output) -> Stream {
    match output {
        Output::Stdout => Stream::Stdout,
        Output::Stderr => Stream::Stderr,
    }
}

fn write_missing(bytes: u64, file: &mut impl io::Write) -> io::Result<u64> {
    let mark = format!("\n[{bytes} bytes are missing here]\n");
    file.write_all(mark.as_bytes())?;
    Ok(mark.len() as u64)
}

/// All that is kept, as it was printed; a line of its own where bytes are missing. Says how many bytes that were, and where
/// the last one stood.
fn write_out(reader: &LogReader, only: Option<Output>, file: &mut File) -> io::Result<(u64, u64)> {
    let (mut from, mut written) = (0, 0);
    let mut file = io::BufWriter::new(file);
    loop {
        let chunks = reader.read_range_of(only.map(stream_of), from, MAX_PART as usize)?;
        let Some(last) = chunks.last() else { break };
        from = last.offset + last.bytes.len() as u64;
        for chunk in &chunks {
            if let Some(missing) = chunk.dropped {
                let bytes = missing.stdout + missing.stderr;
                written += write_missing(bytes, &mut file)?;
            }
            file.write_all(&chunk.bytes)?;
            written += chunk.bytes.len() as u64;
        }
    }
    file.flush()?;
    Ok((written, from))
}
