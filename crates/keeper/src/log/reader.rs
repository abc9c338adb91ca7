//! Reads a log, also while it is being written. Every call looks at the file anew, so a reader may be kept open to
//! follow a running task.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::format::{
    BLOCK_BYTES, BLOCK_HEADER, BlockHeader, Counts, Geometry, RECORD_HEADER, RecordKind, Stream,
    decode_gap, decode_record, newlines,
};
use super::summary::{LogSummary, StreamBytes};
use crate::files::open_regular;

/// Consecutive bytes of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogChunk {
    /// Offset of the first byte in what was asked for: in the whole output, both streams counted in the order in which
    /// they were read, or in one stream.
    pub offset: u64,
    /// Newlines in the whole output before it.
    pub line: u64,
    /// Wall time at which it was read from the task, Unix microseconds.
    pub at_us: u64,
    /// Which stream.
    pub stream: Stream,
    /// The bytes, masked but otherwise as written.
    pub bytes: Vec<u8>,
    /// What is missing just before this chunk, if anything.
    pub dropped: Option<Dropped>,
}

/// Bytes of the output that the file does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// Of standard output.
    pub stdout: u64,
    /// Of standard error.
    pub stderr: u64,
    /// The error that kept them from being written (28: no space left); `None`: beyond head and tail.
    pub errno: Option<i32>,
}

impl Dropped {
    fn of(missing: Counts, only: Option<Stream>, errno: Option<i32>) -> Self {
        let of = |stream, bytes| if only.is_none_or(|only| only == stream) { bytes } else { 0 };
        let (stdout, stderr) =
            (of(Stream::Stdout, missing.stdout), of(Stream::Stderr, missing.stderr));
        Self { stdout, stderr, errno }
    }
}

/// The reading end of a log.
#[derive(Debug)]
pub struct LogReader {
    file: File,
}

/// Which blocks there are: `0..head` and `first..=last` of the ring.
#[derive(Debug, Clone, Copy)]
struct Layout {
    geometry: Geometry,
    head: u64,
    ring: Option<(u64, u64)>,
}

impl Layout {
    fn len(&self) -> u64 {
        self.head + self.ring.map_or(0, |(first, last)| (last + 1).saturating_sub(first))
    }

    fn seq(&self, index: u64) -> u64 {
        match self.ring {
            Some((first, _)) if index >= self.head => first + (index - self.head),
            _ => index,
        }
    }
}

/// A block's records, in memory.
struct Block {
    header: BlockHeader,
    bytes: Vec<u8>,
}

/// One step through a block.
enum Step<'a> {
    Output { before: Counts, at_us: u64, stream: Stream, data: &'a [u8] },
    Gap { before: Counts, missing: Counts, errno: i32 },
}

impl Block {
    /// Calls `visit` with every record until it says stop; returns the counts after the last record and its time.
    fn walk<'a>(&'a self, mut visit: impl FnMut(Step<'a>) -> bool) -> (Counts, u64) {
        let mut counts = self.header.before;
        let mut last_at = self.header.at_us;
        let mut at = BLOCK_HEADER;
        while let Some(rest) = self.bytes.get(at..) {
            let Some((kind, at_us, data)) = decode_record(self.header.seq, rest) else { break };
            at += RECORD_HEADER + data.len();
            last_at = at_us;
            let before = counts;
            let step = match kind {
                RecordKind::Output(stream) => {
                    counts.add(stream, data);
                    Step::Output { before, at_us, stream, data }
                }
                RecordKind::Gap => {
                    let Some((missing, errno)) = decode_gap(data) else { continue };
                    counts.add_all(missing);
                    Step::Gap { before, missing, errno }
                }
            };
            if !visit(step) {
                break;
            }
        }
        (counts, last_at)
    }
}

