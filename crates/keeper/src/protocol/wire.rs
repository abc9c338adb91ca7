//! How values become bytes: little-endian integers, length-prefixed byte strings, fields in a fixed order.
//!
//! A message grows only at its end. A reader that knows fewer fields skips the rest, and one that knows more finds the
//! message at its end and takes the field's default: that is what lets two releases talk. Not a general
//! serialisation format: only what the protocol and the journal need.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Bytes that are no message: cut off inside a field, or a length beyond the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Which field could not be read.
    pub field: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed keeper message: field {} is cut off or too long", self.field)
    }
}

impl std::error::Error for Malformed {}

/// Appends fields to a buffer.
pub(crate) struct Put<'a>(pub(crate) &'a mut Vec<u8>);

impl Put<'_> {
    pub(crate) fn u8(&mut self, v: u8) {
        self.0.push(v);
    }
    pub(crate) fn bool(&mut self, v: bool) {
        self.0.push(u8::from(v));
    }
    pub(crate) fn u16(&mut self, v: u16) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }
    pub(crate) fn u32(&mut self, v: u32) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }
    pub(crate) fn u64(&mut self, v: u64) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }
    pub(crate) fn i32(&mut self, v: i32) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }
    /// Lengths saturate at `u32::MAX`; frames are far smaller (see `frame::MAX_FRAME_BYTES`).
    pub(crate) fn len(&mut self, n: usize) {
        self.u32(u32::try_from(n).unwrap_or(u32::MAX));
    }
    pub(crate) fn bytes(&mut self, v: &[u8]) {
        self.len(v.len());
        self.0.extend_from_slice(v);
    }
    pub(crate) fn str(&mut self, v: &str) {
        self.bytes(v.as_bytes());
    }
    pub(crate) fn os(&mut self, v: &OsStr) {
        self.bytes(v.as_bytes());
    }
    pub(crate) fn path(&mut self, v: &Path) {
        self.os(v.as_os_str());
    }
    pub(crate) fn opt_path(&mut self, v: Option<&Path>) {
        self.path(v.unwrap_or_else(|| Path::new("")));
    }
    pub(crate) fn list<T>(&mut self, items: &[T], mut put: impl FnMut(&mut Self, &T)) {
        self.len(items.len());
        for item in items {
            put(self, item);
        }
    }
    pub(crate) fn pairs(&mut self, items: &[(OsString, OsString)]) {
        self.list(items, |p, (k, v)| {
            p.os(k);
            p.os(v);
        });
    }
}

/// Takes fields from a message, in order.
pub(crate) struct Take<'a> {
    rest: &'a [u8],
}

type Taken<T> = Result<T, Malformed>;

impl<'a> Take<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Taken<[u8; N]> {
        if self.rest.is_empty() {
            return Ok([0; N]);
        }
        match self.rest.split_first_chunk::<N>() {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(*head)
            }
            None => Err(Malformed { field }),
        }
    }
    pub(crate) fn u8(&mut self, field: &'static str) -> Taken<u8> {
        Ok(self.array::<1>(field)?[0])
    }
    pub(crate) fn bool(&mut self, field: &'static str) -> Taken<bool> {
        Ok(self.u8(field)? != 0)
    }
    pub(crate) fn u16(&mut self, field: &'static str) -> Taken<u16> {
        Ok(u16::from_le_bytes(self.array(field)?))
    }
    pub(crate) fn u32(&mut self, field: &'static str) -> Taken<u32> {
        Ok(u32::from_le_bytes(self.array(field)?))
    }
    pub(crate) fn u64(&mut self, field: &'static str) -> Taken<u64> {
        Ok(u64::from_le_bytes(self.array(field)?))
    }
    pub(crate) fn i32(&mut self, field: &'static str) -> Taken<i32> {
        Ok(i32::from_le_bytes(self.array(field)?))
    }
    pub(crate) fn slice(&mut self, field: &'static str) -> Taken<&'a [u8]> {
        let len = self.u32(field)? as usize;
        match self.rest.split_at_checked(len) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(Malformed { field }),
        }
    }
    pub(crate) fn bytes(&mut self, field: &'static str) -> Taken<Vec<u8>> {
        Ok(self.slice(field)?.to_vec())
    }
    pub(crate) fn string(&mut self, field: &'static str) -> Taken<String> {
        Ok(String::from_utf8_lossy(self.slice(field)?).into_owned())
    }
    pub(crate) fn os(&mut self, field: &'static str) -> Taken<OsString> {
        Ok(OsString::from_vec(self.bytes(field)?))
    }
    pub(crate) fn path(&mut self, field: &'static str) -> Taken<PathBuf> {
        Ok(PathBuf::from(self.os(field)?))
    }
    pub(crate) fn opt_path(&mut self, field: &'static str) -> Taken<Option<PathBuf>> {
        Ok(Some(self.path(field)?).filter(|p| !p.as_os_str().is_empty()))
    }
    pub(crate) fn list<T>(
        &mut self,
        field: &'static str,
        mut take: impl FnMut(&mut Self) -> Taken<T>,
    ) -> Taken<Vec<T>> {
        let count = self.u32(field)? as usize;
        // Every item takes at least one byte: a count beyond what is left is a lie, not a reason to allocate.
        if count > self.rest.len() {
            return Err(Malformed { field });
        }
        (0..count).map(|_| take(self)).collect()
    }
    pub(crate) fn pairs(&mut self, field: &'static str) -> Taken<Vec<(OsString, OsString)>> {
        self.list(field, |t| Ok((t.os(field)?, t.os(field)?)))
    }
}
