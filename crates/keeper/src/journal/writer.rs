//! Appends to a journal in batches. The keeper's alone; a lock on the file keeps a second keeper away.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::{JournalReader, MAGIC};
use crate::protocol::{Entry, Event};

/// The writing end of a journal.
#[derive(Debug)]
pub struct JournalWriter {
    file: File,
    /// Bytes of the file that hold whole, written records.
    written: u64,
    next_record: u64,
    pending: Vec<u8>,
}

impl JournalWriter {
    /// Opens or creates a journal, cuts off a torn tail and continues its numbering.
    ///
    /// # Errors
    /// `WouldBlock` when a living keeper holds it; `InvalidData` when the file is something else; what the file system
    /// reports.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let mut reader = JournalReader::from_file(file.try_clone()?, path)?;
        let mut last = 0;
        while let Some(raw) = reader.next_raw()? {
            last = raw.record;
        }
        // Written once more where a cut took it, and nothing follows it then.
        file.write_all_at(MAGIC, 0)?;
        file.set_len(reader.offset())?;
        Ok(Self { file, written: reader.offset(), next_record: last + 1, pending: Vec::new() })
    }

    /// Numbers a record and puts it into the batch. Nothing is written yet.
    pub fn append(&mut self, event: Event) -> Entry {
        let entry = Entry { record: self.next_record, event };
        self.next_record += 1;
        let at = self.pending.len();
        self.pending.extend_from_slice(&[0; 8]);
        entry.put_payload(&mut self.pending);
        let payload = &self.pending[at + 8..];
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
        let crc = crc32fast::hash(payload).to_le_bytes();
        self.pending[at..at + 4].copy_from_slice(&len);
        self.pending[at + 4..at + 8].copy_from_slice(&crc);
        entry
    }

    /// Whether a batch waits to be written.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Number of the newest record, written or not.
    #[must_use]
    pub fn last_record(&self) -> u64 {
        self.next_record - 1
    }

    /// Length of the file up to which records are written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes the batch with one write and, with `sync`, waits until it is on the disk.
    ///
    /// # Errors
    /// What the file system reports, for example that the disk is full. The batch is kept and the next call writes it
    /// again at the same place; a half-written one is overwritten.
    pub fn flush(&mut self, sync: bool) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.file.write_all_at(&self.pending, self.written)?;
        if sync {
            self.file.sync_data()?;
        }
        self.written += self.pending.len() as u64;
        self.pending.clear();
        self.pending.shrink_to(64 * 1024);
        Ok(())
    }
}
