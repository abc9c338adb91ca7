//! Whether a process has the home: a look at its lock, which is taken by those who work in it.

use std::fs::{File, TryLockError};

use millrace_api::home::Home;

/// Who has the home, in words; none where nobody does.
pub(crate) fn holder(home: &Home) -> Option<String> {
    // Where there is no file nobody has ever worked here.
    let file = File::open(home.lock()).ok()?;
    // Shared and only for this moment: it tells what holds the lock for good.
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let pid = std::fs::read_to_string(home.lock()).unwrap_or_default();
            Some(match pid.trim() {
                "" => "another process".to_owned(),
                pid => format!("process {pid}"),
            })
        }
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

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
