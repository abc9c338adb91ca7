//! Unpacks a backup into a folder that nobody uses yet, and believes nothing of it.
//!
//! Names lead nowhere but into the folders that a backup has, there is nothing but plain files, no more bytes and files than
//! the manifest says, and each has the digest that the end names.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use tar::EntryType;

use super::archive::{BLOCK, DIGESTS, Digests, FORMAT, FileDigest, MANIFEST, Manifest, hex};
use super::pick::{FILES, FOLDERS};

/// The longest name, in bytes.
const MAX_NAME: u64 = 16 << 10;
/// The most that may come after the last entry.
const MAX_REST: u64 = 1 << 20;
/// The largest manifest.
const MAX_MANIFEST: u64 = 16 << 20;
/// The largest list of digests.
const MAX_DIGESTS: u64 = 512 << 20;

/// Why a backup cannot be used: a sentence about the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Bad {
    /// It is none, or it is damaged.
    #[error("{0}")]
    Backup(String),
    /// The folder could not be written.
    #[error("{}: {error}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

fn bad(text: impl Into<String>) -> Bad {
    Bad::Backup(text.into())
}

/// What a backup says of itself, before anything is written.
pub(super) fn manifest(from: &Path) -> Result<Manifest, Bad> {
    let file = File::open(from).map_err(|error| bad(format!("it cannot be read: {error}")))?;
    let mut archive = tar::Archive::new(GzDecoder::new(io::BufReader::new(file)));
    let mut entries = archive.entries().map_err(broken)?.raw(true);
    let first = entries.next().ok_or_else(|| bad("it is empty"))?;
    let mut first = first.map_err(|_| bad("it is no backup of Millrace"))?;
    if first.path_bytes().as_ref() != MANIFEST.as_bytes() {
        return Err(bad("it is no backup of Millrace"));
    }
    let text = whole(&mut first, MAX_MANIFEST, "its manifest")?;
    let found: serde_json::Value = serde_json::from_slice(&text)
        .map_err(|error| bad(format!("its manifest cannot be read: {error}")))?;
    match found.get("millrace_backup").and_then(serde_json::Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(format) if format > u64::from(FORMAT) => {
            return Err(bad(format!(
                "a newer Millrace wrote it (format {format}; this one knows up to {FORMAT}): install that release"
            )));
        }
        _ => return Err(bad("it is no backup of Millrace")),
    }
    serde_json::from_value(found).map_err(|error| bad(format!("its manifest is wrong: {error}")))
}

/// Unpacks it into `to`, which is there and empty.
pub(super) fn unpack(from: &Path, to: &Path, manifest: &Manifest) -> Result<(), Bad> {
    let file = File::open(from).map_err(|error| bad(format!("it cannot be read: {error}")))?;
    let mut archive = tar::Archive::new(GzDecoder::new(io::BufReader::new(file)));
    let mut found: BTreeMap<String, FileDigest> = BTreeMap::new();
    let mut bytes: u64 = 0;
    let mut long_name = None;
    let mut digests = None;
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        if digests.is_some() {
            return Err(bad("something comes after its end"));
        }
        let kind = entry.header().entry_type();
        if kind == EntryType::GNULongName {
            let mut name = whole(&mut entry, MAX_NAME, "a name")?;
            name.retain(|byte| *byte != 0);
            long_name = Some(name);
            continue;
        }
        let name = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let name = String::from_utf8(name).map_err(|_| bad("a name in it is no text"))?;
        if kind != EntryType::Regular {
            return Err(bad(format!("{name:?} in it is no plain file")));
        }
        match name.as_str() {
            MANIFEST if found.is_empty() => continue,
            DIGESTS => {
                let text = whole(&mut entry, MAX_DIGESTS, "its list of digests")?;
                let read: Digests = serde_json::from_slice(&text)
                    .map_err(|error| bad(format!("its list of digests is wrong: {error}")))?;
                digests = Some(read);
                continue;
            }
            _ => {}
        }
        check_name(&name)?;
        if found.contains_key(&name) {
            return Err(bad(format!("{name:?} is in it twice")));
        }
        bytes = bytes.saturating_add(entry.size());
        if bytes > manifest.bytes || found.len() as u64 >= manifest.files {
            return Err(bad("more is in it than it says"));
        }
        let digest = write_file(&mut entry, &to.join(&name))?;
        found.insert(name, digest);
    }
    // To the end of the compressed stream, whose checksum comes last.
    let rest = io::copy(&mut archive.into_inner().take(MAX_REST), &mut io::sink());
    if rest.map_err(broken)? == MAX_REST {
        return Err(bad("something comes after its end"));
    }
    let Some(digests) = digests else { return Err(bad("its end is missing")) };
    check(&found, &digests)?;
    link(to, &digests)
}

