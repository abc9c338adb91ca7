//! Archives from elsewhere: a backup that is gone back to, and what a task of kind `files` unpacks. Nothing that is in them
//! leads out of the folder, and a refused one leaves nothing in it.

use std::cell::RefCell;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tar::{EntryType, Header};
use tempfile::TempDir;

use crate::reading::Draw;

const NAMES: [&str; 14] = [
    "manifest.json",
    "digests.json",
    "history.db",
    "config.toml",
    "workflows/a.json",
    "workflows/../../outside.txt",
    "../outside.txt",
    "/outside.txt",
    "runs/x/log",
    "workflows//a.json",
    "./a",
    "link/outside.txt",
    "a/b/c",
    "a",
];
const KINDS: [EntryType; 9] = [
    EntryType::Regular,
    EntryType::Symlink,
    EntryType::Link,
    EntryType::Directory,
    EntryType::GNULongName,
    EntryType::GNULongLink,
    EntryType::XHeader,
    EntryType::Char,
    EntryType::GNUSparse,
];
/// So many entries are drawn.
const ENTRIES: usize = 8;

/// A backup at random: bytes as they are, or entries with a manifest and digests that may fit.
pub fn backup(data: &[u8]) {
    let mut draw = Draw::new(data);
    let what = draw.byte();
    let bytes = match what {
        0..64 => draw.rest().to_vec(),
        _ => gzip(&backup_tar(&mut draw, what)),
    };
    YARD.with_borrow(|yard| {
        let file = yard.path("backup.tar.gz");
        fs::write(&file, bytes).unwrap();
        let to = yard.fresh("home");
        let unpacked = millrace_app::fuzz::unpack_backup(&file, &to);
        if let Err(why) = &unpacked {
            assert!(!why.is_empty());
        }
        yard.check(&to, false);
    });
}

/// An archive at random: bytes as they are, or a tar of drawn entries, in a folder with a link that leads out.
pub fn unpack(data: &[u8]) {
    let mut draw = Draw::new(data);
    let bytes = match draw.byte() {
        0..100 => draw.rest().to_vec(),
        100..160 => gzip(&tar(&mut draw)),
        _ => tar(&mut draw),
    };
    YARD.with_borrow(|yard| {
        let root = yard.fresh("root");
        fs::write(root.join("archive"), bytes).unwrap();
        symlink("..", root.join("link")).unwrap();
        let log = yard.path("log");
        let done = millrace_exec::fuzz::unpack(&root, "archive", "to", &log);
        let to = root.join("to");
        assert!(done.is_ok() || !to.exists(), "refused, and something is there: {done:?}");
        let left: Vec<_> = fs::read_dir(&root).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert!(left.len() <= 3, "something was left behind: {left:?}");
        yard.check(&to, true);
    });
}

fn backup_tar(draw: &mut Draw<'_>, what: u8) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut files = serde_json::Map::new();
    let mut entries = Vec::new();
    let mut total = 0;
    for _ in 0..draw.below(ENTRIES) {
        let (name, kind) = (name(draw), *draw.one(&KINDS[..if what < 160 { 1 } else { 9 }]));
        let content = draw.bytes().to_vec();
        total += content.len();
        files.insert(
            String::from_utf8_lossy(&name).into_owned(),
            json!({ "bytes": content.len(), "sha256": sha256(&content) }),
        );
        entries.push((name, kind, content));
    }
    let links: serde_json::Map<String, serde_json::Value> = (0..draw.below(3))
        .map(|_| {
            let text = |name: Vec<u8>| String::from_utf8_lossy(&name).into_owned();
            (text(name(draw)), text(name(draw)).into())
        })
        .collect();
    let manifest = json!({
        "millrace_backup": 1 + draw.byte() / 250, "version": "1", "made": 0, "home": "/home/x/m",
        "files": entries.len() + draw.below(2), "bytes": total, "runs": 0, "with_logs": true,
        "with_artifacts": true, "under_way": [], "secrets": [],
    });
    add(&mut tar, b"manifest.json", EntryType::Regular, manifest.to_string().as_bytes(), b"");
    for (name, kind, content) in &entries {
        add(&mut tar, name, *kind, content, draw.bytes());
    }
    if what < 250 {
        let digests = json!({ "files": files, "links": links }).to_string();
        add(&mut tar, b"digests.json", EntryType::Regular, digests.as_bytes(), b"");
    }
    tar.into_inner().unwrap()
}

fn tar(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for _ in 0..=draw.below(ENTRIES) {
        let (name, kind) = (name(draw), *draw.one(&KINDS));
        let (content, target) = (draw.bytes(), name_or(draw));
        add(&mut tar, &name, kind, content, &target);
    }
    tar.into_inner().unwrap()
}

fn name(draw: &mut Draw<'_>) -> Vec<u8> {
    match draw.byte() {
        0..=199 => draw.one(&NAMES).as_bytes().to_vec(),
        _ => draw.bytes().to_vec(),
    }
}

fn name_or(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut target = b"../".repeat(draw.below(4));
    target.extend(name(draw));
    target
}

fn add(
    tar: &mut tar::Builder<Vec<u8>>,
    name: &[u8],
    kind: EntryType,
    content: &[u8],
    target: &[u8],
) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o6777);
    let old = header.as_old_mut();
    let fit = |bytes: &[u8]| bytes.len().min(100);
    old.name[..fit(name)].copy_from_slice(&name[..fit(name)]);
    old.linkname[..fit(target)].copy_from_slice(&target[..fit(target)]);
    header.set_cksum();
    tar.append(&header, content).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    millrace_store::sha256_hex(bytes)
}

thread_local! {
    static YARD: RefCell<Yard> = RefCell::new(Yard::new());
}

/// A folder with a file that nobody may touch.
struct Yard(TempDir);

impl Yard {
    fn new() -> Self {
        // In memory where that can be had.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        let yard = Self(folder.unwrap());
        fs::write(yard.path("outside.txt"), "outside").unwrap();
        yard
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// An empty folder of this name.
    fn fresh(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let _gone = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        path
    }

    /// Nothing beside it was touched, and in it are no rights and no links that somebody could use.
    fn check(&self, folder: &Path, may_link: bool) {
        assert_eq!(fs::read_to_string(self.path("outside.txt")).unwrap(), "outside");
        let known = ["outside.txt", "backup.tar.gz", "home", "root", "log"];
        for entry in fs::read_dir(self.0.path()).unwrap() {
            let name = entry.unwrap().file_name();
            assert!(known.iter().any(|known| name == *known), "{name:?} lies outside");
        }
        let mut open = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(&next).into_iter().flatten() {
                let path = entry.unwrap().path();
                let found = fs::symlink_metadata(&path).unwrap();
                if found.is_symlink() {
                    assert!(may_link, "{path:?} is a link");
                    let target = next.join(fs::read_link(&path).unwrap());
                    if let Ok(real) = target.canonicalize() {
                        let inside = real.starts_with(folder.canonicalize().unwrap());
                        assert!(inside, "{path:?} leads to {real:?}");
                    }
                    continue;
                }
                assert!(found.is_dir() || found.is_file(), "{path:?} is neither");
                assert_eq!(found.permissions().mode() & 0o6000, 0, "{path:?} lends rights");
                if found.is_dir() {
                    open.push(path);
                }
            }
        }
    }
}
