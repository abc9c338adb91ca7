//! Answers that come packed with gzip, unpacked as they come.
//!
//! Nothing packed is asked for, and some services send it all the same. What a small part unpacks to is bounded, so that whoever
//! counts what comes out can stop in time, whatever was packed.

use std::borrow::Cow;
use std::io::Write;

use flate2::write::MultiGzDecoder;

/// So many packed bytes are taken at a time: they become a thousand times as many at most.
const STEP: usize = 1_024;

/// Unpacks a body, or hands it on as it is.
pub(super) struct Unpack(Option<MultiGzDecoder<Vec<u8>>>);

impl Unpack {
    /// For this `Content-Encoding`.
    ///
    /// # Errors
    /// It is another one than gzip.
    pub(super) fn of(encoding: &str) -> Result<Self, String> {
        match encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self(None)),
            "gzip" | "x-gzip" => Ok(Self(Some(MultiGzDecoder::new(Vec::new())))),
            _ => Err(format!(
                "the answer is compressed ({encoding:.64}), which was not asked for; only gzip is unpacked"
            )),
        }
    }

    /// The parts of a chunk, to be pushed one by one.
    pub(super) fn steps<'c>(&self, chunk: &'c [u8]) -> std::slice::Chunks<'c, u8> {
        chunk.chunks(if self.0.is_some() { STEP } else { chunk.len().max(1) })
    }

    /// What a step becomes.
    ///
    /// # Errors
    /// It cannot be unpacked.
    pub(super) fn push<'s>(&mut self, step: &'s [u8]) -> Result<Cow<'s, [u8]>, String> {
        let Some(decoder) = &mut self.0 else { return Ok(Cow::Borrowed(step)) };
        decoder.write_all(step).map_err(|error| unreadable(&error))?;
        Ok(Cow::Owned(std::mem::take(decoder.get_mut())))
    }

    /// The last part, once all has come.
    ///
    /// # Errors
    /// It was not all.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, String> {
        let Some(decoder) = &mut self.0 else { return Ok(Vec::new()) };
        decoder.try_finish().map_err(|error| unreadable(&error))?;
        Ok(std::mem::take(decoder.get_mut()))
    }
}

fn unreadable(error: &std::io::Error) -> String {
    format!("the answer says that it is packed with gzip, and cannot be unpacked: {error}")
}
