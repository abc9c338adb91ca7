//! Opening files at places where tasks may have put anything: a pipe that nobody writes to, a device without end.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a plain file for reading, without following a link and without waiting for whoever is at the other end of a
/// pipe.
///
/// # Errors
/// What the system says, and where it is no plain file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true), libc::O_NOFOLLOW)
}

/// The same, for a file that people may have linked to.
///
/// # Errors
/// As [`open_regular`].
pub fn open_linked(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true), 0)
}

/// Opens a plain file for writing anew, without following a link.
///
/// # Errors
/// As [`open_regular`].
pub fn rewrite_regular(path: &Path) -> io::Result<File> {
    let file = open(path, OpenOptions::new().write(true), libc::O_NOFOLLOW)?;
    file.set_len(0)?;
    Ok(file)
}

fn open(path: &Path, options: &mut OpenOptions, flags: i32) -> io::Result<File> {
    let file = options.custom_flags(flags | libc::O_NONBLOCK).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is not a plain file")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_no_plain_file_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("plain"), "x").unwrap();
        symlink("plain", path("link")).unwrap();
        symlink("/dev/zero", path("device")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        let fifo = rustix::fs::FileType::Fifo;
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, path("fifo"), fifo, mode, 0).unwrap();
        assert!(open_regular(&path("plain")).is_ok() && open_linked(&path("link")).is_ok());
        for name in ["link", "device", "folder", "fifo", "missing"] {
            assert!(open_regular(&path(name)).is_err(), "{name}");
            assert!(rewrite_regular(&path(name)).is_err(), "{name}");
        }
        for name in ["device", "folder", "fifo", "missing"] {
            assert!(open_linked(&path(name)).is_err(), "{name}");
        }
        assert_eq!(fs::read(path("plain")).unwrap(), b"x", "nobody wrote through the link");
    }
}
