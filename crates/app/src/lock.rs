//! The lock of a home: one process has it, a daemon or `millrace run --no-daemon`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use millrace_api::home::Home;
use millrace_api::{ApiError, Code};

/// Held as long as this lives; the system lets go of it when the process dies in whatever way.
#[derive(Debug)]
pub(crate) struct HomeLock {
    _file: File,
}

impl HomeLock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// `HomeTaken` where another process has it; `Environment` where the file cannot be made.
    pub(crate) fn take(home: &Home) -> Result<Self, ApiError> {
        let path = home.lock();
        let cannot = |error: std::io::Error| {
            ApiError::new(Code::Environment, format!("cannot lock {}: {error}", path.display()))
                .help("the home must be a folder on a local disk that you can write to")
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(home, &mut file)),
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        // For whoever finds it locked: a hint, not the lock.
        let pid = std::process::id().to_string();
        file.set_len(0).and_then(|()| file.write_all(pid.as_bytes())).map_err(cannot)?;
        Ok(Self { _file: file })
    }
}

/// Who has the home, in words; none where nobody does. The lock is not taken.
#[must_use]
pub fn holder(home: &Home) -> Option<String> {
    // Where there is no file nobody has ever worked here.
    let mut file = File::open(home.lock()).ok()?;
    // Shared and only for this moment: it tells what holds the lock for good.
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(named_in(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn named_in(file: &mut File) -> String {
    let mut pid = String::new();
    let _unread = file.rewind().and_then(|()| file.read_to_string(&mut pid));
    match pid.trim() {
        "" => "another process".to_owned(),
        pid => format!("process {pid}"),
    }
}

fn taken(home: &Home, file: &mut File) -> ApiError {
    let who = named_in(file);
    ApiError::new(Code::HomeTaken, format!("{who} has the home {}", home.root().display()))
        .help("use the daemon that runs, stop it with `millrace daemon stop`, or set MILLRACE_HOME")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_to_come_is_told_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path()).unwrap();
        let first = HomeLock::take(&home).unwrap();
        let error = HomeLock::take(&home).unwrap_err();
        assert_eq!(error.code, Code::HomeTaken);
        assert!(error.message.contains(&std::process::id().to_string()), "{error}");
        drop(first);
        HomeLock::take(&home).unwrap();
    }

    #[test]
    fn tells_who_has_the_home() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path()).unwrap();
        assert_eq!(holder(&home), None);
        let mut file = File::create(home.lock()).unwrap();
        file.write_all(b"4711").unwrap();
        assert_eq!(holder(&home), None);
        file.lock().unwrap();
        assert_eq!(holder(&home).as_deref(), Some("process 4711"));
        drop(file);
        assert_eq!(holder(&home), None);
    }
}
