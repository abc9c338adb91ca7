//! The daemon's own log: `daemon.log` in the home, or the terminal with `--foreground`.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;

use millrace_api::home::Home;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// From this size on, in bytes, a log is put aside at the next start.
const LARGE: u64 = 8 << 20;

/// Opens the log; a large one is put aside first.
pub(crate) fn open_log(home: &Home) -> io::Result<File> {
    let path = home.daemon_log();
    if std::fs::metadata(&path).is_ok_and(|found| found.len() > LARGE) {
        std::fs::rename(&path, path.with_extension("log.old"))?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Sends traces to `log`, or to the terminal where there is none. `MILLRACE_LOG` says how much (`info`).
pub(crate) fn start(log: Option<File>) {
    let filter = EnvFilter::try_from_env("MILLRACE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let traces = tracing_subscriber::fmt().with_env_filter(filter).with_timer(SystemTime);
    // A second daemon in one process (tests) keeps the first one's.
    let _kept = match log {
        Some(log) => traces.with_ansi(false).with_writer(std::sync::Mutex::new(log)).try_init(),
        None => traces.with_writer(io::stderr).try_init(),
    };
}
