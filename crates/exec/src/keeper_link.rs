//! A connection to a run's keeper: frames in, frames out, without blocking.
//!
//! Knows the greeting and nothing else of what the frames mean.

use std::io;
use std::path::Path;

use millrace_keeper::connect::connect;
use millrace_keeper::protocol::{DaemonHello, FrameReader, FromKeeper, KeeperHello, ToKeeper};
use tokio::net::UnixStream;

/// How much is read at a time, in bytes.
const BLOCK: usize = 64 << 10;

/// A connection to a living keeper.
pub(crate) struct KeeperLink {
    stream: UnixStream,
    frames: FrameReader,
    out: Vec<u8>,
    block: Vec<u8>,
}

impl KeeperLink {
    /// Connects and exchanges greetings.
    ///
    /// # Errors
    /// `NotFound` or `ConnectionRefused` where no keeper listens; `InvalidData` where it does not greet.
    pub(crate) async fn open(socket: &Path) -> io::Result<(Self, KeeperHello)> {
        let stream = connect(socket)?;
        stream.set_nonblocking(true)?;
        let mut link = Self {
            stream: UnixStream::from_std(stream)?,
            frames: FrameReader::default(),
            out: Vec::new(),
            block: vec![0; BLOCK],
        };
        link.send(&ToKeeper::Hello(DaemonHello::default()));
        link.flush().await?;
        loop {
            match link.receive().await? {
                Some(FromKeeper::Hello(hello)) => return Ok((link, *hello)),
                Some(_) => {}
                None => {
                    let gone = "the keeper left before it said who it is";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, gone));
                }
            }
        }
    }

    /// Puts a message into the queue; [`KeeperLink::flush`] writes it out.
    pub(crate) fn send(&mut self, message: &ToKeeper) {
        message.encode(&mut self.out);
    }

    /// Whether messages wait to be written.
    pub(crate) fn wants_write(&self) -> bool {
        !self.out.is_empty()
    }

    /// Writes all messages.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        while self.wants_write() {
            self.write_some().await?;
        }
        Ok(())
    }

    /// The next message; none at the end. Messages that wait are written meanwhile, so that neither side waits for
    /// the other. Cancel-safe: what was read stays.
    pub(crate) async fn receive(&mut self) -> io::Result<Option<FromKeeper>> {
        loop {
            if let Some(message) = self.next_read()? {
                return Ok(Some(message));
            }
            if self.wants_write() {
                self.try_write()?;
            }
            let interest = match self.wants_write() {
                true => tokio::io::Interest::READABLE | tokio::io::Interest::WRITABLE,
                false => tokio::io::Interest::READABLE,
            };
            let ready = self.stream.ready(interest).await?;
            if ready.is_readable() {
                match self.stream.try_read(&mut self.block) {
                    Ok(0) => return Ok(None),
                    Ok(read) => self.frames.push(&self.block[..read]),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// A message that was read already, if there is one.
    pub(crate) fn next_read(&mut self) -> io::Result<Option<FromKeeper>> {
        while let Some(frame) = self.frames.next_frame()? {
            let decoded = FromKeeper::decode(&frame)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            // A kind of a newer release is none of ours.
            if let Some(message) = decoded {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// Writes what can be written at once.
    pub(crate) fn try_write(&mut self) -> io::Result<()> {
        while self.wants_write() {
            match self.stream.try_write(&self.out) {
                Ok(written) => drop(self.out.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn write_some(&mut self) -> io::Result<()> {
        self.stream.writable().await?;
        self.try_write()
    }
}
