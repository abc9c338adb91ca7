//! Backups that are damaged, or made to do harm, change nothing; one that is cancelled leaves nothing.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;

use flate2::Compression;
use flate2::write::GzEncoder;
use millrace_api::home::Home;
use millrace_model::time::Timestamp;
use millrace_store::{Options, Store};
use tar::{EntryType, Header};

use super::archive::{Digests, FileDigest, MANIFEST, hex};
use super::*;

struct Site {
    folder: tempfile::TempDir,
    home: Home,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("home")).unwrap();
        Self { folder, home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn manifest(&self) -> Manifest {
        Manifest {
            millrace_backup: 1,
            version: "1".to_owned(),
            made: Timestamp(0),
            home: self.home.root().to_owned(),
            files: 10,
            bytes: 10_000_000,
            runs: 0,
            with_logs: true,
            with_artifacts: true,
            under_way: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// A history like any other.
    fn history(&self) -> Vec<u8> {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), Options::default()).unwrap();
        let copy = home.path().join("copy");
        store.copy_to(&copy).unwrap();
        fs::read(copy).unwrap()
    }

    /// A backup with these entries, and with digests that fit where none are given.
    fn backup(
        &self,
        manifest: &Manifest,
        entries: &[(&str, EntryType, Vec<u8>)],
        digests: Option<Digests>,
    ) -> PathBuf {
        let path = self.path("b.tar.gz");
        let file = File::create(&path).unwrap();
        let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
        let mut add = |name: &str, kind: EntryType, bytes: &[u8]| {
            let mut header = Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            if kind == EntryType::Symlink {
                header.set_link_name("/etc/passwd").unwrap();
            }
            // As it is, whatever it is.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, bytes).unwrap();
        };
        add(MANIFEST, EntryType::Regular, &serde_json::to_vec(manifest).unwrap());
        for (name, kind, bytes) in entries {
            add(name, *kind, bytes);
        }
        let digests = digests.unwrap_or_else(|| {
            let digest = |(name, _, bytes): &(&str, EntryType, Vec<u8>)| {
                use sha2::Digest as _;
                let sha256 = hex(&sha2::Sha256::digest(bytes));
                ((*name).to_owned(), FileDigest { bytes: bytes.len() as u64, sha256 })
            };
            Digests { files: entries.iter().map(digest).collect(), ..Digests::default() }
        });
        add("digests.json", EntryType::Regular, &serde_json::to_vec(&digests).unwrap());
        tar.into_inner().unwrap().finish().unwrap();
        path
    }

    /// Restores it and makes sure that nothing changed; what was said.
    fn refused(&self, backup: &Path) -> String {
        let error = restore(&self.home, backup, true).unwrap_err();
        assert_eq!(error.code, Code::NotABackup, "{error}");
        assert!(error.help.as_deref().is_some_and(|it| it.starts_with("nothing was changed")));
        let mut left: Vec<_> = fs::read_dir(self.folder.path()).unwrap().flatten().collect();
        left.retain(|it| it.path() != self.home.root() && it.path() != backup);
        assert!(left.is_empty(), "{left:?}");
        assert!(!self.home.root().join("history.db").exists());
        error.message
    }
}

fn plain(name: &str, text: impl Into<Vec<u8>>) -> (&str, EntryType, Vec<u8>) {
    (name, EntryType::Regular, text.into())
}

