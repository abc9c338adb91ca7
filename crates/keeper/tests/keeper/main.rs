//! The keeper at its boundary: real processes, the real protocol, real files. One test program, so that the daemon for
//! tests in `support` is compiled and checked once.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod faults;
mod formats;
mod hostile;
mod loud;
mod memory;
mod orphans;
mod support;
mod tasks;
