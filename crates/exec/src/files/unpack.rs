//! Unpacks archives: first all of it beside its place, then into its place. What is refused leaves nothing behind.

mod tar;
mod zip;

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt, Permissions, PermissionsExt};
use flate2::read::MultiGzDecoder;

use super::Doing;
use super::root::{self, cannot, shown};
use super::tally::{Tally, Uncopied};
use crate::deed::{Brake, Fault};

impl Doing<'_> {
    /// Unpacks an archive into the folder `to`.
    pub(super) fn unpack(&mut self, archive: &Path, to: &Path) -> Result<(), Fault> {
        self.go_on(archive)?;
        let opened = root::open_file(self.root.dir(), archive);
        let (file, _) = opened.map_err(|error| cannot("read", archive, &error))?;
        let mut file = file.into_std();
        let format = sniff(&mut file).map_err(|error| cannot("read", archive, &error))?;
        let (stage, name) = self.stage.fresh()?;
        let made = stage.create_dir(&name).and_then(|()| stage.open_dir(&name));
        let made = made.map_err(|error| cannot("make a folder for", archive, &error))?;
        let mut sink = Sink {
            dir: made.try_clone().map_err(|error| cannot("unpack", archive, &error))?,
            archive: shown(archive),
            left_bytes: self.action.max_bytes,
            left_entries: self.action.max_entries,
            tally: &mut self.tally,
            brake: self.brake,
        };
        let file = BufReader::with_capacity(1 << 18, file);
        match format {
            Some(Format::Tar) => tar::read(file, &mut sink)?,
            Some(Format::Gzip) => tar::read(MultiGzDecoder::new(file), &mut sink)?,
            Some(Format::Zip) => zip::read(file, &mut sink)?,
            None => {
                return Err(Fault::NotBegun(format!(
                    "{} is no archive that can be unpacked (tar, tar.gz or zip)",
                    shown(archive)
                )));
            }
        }
        self.put_content(&made, Path::new(""), to)
    }
}

enum Format {
    Tar,
    Gzip,
    Zip,
}

/// Tells a format by what is in the file.
fn sniff(file: &mut std::fs::File) -> std::io::Result<Option<Format>> {
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(match head.as_slice() {
        [0x1f, 0x8b, ..] => Some(Format::Gzip),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Format::Zip),
        head if head.get(257..262) == Some(b"ustar") => Some(Format::Tar),
        // Before it had a mark, and one that is empty.
        head if head.len() == 512 && head.iter().all(|byte| *byte == 0) => Some(Format::Tar),
        _ => None,
    })
}

/// Takes in what an archive holds, each thing looked at before it is written.
struct Sink<'s, 't> {
    /// The folder that is filled. Nothing that is opened from it leaves it.
    dir: Dir,
    archive: String,
    left_bytes: u64,
    left_entries: u64,
    tally: &'s mut Tally<'t>,
    brake: &'s Brake,
}

impl Sink<'_, '_> {
    /// The name of an entry; none for the folder itself.
    fn name(&mut self, name: &Path) -> Result<Option<PathBuf>, Fault> {
        if self.brake.is_pulled() {
            return Err(Fault::Stopped);
        }
        let Some(left) = self.left_entries.checked_sub(1) else {
            return Err(self.refused("it holds more than `max_entries` allows"));
        };
        self.left_entries = left;
        let inner = within(Path::new(""), name).ok_or_else(|| {
            self.refused(&format!("the name {} in it leads out of the folder", shown(name)))
        })?;
        Ok(Some(inner).filter(|inner| !inner.as_os_str().is_empty()))
    }

