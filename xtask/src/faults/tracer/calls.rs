//! Which system calls are of concern, and what each is about.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::libc;

use super::memory::{bytes_at, text_at, word};
use super::resolved;
use super::role::{Program, Role};

/// `FICLONE`: a file becomes a copy of another one that shares its blocks.
const SHARE_BLOCKS: u64 = 0x4004_9409;
/// An argument that names no folder: paths begin at the working directory.
const HERE: i32 = libc::AT_FDCWD;

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::faults) enum Kind {
    /// Files and folders.
    Storage,
    /// Processes: their birth, their end, signals.
    Process,
    /// What processes say to each other.
    Talk,
}

/// A call of concern.
#[derive(Debug, Clone)]
pub(in crate::faults) struct Call {
    /// Whose.
    pub(in crate::faults) role: Role,
    /// The calling process.
    pub(in crate::faults) pid: u32,
    /// The calling thread.
    pub(in crate::faults) thread: u32,
    /// The call's number (`SYS_…`).
    pub(in crate::faults) number: i64,
    /// The call's name.
    pub(in crate::faults) name: &'static str,
    /// What it is about.
    pub(in crate::faults) kind: Kind,
    /// Its arguments.
    pub(in crate::faults) arguments: [u64; 6],
    /// The file, folder or socket; none where it is about none.
    pub(in crate::faults) target: Option<PathBuf>,
    /// Where a call has two: the new name.
    pub(in crate::faults) new_name: Option<PathBuf>,
}

/// Where a call says what it is about.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The descriptor in this argument.
    Descriptor(usize),
    /// The path in this argument.
    Path(usize),
    /// The folder in this argument and the path in the next.
    At(usize),
    /// Two paths.
    Paths,
    /// Two pairs of folder and path.
    PathsAt,
    /// The address of a socket in the second argument.
    Address,
    /// Nowhere.
    Nowhere,
}

/// Reads a call at its entry. None where it is of no concern.
pub(super) fn read(
    role: &Role,
    (pid, thread): (u32, u32),
    number: u64,
    arguments: [u64; 6],
    concerns: &dyn Fn(&Path) -> bool,
) -> Option<Call> {
    let number = i64::try_from(number).ok()?;
    let (name, kind, place) = known(number)?;
    if !does_something(pid, number, &arguments) {
        return None;
    }
    let (mut kind, mut new_name) = (kind, None);
    let at = |index: usize| arguments.get(index).copied().unwrap_or(0);
    let target = match place {
        Place::Descriptor(index) => descriptor(pid, at(index)),
        Place::Path(index) => path(pid, HERE, at(index)),
        Place::At(index) => path(pid, folder(at(index)), at(index + 1)),
        Place::Paths => {
            new_name = path(pid, HERE, at(1));
            path(pid, HERE, at(0))
        }
        Place::PathsAt => {
            new_name = path(pid, folder(at(2)), at(3));
            path(pid, folder(at(0)), at(1))
        }
        Place::Address => address(pid, at(1), at(2)),
        Place::Nowhere => None,
    };
    if kind == Kind::Storage {
        // Written to as files are.
        if target.as_ref().is_some_and(|target| is_socket_or_pipe(target)) {
            kind = Kind::Talk;
        } else if !target.iter().chain(&new_name).any(|path| concerns(path)) {
            return None;
        }
    }
    if kind == Kind::Talk && matches!(role.program, Program::Other(_)) {
        return None;
    }
    let role = role.clone();
    Some(Call { role, pid, thread, number, name, kind, arguments, target, new_name })
}

/// Whether it changes something: files are opened to be read by far more often.
fn does_something(pid: u32, number: i64, arguments: &[u64; 6]) -> bool {
    let [first, second, third, fourth, ..] = *arguments;
    let writes = |flags: u64| {
        let flags = flags as i32;
        flags & (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) != 0
    };
    match number {
        libc::SYS_open => writes(second),
        libc::SYS_openat => writes(third),
        libc::SYS_openat2 => writes(word(&bytes_at(pid, third, 8), 0)),
        libc::SYS_ioctl => second == SHARE_BLOCKS,
        libc::SYS_mmap => {
            third as i32 & libc::PROT_WRITE != 0 && fourth as i32 & libc::MAP_SHARED != 0
        }
        libc::SYS_clone => first as i32 & libc::CLONE_THREAD == 0,
        libc::SYS_clone3 => word(&bytes_at(pid, first, 8), 0) as i32 & libc::CLONE_THREAD == 0,
        // Signal 0 only asks.
        libc::SYS_kill => second != 0,
        _ => true,
    }
}

