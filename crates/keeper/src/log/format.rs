//! The bytes of block and record headers.

/// Size of a block of a log file.
pub const BLOCK_BYTES: usize = 64 * 1024;
/// Size of a block's header.
pub(super) const BLOCK_HEADER: usize = 64;
/// Size of a record's header.
pub(super) const RECORD_HEADER: usize = 16;
/// First bytes of each block; the last one is the format's version.
const MAGIC: [u8; 4] = *b"MRL1";

const KIND_STDOUT: u8 = 1;
const KIND_STDERR: u8 = 2;
const KIND_GAP: u8 = 3;

/// Which stream of the task bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The most that is counted of anything. No log comes near; a file that says more was made by somebody who means harm, and
/// sums of two of these fit.
const MOST: u64 = 1 << 62;

/// How much of the output came before a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) stdout: u64,
    pub(super) stderr: u64,
    pub(super) lines: u64,
}

impl Counts {
    /// Offset in the whole output, both streams in the order in which they were read.
    pub(super) fn offset(self) -> u64 {
        self.stdout + self.stderr
    }

    /// Offset in one stream, or in the whole output.
    pub(super) fn of(self, only: Option<Stream>) -> u64 {
        match only {
            None => self.offset(),
            Some(Stream::Stdout) => self.stdout,
            Some(Stream::Stderr) => self.stderr,
        }
    }

    pub(super) fn add(&mut self, stream: Stream, data: &[u8]) {
        match stream {
            Stream::Stdout => self.stdout += data.len() as u64,
            Stream::Stderr => self.stderr += data.len() as u64,
        }
        self.lines += newlines(data);
    }

    pub(super) fn add_all(&mut self, other: Self) {
        let sum = |one: u64, other: u64| one.saturating_add(other).min(MOST);
        self.stdout = sum(self.stdout, other.stdout);
        self.stderr = sum(self.stderr, other.stderr);
        self.lines = sum(self.lines, other.lines);
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            stdout: self.stdout.saturating_sub(earlier.stdout),
            stderr: self.stderr.saturating_sub(earlier.stderr),
            lines: self.lines.saturating_sub(earlier.lines),
        }
    }
}

pub(super) fn newlines(data: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', data).count() as u64
}

/// How a file's blocks are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) head_blocks: u32,
    pub(super) tail_blocks: u32,
}

impl Geometry {
    /// Where block number `seq` stands in the file.
    pub(super) fn position(self, seq: u64) -> u64 {
        let head = u64::from(self.head_blocks);
        let slot = if seq < head { seq } else { head + (seq - head) % u64::from(self.tail_blocks) };
        slot * BLOCK_BYTES as u64
    }
}

/// A block's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockHeader {
    pub(super) geometry: Geometry,
    pub(super) seq: u64,
    pub(super) before: Counts,
    pub(super) at_us: u64,
}

impl BlockHeader {
    pub(super) fn encode(&self) -> [u8; BLOCK_HEADER] {
        let mut out = [0; BLOCK_HEADER];
        out[0..4].copy_from_slice(&MAGIC);
        out[8..12].copy_from_slice(&self.geometry.head_blocks.to_le_bytes());
        out[12..16].copy_from_slice(&self.geometry.tail_blocks.to_le_bytes());
        let numbers =
            [self.seq, self.before.stdout, self.before.stderr, self.before.lines, self.at_us];
        for (i, number) in numbers.into_iter().enumerate() {
            out[16 + i * 8..24 + i * 8].copy_from_slice(&number.to_le_bytes());
        }
        let crc = crc32fast::hash(&out[8..]);
        out[4..8].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// `None` when these bytes are no whole block header.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BLOCK_HEADER] = bytes.first_chunk()?;
        let crc = crc32fast::hash(&bytes[8..]).to_le_bytes();
        if bytes[0..4] != MAGIC || bytes[4..8] != crc {
            return None;
        }
        let u32_at = |at: usize| bytes[at..].first_chunk().map(|b| u32::from_le_bytes(*b));
        let u64_at = |at: usize| bytes[at..].first_chunk().map(|b| u64::from_le_bytes(*b));
        let geometry = Geometry { head_blocks: u32_at(8)?, tail_blocks: u32_at(12)? };
        if geometry.head_blocks == 0 || geometry.tail_blocks == 0 {
            return None;
        }
        let before = Counts { stdout: u64_at(24)?, stderr: u64_at(32)?, lines: u64_at(40)? };
        if before.stdout.max(before.stderr).max(before.lines) > MOST {
            return None;
        }
        Some(Self { geometry, seq: u64_at(16)?, before, at_us: u64_at(48)? })
    }
}

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordKind {
    Output(Stream),
    Gap,
}

/// Encodes a record's header for its data.
pub(super) fn record_header(
    seq: u64,
    kind: RecordKind,
    at_us: u64,
    data: &[u8],
) -> [u8; RECORD_HEADER] {
    let mut out = [0; RECORD_HEADER];
    // Shorter than a block, so it fits.
    out[4..6].copy_from_slice(&u16::try_from(data.len()).unwrap_or(u16::MAX).to_le_bytes());
    out[6] = match kind {
        RecordKind::Output(Stream::Stdout) => KIND_STDOUT,
        RecordKind::Output(Stream::Stderr) => KIND_STDERR,
        RecordKind::Gap => KIND_GAP,
    };
    out[8..16].copy_from_slice(&at_us.to_le_bytes());
    let crc = checksum(seq, &out[4..], data);
    out[0..4].copy_from_slice(&crc.to_le_bytes());
    out
}

/// Decodes the record at the beginning of `bytes`; `None` where the block's valid content ends.
pub(super) fn decode_record(seq: u64, bytes: &[u8]) -> Option<(RecordKind, u64, &[u8])> {
    let head: &[u8; RECORD_HEADER] = bytes.first_chunk()?;
    let len = usize::from(u16::from_le_bytes([head[4], head[5]]));
    let kind = match head[6] {
        KIND_STDOUT => RecordKind::Output(Stream::Stdout),
        KIND_STDERR => RecordKind::Output(Stream::Stderr),
        KIND_GAP => RecordKind::Gap,
        _ => return None,
    };
    let data = bytes.get(RECORD_HEADER..RECORD_HEADER + len)?;
    if checksum(seq, &head[4..], data).to_le_bytes() != head[0..4] {
        return None;
    }
    let at_us = u64::from_le_bytes(*head[8..].first_chunk()?);
    Some((kind, at_us, data))
}

fn checksum(seq: u64, head: &[u8], data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&seq.to_le_bytes());
    hasher.update(head);
    hasher.update(data);
    hasher.finalize()
}

/// The data of a gap record: what was dropped.
pub(super) fn encode_gap(dropped: Counts, errno: i32) -> [u8; 28] {
    let mut out = [0; 28];
    out[0..8].copy_from_slice(&dropped.stdout.to_le_bytes());
    out[8..16].copy_from_slice(&dropped.stderr.to_le_bytes());
    out[16..24].copy_from_slice(&dropped.lines.to_le_bytes());
    out[24..28].copy_from_slice(&errno.to_le_bytes());
    out
}

pub(super) fn decode_gap(data: &[u8]) -> Option<(Counts, i32)> {
    let u64_at = |at: usize| data.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b));
    let errno = i32::from_le_bytes(*data.get(24..)?.first_chunk()?);
    let count_at = |at: usize| u64_at(at).map(|count| count.min(MOST));
    Some((Counts { stdout: count_at(0)?, stderr: count_at(8)?, lines: count_at(16)? }, errno))
}