    fn folder(&mut self, name: &Path) -> Result<(), Fault> {
        root::check_depth(name)?;
        // Where names led through links, a link could lead out without seeming to.
        for folder in name.ancestors().filter(|folder| !folder.as_os_str().is_empty()) {
            if self.dir.symlink_metadata(folder).is_ok_and(|of| !of.is_dir()) {
                let (name, folder) = (shown(name), shown(folder));
                return Err(
                    self.refused(&format!("{name} in it lies in {folder}, which is no folder"))
                );
            }
        }
        self.dir.create_dir_all(name).map_err(|error| self.unwritten(name, &error))
    }

    /// Writes a file; of its rights what says who may read, write and run it.
    fn file(
        &mut self,
        name: &Path,
        mode: Option<u32>,
        modified: Option<u64>,
        from: &mut dyn Read,
    ) -> Result<(), Fault> {
        self.make_way(name)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let made = self.dir.open_with(name, &options);
        let mut made = made.map_err(|error| self.unwritten(name, &error))?;
        let copied = self.tally.copy(name, from, &mut made, self.left_bytes);
        match copied {
            Ok(bytes) => self.left_bytes -= bytes,
            Err(Uncopied::Stopped) => return Err(Fault::Stopped),
            Err(Uncopied::TooMany) => {
                return Err(self.refused("it holds more than `max_size` allows"));
            }
            Err(Uncopied::Read(error)) => return Err(self.unreadable(&error)),
            Err(Uncopied::Write(error)) => return Err(self.unwritten(name, &error)),
        }
        let mode = Permissions::from_mode(mode.unwrap_or(0o644) & 0o777 | 0o600);
        made.set_permissions(mode).map_err(|error| self.unwritten(name, &error))?;
        if let Some(modified) = modified {
            let at =
                SystemTime::UNIX_EPOCH + Duration::from_secs(modified.min(u64::from(u32::MAX)));
            // A file system that cannot keep a time keeps the file all the same.
            let _kept = made.into_std().set_modified(at);
        }
        Ok(())
    }

    /// Makes a link that leads to something within the folder.
    fn link(&mut self, name: &Path, leads: &Path) -> Result<(), Fault> {
        let folder = name.parent().unwrap_or(Path::new(""));
        if within(folder, leads).is_none() {
            let (name, leads) = (shown(name), shown(leads));
            return Err(self.refused(&format!("the link {name} in it leads out, to {leads}")));
        }
        self.make_way(name)?;
        self.dir.symlink(leads, name).map_err(|error| self.unwritten(name, &error))
    }

    /// Makes a second name for a file that came before.
    fn second_name(&mut self, name: &Path, first: &Path) -> Result<(), Fault> {
        let known = within(Path::new(""), first)
            .filter(|first| self.dir.symlink_metadata(first).is_ok_and(|of| of.is_file()));
        let Some(first) = known else {
            let (name, first) = (shown(name), shown(first));
            return Err(
                self.refused(&format!("{name} in it is {first}, which is not in it before"))
            );
        };
        if first == name {
            return Ok(());
        }
        self.make_way(name)?;
        self.dir.hard_link(&first, &self.dir, name).map_err(|error| self.unwritten(name, &error))
    }

    /// A later entry of a name replaces an earlier one.
    fn make_way(&mut self, name: &Path) -> Result<(), Fault> {
        if let Some(folder) = name.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            self.folder(folder)?;
        }
        match self.dir.symlink_metadata(name) {
            Ok(of) if !of.is_dir() => {
                self.dir.remove_file(name).map_err(|error| self.unwritten(name, &error))
            }
            _ => Ok(()),
        }
    }

    fn refused(&self, why: &str) -> Fault {
        Fault::Unusable(format!("{} is refused: {why}; nothing was unpacked", self.archive))
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> Fault {
        self.refused(&format!("it cannot be read ({error})"))
    }

    fn unwritten(&self, name: &Path, error: &std::io::Error) -> Fault {
        self.refused(&format!("{} cannot be written ({error})", shown(name)))
    }
}

/// Where a name leads that is meant from `folder` on; none where that is outside.
fn within(folder: &Path, name: &Path) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for component in name.components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}
