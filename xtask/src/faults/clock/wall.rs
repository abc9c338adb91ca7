//! The wall clock as the programs under test see it. The clock that timers go by is left alone, as it is when somebody sets
//! a machine's clock.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::faults::site::Site;

/// Its build for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The library that stands between programs and the system's clock.
///
/// # Errors
/// Where it is not installed.
pub(super) fn library() -> anyhow::Result<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64"].map(PathBuf::from);
    let below = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let candidates = folders.iter().cloned().chain(below.map(|entry| entry.path()));
    candidates
        .map(|folder| folder.join(LIBRARY))
        .find(|library| library.is_file())
        .context("libfaketime is not installed: `cargo xtask setup`")
}

/// A clock that can be set.
pub(super) struct Wall {
    file: PathBuf,
    offset: i64,
}

impl Wall {
    /// Has all programs of the site go by it; it shows the right time.
    pub(super) fn begin(site: &mut Site, library: &Path) -> anyhow::Result<Self> {
        let wall = Self { file: site.file("clock"), offset: 0 };
        wall.write()?;
        let set = |name: &'static str, value: &str| (name, OsString::from(value));
        site.set_variables(vec![
            ("LD_PRELOAD", library.into()),
            ("FAKETIME_TIMESTAMP_FILE", wall.file.clone().into()),
            set("FAKETIME_NO_CACHE", "1"),
            set("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            set("FAKETIME_DONT_RESET", "1"),
        ]);
        Ok(wall)
    }

    /// Sets it by so many seconds.
    pub(super) fn jump(&mut self, seconds: i64) -> anyhow::Result<()> {
        self.offset += seconds;
        self.write()
    }

    /// By how much it is ahead, in seconds.
    pub(super) fn offset(&self) -> i64 {
        self.offset
    }

    /// What it shows, in microseconds since the epoch.
    pub(super) fn now_us(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX) + self.offset * 1_000_000
    }

    /// In one step: who looks meanwhile must not see half a number.
    fn write(&self) -> anyhow::Result<()> {
        let half = self.file.with_extension("half");
        fs::write(&half, format!("{:+}\n", self.offset))?;
        fs::rename(&half, &self.file).context("the clock cannot be set")
    }
}
