//! Reading logs by ranges.

use serde::{Deserialize, Serialize};

use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

/// Asks for a part of an attempt's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadLog {
    /// Of which run.
    pub run: RunId,
    /// Of which task.
    pub task: TaskKey,
    /// The attempt's number within the task; none = the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// From where.
    pub from: LogFrom,
    /// At most so many bytes; the host may give less (1 MiB at most).
    pub max_bytes: u32,
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFrom {
    /// So many bytes after the start of what was printed.
    Offset(u64),
    /// The last so many bytes.
    LastBytes(u64),
    /// The last so many lines.
    LastLines(u32),
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogSlice {
    /// The attempt's number within the task.
    pub number: u32,
    /// What was printed, in order.
    pub chunks: Vec<LogChunk>,
    /// Ask from here for what follows.
    pub next: u64,
    /// So many bytes were printed so far.
    pub total: u64,
    /// The attempt has ended: nothing will be added.
    pub complete: bool,
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
