//! Reads a journal from its beginning or from a position, while it may be growing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::MAGIC;
use crate::files::open_regular;
use crate::protocol::{Entry, Event, Identity, MAX_FRAME_BYTES, Started};

/// Iterates over the records of a journal; ends at the first byte that is not (or not yet) a whole valid record.
/// After more was appended, the same reader goes on.
#[derive(Debug)]
pub struct JournalReader {
    file: File,
    pos: u64,
}

/// No keeper comes so far: a higher number was written by somebody else, and there would be no place after it.
const LAST_RECORD: u64 = u64::MAX / 2;

/// A record as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// Its number.
    pub record: u64,
    /// Its payload, number included.
    pub payload: Vec<u8>,
}

impl JournalReader {
    /// Opens a journal.
    ///
    /// # Errors
    /// `NotFound` when there is none, `InvalidData` when the file is no journal of this format.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::from_file(open_regular(path)?, path)
    }

    pub(super) fn from_file(file: File, path: &Path) -> io::Result<Self> {
        let mut magic = [0; 8];
        match file.read_exact_at(&mut magic, 0) {
            Ok(()) if &magic == MAGIC => {}
            // Killed between creation and the first write, or power failed and the disk has the size and not the bytes: an
            // empty journal.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {}
            Ok(()) if magic == [0; 8] => {}
            Ok(()) => {
                let text = format!("{} is not a journal of this version", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            Err(e) => return Err(e),
        }
        Ok(Self { file, pos: MAGIC.len() as u64 })
    }

    /// Where the next record begins; everything before it was valid.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.pos
    }

    /// Goes to a position that [`JournalReader::offset`] or the writer gave.
    pub fn seek(&mut self, pos: u64) {
        self.pos = pos;
    }

    /// The next whole record, undecoded.
    ///
    /// # Errors
    /// What reading reports. A torn or corrupt record is no error but the end.
    pub fn next_raw(&mut self) -> io::Result<Option<RawRecord>> {
        let mut head = [0; 8];
        if !read_full(&self.file, &mut head, self.pos)? {
            return Ok(None);
        }
        let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
        let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if !(10..=MAX_FRAME_BYTES).contains(&len) {
            return Ok(None);
        }
        let mut payload = vec![0; len];
        if !read_full(&self.file, &mut payload, self.pos + 8)?
            || crc32fast::hash(&payload) != u32::from_le_bytes([c0, c1, c2, c3])
        {
            return Ok(None);
        }
        let Some(record) = payload.first_chunk::<8>().map(|b| u64::from_le_bytes(*b)) else {
            return Ok(None);
        };
        if record > LAST_RECORD {
            return Ok(None);
        }
        self.pos += 8 + len as u64;
        Ok(Some(RawRecord { record, payload }))
    }

    /// The next whole record.
    ///
    /// # Errors
    /// What reading reports; `InvalidData` for a record with a right checksum that can't be decoded.
    pub fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        let Some(raw) = self.next_raw()? else { return Ok(None) };
        Entry::from_payload(&raw.payload)
            .map(Some)
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }
}

impl Iterator for JournalReader {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_entry().transpose()
    }
}

fn read_full(file: &File, buf: &mut [u8], at: u64) -> io::Result<bool> {
    match file.read_exact_at(buf, at) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether a keeper still works on this journal. It holds a file lock on it for its whole life, which the kernel takes
/// away with the process, so the answer can't be about a reused pid.
///
/// # Errors
/// When the journal can't be opened; `NotFound` when there is none.
pub fn keeper_is_alive(journal: &Path) -> io::Result<bool> {
    let file = open_regular(journal)?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
        Err(e) => Err(e.into()),
    }
}

/// What a journal leaves open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// The last keeper that took up the run.
    pub keeper: Option<Identity>,
    /// Attempts that it started and whose end is not in the journal, by attempt.
    pub started: Vec<Started>,
    /// Number of the last record.
    pub last_record: u64,
}

/// Reads a whole journal for what its last keeper left open.
///
/// # Errors
/// What reading reports.
pub fn unfinished(journal: &Path) -> io::Result<Unfinished> {
    let mut found = Unfinished::default();
    let mut started = BTreeMap::new();
    for entry in JournalReader::open(journal)? {
        let entry = entry?;
        found.last_record = entry.record;
        match entry.event {
            Event::Identity(identity) => found.keeper = Some(identity),
            Event::Started(s) => {
                started.insert(s.attempt_id, s);
            }
            Event::Ended(e) => {
                started.remove(&e.attempt_id);
            }
            Event::LeftBehind(_) | Event::Leaving(_) | Event::Unknown { .. } => {}
        }
    }
    found.started = started.into_values().collect();
    Ok(found)
}
