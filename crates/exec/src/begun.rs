//! What is known of an attempt without a process, for the daemon that comes after this one: a file for each that has
//! begun, which holds its end once there is one. Written before anything is sent, and before the end is told.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use millrace_model::event::AttemptEnd;

use crate::inputs::write_whole;

/// How far an attempt came.
#[derive(Debug, PartialEq)]
pub(crate) enum Progress {
    /// It never began.
    Not,
    /// It began; whether it ended nobody knows.
    Begun,
    /// It ended.
    Ended(Box<AttemptEnd>),
}

/// Notes that an attempt begins. `sync`: also after a power cut it is known.
pub(crate) fn note(path: &Path, sync: bool) -> io::Result<()> {
    write_whole(path, b"null")?;
    if sync {
        File::open(path)?.sync_all()?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
    }
    Ok(())
}

/// Notes how it ended.
pub(crate) fn note_end(path: &Path, end: &AttemptEnd) -> io::Result<()> {
    write_whole(path, &serde_json::to_vec(end)?)
}

/// Reads what was noted. What cannot be read has begun.
pub(crate) fn read(path: &Path) -> Progress {
    match fs::read(path) {
        Ok(bytes) => match serde_json::from_slice::<Option<Box<AttemptEnd>>>(&bytes) {
            Ok(Some(end)) => Progress::Ended(end),
            Ok(None) | Err(_) => Progress::Begun,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Progress::Not,
        Err(_) => Progress::Begun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::event::Outcome;
    use millrace_model::time::Timestamp;

    #[test]
    fn what_was_noted_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.begun");
        assert_eq!(read(&path), Progress::Not);
        note(&path, true).unwrap();
        assert_eq!(read(&path), Progress::Begun);
        let end = AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(7));
        note_end(&path, &end).unwrap();
        assert_eq!(read(&path), Progress::Ended(Box::new(end)));
        fs::write(&path, b"{\"outcome\":").unwrap();
        assert_eq!(read(&path), Progress::Begun);
    }
}
