//! The log of one attempt: one file, raw bytes, who wrote them (stdout or stderr) and when.
//!
//! # Format
//! The file is a row of 64 KiB blocks. The first `head` blocks are written once and hold the beginning of the output;
//! after them come `tail` blocks used as a ring, which hold its end. A block begins with a header that repeats the
//! geometry and says how many bytes of each stream and how many lines came before it, so that any offset, line or
//! moment is found by binary search over headers: the blocks are the index. Records follow: a 16-byte header and the
//! bytes of one chunk. A record's checksum is seeded with its block's number, so what an overwritten ring block left
//! behind is never taken for content. What the ring lost, and what could not be written because the disk was full, is
//! known exactly, by stream.
//!
//! Written by the keeper alone with `pwrite`, never moved or shortened, so a reader may read at any time and a kill at
//! any point loses only what was still in the pipe. Not here: escaping, search, deleting old logs.

mod format;
mod reader;
mod summary;
mod writer;

pub use format::{BLOCK_BYTES, Stream};
pub use reader::{Dropped, LogChunk, LogReader};
pub use summary::{LogSummary, StreamBytes};
pub use writer::{LogLimits, LogWriter};
