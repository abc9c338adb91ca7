//! The daemon's own log: `daemon.log` in the home, or the terminal with `--foreground`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Mutex;

use millrace_api::home::Home;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// From this size on, in bytes, what stands in the log is put aside.
const LARGE: u64 = 8 << 20;

/// Opens the log.
pub(crate) fn open_log(home: &Home) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(home.daemon_log())
}

/// A log that does not grow for ever: once it is large, what stands in it becomes `daemon.log.old`.
struct Log {
    /// Opened for appending, perhaps by others as well (it is standard error, too).
    file: File,
    path: PathBuf,
}

impl Log {
    /// Begins anew in the same file: whoever else has it open writes into the new one.
    fn put_aside(&self) -> io::Result<()> {
        let old = self.path.with_extension("log.old");
        let copied = std::fs::copy(&self.path, old);
        // Where there is no room for what was, there is none for growing either.
        self.file.set_len(0)?;
        copied.map(drop)
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.file.metadata().is_ok_and(|found| found.len() > LARGE) {
            // What is said now is worth more than what was.
            let _put_aside = self.put_aside();
        }
        self.file.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Sends traces to the home's `log`, or to the terminal where there is none. `MILLRACE_LOG` says how much (`info`).
pub(crate) fn start(home: &Home, log: Option<File>) {
    let filter = EnvFilter::try_from_env("MILLRACE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let traces = tracing_subscriber::fmt().with_env_filter(filter).with_timer(SystemTime);
    // A second daemon in one process (tests) keeps the first one's.
    let _kept = match log {
        Some(file) => {
            let log = Log { file, path: home.daemon_log() };
            traces.with_ansi(false).with_writer(Mutex::new(log)).try_init()
        }
        None => traces.with_writer(io::stderr).try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_became_large_is_put_aside_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daemon.log");
        let file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        let mut errors = file.try_clone().unwrap();
        let mut log = Log { file, path: path.clone() };
        log.write_all(b"first\n").unwrap();
        log.file.set_len(LARGE).unwrap();
        log.write_all(b"the last that fits\n").unwrap();
        log.write_all(b"next\n").unwrap();
        errors.write_all(b"a panic\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"next\na panic\n");
        let old = std::fs::read(folder.path().join("daemon.log.old")).unwrap();
        assert!(old.starts_with(b"first\n") && old.ends_with(b"the last that fits\n"));
    }
}
