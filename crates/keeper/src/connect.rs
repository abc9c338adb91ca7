//! Finding a keeper's socket again: paths longer than the 107 bytes that a socket address holds go through
//! `/proc/self/fd`. Connects and binds; speaks no protocol.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

const MAX_ADDRESS_BYTES: usize = 107;

/// Where a run folder's keeper listens unless told otherwise.
#[must_use]
pub fn socket_path(run_dir: &Path) -> PathBuf {
    run_dir.join("keeper.sock")
}

/// Connects to a keeper's socket. The stream is blocking.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` when no keeper listens there.
pub fn connect(socket: &Path) -> io::Result<UnixStream> {
    with_short_path(socket, |path| UnixStream::connect(path))
}

/// Listens on a socket path, for the keeper.
///
/// # Errors
/// What the system reports; `AddrInUse` when the file exists.
pub fn bind(socket: &Path) -> io::Result<UnixListener> {
    with_short_path(socket, |path| UnixListener::bind(path))
}

fn with_short_path<T>(socket: &Path, call: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if socket.as_os_str().as_bytes().len() <= MAX_ADDRESS_BYTES {
        return call(socket);
    }
    let (Some(dir), Some(name)) = (socket.parent(), socket.file_name()) else {
        let text = format!("socket path {} has no folder", socket.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    };
    let dir = File::open(dir)?;
    call(&PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd())).join(name))
}
