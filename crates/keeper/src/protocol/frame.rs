//! Frames: `u32` length of the rest, `u16` kind, body. Cuts a byte stream into them; knows nothing of what is inside.

use std::io::{self, Read};

/// Longest frame that is accepted, in bytes after the length field. A `Start` carries at most an argument list and an
/// environment (the kernel allows about 6 MiB), an `Ended` at most 1 MiB of outputs.
pub const MAX_FRAME_BYTES: usize = 16 << 20;

/// One message as it came over the wire, not yet decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Number of the message's kind; unknown ones are to be skipped.
    pub kind: u16,
    /// The message's fields.
    pub body: Vec<u8>,
}

/// Collects bytes as they arrive and hands out whole frames.
#[derive(Debug, Default)]
pub struct FrameReader {
    buf: Vec<u8>,
    start: usize,
}

impl FrameReader {
    /// Adds bytes just read from the peer, in any cut.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start == self.buf.len() {
            self.buf.clear();
            self.start = 0;
        } else if self.start > 64 * 1024 {
            self.buf.drain(..self.start);
            self.start = 0;
        }
        self.buf.extend_from_slice(bytes);
    }

    /// The next whole frame, or `None` until more bytes come.
    ///
    /// # Errors
    /// `InvalidData` when a length is impossible; the stream can't be trusted afterwards and must be closed.
    pub fn next_frame(&mut self) -> io::Result<Option<Frame>> {
        let rest = &self.buf[self.start..];
        let Some((len, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let len = checked_len(u32::from_le_bytes(*len))?;
        let Some(payload) = rest.get(..len) else { return Ok(None) };
        let frame = Frame {
            kind: u16::from_le_bytes([payload[0], payload[1]]),
            body: payload[2..].to_vec(),
        };
        self.start += 4 + len;
        Ok(Some(frame))
    }

    /// Reads from a blocking stream until a whole frame is there. `None` at the end of the stream.
    ///
    /// # Errors
    /// What the stream reports; `InvalidData` for an impossible length.
    pub fn read_frame(&mut self, stream: &mut impl Read) -> io::Result<Option<Frame>> {
        let mut chunk = [0_u8; 16 * 1024];
        loop {
            if let Some(frame) = self.next_frame()? {
                return Ok(Some(frame));
            }
            match stream.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(n) => self.push(&chunk[..n]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

fn checked_len(len: u32) -> io::Result<usize> {
    let len = len as usize;
    if (2..=MAX_FRAME_BYTES).contains(&len) {
        return Ok(len);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        format!("keeper frame of {len} bytes (allowed: 2 to {MAX_FRAME_BYTES})"),
    ))
}

/// Appends one frame whose body `fill` writes.
pub(crate) fn put_frame(out: &mut Vec<u8>, kind: u16, fill: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind.to_le_bytes());
    fill(out);
    let len = u32::try_from(out.len() - at - 4).unwrap_or(u32::MAX);
    out[at..at + 4].copy_from_slice(&len.to_le_bytes());
}