impl LogReader {
    /// Opens a log.
    ///
    /// # Errors
    /// `NotFound` when the attempt printed nothing (a log is created at the first byte). What is no plain file is
    /// refused.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: open_regular(path)? })
    }

    /// Reads a log that is open already.
    pub(super) fn over(file: File) -> Self {
        Self { file }
    }

    /// How much there is.
    ///
    /// # Errors
    /// What reading reports; `InvalidData` when the file is no log.
    pub fn summary(&self) -> io::Result<LogSummary> {
        let Some(layout) = self.layout()? else { return Ok(LogSummary::default()) };
        let mut summary = LogSummary::default();
        if let Some(block) = self.last_block(&layout)? {
            let (end, last_at_us) = block.walk(|_| true);
            summary = LogSummary {
                total_bytes: end.offset(),
                stdout_bytes: end.stdout,
                stderr_bytes: end.stderr,
                lines: end.lines,
                last_at_us,
                cut: None,
            };
        }
        if let Some((first, _)) = layout.ring.filter(|(first, _)| *first > layout.head)
            && let (Some(last_of_head), Some(first_of_ring)) =
                (self.block(&layout, layout.head - 1)?, self.header(&layout, first)?)
        {
            let (kept, _) = last_of_head.walk(|_| true);
            summary.cut = Some(StreamBytes::new(kept, first_of_ring.before.since(kept)));
        }
        Ok(summary)
    }

    /// Output from an offset on, at most `max_bytes` of it. Where bytes are missing the next chunk begins later and
    /// says so. Empty at the end.
    ///
    /// # Errors
    /// What reading reports; `InvalidData` when the file is no log.
    pub fn read_range(&self, from: u64, max_bytes: usize) -> io::Result<Vec<LogChunk>> {
        self.read_range_of(None, from, max_bytes)
    }

    /// The same of one stream alone, with offsets within it. Blocks that hold nothing of it are not read.
    ///
    /// # Errors
    /// As [`LogReader::read_range`].
    pub fn read_range_of(
        &self,
        only: Option<Stream>,
        from: u64,
        max_bytes: usize,
    ) -> io::Result<Vec<LogChunk>> {
        let Some(layout) = self.layout()? else { return Ok(Vec::new()) };
        let mut chunks = Vec::new();
        let mut room = max_bytes;
        let mut index = self.last_index(&layout, |before| before.of(only) <= from)?;
        let mut expected: Option<Counts> = None;
        let mut dropped = None;
        while room > 0 && index < layout.len() {
            let block = self.block(&layout, layout.seq(index))?;
            index += 1;
            // A ring block that was overwritten under our hands: its bytes are gone, the next one tells how many.
            let Some(block) = block else { continue };
            if let Some(expected) = expected
                && block.header.before.of(only) > expected.of(only)
            {
                dropped = Some(Dropped::of(block.header.before.since(expected), only, None));
            }
            let (end, _) = block.walk(|step| {
                match step {
                    Step::Gap { before, missing, errno } => {
                        if missing.of(only) > 0
                            && before.of(only).saturating_add(missing.of(only)) > from
                        {
                            dropped = Some(Dropped::of(missing, only, Some(errno)));
                        }
                    }
                    Step::Output { stream, .. } if only.is_some_and(|only| only != stream) => {}
                    Step::Output { before, at_us, stream, data } => {
                        let offset = before.of(only);
                        let skip =
                            usize::try_from(from.saturating_sub(offset)).unwrap_or(usize::MAX);
                        let Some(rest) = data.get(skip..).filter(|d| !d.is_empty()) else {
                            return true;
                        };
                        let bytes = rest[..rest.len().min(room)].to_vec();
                        room -= bytes.len();
                        let offset = offset + skip as u64;
                        let line = before.lines + newlines(&data[..skip]);
                        let dropped = dropped.take();
                        chunks.push(LogChunk { offset, line, at_us, stream, bytes, dropped });
                    }
                }
                room > 0
            });
            if only.is_some() {
                let next = self.last_index(&layout, |before| before.of(only) <= end.of(only))?;
                index = index.max(next);
            }
            expected = Some(end);
        }
        Ok(chunks)
    }

    /// The last `n_bytes` of the output, or less when the file holds less at its end.
    ///
    /// # Errors
    /// As [`LogReader::read_range`].
    pub fn tail(&self, n_bytes: usize) -> io::Result<Vec<LogChunk>> {
        let total = self.summary()?.total_bytes;
        self.read_range(total.saturating_sub(n_bytes as u64), n_bytes)
    }

    /// The last `n` lines of the output without their line ends, oldest first, both streams mixed as they came. Looks
    /// at no more than the last 4 MiB.
    ///
    /// # Errors
    /// As [`LogReader::read_range`].
    pub fn last_lines(&self, n: usize) -> io::Result<Vec<Vec<u8>>> {
        const MOST: usize = 4 << 20;
        let mut want = BLOCK_BYTES;
        loop {
            let chunks = self.tail(want)?;
            let begins_whole = chunks.first().is_none_or(|c| c.offset == 0);
            let text = chunks.into_iter().flat_map(|c| c.bytes).collect::<Vec<_>>();
            let body = text.strip_suffix(b"\n").unwrap_or(&text);
            let mut lines: Vec<_> = body.rsplitn(n + 1, |b| *b == b'\n').collect();
            if lines.len() <= n && !begins_whole && want < MOST {
                want *= 4;
                continue;
            }
            lines.truncate(n);
            lines.reverse();
            if text.is_empty() {
                lines.clear();
            }
            return Ok(lines.into_iter().map(<[u8]>::to_vec).collect());
        }
    }

    /// Offset at which line `line` (from 0) begins: just after that many newlines. `None` when the output has fewer,
    /// or when the place was cut out.
    ///
    /// # Errors
    /// As [`LogReader::read_range`].
    pub fn offset_of_line(&self, line: u64) -> io::Result<Option<u64>> {
        if line == 0 {
            return Ok(Some(0));
        }
        let Some(layout) = self.layout()? else { return Ok(None) };
        let index = self.last_index(&layout, |before| before.lines < line)?;
        let Some(block) = self.block(&layout, layout.seq(index))? else { return Ok(None) };
        let mut found = None;
        block.walk(|step| {
            if let Step::Output { before, data, .. } = step
                && let Some(nth) = line.checked_sub(before.lines + 1)
                && let Ok(nth) = usize::try_from(nth)
                && let Some(at) = memchr::memchr_iter(b'\n', data).nth(nth)
            {
                found = Some(before.offset() + at as u64 + 1);
            }
            found.is_none()
        });
        Ok(found)
    }

    fn layout(&self) -> io::Result<Option<Layout>> {
        let len = self.file.metadata()?.len();
        let mut first = [0; BLOCK_HEADER];
        let got = read_up_to(&self.file, &mut first, 0)?;
        if got < BLOCK_HEADER {
            return Ok(None);
        }
        if first == [0; BLOCK_HEADER] {
            // Power failed when the disk had the size and not the bytes: nothing can be found.
            return Ok(None);
        }
        let Some(header) = BlockHeader::decode(&first).filter(|h| h.seq == 0) else {
            let text = "not a log of this version (bad first block)";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        };
        let geometry = header.geometry;
        let blocks = len.div_ceil(BLOCK_BYTES as u64);
        let head = blocks.min(u64::from(geometry.head_blocks));
        let mut layout = Layout { geometry, head, ring: None };
        let slots = (blocks - head).min(u64::from(geometry.tail_blocks));
        if slots > 0 {
            // No more blocks than there are slots, whatever their numbers say.
            let ring = self.ring(&layout, slots)?;
            layout.ring = ring.filter(|(first, last)| {
                *first >= head && *last < u64::MAX && last.saturating_sub(*first) < slots
            });
        }
        Ok(Some(layout))
    }

    /// The oldest and newest block of the ring. Slots hold rising numbers with one drop, at the newest.
    fn ring(&self, layout: &Layout, slots: u64) -> io::Result<Option<(u64, u64)>> {
        let seq_in = |slot: u64| -> io::Result<Option<u64>> {
            Ok(self.header(layout, layout.head + slot)?.map(|h| h.seq))
        };
        // A torn header (only the newest block's can be) counts as old: the one before it is the newest then.
        let Some(base) = seq_in(0)? else {
            let newest = seq_in(slots - 1)?;
            let full = slots == u64::from(layout.geometry.tail_blocks);
            let newest = newest.filter(|_| full);
            return Ok(newest.and_then(|n| Some((n.checked_add(2)?.checked_sub(slots)?, n))));
        };
        let (mut low, mut high) = (0, slots);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if seq_in(middle)? == base.checked_add(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let Some(newest) = base.checked_add(low) else { return Ok(None) };
        let oldest = match base.checked_sub(layout.head) {
            Some(turns) if turns > 0 => {
                let ring = u64::from(layout.geometry.tail_blocks);
                let next_is_torn = low + 1 < slots && seq_in(low + 1)?.is_none();
                let oldest = newest.checked_add(u64::from(next_is_torn));
                let oldest = oldest.and_then(|it| it.checked_sub(ring - 1));
                let Some(oldest) = oldest else { return Ok(None) };
                oldest
            }
            _ => layout.head,
        };
        Ok(Some((oldest, newest)))
    }

    /// The last block whose beginning satisfies a condition that holds for a first part of the blocks.
    fn last_index(&self, layout: &Layout, holds: impl Fn(Counts) -> bool) -> io::Result<u64> {
        let (mut low, mut high) = (0, layout.len());
        while high.saturating_sub(low) > 1 {
            let middle = low + (high - low) / 2;
            // A block that is just being overwritten lies at the old end of the ring: later than any that holds.
            if self.header(layout, layout.seq(middle))?.is_some_and(|h| holds(h.before)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// A block's header, if the block is still (or already) there. With a ring number, whatever stands in its slot
    /// while the layout is being found out.
    fn header(&self, layout: &Layout, seq: u64) -> io::Result<Option<BlockHeader>> {
        let mut bytes = [0; BLOCK_HEADER];
        let got = read_up_to(&self.file, &mut bytes, layout.geometry.position(seq))?;
        Ok(BlockHeader::decode(&bytes[..got]))
    }

    fn last_block(&self, layout: &Layout) -> io::Result<Option<Block>> {
        let mut index = layout.len();
        while index > 0 {
            index -= 1;
            if let Some(block) = self.block(layout, layout.seq(index))? {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    fn block(&self, layout: &Layout, seq: u64) -> io::Result<Option<Block>> {
        let mut bytes = vec![0; BLOCK_BYTES];
        let got = read_up_to(&self.file, &mut bytes, layout.geometry.position(seq))?;
        bytes.truncate(got);
        Ok(BlockHeader::decode(&bytes)
            .filter(|h| h.seq == seq)
            .map(|header| Block { header, bytes }))
    }
}

fn read_up_to(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    let mut got = 0;
    while got < buf.len() {
        match file.read_at(&mut buf[got..], at + got as u64) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}
