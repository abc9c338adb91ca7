//! The socket: one daemon at a time, a new connection replaces the old one. What is sent from the journal follows the
//! file, so a slow or new daemon costs no memory; live entries are sent directly while it keeps up.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use millrace_keeper::connect::bind;
use millrace_keeper::journal::JournalReader;
use millrace_keeper::protocol::{Entry, FrameReader, FromKeeper, ToKeeper};

/// Unsent bytes above which live entries are no longer added: the rest is sent from the file later.
const FULL_BYTES: usize = 1 << 20;

pub(crate) struct Outbox {
    listener: UnixListener,
    socket: PathBuf,
    conn: Option<Conn>,
}

struct Conn {
    stream: UnixStream,
    frames: FrameReader,
    out: Vec<u8>,
    sent: usize,
    follow: Follow,
}

enum Follow {
    /// The daemon has not yet said from where on it wants entries.
    NotAsked,
    /// Entries come from the file until its end is reached.
    Replaying { reader: JournalReader, after_record: u64 },
    /// Entries are sent as they are written.
    Live,
}

impl Outbox {
    pub(crate) fn new(socket: &Path, first: Option<OwnedFd>) -> io::Result<Self> {
        // The journal's lock is ours, so a socket that is there is a dead keeper's.
        match fs::remove_file(socket) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let listener = bind(socket)?;
        fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        let mut outbox = Self { listener, socket: socket.to_owned(), conn: None };
        if let Some(fd) = first {
            outbox.adopt(UnixStream::from(fd))?;
        }
        Ok(outbox)
    }

    pub(crate) fn listener_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// The connection's descriptor and whether there is something to write.
    pub(crate) fn conn_fd(&self) -> Option<(BorrowedFd<'_>, bool)> {
        self.conn.as_ref().map(|c| (c.stream.as_fd(), c.sent < c.out.len()))
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.conn.is_some()
    }

    fn adopt(&mut self, stream: UnixStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        self.conn = Some(Conn {
            stream,
            frames: FrameReader::default(),
            out: Vec::new(),
            sent: 0,
            follow: Follow::NotAsked,
        });
        Ok(())
    }

    /// Accepts a waiting connection of the same user (or root). `true` when there is a new one, which is to be greeted.
    pub(crate) fn accept(&mut self) -> bool {
        let Ok((stream, _)) = self.listener.accept() else { return false };
        let Ok(peer) = rustix::net::sockopt::socket_peercred(&stream) else { return false };
        let me = rustix::process::geteuid();
        if peer.uid != me && !peer.uid.is_root() {
            return false;
        }
        self.adopt(stream).is_ok()
    }

    /// Reads what the daemon sent. An end or an error closes the connection.
    pub(crate) fn receive(&mut self) -> Vec<ToKeeper> {
        let mut messages = Vec::new();
        let Some(conn) = &mut self.conn else { return messages };
        let mut chunk = [0; 16 * 1024];
        let open = loop {
            match conn.stream.read(&mut chunk) {
                Ok(0) => break false,
                Ok(n) => {
                    conn.frames.push(&chunk[..n]);
                    if n < chunk.len() {
                        break true;
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => break e.kind() == ErrorKind::WouldBlock,
            }
        };
        let sane = loop {
            match conn.frames.next_frame() {
                Ok(Some(frame)) => match ToKeeper::decode(&frame) {
                    Ok(message) => messages.extend(message),
                    Err(_) => break false,
                },
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        if !open || !sane {
            self.conn = None;
        }
        messages
    }

    /// Queues a message that is not in the journal; lost when nobody is connected.
    pub(crate) fn push(&mut self, message: &FromKeeper) {
        if let Some(conn) = &mut self.conn {
            message.encode(&mut conn.out);
        }
    }

    /// The daemon wants all entries after a record.
    pub(crate) fn follow(&mut self, journal: &Path, after_record: u64) {
        let Some(conn) = &mut self.conn else { return };
        match JournalReader::open(journal) {
            Ok(reader) => conn.follow = Follow::Replaying { reader, after_record },
            Err(_) => self.conn = None,
        }
    }

    /// Entries that are now in the journal, the first of them at `position` in the file.
    pub(crate) fn push_entries(&mut self, journal: &Path, entries: &mut Vec<Entry>, position: u64) {
        if let Some(conn) = &mut self.conn
            && matches!(conn.follow, Follow::Live)
        {
            if conn.out.len() - conn.sent > FULL_BYTES {
                match JournalReader::open(journal) {
                    Ok(mut reader) => {
                        reader.seek(position);
                        conn.follow = Follow::Replaying { reader, after_record: 0 };
                    }
                    Err(_) => self.conn = None,
                }
            } else {
                for entry in entries.drain(..) {
                    FromKeeper::Entry(Box::new(entry)).encode(&mut conn.out);
                }
            }
        }
        entries.clear();
    }

    /// Writes as much as the socket takes. `written` is the length of the journal up to which it may be told.
    pub(crate) fn send(&mut self, written: u64) {
        let Some(conn) = &mut self.conn else { return };
        loop {
            conn.refill(written);
            if conn.sent == conn.out.len() {
                conn.out.clear();
                conn.sent = 0;
                conn.out.shrink_to(64 * 1024);
                return;
            }
            match conn.stream.write(&conn.out[conn.sent..]) {
                Ok(n) => conn.sent += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.conn = None;
                    return;
                }
            }
        }
    }

    /// Removes the socket's file.
    pub(crate) fn unlink(&self) {
        let _ = fs::remove_file(&self.socket);
    }
}

impl Conn {
    /// While replaying: adds entries from the file when what was added before is sent.
    fn refill(&mut self, written: u64) {
        let Follow::Replaying { reader, after_record } = &mut self.follow else { return };
        if self.sent < self.out.len() {
            return;
        }
        self.out.clear();
        self.sent = 0;
        while self.out.len() < FULL_BYTES / 4 && reader.offset() < written {
            match reader.next_raw() {
                Ok(Some(raw)) if raw.record > *after_record => {
                    FromKeeper::encode_payload(&raw.payload, &mut self.out);
                    *after_record = raw.record;
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        if reader.offset() >= written {
            FromKeeper::CaughtUp { record: *after_record }.encode(&mut self.out);
            self.follow = Follow::Live;
        }
    }
}
