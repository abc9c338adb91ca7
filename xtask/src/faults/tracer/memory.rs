//! The memory of a stopped tracee, read.

use std::io::IoSliceMut;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// No path is longer.
const LONGEST_PATH: usize = 4_096;
/// A text may end at the end of a mapping: it is read by pieces that no page divides.
const PIECE: usize = 256;
/// No call of ours writes more parts at once (`IOV_MAX`).
const MOST_PARTS: u64 = 1_024;

/// So many bytes of a process from an address on; as many as there are.
pub(in crate::faults) fn bytes_at(pid: u32, address: u64, length: u64) -> Vec<u8> {
    let length = usize::try_from(length).unwrap_or(0);
    let mut bytes = vec![0; length];
    let read = read_into(pid, address, &mut bytes);
    bytes.truncate(read);
    bytes
}

/// What the parts of a vector of buffers (`struct iovec`) hold, in one piece of at most so many bytes.
pub(in crate::faults) fn vector_at(pid: u32, address: u64, parts: u64, length: u64) -> Vec<u8> {
    let table = bytes_at(pid, address, 16 * parts.min(MOST_PARTS));
    let mut all = Vec::new();
    for part in table.chunks_exact(16) {
        let left = length.saturating_sub(all.len() as u64);
        all.extend(bytes_at(pid, word(part, 0), word(part, 8).min(left)));
    }
    all
}

/// A text that ends with a zero.
pub(super) fn text_at(pid: u32, address: u64) -> Vec<u8> {
    let mut text = Vec::new();
    while text.len() < LONGEST_PATH {
        let here = address + text.len() as u64;
        let length = PIECE - usize::try_from(here % PIECE as u64).unwrap_or(0);
        let mut piece = vec![0; length];
        let read = read_into(pid, here, &mut piece);
        let end = piece.iter().take(read).position(|byte| *byte == 0);
        text.extend(piece.iter().take(end.unwrap_or(read)));
        if end.is_some() || read < length {
            break;
        }
    }
    text
}

/// The number of eight bytes at a place.
pub(super) fn word(bytes: &[u8], at: usize) -> u64 {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
    word.map_or(0, |word| u64::from_le_bytes(*word))
}

fn read_into(pid: u32, address: u64, bytes: &mut [u8]) -> usize {
    let remote = RemoteIoVec { base: usize::try_from(address).unwrap_or(0), len: bytes.len() };
    let pid = Pid::from_raw(pid.cast_signed());
    process_vm_readv(pid, &mut [IoSliceMut::new(bytes)], &[remote]).unwrap_or(0)
}
