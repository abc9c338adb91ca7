//! The folder that no name leaves.
//!
//! Names are opened from its handle on, and the system (or, where its kernel is old, cap-std) refuses what would lead out of
//! it: `..`, whole paths, and links, whenever they were made.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions, OpenOptionsExt};

use crate::deed::Fault;

/// The most folders within each other.
const MOST_DEEP: usize = 200;

/// An open folder.
pub(super) struct Root {
    dir: Dir,
    path: PathBuf,
}

impl Root {
    /// Opens the folder of this path, wherever it is.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let opened = Dir::open_ambient_dir(path, ambient_authority());
        let dir = opened.map_err(|error| {
            Fault::NotBegun(format!("the root {} cannot be opened: {error}", path.display()))
        })?;
        Ok(Self { dir, path: path.to_owned() })
    }

    pub(super) fn dir(&self) -> &Dir {
        &self.dir
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// What is there of this name; of a link, the link.
    pub(super) fn look(&self, path: &Path) -> Result<Metadata, Fault> {
        self.dir.symlink_metadata(at(path)).map_err(|error| cannot("look at", path, &error))
    }

    /// Whether there is a folder of this name, or a link to one.
    pub(super) fn is_folder(&self, path: &Path) -> bool {
        self.dir.metadata(at(path)).is_ok_and(|of| of.is_dir())
    }

    /// The names in a folder, in their order.
    pub(super) fn names(&self, path: &Path) -> Result<Vec<OsString>, Fault> {
        names(&self.dir, path).map_err(|error| cannot("read the folder", path, &error))
    }

    /// Makes a folder and those on the way to it.
    pub(super) fn make_folders(&self, path: &Path) -> Result<(), Fault> {
        // Looked at first: what leads out says so then, and not that it is there already.
        match self.dir.open_dir(at(path)) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => self
                .dir
                .create_dir_all(at(path))
                .map_err(|error| cannot("make the folder", path, &error)),
            Err(error) => Err(cannot("open the folder", path, &error)),
        }
    }

    /// The folder in which something of this name is, made where it is not there, and the name in it.
    pub(super) fn parent<'p>(&self, path: &'p Path) -> Result<(Dir, &'p OsStr), Fault> {
        let folder = path.parent().unwrap_or(Path::new(""));
        self.make_folders(folder)?;
        let dir = self.dir.open_dir(at(folder)).map_err(|error| cannot("open", folder, &error))?;
        match path.file_name() {
            Some(name) => Ok((dir, name)),
            None => Err(Fault::NotBegun("a name is needed, and not the root itself".to_owned())),
        }
    }
}

/// Folders that lie deeper are left alone: whoever walks through them needs room for each.
pub(super) fn check_depth(path: &Path) -> Result<(), Fault> {
    match path.components().count() > MOST_DEEP {
        true => Err(Fault::Unusable(format!(
            "{:.60}… lies more than {MOST_DEEP} folders deep",
            shown(path)
        ))),
        false => Ok(()),
    }
}

/// Opens a file for reading; nothing else that could keep its reader waiting.
pub(super) fn open_file(dir: &Dir, path: &Path) -> io::Result<(File, Metadata)> {
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits();
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(i32::try_from(nonblocking).unwrap_or_default());
    let file = dir.open_with(path, &options)?;
    let of = file.metadata()?;
    match of.is_file() {
        true => Ok((file, of)),
        false => Err(io::Error::new(ErrorKind::InvalidInput, "it is no file")),
    }
}

/// The names in a folder, in their order.
pub(super) fn names(dir: &Dir, path: &Path) -> io::Result<Vec<OsString>> {
    let entries = dir.read_dir(at(path))?;
    let mut names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

/// The root itself has no name.
pub(super) fn at(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// A name for people: on one line, whatever is in it.
pub(super) fn shown(path: impl AsRef<Path>) -> String {
    let text = path.as_ref().display().to_string();
    match text.is_empty() {
        true => ".".to_owned(),
        false => text.replace(|c: char| c.is_control(), "\u{fffd}"),
    }
}

/// Why something could not be done to the thing of this name.
pub(super) fn cannot(what: &str, path: &Path, error: &io::Error) -> Fault {
    let leaves = error.kind() == ErrorKind::PermissionDenied && error.raw_os_error().is_none();
    let path = shown(path);
    Fault::Unusable(match leaves {
        true => format!(
            "{path} leads out of the root, by `..`, a whole path or a link; it is left alone"
        ),
        false => format!("cannot {what} {path}: {error}"),
    })
}
