//! One window for a home: a second start hands over what it was given to the first one, and ends.
//!
//! Who holds the lock is the first; its socket's path stands in the lock's file. A kill leaves neither in the way: the
//! system gives the lock back.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use millrace_api::home::Home;
use serde::{Deserialize, Serialize};

/// How long a second start waits for the first to answer, or to be gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one side of a hand-over waits for the other.
const TURN: Duration = Duration::from_secs(2);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(30);
/// A longer hand-over is not read.
const LONGEST: u64 = 1024 * 1024;

/// What a second start was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Handover {
    /// Absolute paths of documents.
    pub(crate) documents: Vec<String>,
    /// Links of Millrace's own scheme.
    pub(crate) links: Vec<String>,
    /// A run to show.
    #[serde(default)]
    pub(crate) run: Option<ShownRun>,
    /// The inbox is to be shown.
    #[serde(default)]
    pub(crate) inbox: bool,
}

/// A run to show, and the task in it that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShownRun {
    /// Its id.
    pub(crate) run: String,
    /// The task.
    pub(crate) task: Option<String>,
}

/// How a start goes on.
#[derive(Debug)]
pub(crate) enum Start {
    /// This is the window.
    First(Instance),
    /// There is one, and it has taken over.
    HandedOver,
}

/// The place of the window of a home. Dropping it gives the place up.
#[derive(Debug)]
pub(crate) struct Instance {
    _lock: File,
    socket: PathBuf,
    listener: UnixListener,
    is_leaving: Arc<AtomicBool>,
}

/// Takes the place of the window, or hands over to who has it.
///
/// # Errors
/// When the home cannot be used, or a window has it that does not answer.
pub(crate) fn start(home: &Home, handover: &Handover) -> Result<Start, String> {
    start_within(home, handover, PATIENCE)
}

fn start_within(home: &Home, handover: &Handover, patience: Duration) -> Result<Start, String> {
    let path = home.root().join("window.lock");
    let told = |error: io::Error| format!("{} cannot be used: {error}", path.display());
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut lock = options.open(&path).map_err(told)?;
    let begun = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Instance::new(home, lock).map(Start::First).map_err(told),
            Err(TryLockError::Error(error)) => return Err(told(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        // Until it is ready, and when it is just leaving, the other does not answer.
        if hand_over(&mut lock, handover).is_ok() {
            return Ok(Start::HandedOver);
        }
        if begun.elapsed() >= patience {
            let path = path.display();
            return Err(format!(
                "the window that is open does not answer ({path}); close it first"
            ));
        }
        std::thread::sleep(PAUSE);
    }
}

/// Sends a hand-over to the window that wrote its socket's path into the lock's file.
fn hand_over(lock: &mut File, handover: &Handover) -> io::Result<()> {
    let mut socket = Vec::new();
    lock.rewind()?;
    lock.read_to_end(&mut socket)?;
    let mut stream = UnixStream::connect(OsStr::from_bytes(&socket))?;
    stream.set_read_timeout(Some(TURN))?;
    stream.set_write_timeout(Some(TURN))?;
    let mut line = serde_json::to_vec(handover)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer == "taken\n" { Ok(()) } else { Err(io::Error::other("it was not taken")) }
}

impl Instance {
    fn new(home: &Home, mut lock: File) -> io::Result<Self> {
        let socket = home.socket_dir()?.join("window.sock");
        // Left behind by a window that was killed; nobody else may be here.
        match std::fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&socket)?;
        std::fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(socket.as_os_str().as_encoded_bytes())?;
        Ok(Self { _lock: lock, socket, listener, is_leaving: Arc::default() })
    }

    /// Gives each hand-over to `take`, on a thread of its own, until the window leaves.
    ///
    /// # Errors
    /// When there can be no such thread.
    pub(crate) fn listen(&self, take: impl Fn(Handover) + Send + 'static) -> io::Result<()> {
        let listener = self.listener.try_clone()?;
        let is_leaving = Arc::clone(&self.is_leaving);
        let serve = move || {
            for stream in listener.incoming() {
                if is_leaving.load(Ordering::Acquire) {
                    return;
                }
                // One that could not be taken, for want of files perhaps, is no reason to take no other.
                let Ok(stream) = stream else {
                    std::thread::sleep(PAUSE);
                    continue;
                };
                // Who does not say what it wants in time is not answered.
                if let Ok(handover) = receive(&stream)
                    && (&stream).write_all(b"taken\n").is_ok()
                {
                    take(handover);
                }
            }
        };
        std::thread::Builder::new().name("hand-over".to_owned()).spawn(serve).map(drop)
    }

    /// Takes nothing over any more: who starts from now on waits for the place.
    pub(crate) fn leave(&self) {
        if self.is_leaving.swap(true, Ordering::AcqRel) {
            return;
        }
        // Wakes the thread that waits for a hand-over, so that it sees that there will be none.
        let _woken = UnixStream::connect(&self.socket);
        // The next window would find it in its way otherwise; that it is gone already is fine.
        let _gone = std::fs::remove_file(&self.socket);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.leave();
    }
}

fn receive(stream: &UnixStream) -> io::Result<Handover> {
    stream.set_read_timeout(Some(TURN))?;
    stream.set_write_timeout(Some(TURN))?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

#[cfg(test)]
mod tests;
