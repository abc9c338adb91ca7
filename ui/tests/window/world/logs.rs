//! Logs as the daemon has them: read by ranges, one stream alone, looked through.

use millrace_api::ApiError;
use millrace_api::log::{
    FoundLine, FoundLines, LogChunk, LogData, LogFrom, LogSlice, LogStream, Output, ReadLog,
    SearchLog,
};
use millrace_model::ids::{RunId, TaskKey};

use super::{World, json};

impl World {
    pub(super) fn read_log(&self, read: &ReadLog) -> Result<String, String> {
        let Some(chunks) = self.chunks(read.log.run, &read.log.task, read.log.only) else {
            return self.not_found("log");
        };
        let total = chunks.last().map_or(0, end);
        let newlines = |until: u64| {
            let bytes = chunks.iter().flat_map(|chunk| chunk.data.as_bytes());
            bytes.take(until as usize).filter(|byte| **byte == b'\n').count() as u64
        };
        let from = match read.from {
            LogFrom::Offset(from) => from,
            LogFrom::LastBytes(bytes) => total.saturating_sub(bytes),
            LogFrom::LastLines(_) => 0,
            LogFrom::Line(line) => {
                let bytes = chunks.iter().flat_map(|chunk| chunk.data.as_bytes()).zip(1..);
                let ends = bytes.filter(|(byte, _)| **byte == b'\n').map(|(_, after)| after);
                std::iter::once(0).chain(ends).nth(line as usize).unwrap_or(total)
            }
        };
        let until = total.min(from + u64::from(read.max_bytes));
        let part = |chunk: &LogChunk| {
            let bytes = chunk.data.as_bytes();
            let (start, stop) = (from.max(chunk.offset), until.min(end(chunk)));
            let range = (start - chunk.offset) as usize..(stop - chunk.offset) as usize;
            LogChunk {
                offset: start,
                data: LogData::from_bytes(bytes[range].to_vec()),
                ..chunk.clone()
            }
        };
        let inside = chunks.iter().filter(|chunk| end(chunk) > from && chunk.offset < until);
        let run = self.runs.iter().find(|run| run.run == read.log.run).unwrap();
        let complete = run.task(&read.log.task).unwrap().state.is_final();
        json(&LogSlice {
            number: read.log.number.unwrap_or(1),
            chunks: inside.map(part).collect(),
            line: newlines(from),
            next: until.max(from.min(total)),
            total,
            cut: None,
            complete,
        })
    }

    pub(super) fn search_log(&self, search: &SearchLog) -> Result<String, String> {
        let Some(chunks) = self.chunks(search.log.run, &search.log.task, search.log.only) else {
            return self.not_found("log");
        };
        let pattern = regex::RegexBuilder::new(&search.pattern)
            .case_insensitive(!search.match_case)
            .build()
            .map_err(|error| {
                let error = ApiError::new(millrace_api::Code::InvalidRequest, error.to_string());
                serde_json::to_string(&error).unwrap()
            })?;
        let total = chunks.last().map_or(0, end);
        // Each chunk is a line.
        let fits = |chunk: &LogChunk| {
            let text = String::from_utf8_lossy(chunk.data.as_bytes()).into_owned();
            pattern.find(text.trim_end()).map(|found| chunk.offset + found.start() as u64)
        };
        let lines = chunks.iter().enumerate().filter(|(_, chunk)| chunk.offset >= search.from);
        let found = lines.filter_map(|(line, chunk)| {
            let stream = match chunk.stream {
                LogStream::Stderr => Output::Stderr,
                _ => Output::Stdout,
            };
            Some(FoundLine { offset: fits(chunk)?, line: line as u64, stream })
        });
        json(&FoundLines { lines: found.collect(), next: total, total })
    }

    /// What was printed, with offsets within what is asked for.
    fn chunks(&self, run: RunId, task: &TaskKey, only: Option<Output>) -> Option<Vec<LogChunk>> {
        let chunks = self.logs.get(&(run, task.clone()))?;
        let mut offset = 0;
        let fits = |chunk: &&LogChunk| match only {
            None => true,
            Some(Output::Stdout) => chunk.stream == LogStream::Stdout,
            Some(Output::Stderr) => chunk.stream == LogStream::Stderr,
        };
        let chosen = chunks.iter().filter(fits).map(|chunk| {
            let chunk = LogChunk { offset, ..chunk.clone() };
            offset = end(&chunk);
            chunk
        });
        Some(chosen.collect())
    }
}

fn end(chunk: &LogChunk) -> u64 {
    chunk.offset + chunk.data.as_bytes().len() as u64
}
