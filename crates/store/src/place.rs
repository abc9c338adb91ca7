//! The place where the database lies: is it a fit one, who may read it, is the file still the same.
//!
//! Nothing of SQLite here.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The name of the database file within a home.
pub const DATABASE_FILE: &str = "history.db";

/// Makes the home if it is missing (0700) and refuses places where a database is not safe (promise 35).
pub(crate) fn prepare_home(home: &Path, any_file_system: bool) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(home)
        .map_err(|error| unusable(home, &error))?;
    if !any_file_system {
        linux::check(home)?;
    }
    Ok(())
}

/// Makes the database file if it is missing, for its owner only, so that SQLite's own files beside it inherit the mode;
/// takes rights away from others where it has them.
pub(crate) fn prepare_file(path: &Path) -> Result<(), StoreError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|error| unusable(path, &error))?;
    let mode = file.metadata().map_err(|error| unusable(path, &error))?.permissions().mode();
    if mode & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))
            .map_err(|error| unusable(path, &error))?;
    }
    Ok(())
}

/// Keeps every other process from writing into the same home while it lives.
///
/// Not SQLite's lock: that one is held per transaction, and the writer remembers between transactions.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, ".lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| unusable(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(StoreError::InUse { path: database.to_owned() })
            }
            Err(std::fs::TryLockError::Error(error)) => Err(StoreError::Refused {
                path: database.to_owned(),
                reason: format!("its file system cannot lock files ({error}); use a local disk"),
            }),
        }
    }
}

/// Which file a path led to when it was opened (promise 38).
#[derive(Debug)]
pub(crate) struct Identity {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Identity {
    pub(crate) fn of(path: &Path) -> Result<Self, StoreError> {
        let meta = std::fs::metadata(path).map_err(|error| unusable(path, &error))?;
        Ok(Self { path: path.to_owned(), device: meta.dev(), inode: meta.ino() })
    }

    /// That the path still leads to the same file.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let changed = |what| Err(StoreError::Replaced { path: self.path.clone(), what });
        match std::fs::metadata(&self.path) {
            Ok(meta) if meta.dev() == self.device && meta.ino() == self.inode => Ok(()),
            Ok(_) => changed("replaced by another file"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => changed("deleted"),
            Err(error) => Err(unusable(&self.path, &error)),
        }
    }
}

/// `history.db` → `history.db-wal`.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(crate) fn unusable(path: &Path, error: &io::Error) -> StoreError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull { path },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path, reason: error.to_string() }
        }
        _ => StoreError::Io { path, detail: error.to_string() },
    }
}

#[cfg(target_os = "linux")]
mod linux {
    //! Which file systems are local and keep SQLite's promises.

    use std::path::Path;

    use rustix::fs::{StatVfsMountFlags, statfs, statvfs};

    use crate::StoreError;

    pub(super) fn check(home: &Path) -> Result<(), StoreError> {
        let failed = |error: rustix::io::Errno| super::unusable(home, &error.into());
        let flags = statvfs(home).map_err(failed)?.f_flag;
        if flags.contains(StatVfsMountFlags::RDONLY) {
            return Err(StoreError::ReadOnly {
                path: home.to_owned(),
                reason: "its file system is mounted read-only".into(),
            });
        }
        #[expect(
            clippy::cast_sign_loss,
            clippy::cast_possible_truncation,
            reason = "the kernel's magic numbers have 32 bits"
        )]
        let magic = statfs(home).map_err(failed)?.f_type as u32;
        let mount_type = (magic == FUSE).then(|| mount_type(home)).flatten();
        match refusal(magic, mount_type.as_deref()) {
            None => Ok(()),
            Some(name) => Err(StoreError::Refused {
                path: home.to_owned(),
                reason: format!(
                    "it is on a network or foreign file system ({name}), where a database can be \
                     damaged; choose a home on a local disk with MILLRACE_HOME"
                ),
            }),
        }
    }

    const FUSE: u32 = 0x6573_5546;

    /// File systems whose locks or shared memory do not reach every machine that can write.
    const REFUSED: [(u32, &str); 14] = [
        (0x6969, "NFS"),
        (0x517B, "SMB"),
        (0xFF53_4D42, "CIFS"),
        (0xFE53_4D42, "SMB2"),
        (0x0102_1997, "9p"),
        (0x5346_414F, "AFS"),
        (0x6B41_4653, "AFS"),
        (0x7375_7245, "Coda"),
        (0x564C, "NCP"),
        (0x00C3_6400, "Ceph"),
        (0x0BD0_0BD0, "Lustre"),
        (0x0116_1970, "GFS2"),
        (0x7461_636F, "OCFS2"),
        (0x786F_4256, "VirtualBox shared folder"),
    ];

    /// FUSE file systems that are a local disk in truth.
    const LOCAL_FUSE: [&str; 6] = [
        "fuseblk",
        "fuse.fuse-overlayfs",
        "fuse.gocryptfs",
        "fuse.encfs",
        "fuse.mergerfs",
        "fuse.bindfs",
    ];

    /// The name of the file system if it is not a fit place.
    fn refusal(magic: u32, mount_type: Option<&str>) -> Option<String> {
        if magic == FUSE {
            return match mount_type {
                Some(local) if LOCAL_FUSE.contains(&local) => None,
                Some(other) => Some(other.to_owned()),
                None => Some("FUSE".to_owned()),
            };
        }
        let (_, name) = REFUSED.iter().find(|(refused, _)| *refused == magic)?;
        Some((*name).to_owned())
    }

    /// What `/proc/self/mountinfo` calls the type of the mount that holds `path`.
    fn mount_type(path: &Path) -> Option<String> {
        use std::os::unix::fs::MetadataExt;
        let device = std::fs::metadata(path).ok()?.dev();
        let device = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
        let table = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        type_of_device(&table, &device)
    }

    fn type_of_device(mountinfo: &str, device: &str) -> Option<String> {
        mountinfo.lines().find_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            let this = mount.split(' ').nth(2)?;
            (this == device).then(|| kind.split(' ').next().map(str::to_owned))?
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn network_file_systems_are_refused_by_name() {
            assert_eq!(refusal(0x6969, None).as_deref(), Some("NFS"));
            assert_eq!(refusal(0xFF53_4D42, None).as_deref(), Some("CIFS"));
            assert_eq!(refusal(FUSE, Some("fuse.sshfs")).as_deref(), Some("fuse.sshfs"));
            assert_eq!(refusal(FUSE, None).as_deref(), Some("FUSE"));
            for local in [0xEF53, 0x0102_1994, 0x5846_5342, 0x9123_683E, 0x794C_7630] {
                assert_eq!(refusal(local, None), None, "{local:x}");
            }
            assert_eq!(refusal(FUSE, Some("fuse.fuse-overlayfs")), None);
        }

        #[test]
        fn the_mount_table_is_read_by_device() {
            let table = "22 27 0:21 / /proc rw,nosuid - proc proc rw\n\
                         40 27 0:52 / /mnt/far rw shared:1 master:2 - fuse.sshfs me@there:/ rw\n";
            assert_eq!(type_of_device(table, "0:52").as_deref(), Some("fuse.sshfs"));
            assert_eq!(type_of_device(table, "0:99"), None);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod linux {
    //! Elsewhere only what happens when files are made tells whether the place is fit.

    pub(super) fn check(_home: &std::path::Path) -> Result<(), crate::StoreError> {
        Ok(())
    }
}
