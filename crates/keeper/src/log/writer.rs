//! Writes a log. Never fails towards its caller: what can't be written is counted and told by a gap record as soon as
//! there is room again, because a full disk must not stop a task.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::format::{
    BLOCK_BYTES, BLOCK_HEADER, BlockHeader, Counts, Geometry, RECORD_HEADER, RecordKind, Stream,
    encode_gap, record_header,
};

/// A block with less room than this left is closed: a record would be mostly header.
const MIN_ROOM: usize = RECORD_HEADER + 32;
/// How long to leave a full disk alone before the next try.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// How much of an attempt's output is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// Bytes of the beginning; rounded up to whole blocks, at least one.
    pub head_bytes: u64,
    /// Bytes of the end; rounded up likewise.
    pub tail_bytes: u64,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { head_bytes: 64 << 20, tail_bytes: 64 << 20 }
    }
}

impl LogLimits {
    fn geometry(self) -> Geometry {
        let blocks = |bytes: u64| {
            u32::try_from(bytes.div_ceil(BLOCK_BYTES as u64)).unwrap_or(u32::MAX).max(1)
        };
        // The ring needs two blocks: while one is being overwritten, the other still holds the end.
        Geometry {
            head_blocks: blocks(self.head_bytes),
            tail_blocks: blocks(self.tail_bytes).max(2),
        }
    }
}

/// The writing end of one attempt's log. The file appears with the first byte.
#[derive(Debug)]
pub struct LogWriter {
    path: PathBuf,
    file: Option<File>,
    geometry: Geometry,
    /// The block being filled and how much of it is used; 0: not begun.
    seq: u64,
    used: usize,
    /// What is in the file or has been in it.
    counts: Counts,
    /// What could not be written since the last record.
    gap: Counts,
    gap_errno: i32,
    retry_at: Option<Instant>,
    /// All that ever fell into a gap.
    gap_total: u64,
}

impl LogWriter {
    /// A log that will be at `path` once there is output.
    #[must_use]
    pub fn new(path: PathBuf, limits: LogLimits) -> Self {
        Self {
            path,
            file: None,
            geometry: limits.geometry(),
            seq: 0,
            used: 0,
            counts: Counts::default(),
            gap: Counts::default(),
            gap_errno: 0,
            retry_at: None,
            gap_total: 0,
        }
    }

    /// How many bytes of output fill the current block exactly: the best size of the next chunk.
    #[must_use]
    pub fn best_chunk(&self) -> usize {
        let used = if self.used == 0 { BLOCK_HEADER } else { self.used };
        let room = BLOCK_BYTES - used;
        if room < 4096 { BLOCK_BYTES } else { room - RECORD_HEADER }
    }

    /// Adds output. `at_us` is wall time in Unix microseconds, `now` the moment by the steady clock.
    pub fn append(&mut self, stream: Stream, at_us: u64, now: Instant, mut data: &[u8]) {
        if self.retry_at.is_some_and(|t| now < t) {
            self.gap.add(stream, data);
            return;
        }
        while !data.is_empty() {
            let step = self
                .write_gap(at_us)
                .and_then(|()| self.write_record(RecordKind::Output(stream), at_us, data));
            match step {
                Ok(taken) => {
                    self.counts.add(stream, &data[..taken]);
                    data = &data[taken..];
                }
                Err(e) => {
                    self.gap.add(stream, data);
                    self.stumble(&e, now);
                    return;
                }
            }
        }
    }

    /// Ends the log: writes a gap that is still open, if it can.
    pub fn finish(&mut self, at_us: u64, now: Instant) {
        if let Err(e) = self.write_gap(at_us) {
            self.stumble(&e, now);
        }
    }

    /// Waits until what was written is on the disk. What cannot be put there is no worse off than before.
    pub fn sync(&self) {
        let _synced = self.file.as_ref().map(File::sync_data);
    }

    /// Bytes of standard output and standard error taken so far, kept or not.
    #[must_use]
    pub fn taken(&self) -> (u64, u64) {
        (self.counts.stdout + self.gap.stdout, self.counts.stderr + self.gap.stderr)
    }

    /// Bytes that the file does not hold: overwritten in the ring or never written.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        let gaps = self.gap_total + self.gap.offset();
        let kept_blocks =
            u64::from(self.geometry.head_blocks) + u64::from(self.geometry.tail_blocks);
        if self.seq < kept_blocks {
            return gaps;
        }
        // Exact numbers need the headers; the file has them, whatever has its name by now.
        let exact = self.file.as_ref().and_then(|file| file.try_clone().ok());
        exact
            .and_then(|file| super::LogReader::over(file).summary().ok())
            .map_or(gaps, |s| s.cut.map_or(gaps, |c| gaps + c.stdout + c.stderr))
    }

    fn stumble(&mut self, error: &io::Error, now: Instant) {
        self.gap_errno = error.raw_os_error().unwrap_or(0);
        self.retry_at = Some(now + RETRY_AFTER);
    }

    fn write_gap(&mut self, at_us: u64) -> io::Result<()> {
        if self.gap.offset() == 0 {
            return Ok(());
        }
        let (gap, data) = (self.gap, encode_gap(self.gap, self.gap_errno));
        self.write_record(RecordKind::Gap, at_us, &data)?;
        self.counts.add_all(gap);
        self.gap_total += gap.offset();
        self.gap = Counts::default();
        self.retry_at = None;
        Ok(())
    }

    /// Writes as much of `data` as the current block takes (all of a gap's) and says how much that was.
    fn write_record(&mut self, kind: RecordKind, at_us: u64, data: &[u8]) -> io::Result<usize> {
        if BLOCK_BYTES - self.used < MIN_ROOM {
            self.seq += 1;
            self.used = 0;
        }
        let begins = self.used == 0;
        let block_header =
            BlockHeader { geometry: self.geometry, seq: self.seq, before: self.counts, at_us };
        let at = if begins { BLOCK_HEADER } else { self.used };
        let taken = data.len().min(BLOCK_BYTES - at - RECORD_HEADER);
        let data = &data[..taken];
        let head = record_header(self.seq, kind, at_us, data);
        let position = self.geometry.position(self.seq);
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(create(&self.path)?),
        };
        if begins {
            let encoded = block_header.encode();
            let slices = [IoSlice::new(&encoded), IoSlice::new(&head), IoSlice::new(data)];
            write_all_at(file, &slices, position)?;
        } else {
            let slices = [IoSlice::new(&head), IoSlice::new(data)];
            write_all_at(file, &slices, position + self.used as u64)?;
        }
        self.used = at + RECORD_HEADER + taken;
        Ok(taken)
    }
}

fn create(path: &PathBuf) -> io::Result<File> {
    let open = || {
        OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
    };
    match (open(), path.parent()) {
        (Err(e), Some(dir)) if e.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(dir)?;
            open()
        }
        (result, _) => result,
    }
}

/// One `pwritev`; the rest of a short one is written piece by piece.
fn write_all_at(file: &File, slices: &[IoSlice<'_>], at: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let total: usize = slices.iter().map(|s| s.len()).sum();
    let mut done = loop {
        match rustix::io::pwritev(file, slices, at) {
            Ok(n) => break n,
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    };
    if done == total {
        return Ok(());
    }
    let mut pos = at + done as u64;
    for slice in slices {
        let skip = done.min(slice.len());
        done -= skip;
        file.write_all_at(&slice[skip..], pos)?;
        pos += (slice.len() - skip) as u64;
    }
    Ok(())
}
