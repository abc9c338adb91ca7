//! Every change of the files below a folder, in order, as the traced processes make it.
//!
//! A change is noted when its call has returned, so the order is that in which callers know of it. A sync covers what had
//! returned when it was called. Tasks are traced as well: their files are part of what a power cut can take.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context as _;
use nix::errno::Errno;
use nix::libc;

use super::super::tracer::{Call, Kind, Observer, Program, Verdict, bytes_at, vector_at};

/// A file, folder, link or socket, whatever its names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node(pub(super) usize);

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sort {
    File,
    Folder,
    Link(PathBuf),
    Socket,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A name for a node that is new.
    Make { node: Node, sort: Sort, name: PathBuf },
    /// Another name for a node.
    Name { node: Node, name: PathBuf },
    /// A name goes.
    Unname { name: PathBuf },
    /// A node changes its name; what had the new one loses it.
    Rename { from: PathBuf, to: PathBuf },
    /// Bytes go into a file.
    Write { node: Node, offset: u64, bytes: Vec<u8> },
    /// A file gets another size.
    Resize { node: Node, size: u64 },
    /// What was noted before `covers` is on the disk when this is noted.
    Sync { node: Node, covers: usize },
}

/// A change and when its caller knew of it.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    pub(super) at: Instant,
    pub(super) change: Change,
}

/// What was there before, and all that came after.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) root: PathBuf,
    /// What was there, with the contents of files: on the disk long since.
    pub(super) before: Vec<(Node, Sort, PathBuf, Vec<u8>)>,
    pub(super) changes: Vec<Noted>,
    /// Files that were written by memory: no call tells of it.
    pub(super) mapped: BTreeSet<PathBuf>,
    /// Calls that this cannot follow.
    pub(super) unknown: BTreeSet<String>,
}

/// Notes changes below a folder.
#[derive(Clone)]
pub(super) struct Recorder {
    root: PathBuf,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    recording: Recording,
    /// By the number that the file system gave it last.
    nodes: BTreeMap<u64, Node>,
    next: usize,
    /// Of calls that are being made, by thread: what was known at their entry.
    entered: BTreeMap<u32, Entered>,
}

#[derive(Debug, Clone, Copy)]
struct Entered {
    existed: bool,
    covers: usize,
    node: Option<Node>,
}

impl Recorder {
    /// Takes in what is there now.
    pub(super) fn of(root: &Path) -> anyhow::Result<Self> {
        let recording = Recording {
            root: root.to_owned(),
            before: Vec::new(),
            changes: Vec::new(),
            mapped: BTreeSet::new(),
            unknown: BTreeSet::new(),
        };
        let nodes = BTreeMap::new();
        let mut shared = Shared { recording, nodes, next: 0, entered: BTreeMap::new() };
        shared.take_in(root)?;
        Ok(Self { root: root.to_owned(), shared: Arc::new(Mutex::new(shared)) })
    }

    /// What was noted. Nothing is noted any more.
    pub(super) fn finish(self) -> anyhow::Result<Recording> {
        let shared = Arc::try_unwrap(self.shared).ok().context("something is traced still")?;
        Ok(shared.into_inner().unwrap_or_else(PoisonError::into_inner).recording)
    }
}

impl Observer for Recorder {
    fn follows(&mut self, _program: &Program) -> bool {
        true
    }

    fn concerns(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }

    fn enters(&mut self, call: &Call) -> Verdict {
        if call.kind == Kind::Storage {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let existed = call.target.as_ref().is_some_and(|path| path.symlink_metadata().is_ok());
            let covers = shared.recording.changes.len();
            let node = shared.node_of(call);
            shared.entered.insert(call.thread, Entered { existed, covers, node });
        }
        Verdict::Pass
    }

    fn leaves(&mut self, call: &Call, result: Result<u64, Errno>) -> Verdict {
        if call.kind == Kind::Storage {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let entered = shared.entered.remove(&call.thread);
            if let (Some(entered), Ok(result)) = (entered, result) {
                shared.note(call, entered, result);
            }
        }
        Verdict::Pass
    }
}

