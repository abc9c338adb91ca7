//! The keeper process itself.
//!
//! `sys` is the only module with `unsafe` code. `turn` is the main loop; everything else is a part it uses.

mod background;
mod cgroup;
mod command;
pub(crate) mod guard;
mod oom;
mod outbox;
mod pump;
mod settle;
mod spawn;
mod strays;
mod sys;
mod task;
mod turn;

use std::fmt;
use std::io;

pub(crate) use background::{Background, Ready, into_background, prepare_dir};
pub(crate) use sys::close_inherited;
pub(crate) use turn::serve;

/// Why a keeper could not start or go on.
#[derive(Debug)]
pub(crate) struct KeeperError {
    what: String,
    source: io::Error,
}

impl KeeperError {
    pub(crate) fn new(what: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self { what: what.into(), source: source.into() }
    }
}

impl fmt::Display for KeeperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.source)
    }
}

impl std::error::Error for KeeperError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Wall time, Unix microseconds.
pub(crate) fn wall_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX))
}
