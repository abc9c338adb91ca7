//! The file that all hostile processes of a round hold. It knows who lives, and what they said.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use crate::faults::processes;

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The ledger of a round.
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
}

impl Ledger {
    /// Opens the ledger, which must be there.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::open(path)? })
    }

    /// Whether somebody wrote this line.
    pub(super) fn says(&self, word: &str) -> bool {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        text.lines().any(|line| line == word)
    }

    /// Waits until somebody wrote this line. False where the deadline came first.
    pub(super) fn wait(&self, word: &str, deadline: Instant) -> bool {
        until(deadline, || self.says(word))
    }

    /// Whether nobody is left.
    pub(super) fn is_free(&self) -> bool {
        let is_mine = flock(&self.file, FlockOperation::NonBlockingLockExclusive).is_ok();
        if is_mine {
            let _given_back = flock(&self.file, FlockOperation::Unlock);
        }
        is_mine
    }

    /// Waits until nobody is left. False where the deadline came first.
    pub(super) fn wait_free(&self, deadline: Instant) -> bool {
        until(deadline, || self.is_free())
    }

    /// Who holds it, as far as one look can tell.
    pub(super) fn holders(&self) -> Vec<u32> {
        let holds = |pid: &u32| {
            let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
            fds.flatten().any(|fd| fs::read_link(fd.path()).is_ok_and(|path| path == self.path))
        };
        let mut all = processes::all().unwrap_or_default();
        // The newest first: a chain of processes is at its end.
        all.reverse();
        all.into_iter().filter(|pid| *pid != std::process::id()).filter(holds).collect()
    }

    /// Kills whoever is left: nothing may disturb the rounds to come.
    pub(super) fn clear(&self, deadline: Instant) {
        until(deadline, || {
            for pid in self.holders() {
                let _gone = processes::kill(pid);
            }
            self.is_free()
        });
    }
}

fn until(deadline: Instant, mut look: impl FnMut() -> bool) -> bool {
    loop {
        if look() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
