//! Reads tar archives.
//!
//! Extensions are read here and not by the library, which takes them into memory however long they are.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ::tar::{Archive, EntryType, PaxExtensions};

use super::Sink;
use crate::deed::Fault;

/// The longest extension, such as a long name, in bytes.
const MAX_EXTENSION: u64 = 64 * 1024;

/// What extensions say of the entry after them.
#[derive(Default)]
struct Ahead {
    name: Option<PathBuf>,
    leads: Option<PathBuf>,
}

pub(super) fn read(from: impl Read, sink: &mut Sink<'_, '_>) -> Result<(), Fault> {
    let mut archive = Archive::new(from);
    let entries = archive.entries().map_err(|error| sink.unreadable(&error))?.raw(true);
    let mut ahead = Ahead::default();
    for entry in entries {
        let mut entry = entry.map_err(|error| sink.unreadable(&error))?;
        let header = entry.header();
        let (kind, mode, modified) = (header.entry_type(), header.mode().ok(), header.mtime().ok());
        match kind {
            EntryType::GNULongName => {
                ahead.name = Some(path(&extension(&mut entry, sink)?));
                continue;
            }
            EntryType::GNULongLink => {
                ahead.leads = Some(path(&extension(&mut entry, sink)?));
                continue;
            }
            EntryType::XHeader => {
                ahead.read(&extension(&mut entry, sink)?, sink)?;
                continue;
            }
            EntryType::XGlobalHeader => {
                extension(&mut entry, sink)?;
                continue;
            }
            _ => {}
        }
        let said = std::mem::take(&mut ahead);
        let name = said.name.unwrap_or_else(|| path(&entry.path_bytes()));
        let leads = said.leads.or_else(|| entry.link_name_bytes().map(|leads| path(&leads)));
        let Some(name) = sink.name(&name)? else { continue };
        match (kind, leads) {
            (EntryType::Directory, _) => sink.folder(&name)?,
            (EntryType::Regular | EntryType::Continuous, _) => {
                sink.file(&name, mode, modified, &mut entry)?;
            }
            (EntryType::Symlink, Some(leads)) => sink.link(&name, &leads)?,
            (EntryType::Link, Some(first)) => sink.second_name(&name, &first)?,
            _ => {
                let name = super::shown(&name);
                let what = "is neither a file nor a folder nor a link";
                return Err(sink.refused(&format!("{name} in it {what}")));
            }
        }
    }
    Ok(())
}

impl Ahead {
    fn read(&mut self, text: &[u8], sink: &Sink<'_, '_>) -> Result<(), Fault> {
        for extension in PaxExtensions::new(text) {
            let extension = extension.map_err(|error| sink.unreadable(&error))?;
            match extension.key_bytes() {
                b"path" => self.name = Some(path(extension.value_bytes())),
                b"linkpath" => self.leads = Some(path(extension.value_bytes())),
                b"size" => {
                    return Err(sink.refused(
                        "it has files of 8 GiB and more in a form that is not known here",
                    ));
                }
                key if key.starts_with(b"GNU.sparse") => {
                    return Err(
                        sink.refused("it has sparse files, in a form that is not known here")
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn extension(entry: &mut impl Read, sink: &Sink<'_, '_>) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = entry.take(MAX_EXTENSION + 1).read_to_end(&mut bytes);
    read.map_err(|error| sink.unreadable(&error))?;
    match bytes.len() as u64 > MAX_EXTENSION {
        true => Err(sink.refused("a name in it is longer than 64 KiB")),
        false => Ok(bytes),
    }
}

/// Up to the NUL with which names end in headers.
fn path(bytes: &[u8]) -> PathBuf {
    let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Path::new(OsStr::from_bytes(name)).to_owned()
}