#[rustfmt::skip]
fn known(number: i64) -> Option<(&'static str, Kind, Place)> {
    use Kind::{Process, Storage, Talk};
    use Place::{Address, At, Descriptor, Nowhere, Path, Paths, PathsAt};
    Some(match number {
        libc::SYS_open => ("open", Storage, Path(0)),
        libc::SYS_creat => ("creat", Storage, Path(0)),
        libc::SYS_openat => ("openat", Storage, At(0)),
        libc::SYS_openat2 => ("openat2", Storage, At(0)),
        libc::SYS_write => ("write", Storage, Descriptor(0)),
        libc::SYS_writev => ("writev", Storage, Descriptor(0)),
        libc::SYS_pwrite64 => ("pwrite64", Storage, Descriptor(0)),
        libc::SYS_pwritev => ("pwritev", Storage, Descriptor(0)),
        libc::SYS_pwritev2 => ("pwritev2", Storage, Descriptor(0)),
        libc::SYS_ftruncate => ("ftruncate", Storage, Descriptor(0)),
        libc::SYS_truncate => ("truncate", Storage, Path(0)),
        libc::SYS_fallocate => ("fallocate", Storage, Descriptor(0)),
        libc::SYS_fsync => ("fsync", Storage, Descriptor(0)),
        libc::SYS_fdatasync => ("fdatasync", Storage, Descriptor(0)),
        libc::SYS_sync_file_range => ("sync_file_range", Storage, Descriptor(0)),
        libc::SYS_fchmod => ("fchmod", Storage, Descriptor(0)),
        libc::SYS_chmod => ("chmod", Storage, Path(0)),
        libc::SYS_fchmodat => ("fchmodat", Storage, At(0)),
        libc::SYS_flock => ("flock", Storage, Descriptor(0)),
        libc::SYS_rename => ("rename", Storage, Paths),
        libc::SYS_renameat => ("renameat", Storage, PathsAt),
        libc::SYS_renameat2 => ("renameat2", Storage, PathsAt),
        libc::SYS_link => ("link", Storage, Paths),
        libc::SYS_linkat => ("linkat", Storage, PathsAt),
        libc::SYS_symlink => ("symlink", Storage, Path(1)),
        libc::SYS_symlinkat => ("symlinkat", Storage, At(1)),
        libc::SYS_unlink => ("unlink", Storage, Path(0)),
        libc::SYS_unlinkat => ("unlinkat", Storage, At(0)),
        libc::SYS_rmdir => ("rmdir", Storage, Path(0)),
        libc::SYS_mkdir => ("mkdir", Storage, Path(0)),
        libc::SYS_mkdirat => ("mkdirat", Storage, At(0)),
        libc::SYS_copy_file_range => ("copy_file_range", Storage, Descriptor(2)),
        libc::SYS_sendfile => ("sendfile", Storage, Descriptor(0)),
        libc::SYS_ioctl => ("ioctl", Storage, Descriptor(0)),
        libc::SYS_mmap => ("mmap", Storage, Descriptor(4)),
        libc::SYS_bind => ("bind", Storage, Address),
        libc::SYS_connect => ("connect", Talk, Address),
        libc::SYS_accept => ("accept", Talk, Descriptor(0)),
        libc::SYS_accept4 => ("accept4", Talk, Descriptor(0)),
        libc::SYS_sendto => ("sendto", Talk, Descriptor(0)),
        libc::SYS_sendmsg => ("sendmsg", Talk, Descriptor(0)),
        libc::SYS_clone => ("clone", Process, Nowhere),
        libc::SYS_clone3 => ("clone3", Process, Nowhere),
        libc::SYS_fork => ("fork", Process, Nowhere),
        libc::SYS_vfork => ("vfork", Process, Nowhere),
        libc::SYS_execve => ("execve", Process, Path(0)),
        libc::SYS_execveat => ("execveat", Process, At(0)),
        libc::SYS_kill => ("kill", Process, Nowhere),
        libc::SYS_pidfd_send_signal => ("pidfd_send_signal", Process, Nowhere),
        libc::SYS_wait4 => ("wait4", Process, Nowhere),
        libc::SYS_waitid => ("waitid", Process, Nowhere),
        _ => return None,
    })
}

/// A descriptor as the number of a folder.
fn folder(argument: u64) -> i32 {
    argument as i32
}

/// What a descriptor leads to; sockets and pipes by their kind.
fn descriptor(pid: u32, argument: u64) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/fd/{}", argument as i32)).ok()
}

fn path(pid: u32, folder: i32, address: u64) -> Option<PathBuf> {
    let path = PathBuf::from(OsString::from_vec(text_at(pid, address)));
    if path.as_os_str().is_empty() || path.is_absolute() {
        return (path.is_absolute()).then(|| resolved(path));
    }
    let base = match folder {
        HERE => fs::read_link(format!("/proc/{pid}/cwd")),
        folder => fs::read_link(format!("/proc/{pid}/fd/{folder}")),
    };
    Some(resolved(base.ok()?.join(path)))
}

/// The path of a socket (`struct sockaddr_un`).
fn address(pid: u32, address: u64, length: u64) -> Option<PathBuf> {
    let bytes = bytes_at(pid, address, length.min(110));
    let path = bytes.get(2..)?.split(|byte| *byte == 0).next()?;
    (!path.is_empty()).then(|| resolved(PathBuf::from(OsString::from_vec(path.to_vec()))))
}

fn is_socket_or_pipe(target: &Path) -> bool {
    let text = target.to_string_lossy();
    text.starts_with("socket:") || text.starts_with("pipe:")
}
