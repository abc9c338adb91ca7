//! A keeper that is none: it holds the journal's lock and its socket, and says nothing or nonsense.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};

/// What a false keeper says to whoever connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speech {
    Nothing,
    Noise,
    /// The begin of a message of an impossible length.
    Endless,
    /// It hangs up.
    Gone,
}

/// A false keeper, until it is dropped.
pub(super) struct False {
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _lock: File,
}

impl False {
    /// Takes the place of a dead keeper in the folder of its run.
    pub(super) fn start(folder: &Path, speech: Speech) -> anyhow::Result<Self> {
        let journal = folder.join("keeper.journal");
        let lock = File::open(&journal).with_context(|| journal.display().to_string())?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).context("the keeper still lives")?;
        let socket = folder.join("keeper.sock");
        let _none = std::fs::remove_file(&socket);
        // The folder's path may be longer than an address can be.
        let folder = File::open(folder)?;
        let address =
            format!("/proc/self/fd/{}/keeper.sock", std::os::fd::AsRawFd::as_raw_fd(&folder));
        let listener = UnixListener::bind(&address).context("cannot listen in its place")?;
        listener.set_nonblocking(true)?;
        let enough = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&enough);
        let thread = thread::spawn(move || {
            let mut held = Vec::new();
            while !until.load(Ordering::Relaxed) {
                let Ok((mut stream, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(2));
                    continue;
                };
                let _set = stream.set_read_timeout(Some(Duration::from_millis(20)));
                let _greeting = stream.read(&mut [0; 256]);
                let _told = match speech {
                    Speech::Nothing => Ok(()),
                    Speech::Noise => stream.write_all(&[0x5a; 4_096]),
                    Speech::Endless => stream.write_all(&[0xff, 0xff, 0xff, 0x7f, 1, 2, 3]),
                    Speech::Gone => continue,
                };
                held.push(stream);
            }
        });
        Ok(Self { enough, thread: Some(thread), _lock: lock })
    }
}

impl Drop for False {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}
