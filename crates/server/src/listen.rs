//! The private socket: only this user gets in, and only so many clients at once.
//!
//! Those beyond wait at the door, so that there are file descriptors left for documents, the history and keepers.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::serve::Listener;
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The name of the socket in its folder.
const SOCKET: &str = "daemon.sock";

/// So many connections at once, where the process may open enough files.
const MOST: u64 = 1_024;

/// Accepts connections of this user alone.
#[derive(Debug)]
pub(crate) struct PrivateListener {
    listener: UnixListener,
    places: Arc<Semaphore>,
    path: PathBuf,
    user: u32,
}

impl PrivateListener {
    /// Listens in `folder`. Whoever calls has the home's lock, so a socket that lies there is a dead one.
    pub(crate) fn bind(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SOCKET);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let places = Arc::new(Semaphore::new(places(getrlimit(Resource::Nofile).current)));
        Ok(Self { listener, places, path, user: rustix::process::geteuid().as_raw() })
    }

    /// Where it listens.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Listener for PrivateListener {
    type Io = Admitted;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Admitted, SocketAddr) {
        // Never closed; were it, everybody would get in.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            // Waits and tries again when the system has no more file descriptors.
            let (stream, address) = Listener::accept(&mut self.listener).await;
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == self.user => {
                    return (Admitted { stream, _place: place }, address);
                }
                Ok(peer) => tracing::warn!(uid = peer.uid(), "another user was turned away"),
                Err(error) => tracing::warn!(%error, "somebody unknown was turned away"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Half of the files that the process may open, of which there is no limit where that is none.
fn places(files: Option<u64>) -> usize {
    let half = files.map_or(MOST, |files| files / 2);
    usize::try_from(half.clamp(1, MOST)).unwrap_or(1)
}

/// A connection with its place.
#[derive(Debug)]
pub(crate) struct Admitted {
    stream: UnixStream,
    _place: Option<OwnedSemaphorePermit>,
}

impl AsyncRead for Admitted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Admitted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    #[test]
    fn half_of_the_files_are_for_clients() {
        assert_eq!(places(Some(1_024)), 512);
        assert_eq!((places(Some(1 << 20)), places(None)), (1_024, 1_024));
        assert_eq!(places(Some(0)), 1, "somebody gets in");
    }

    #[tokio::test]
    async fn another_user_is_turned_away() {
        use tokio::io::AsyncReadExt;

        let folder = tempfile::tempdir().unwrap();
        let mut listener = PrivateListener::bind(folder.path()).unwrap();
        let mode = fs::metadata(listener.path()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let own = std::mem::replace(&mut listener.user, u32::MAX - 1);
        let mut client = UnixStream::connect(listener.path()).await.unwrap();
        let mut bytes = Vec::new();
        tokio::select! {
            _ = listener.accept() => panic!("it got in"),
            read = client.read_to_end(&mut bytes) => assert_eq!(read.unwrap(), 0, "nothing is said"),
        }
        listener.user = own;
        let _client = UnixStream::connect(listener.path()).await.unwrap();
        listener.accept().await;
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_gets_in_when_somebody_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let mut listener = PrivateListener::bind(folder.path()).unwrap();
        listener.places = Arc::new(Semaphore::new(1));
        let _clients = [
            UnixStream::connect(listener.path()).await.unwrap(),
            UnixStream::connect(listener.path()).await.unwrap(),
        ];
        let (first, _) = listener.accept().await;
        {
            let mut second = Box::pin(listener.accept());
            for _ in 0..10 {
                yield_now().await;
                let waits = futures_util::poll!(&mut second).is_pending();
                assert!(waits, "there is no place");
            }
            drop(first);
            second.await;
        }
    }
}
