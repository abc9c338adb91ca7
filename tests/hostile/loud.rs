//! Modes that take all that there is: the log, descriptors, memory.

use super::sys::{Ledger, exhaust_descriptors, ignore, limit_memory, stay, write_to};

/// Bytes of neither text nor an end: half of them steer terminals.
const NOISE: usize = 64 << 10;
/// More than a task of this kind needs.
const MEMORY: u64 = 512 << 20;

/// Output without end and without lines, to both streams.
pub(crate) fn endless(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM, libc::SIGPIPE]);
    ledger.note("begins");
    let noise = noise();
    let end = std::time::Instant::now() + super::sys::LIFE;
    while std::time::Instant::now() < end {
        for fd in [1, 2] {
            let _cut = write_to(fd, &noise);
        }
    }
    stay()
}

/// Noise into every descriptor that was inherited.
pub(crate) fn garbage(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM, libc::SIGPIPE]);
    ledger.note("begins");
    let noise = noise();
    for _ in 0..8 {
        for fd in (0..1_024).filter(|fd| *fd != ledger.fd()) {
            let _closed = write_to(fd, &noise);
        }
    }
    stay()
}

/// All descriptors that may be open.
pub(crate) fn descriptors(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    ledger.note("begins");
    exhaust_descriptors();
    stay()
}

/// All memory that it may have, and touches it.
pub(crate) fn memory(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    limit_memory(MEMORY);
    let mut taken: Vec<Vec<u8>> = Vec::with_capacity(1_024);
    ledger.note("begins");
    loop {
        let mut block: Vec<u8> = Vec::new();
        if block.try_reserve_exact(4 << 20).is_err() || taken.len() == taken.capacity() {
            stay();
        }
        block.resize(4 << 20, 1);
        taken.push(block);
    }
}

fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(NOISE);
    while bytes.len() < NOISE {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match state >> 62 {
            0 => bytes.extend_from_slice(b"\x1b[2J\x1b[31m\x1b]0;x\x07"),
            _ => bytes.extend(state.to_le_bytes().iter().filter(|byte| **byte != b'\n')),
        }
    }
    bytes
}
