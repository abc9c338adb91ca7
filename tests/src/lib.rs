//! What the tests over all processes share: the programs under test, looking at processes, and waiting.
//!
//! The tests themselves are in the folder `tests` beside this one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "only tests use it, and they may fail")]

pub mod bus;
pub mod http;
pub mod keyring;
pub mod kitchen;
pub mod mounts;
pub mod podman;
pub mod processes;
pub mod programs;
pub mod smtp;
pub mod tls;

use std::thread;
use std::time::{Duration, Instant};

/// What has not come true by then never will: longer than anything takes on a loaded machine.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Between two looks at something that nothing announces.
pub const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Looks until there is something to see, and fails when there never is.
///
/// # Panics
/// When [`LIMIT`] is over.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_within(LIMIT, what, look)
}

/// The same, with a limit of its own.
///
/// # Panics
/// When it is over.
pub fn until_within<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(LOOK_AGAIN);
    }
}
