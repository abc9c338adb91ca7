//! The file of a backup: a tar, compressed by gzip.
//!
//! First comes the manifest, then the files, in the end how each of them has to look and which of them are further names of
//! others. Nothing but plain files is in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pick::PickedFile;

/// The format that this program writes.
pub(super) const FORMAT: u32 = 1;
/// The entry that comes first.
pub(super) const MANIFEST: &str = "manifest.json";
/// The entry that comes last.
pub(super) const DIGESTS: &str = "digests.json";
/// Read and written at a time.
pub(super) const BLOCK: usize = 1 << 16;

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) millrace_backup: u32,
    pub(super) version: String,
    pub(super) made: Timestamp,
    pub(super) home: PathBuf,
    /// How many files come, and their bytes together.
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) runs: u64,
    pub(super) with_logs: bool,
    pub(super) with_artifacts: bool,
    /// Runs that had not ended.
    pub(super) under_way: Vec<RunId>,
    /// Secrets whose values are elsewhere.
    pub(super) secrets: Vec<String>,
}

/// How the files have to look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Digests {
    pub(super) files: BTreeMap<String, FileDigest>,
    /// Further names of files: name → file.
    pub(super) links: BTreeMap<String, String>,
}

/// How a file has to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileDigest {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Writes a backup.
pub(super) struct Writer {
    tar: tar::Builder<GzEncoder<BufWriter<File>>>,
    digests: Digests,
}

impl Writer {
    pub(super) fn begin(file: BufWriter<File>, manifest: &Manifest) -> io::Result<Self> {
        let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
        append(&mut tar, MANIFEST, &serde_json::to_vec_pretty(manifest)?)?;
        Ok(Self { tar, digests: Digests::default() })
    }

    /// Adds a file with exactly the bytes that it had when it was picked: one that grows meanwhile is cut, one that shrinks is
    /// filled up. Whether it could be read; else it is empty. `note` hears of each part.
    pub(super) fn file(
        &mut self,
        picked: &PickedFile,
        note: impl FnMut(u64) -> io::Result<()>,
    ) -> io::Result<bool> {
        let opened = File::open(&picked.path);
        let is_read = opened.is_ok();
        let mut header = tar::Header::new_gnu();
        header.set_size(picked.bytes);
        header.set_mode(picked.mode);
        header.set_mtime(picked.modified);
        let mut from = Exactly { from: opened.ok(), left: picked.bytes, hash: Sha256::new(), note };
        self.tar.append_data(&mut header, &picked.name, &mut from)?;
        let sha256 = hex(&from.hash.finalize());
        let digest = FileDigest { bytes: picked.bytes, sha256 };
        self.digests.files.insert(picked.name.clone(), digest);
        Ok(is_read)
    }

    pub(super) fn finish(mut self, links: &BTreeMap<String, String>) -> io::Result<File> {
        self.digests.links = links.clone();
        append(&mut self.tar, DIGESTS, &serde_json::to_vec(&self.digests)?)?;
        let file = self.tar.into_inner()?.finish()?;
        file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

fn append(tar: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, name, bytes)
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _written = write!(text, "{byte:02x}");
        text
    })
}

struct Exactly<N> {
    from: Option<File>,
    left: u64,
    hash: Sha256,
    note: N,
}

impl<N: FnMut(u64) -> io::Result<()>> Read for Exactly<N> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let room = &mut buffer[..most];
        if room.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.from {
            Some(file) => file.read(room).unwrap_or(0),
            None => 0,
        };
        let read = match read {
            0 => {
                self.from = None;
                room.fill(0);
                room.len()
            }
            read => read,
        };
        self.hash.update(&room[..read]);
        self.left -= read as u64;
        (self.note)(read as u64)?;
        Ok(read)
    }
}
