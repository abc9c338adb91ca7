//! Reading logs by ranges.

use serde::{Deserialize, Serialize};

use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

/// Names an attempt's log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogName {
    /// Of which run.
    pub run: RunId,
    /// Of which task.
    pub task: TaskKey,
    /// The attempt's number within the task; none = the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Of one stream alone; every offset is then one within it. None = of both, as they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Output>,
}

impl LogName {
    /// The log of the last attempt of a task.
    #[must_use]
    pub fn last(run: RunId, task: TaskKey) -> Self {
        Self { run, task, number: None, only: None }
    }
}

/// Asks for a part of an attempt's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadLog {
    /// Of which log.
    #[serde(flatten)]
    pub log: LogName,
    /// From where.
    pub from: LogFrom,
    /// At most so many bytes; the host may give less (1 MiB at most).
    pub max_bytes: u32,
}

/// A stream of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFrom {
    /// So many bytes after the start of what was printed.
    Offset(u64),
    /// The last so many bytes.
    LastBytes(u64),
    /// The last so many lines; of both streams only.
    LastLines(u32),
    /// The beginning of a line, counted from 0 over both streams; of both streams only.
    Line(u64),
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogSlice {
    /// The attempt's number within the task.
    pub number: u32,
    /// What was printed, in order.
    pub chunks: Vec<LogChunk>,
    /// So many lines of both streams ended before the first chunk.
    pub line: u64,
    /// Ask from here for what follows.
    pub next: u64,
    /// So many bytes were printed so far.
    pub total: u64,
    /// What is not kept between its beginning and its end, where there was too much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<LogCut>,
    /// The attempt has ended: nothing will be added.
    pub complete: bool,
}

/// Bytes of a log that are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCut {
    /// Where they began.
    pub offset: u64,
    /// How many they were.
    pub bytes: u64,
}

/// Bytes that arrived together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogChunk {
    /// Bytes before it.
    pub offset: u64,
    /// When they arrived.
    pub at: Timestamp,
    /// Where they came from.
    pub stream: LogStream,
    /// The bytes; of a gap, none.
    pub data: LogData,
}

/// Where a chunk came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// So many bytes are missing here: between head and tail, or because the disk was full.
    Gap {
        /// How many.
        bytes: u64,
    },
}

/// The bytes of a chunk. Text where they are valid UTF-8, so that most of a log can be read on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogData {
    /// Valid UTF-8.
    Text(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// Looks for lines in an attempt's log. The host looks at a part of the log only; ask again from `next` for more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchLog {
    /// Of which log.
    #[serde(flatten)]
    pub log: LogName,
    /// What a line has to contain: a regular expression in the syntax of the crate `regex`, matched against the line
    /// without its colours.
    pub pattern: String,
    /// Whether small and capital letters are told apart.
    #[serde(default)]
    pub match_case: bool,
    /// From this offset on.
    pub from: u64,
    /// The answer ends with so many lines (1,000 at most), or one or two later.
    pub limit: u32,
}

/// Lines that were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundLines {
    /// In order.
    pub lines: Vec<FoundLine>,
    /// What is before this offset was looked at: go on from here.
    pub next: u64,
    /// So many bytes were printed so far; all was looked at when `next` is there.
    pub total: u64,
}

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLine {
    /// Where the found text begins; where colours hide that, where its line does.
    pub offset: u64,
    /// The line's number, counted from 0 over both streams.
    pub line: u64,
    /// Where it came from.
    pub stream: Output,
}

/// Writes an attempt's log as text to where a person wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveLog {
    /// Of which log.
    #[serde(flatten)]
    pub log: LogName,
    /// Where to: an absolute path.
    pub path: String,
    /// A file that is there already is replaced.
    #[serde(default)]
    pub replace: bool,
}

/// A log that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLog {
    /// Where it is.
    pub path: String,
    /// Its size, in bytes.
    pub bytes: u64,
}

impl LogData {
    /// The bytes as data for the wire.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::ident::Ident;

    use super::*;
    use crate::Command as _;

    #[test]
    fn a_log_is_named_beside_what_is_asked_of_it() {
        let task = TaskKey { task: Ident::new("load").unwrap(), item: Some(3) };
        let log = LogName::last(RunId(1), task);
        let from = LogFrom::Offset(7);
        let read = ReadLog { log: log.clone(), from, max_bytes: 100 }.into_request();
        let text = serde_json::to_string(&read).unwrap();
        assert_eq!(
            text,
            r#"{"command":"read_log","run":"0000000000000001","task":{"task":"load","item":3},"from":{"offset":7},"max_bytes":100}"#
        );
        assert_eq!(serde_json::from_str::<crate::Request>(&text).unwrap(), read);
        let log = LogName { number: Some(2), only: Some(Output::Stderr), ..log };
        let save = SaveLog { log, path: "/tmp/a".to_owned(), replace: true }.into_request();
        let text = serde_json::to_string(&save).unwrap();
        assert!(text.contains(r#""number":2,"only":"stderr","path":"/tmp/a""#), "{text}");
        assert_eq!(serde_json::from_str::<crate::Request>(&text).unwrap(), save);
    }
}