#[test]
fn a_backup_that_fits_is_restored_and_one_into_a_full_home_is_not() {
    let site = Site::new();
    let entries = [plain("history.db", site.history()), plain("workflows/ä/w.json", "{}")];
    let backup = site.backup(&site.manifest(), &entries, None);
    let restored = restore(&site.home, &backup, false).unwrap();
    assert_eq!(restored.moved, None);
    let document = site.home.workflows().join("ä/w.json");
    assert_eq!(fs::read_to_string(&document).unwrap(), "{}");
    let private = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!((private(site.home.root()), private(&document)), (0, 0));
    let error = restore(&site.home, &backup, false).unwrap_err();
    assert_eq!(error.code, Code::HomeNotEmpty, "{error}");
    fs::write(&document, "mine").unwrap();
    let moved = restore(&site.home, &backup, true).unwrap().moved.unwrap();
    assert_eq!(fs::read_to_string(moved.join("workflows/ä/w.json")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(&document).unwrap(), "{}");
}

#[test]
fn what_a_killed_restore_has_unpacked_is_gone_after_the_next_and_nothing_else_is() {
    let site = Site::new();
    let backup = site.backup(&site.manifest(), &[plain("history.db", site.history())], None);
    let beside = |end: &str| site.path(&format!("home.{end}"));
    for end in ["restoring-4711", "restoring-of-mine", "before-restore-20260101-000000"] {
        fs::create_dir_all(beside(end).join("runs")).unwrap();
    }
    restore(&site.home, &backup, false).unwrap();
    assert!(!beside("restoring-4711").exists());
    assert!(beside("restoring-of-mine").exists());
    assert!(beside("before-restore-20260101-000000").exists());
}

#[test]
fn what_leads_elsewhere_is_refused() {
    let site = Site::new();
    let history = || plain("history.db", site.history());
    for name in [
        "../evil",
        "/etc/evil",
        "workflows/../../evil",
        "workflows//evil",
        "workflows/./evil",
        "evil",
        "lock",
        "cache/evil",
        "workflows",
        "workflows/",
        "digests.json/x",
        "",
    ] {
        let backup = site.backup(&site.manifest(), &[history(), plain(name, "x")], None);
        let said = site.refused(&backup);
        assert!(said.contains("leads elsewhere"), "{name}: {said}");
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Directory] {
        let entry = ("workflows/evil", kind, Vec::new());
        let said = site.refused(&site.backup(&site.manifest(), &[history(), entry], None));
        assert!(said.contains("is no plain file"), "{said}");
    }
    let mut digests = Digests::default();
    digests.links.insert("../evil".to_owned(), "history.db".to_owned());
    let said = site.refused(&site.backup(&site.manifest(), &[], Some(digests.clone())));
    assert!(said.contains("leads elsewhere"), "{said}");
    digests.links = [("runs/evil".to_owned(), "/etc/passwd".to_owned())].into();
    let said = site.refused(&site.backup(&site.manifest(), &[], Some(digests)));
    assert!(said.contains("is a name of nothing"), "{said}");
}

#[test]
fn what_is_damaged_or_cut_is_refused() {
    let site = Site::new();
    let entries = [plain("history.db", site.history()), plain("workflows/w.json", "{}")];
    let backup = site.backup(&site.manifest(), &entries, None);
    let whole = fs::read(&backup).unwrap();
    for length in [0, 1, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(&backup, &whole[..length]).unwrap();
        site.refused(&backup);
    }
    fs::write(&backup, "no archive at all").unwrap();
    assert!(site.refused(&backup).contains("no backup of Millrace"));
    let mut wrong = Digests::default();
    let said = site.refused(&site.backup(&site.manifest(), &entries, Some(wrong.clone())));
    assert!(said.contains("is not in its list"), "{said}");
    let digest = FileDigest { bytes: 2, sha256: "0".repeat(64) };
    wrong.files.insert("workflows/w.json".to_owned(), digest);
    let said = site.refused(&site.backup(&site.manifest(), &entries[1..], Some(wrong.clone())));
    assert!(said.contains("is not what it was"), "{said}");
    let said = site.refused(&site.backup(&site.manifest(), &[], Some(wrong)));
    assert!(said.contains("is missing in it"), "{said}");
    let twice = [plain("workflows/w.json", "{}"), plain("workflows/w.json", "{}")];
    assert!(site.refused(&site.backup(&site.manifest(), &twice, None)).contains("twice"));
    let no_database = [plain("history.db", "no database")];
    let said = site.refused(&site.backup(&site.manifest(), &no_database, None));
    assert!(said.contains("the history of the backup cannot be used"), "{said}");
}

#[test]
fn a_bomb_does_not_go_off() {
    let site = Site::new();
    let manifest = Manifest { bytes: 1_000, ..site.manifest() };
    let bomb = plain("artifacts/bomb", vec![0; 50_000_000]);
    let said = site.refused(&site.backup(&manifest, &[bomb], None));
    assert!(said.contains("more is in it than it says"), "{said}");
    let manifest = Manifest { files: 1, ..site.manifest() };
    let many = [plain("workflows/a", ""), plain("workflows/b", "")];
    assert!(site.refused(&site.backup(&manifest, &many, None)).contains("more is in it"));
    let huge = Manifest { bytes: u64::MAX, ..site.manifest() };
    let error = restore(&site.home, &site.backup(&huge, &[], None), true).unwrap_err();
    assert_eq!(error.code, Code::File, "{error}");
}

#[test]
fn a_newer_backup_says_so() {
    let site = Site::new();
    let manifest = Manifest { millrace_backup: 2, ..site.manifest() };
    let said = site.refused(&site.backup(&manifest, &[], None));
    assert!(
        said.contains("a newer Millrace wrote it (format 2; this one knows up to 1)"),
        "{said}"
    );
}

#[test]
fn a_home_that_somebody_has_is_left_alone() {
    let site = Site::new();
    let entries = [plain("history.db", site.history())];
    let backup = site.backup(&site.manifest(), &entries, None);
    let lock = crate::lock::HomeLock::take(&site.home).unwrap();
    let error = restore(&site.home, &backup, true).unwrap_err();
    assert_eq!(error.code, Code::HomeTaken, "{error}");
    drop(lock);
    restore(&site.home, &backup, true).unwrap();
}

#[test]
fn a_backup_that_is_given_up_leaves_nothing() {
    let site = Site::new();
    fs::create_dir_all(site.home.workflows()).unwrap();
    let mut big = File::create(site.home.workflows().join("big.json")).unwrap();
    big.write_all(&vec![b'x'; 1 << 20]).unwrap();
    let path = site.path("b.tar.gz");
    let args = BackUp {
        path: path.display().to_string(),
        replace: false,
        without_logs: false,
        without_artifacts: false,
    };
    let backups = Arc::new(Backups::default());
    let turn = backups.begin(&path).unwrap();
    assert_eq!(backups.begin(&path).unwrap_err().code, Code::WrongState);
    let mut picked = pick::pick(&site.home, Path::new("/nowhere"), &args, &[], &path);
    assert_eq!(picked.files.len(), 1);
    turn.running.is_canceled.store(true, Ordering::Relaxed);
    let written = write(&path, &args, &site.manifest(), &mut picked, &turn.running);
    let error = refused(&path, &written.unwrap_err());
    assert_eq!(error.code, Code::Canceled);
    assert_eq!(fs::read_dir(site.folder.path()).unwrap().count(), 1, "the home alone");
    drop(turn);
    drop(backups.begin(&path).unwrap());
    assert!(backups.now().is_none(), "also one that nobody waits for makes room");
    // A file that shrank or went meanwhile is filled up, so that all others come through.
    let running = Running::new(&path);
    fs::write(site.home.workflows().join("big.json"), "short").unwrap();
    write(&path, &args, &site.manifest(), &mut picked, &running).unwrap();
    fs::remove_file(site.home.workflows().join("big.json")).unwrap();
    fs::remove_file(&path).unwrap();
    write(&path, &args, &site.manifest(), &mut picked, &running).unwrap();
    assert_eq!(picked.left_out, 1);
}
