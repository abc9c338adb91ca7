//! Reads zip archives.

use std::ffi::OsStr;
use std::io::{Read, Seek};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use ::zip::ZipArchive;

use super::Sink;
use crate::deed::Fault;

/// The longest that a link can lead.
const MAX_LINK: u64 = 4_096;

pub(super) fn read(from: impl Read + Seek, sink: &mut Sink<'_, '_>) -> Result<(), Fault> {
    let mut archive = ZipArchive::new(from).map_err(|error| sink.unreadable(&error))?;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|error| sink.unreadable(&error))?;
        let raw = entry.name_raw().to_vec();
        let Some(name) = sink.name(Path::new(OsStr::from_bytes(&raw)))? else { continue };
        if raw.contains(&0) {
            return Err(sink.refused("a name in it has a NUL character"));
        }
        let mode = entry.unix_mode();
        if entry.is_dir() {
            sink.folder(&name)?;
        } else if entry.is_symlink() {
            let mut leads = Vec::new();
            let read = entry.by_ref().take(MAX_LINK + 1).read_to_end(&mut leads);
            read.map_err(|error| sink.unreadable(&error))?;
            if leads.len() as u64 > MAX_LINK || leads.contains(&0) {
                return Err(sink.refused("a link in it leads nowhere"));
            }
            sink.link(&name, Path::new(OsStr::from_bytes(&leads)))?;
        } else {
            sink.file(&name, mode, None, &mut entry)?;
        }
    }
    Ok(())
}