impl Shared {
    fn take_in(&mut self, path: &Path) -> anyhow::Result<()> {
        let found = path.symlink_metadata()?;
        let sort = sort_of(path)?;
        let bytes = if sort == Sort::File { fs::read(path)? } else { Vec::new() };
        let is_folder = sort == Sort::Folder;
        let node = self.bind(found.ino());
        self.recording.before.push((node, sort, path.to_owned(), bytes));
        if is_folder {
            for entry in fs::read_dir(path)? {
                self.take_in(&entry?.path())?;
            }
        }
        Ok(())
    }

    /// A number that the file system gave anew.
    fn bind(&mut self, number: u64) -> Node {
        let node = Node(self.next);
        self.next += 1;
        self.nodes.insert(number, node);
        node
    }

    /// The node of a call's descriptor.
    fn node_of(&self, call: &Call) -> Option<Node> {
        let index = match call.number {
            libc::SYS_copy_file_range => 2,
            libc::SYS_mmap => 4,
            _ => 0,
        };
        self.node_at(&descriptor(call, index))
    }

    fn node_at(&self, path: &Path) -> Option<Node> {
        self.nodes.get(&fs::metadata(path).ok()?.ino()).copied()
    }

    fn add(&mut self, change: Change) {
        self.recording.changes.push(Noted { at: Instant::now(), change });
    }

    fn note(&mut self, call: &Call, entered: Entered, result: u64) {
        let [_, second, third, fourth, ..] = call.arguments;
        match call.number {
            libc::SYS_open | libc::SYS_openat | libc::SYS_openat2 | libc::SYS_creat => {
                self.opened(call, entered, result);
            }
            libc::SYS_write => self.wrote(call, entered, bytes_at(call.pid, second, result), None),
            libc::SYS_pwrite64 => {
                let bytes = bytes_at(call.pid, second, result);
                self.wrote(call, entered, bytes, Some(fourth));
            }
            libc::SYS_writev => {
                self.wrote(call, entered, vector_at(call.pid, second, third, result), None);
            }
            libc::SYS_pwritev | libc::SYS_pwritev2 => {
                let bytes = vector_at(call.pid, second, third, result);
                let offset = (fourth != u64::MAX).then_some(fourth);
                self.wrote(call, entered, bytes, offset);
            }
            libc::SYS_copy_file_range | libc::SYS_sendfile => self.copied(call, entered, result),
            libc::SYS_ioctl => {
                let size = fs::metadata(descriptor(call, 0)).map_or(0, |found| found.len());
                self.copied_to(call, entered, 0, size);
            }
            libc::SYS_ftruncate => self.resized(entered, second),
            libc::SYS_fallocate => {
                // With a mode it would keep the size, or punch holes.
                match second {
                    0 => {
                        let size = fs::metadata(descriptor(call, 0)).map_or(0, |found| found.len());
                        self.resized(entered, size.max(third + fourth));
                    }
                    _ => self.cannot_follow(call),
                }
            }
            libc::SYS_fsync | libc::SYS_fdatasync => {
                if let Some(node) = entered.node {
                    self.add(Change::Sync { node, covers: entered.covers });
                }
            }
            libc::SYS_mkdir | libc::SYS_mkdirat => self.made(call, Sort::Folder),
            libc::SYS_bind => self.made(call, Sort::Socket),
            libc::SYS_symlink | libc::SYS_symlinkat => {
                let leads_to = call.target.as_ref().and_then(|name| fs::read_link(name).ok());
                self.made(call, Sort::Link(leads_to.unwrap_or_default()));
            }
            libc::SYS_link | libc::SYS_linkat => {
                let node = call.new_name.as_ref().and_then(|name| self.node_at(name));
                if let (Some(node), Some(name)) = (node, call.new_name.clone()) {
                    self.add(Change::Name { node, name });
                } else {
                    self.cannot_follow(call);
                }
            }
            libc::SYS_rename | libc::SYS_renameat | libc::SYS_renameat2 => {
                let exchanges = call.number == libc::SYS_renameat2
                    && call.arguments[4] as u32 & libc::RENAME_EXCHANGE != 0;
                match (call.target.clone(), call.new_name.clone()) {
                    (Some(from), Some(to)) if !exchanges => self.add(Change::Rename { from, to }),
                    _ => self.cannot_follow(call),
                }
            }
            libc::SYS_unlink | libc::SYS_unlinkat | libc::SYS_rmdir => {
                if let Some(name) = call.target.clone() {
                    self.add(Change::Unname { name });
                }
            }
            libc::SYS_mmap => {
                self.recording.mapped.extend(call.target.clone());
            }
            libc::SYS_truncate => self.cannot_follow(call),
            // Permissions and locks are no matter of content; a range that is synced promises nothing of its entry.
            _ => {}
        }
    }

