//! The run's journal: an append-only file of checksummed records, one per start and exit.
//!
//! The keeper writes a record before it tells the daemon; whoever comes later reads the file and knows the same. A torn
//! tail (power cut, `kill -9` in the middle of a write) costs the torn record only. Format: eight bytes of magic, then
//! records of `u32` length, `u32` CRC-32 and payload ([`Entry::put_payload`](crate::protocol::Entry::put_payload)).
//! The file says nothing of how a run is to go on; that is the engine's matter.

mod reader;
mod writer;

pub use reader::{JournalReader, RawRecord, Unfinished, keeper_is_alive, unfinished};
pub use writer::JournalWriter;

use std::path::{Path, PathBuf};

/// First bytes of the file; the last digit is the format's version.
pub const MAGIC: &[u8; 8] = b"MRJRNL1\n";

/// Where a run folder's journal is.
#[must_use]
pub fn journal_path(run_dir: &Path) -> PathBuf {
    run_dir.join("keeper.journal")
}