/// A name leads to one of the files, or into one of the folders, that a backup has.
fn check_name(name: &str) -> Result<(), Bad> {
    let is_plain = Path::new(name).components().all(|it| matches!(it, Component::Normal(_)));
    let is_whole = !name.contains("//") && !name.ends_with('/') && !name.contains("/./");
    let is_ours = match name.split_once('/') {
        None => FILES.contains(&name),
        Some((folder, _)) => FOLDERS.contains(&folder),
    };
    match is_plain && is_whole && is_ours {
        true => Ok(()),
        false => Err(bad(format!("{name:?} in it leads elsewhere"))),
    }
}

fn check(found: &BTreeMap<String, FileDigest>, digests: &Digests) -> Result<(), Bad> {
    for (name, wanted) in &digests.files {
        match found.get(name) {
            None => return Err(bad(format!("{name:?} is missing in it"))),
            Some(digest) if digest != wanted => {
                return Err(bad(format!("{name:?} in it is not what it was: the file is damaged")));
            }
            Some(_) => {}
        }
    }
    match found.keys().find(|name| !digests.files.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(bad(format!("{name:?} in it is not in its list"))),
    }
}

/// Gives files their further names.
fn link(to: &Path, digests: &Digests) -> Result<(), Bad> {
    for (name, file) in &digests.links {
        check_name(name)?;
        if !digests.files.contains_key(file) {
            return Err(bad(format!("{name:?} in it is a name of nothing")));
        }
        let path = to.join(name);
        let failed = |error| Bad::Write { path: path.clone(), error };
        folders_of(&path)?;
        fs::hard_link(to.join(file), &path).map_err(failed)?;
    }
    Ok(())
}

fn folders_of(path: &Path) -> Result<(), Bad> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(parent);
    made.map_err(|error| Bad::Write { path: parent.to_owned(), error })
}

fn write_file(entry: &mut tar::Entry<'_, impl Read>, path: &Path) -> Result<FileDigest, Bad> {
    let failed = |error| Bad::Write { path: path.to_owned(), error };
    folders_of(path)?;
    let mode = entry.header().mode().map_or(0o600, |mode| (mode & 0o777) | 0o400);
    let modified = entry.header().mtime().ok().map(Duration::from_secs);
    let mut out =
        File::options().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut block = vec![0; BLOCK];
    loop {
        let read = entry.read(&mut block).map_err(broken)?;
        if read == 0 {
            break;
        }
        hash.update(&block[..read]);
        bytes += read as u64;
        out.write_all(&block[..read]).map_err(failed)?;
    }
    if let Some(time) = modified.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)) {
        out.set_modified(time).map_err(failed)?;
    }
    Ok(FileDigest { bytes, sha256: hex(&hash.finalize()) })
}

/// All of a short entry.
fn whole(entry: &mut impl Read, most: u64, what: &str) -> Result<Vec<u8>, Bad> {
    let mut bytes = Vec::new();
    entry.take(most + 1).read_to_end(&mut bytes).map_err(broken)?;
    match bytes.len() as u64 > most {
        true => Err(bad(format!("{what} is too long"))),
        false => Ok(bytes),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn broken(error: io::Error) -> Bad {
    bad(format!("it is damaged, or no backup of Millrace: {error}"))
}
