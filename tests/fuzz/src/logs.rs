//! The file of a log: written by us and read at every place, and made by somebody who means harm, with sums that fit.

use std::cell::RefCell;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use millrace_keeper::log::{BLOCK_BYTES, LogLimits, LogReader, LogWriter, Stream};
use tempfile::TempDir;

use crate::reading::Draw;

/// Written by us: what is read is what was written, from any place on. Made by others: whatever it says, reading ends, and
/// gives no more than was asked for.
pub fn log(data: &[u8]) {
    let mut draw = Draw::new(data);
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("log");
        let _gone = fs::remove_file(&path);
        match draw.below(3) {
            0 => written(&mut draw, &path),
            1 => {
                written(&mut draw, &path);
                if let Ok(file) = File::options().write(true).open(&path) {
                    file.write_all_at(draw.bytes(), draw.number() % (2 * BLOCK_BYTES as u64))
                        .unwrap();
                    read_anywhere(&mut draw, &path);
                }
            }
            _ => {
                made(&mut draw, &path);
                read_anywhere(&mut draw, &path);
            }
        }
    });
}

fn written(draw: &mut Draw<'_>, path: &Path) {
    let block = BLOCK_BYTES as u64;
    let limits = LogLimits { head_bytes: block, tail_bytes: 2 * block };
    let mut writer = LogWriter::new(path.to_owned(), limits);
    let mut all: Vec<(Stream, u8)> = Vec::new();
    let now = Instant::now();
    for at in 0..draw.below(8) {
        let stream = if draw.coin() { Stream::Stderr } else { Stream::Stdout };
        let piece = draw.bytes().repeat(1 + draw.below(3) * usize::from(draw.byte()));
        writer.append(stream, at as u64, now, &piece);
        all.extend(piece.iter().map(|byte| (stream, *byte)));
    }
    writer.finish(9, now);
    let Ok(reader) = LogReader::open(path) else { return assert!(all.is_empty()) };
    let summary = reader.summary().unwrap();
    assert_eq!(summary.total_bytes, all.len() as u64);
    let newlines = all.iter().filter(|(_, byte)| *byte == b'\n').count();
    assert_eq!(summary.lines, newlines as u64);
    let (from, most) = (draw.number() as usize % (all.len() + 1), draw.number() as usize % 100_000);
    let cut = summary.cut.map_or(0..0, |cut| cut.offset..cut.offset + cut.stdout + cut.stderr);
    let kept = (from..all.len()).filter(|at| !cut.contains(&(*at as u64))).take(most);
    let wanted: Vec<(u64, Stream, u8)> = kept.map(|at| (at as u64, all[at].0, all[at].1)).collect();
    let mut found = Vec::new();
    for chunk in reader.read_range(from as u64, most).unwrap() {
        let bytes = chunk.bytes.iter().zip(chunk.offset..);
        found.extend(bytes.map(|(byte, at)| (at, chunk.stream, *byte)));
    }
    assert!(found == wanted, "from {from} at most {most}");
}

/// Blocks whose sums fit, with numbers at random.
fn made(draw: &mut Draw<'_>, path: &Path) {
    let file = File::create(path).unwrap();
    for _ in 0..=draw.below(5) {
        let seq = draw.number();
        let mut block = b"MRL1".to_vec();
        block.resize(8, 0);
        block.extend_from_slice(&(draw.number() as u32).to_le_bytes());
        block.extend_from_slice(&(draw.number() as u32).to_le_bytes());
        block.extend_from_slice(&seq.to_le_bytes());
        for _ in 0..4 {
            block.extend_from_slice(&draw.number().to_le_bytes());
        }
        block.resize(64, 0);
        let sum = crc32fast::hash(&block[8..]).to_le_bytes();
        block[4..8].copy_from_slice(&sum);
        for _ in 0..draw.below(5) {
            let data = match draw.below(3) {
                0 => (0..28).map(|_| draw.byte()).collect(),
                _ => draw.bytes().to_vec(),
            };
            let mut head = u16::try_from(data.len()).unwrap().to_le_bytes().to_vec();
            head.extend_from_slice(&[draw.byte() % 4, 0]);
            head.extend_from_slice(&draw.number().to_le_bytes());
            let mut summed = seq.to_le_bytes().to_vec();
            summed.extend_from_slice(&head);
            summed.extend_from_slice(&data);
            block.extend_from_slice(&crc32fast::hash(&summed).to_le_bytes());
            block.extend_from_slice(&head);
            block.extend_from_slice(&data);
        }
        file.write_all_at(&block, u64::from(draw.byte() % 6) * BLOCK_BYTES as u64).unwrap();
    }
    // As long as its writer would have made it.
    let length = file.metadata().unwrap().len().next_multiple_of(BLOCK_BYTES as u64);
    if draw.coin() {
        file.set_len(length).unwrap();
    }
}

fn read_anywhere(draw: &mut Draw<'_>, path: &Path) {
    let reader = LogReader::open(path).unwrap();
    let most = draw.number() as usize % (1 << 20);
    let from = draw.number();
    let Ok(_summary) = reader.summary() else { return };
    for only in [None, Some(Stream::Stdout), Some(Stream::Stderr)] {
        let Ok(chunks) = reader.read_range_of(only, from, most) else { continue };
        let bytes: usize = chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        assert!(bytes <= most, "{bytes} bytes, and {most} were asked for");
        assert!(chunks.iter().all(|chunk| only.is_none_or(|only| only == chunk.stream)));
    }
    let lines = reader.last_lines(5).unwrap_or_default();
    assert!(lines.len() <= 5);
    let _place = (reader.offset_of_line(from), reader.tail(most));
}

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(crate::journals::folder());
}