    fn opened(&mut self, call: &Call, entered: Entered, result: u64) {
        let descriptor = format!("/proc/{}/fd/{}", call.pid, result as i32);
        let Ok(found) = fs::metadata(&descriptor) else { return };
        let Ok(name) = fs::read_link(&descriptor) else { return };
        if !found.is_file() || !name.starts_with(&self.recording.root) {
            return;
        }
        if !entered.existed {
            let node = self.bind(found.ino());
            self.add(Change::Make { node, sort: Sort::File, name });
            return;
        }
        let flags = match call.number {
            libc::SYS_open => call.arguments[1],
            libc::SYS_openat => call.arguments[2],
            libc::SYS_creat => libc::O_TRUNC as u64,
            _ => 0,
        };
        if flags as i32 & libc::O_TRUNC != 0
            && let Some(node) = self.nodes.get(&found.ino()).copied()
        {
            self.add(Change::Resize { node, size: 0 });
        }
    }

    fn wrote(&mut self, call: &Call, entered: Entered, bytes: Vec<u8>, offset: Option<u64>) {
        let Some(node) = entered.node else { return };
        let Some(offset) = offset.or_else(|| Some(position(call)? - bytes.len() as u64)) else {
            return self.cannot_follow(call);
        };
        if !bytes.is_empty() {
            self.add(Change::Write { node, offset, bytes });
        }
    }

    fn copied(&mut self, call: &Call, entered: Entered, result: u64) {
        // With an offset of its own the position does not move.
        let has_offset = call.number == libc::SYS_copy_file_range && call.arguments[3] != 0;
        match position_of(call, if call.number == libc::SYS_copy_file_range { 2 } else { 0 }) {
            Some(end) if !has_offset => {
                self.copied_to(call, entered, end.saturating_sub(result), result);
            }
            _ => self.cannot_follow(call),
        }
    }

    fn copied_to(&mut self, call: &Call, entered: Entered, offset: u64, length: u64) {
        let Some(node) = entered.node else { return };
        let index = if call.number == libc::SYS_copy_file_range { 2 } else { 0 };
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        let read = fs::File::open(descriptor(call, index))
            .and_then(|file| file.read_exact_at(&mut bytes, offset));
        match read {
            Ok(()) => self.add(Change::Write { node, offset, bytes }),
            Err(_) => self.cannot_follow(call),
        }
    }

    fn resized(&mut self, entered: Entered, size: u64) {
        if let Some(node) = entered.node {
            self.add(Change::Resize { node, size });
        }
    }

    fn made(&mut self, call: &Call, sort: Sort) {
        let Some(name) = call.target.clone() else { return };
        let Ok(found) = name.symlink_metadata() else { return };
        let node = self.bind(found.ino());
        self.add(Change::Make { node, sort, name });
    }

    fn cannot_follow(&mut self, call: &Call) {
        self.recording.unknown.insert(format!("{} {} {:?}", call.role, call.name, call.target));
    }
}

fn sort_of(path: &Path) -> anyhow::Result<Sort> {
    let sort = path.symlink_metadata()?.file_type();
    Ok(match () {
        () if sort.is_dir() => Sort::Folder,
        () if sort.is_symlink() => Sort::Link(fs::read_link(path)?),
        () if sort.is_socket() => Sort::Socket,
        () => Sort::File,
    })
}

fn descriptor(call: &Call, index: usize) -> PathBuf {
    let argument = call.arguments.get(index).copied().unwrap_or(0);
    PathBuf::from(format!("/proc/{}/fd/{}", call.pid, argument as i32))
}

/// Where a descriptor stands after a write.
fn position(call: &Call) -> Option<u64> {
    position_of(call, 0)
}

fn position_of(call: &Call, index: usize) -> Option<u64> {
    let argument = call.arguments.get(index).copied().unwrap_or(0);
    let text = fs::read_to_string(format!("/proc/{}/fdinfo/{}", call.pid, argument as i32)).ok()?;
    text.lines().find_map(|line| line.strip_prefix("pos:"))?.trim().parse().ok()
}
