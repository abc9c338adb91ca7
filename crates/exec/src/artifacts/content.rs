//! Content by its SHA-256: each once in the home, read-only, whole or not there at all.
//!
//! A file `ab/cdef…` for each. Which of them are still wanted is the history's matter: see [`ArtifactStore::sweep`].

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};

/// Read at a time.
const BLOCK: usize = 1 << 20;
/// So much of the beginning tells the type.
const HEAD: usize = 512;
/// How files begin that are not whole yet.
const UNFINISHED: &str = ".new-";
/// Content is read, never written.
const READ_ONLY: u32 = 0o400;
/// When so many are held, it is looked which need it still.
const MOST_HELD: usize = 10_000;

/// A content that was taken in or handed on is named in the history after at most so long.
const SOON: Duration = Duration::from_secs(3_600);

/// The contents of a home. Clones know of each other what is about to be named.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    root: PathBuf,
    /// Contents that are about to be named in the history, and since when. Held while one of them is removed.
    held: Arc<Mutex<HashMap<String, Instant>>>,
}

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// Its first bytes.
    pub(crate) head: Vec<u8>,
}

impl ArtifactStore {
    /// Contents in this folder. It need not exist.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, held: Arc::default() }
    }

    /// Whether the content of this hash is there. It stays until it had time to be named in the history.
    #[must_use]
    pub fn hold(&self, sha256: &str) -> bool {
        let Some(path) = self.path(sha256) else { return false };
        self.note(sha256);
        path.is_file()
    }

    /// Removes a content that the history names no more; whether it is gone. One that is about to be named again stays.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, sha256: &str) -> io::Result<bool> {
        let Some(path) = self.path(sha256) else { return Ok(true) };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, since| since.elapsed() < SOON);
        if held.contains_key(sha256) {
            return Ok(false);
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(true),
        }
    }

    fn note(&self, sha256: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MOST_HELD {
            held.retain(|_, since| since.elapsed() < SOON);
        }
        held.insert(sha256.to_owned(), Instant::now());
    }

    /// Where the content of this hash lies; none where the text is no hash. Whether it is there is another question.
    #[must_use]
    pub fn path(&self, sha256: &str) -> Option<PathBuf> {
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let is_hash = sha256.len() == 64 && sha256.bytes().all(is_hex);
        is_hash.then(|| self.root.join(&sha256[..2]).join(&sha256[2..]))
    }

    /// Removes contents that nobody uses and that were taken in before an instant, and what was left unfinished; gives how
    /// many. Only while nothing is taken in.
    ///
    /// # Errors
    /// When the folders cannot be read.
    pub fn sweep(&self, is_used: impl Fn(&str) -> bool, before: SystemTime) -> io::Result<usize> {
        let before = before.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let is_old = |it: &Metadata| u64::try_from(it.ctime()).unwrap_or(0) < before.as_secs();
        let mut removed = 0;
        let folders = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            other => other?,
        };
        for folder in folders {
            let folder = folder?;
            let Some(start) = folder.file_name().to_str().map(ToOwned::to_owned) else { continue };
            if start.len() != 2 || !folder.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(folder.path())? {
                let entry = entry?;
                let Some(rest) = entry.file_name().to_str().map(ToOwned::to_owned) else {
                    continue;
                };
                let hash = format!("{start}{rest}");
                let is_content = self.path(&hash).is_some();
                let is_waste = || -> io::Result<bool> {
                    Ok(is_content && !is_used(&hash) && is_old(&entry.metadata()?))
                };
                if rest.starts_with(UNFINISHED) || is_waste()? {
                    fs::remove_file(entry.path())?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// Takes a file in. It stays where it is, under a second name where it has only one, and becomes read-only then;
    /// what has other names, which somebody could write to, is copied. `sync`: it is there after a power cut.
    ///
    /// To take in a file again, after a crash, changes nothing.
    pub(crate) fn take(&self, path: &Path, sync: bool) -> io::Result<Taken> {
        let file = open_regular(path)?;
        let before = file.metadata()?;
        // A file that somebody else put there cannot be changed; it is copied.
        let is_sealed = before.mode() & 0o777 == READ_ONLY
            || before.nlink() == 1
                && file.set_permissions(Permissions::from_mode(READ_ONLY)).is_ok();
        if !is_sealed {
            return self.take_copy(&file, sync);
        }
        let taken = digest(&file)?;
        self.note(&taken.sha256);
        let target = self.target(&taken.sha256)?;
        match fs::symlink_metadata(&target) {
            Ok(there) if is_same(&there, &before) => return Ok(taken),
            Ok(there) if there.len() == taken.bytes => return Ok(taken),
            _ => {}
        }
        if before.nlink() > 1 {
            return self.take_copy(&file, sync);
        }
        if changed(&before, &file.metadata()?) {
            return Err(io::Error::other("it changed while it was taken in"));
        }
        if sync {
            file.sync_all()?;
        }
        match fs::hard_link(path, &target) {
            Ok(()) => sync_folder(&target, sync)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // Another file system, or a file of somebody else.
            Err(_) => return self.take_copy(&file, sync),
        }
        Ok(taken)
    }

    /// What counts is the copy: it alone is read, and nobody else knows of it.
    fn take_copy(&self, file: &File, sync: bool) -> io::Result<Taken> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary =
            self.folder("00")?.join(format!("{UNFINISHED}{}-{count}", std::process::id()));
        let taken = copy(file, &temporary, sync).and_then(|taken| {
            self.note(&taken.sha256);
            let target = self.target(&taken.sha256)?;
            fs::rename(&temporary, &target)?;
            sync_folder(&target, sync)?;
            Ok(taken)
        });
        if taken.is_err() {
            // It is swept at the next start at the latest.
            let _gone = fs::remove_file(&temporary);
        }
        taken
    }

    fn target(&self, sha256: &str) -> io::Result<PathBuf> {
        Ok(self.folder(&sha256[..2])?.join(&sha256[2..]))
    }

    fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.root.join(name);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(folder)
    }
}

/// Opens a file for reading, without following a link and without waiting for whoever is at the other end of a pipe.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is not a plain file")),
    }
}

fn copy(file: &File, temporary: &Path, sync: bool) -> io::Result<Taken> {
    let mut options = OpenOptions::new();
    let mut copy = options.read(true).write(true).create_new(true).mode(0o600).open(temporary)?;
    let mut source = file;
    io::Seek::seek(&mut source, io::SeekFrom::Start(0))?;
    // By reference where the file system can, else within the kernel.
    io::copy(&mut source, &mut copy)?;
    io::Seek::seek(&mut copy, io::SeekFrom::Start(0))?;
    let taken = digest(&copy)?;
    copy.set_permissions(Permissions::from_mode(READ_ONLY))?;
    if sync {
        copy.sync_all()?;
    }
    Ok(taken)
}

fn digest(mut file: &File) -> io::Result<Taken> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    let (mut bytes, mut head) = (0, Vec::new());
    loop {
        let read = match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if head.len() < HEAD {
            head.extend_from_slice(&block[..read.min(HEAD - head.len())]);
        }
        hash.update(&block[..read]);
        bytes += read as u64;
    }
    Ok(Taken { bytes, sha256: hex(&hash.finalize()), head })
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn sync_folder(path: &Path, sync: bool) -> io::Result<()> {
    match path.parent() {
        Some(folder) if sync => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn changed(before: &Metadata, after: &Metadata) -> bool {
    let of = |it: &Metadata| (it.len(), it.mtime(), it.mtime_nsec());
    of(before) != of(after)
}
