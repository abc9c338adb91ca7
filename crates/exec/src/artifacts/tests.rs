//! The store of contents on a real file system, and folders that attempts could leave.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use std::time::{Duration, SystemTime};

use millrace_model::artifact::MAX_ARTIFACTS;
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;

use super::collect::Collected;
use super::*;

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

struct Place {
    root: tempfile::TempDir,
    store: ArtifactStore,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let store = ArtifactStore::new(root.path().join("artifacts"));
        fs::create_dir(root.path().join("left")).unwrap();
        Self { root, store }
    }

    fn put(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.root.path().join("left").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn collect(&self) -> Collected {
        let folder = self.root.path().join("left");
        collect(&self.store, &folder, true, &|name| name.contains("canary"))
    }

    fn contents(&self) -> usize {
        let mut count = 0;
        for folder in fs::read_dir(self.root.path().join("artifacts")).unwrap() {
            count += fs::read_dir(folder.unwrap().path()).unwrap().count();
        }
        count
    }
}

#[test]
fn files_are_kept_once_by_what_is_in_them() {
    let place = Place::new();
    place.put("a.txt", "hello");
    place.put("deep/b.md", "hello");
    place.put("c.csv", "x,y\n");
    let collected = place.collect();
    assert_eq!((&collected.error, collected.notes.len()), (&None, 0));
    let names: Vec<_> = collected.artifacts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["a.txt", "c.csv", "deep/b.md"]);
    assert_eq!(collected.artifacts[0].sha256, HELLO);
    assert_eq!(collected.artifacts[2].sha256, HELLO);
    assert_eq!((collected.artifacts[0].bytes, place.contents()), (5, 2));
    assert_eq!(collected.artifacts[2].media_type, "text/markdown");
    let content = place.store.path(HELLO).unwrap();
    assert_eq!(fs::metadata(&content).unwrap().permissions().mode() & 0o777, 0o400);
    assert_eq!(fs::read_to_string(content).unwrap(), "hello");
    // As after a crash between taking in and telling.
    assert_eq!(place.collect(), collected);
    assert_eq!(place.contents(), 2);
}

#[test]
fn what_somebody_else_could_write_to_is_copied() {
    let place = Place::new();
    let path = place.put("a.txt", "hello");
    let other = place.root.path().join("mine");
    fs::hard_link(&path, &other).unwrap();
    assert_eq!(place.collect().artifacts[0].sha256, HELLO);
    fs::write(&other, "other").unwrap();
    assert_eq!(fs::read_to_string(place.store.path(HELLO).unwrap()).unwrap(), "hello");
    assert_eq!(fs::metadata(&other).unwrap().permissions().mode() & 0o200, 0o200);
}

#[test]
fn a_large_file_is_not_copied() {
    let place = Place::new();
    let path = place.put("a.txt", "hello");
    place.collect();
    let content = place.store.path(HELLO).unwrap();
    assert_eq!(fs::metadata(path).unwrap().ino(), fs::metadata(content).unwrap().ino());
}

#[test]
fn what_leads_elsewhere_is_refused_and_named() {
    let place = Place::new();
    place.put("good.txt", "x");
    place.put("%2e%2e%2fescaped", "x");
    place.put("canary.txt", "x");
    place.put("new\nline", "x");
    let left = place.root.path().join("left");
    symlink("/etc/passwd", left.join("passwd")).unwrap();
    symlink("/etc", left.join("folder")).unwrap();
    fs::write(left.join(std::ffi::OsStr::from_bytes(b"bad-\xff")), "x").unwrap();
    let pipe = left.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let collected = place.collect();
    let names: Vec<_> = collected.artifacts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((names, &collected.error), (vec!["good.txt"], &None));
    let all = collected.notes.join("\n");
    assert_eq!(collected.notes.len(), 7, "{all}");
    for word in [
        "escaped dot",
        "a secret",
        "control",
        "`passwd` is a symbolic link",
        "not UTF-8",
        "plain file",
    ] {
        assert!(all.contains(word), "{word}: {all}");
    }
    assert!(!all.contains("canary"), "{all}");
}

#[test]
fn more_than_the_limit_is_an_error_and_keeps_nothing() {
    let place = Place::new();
    for number in 0..=MAX_ARTIFACTS {
        place.put(&number.to_string(), "x");
    }
    let collected = place.collect();
    assert!(collected.error.unwrap().contains("more than 1000 artifacts"));
    assert!(collected.artifacts.is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_with_its_name() {
    if rustix::process::geteuid().is_root() {
        // Root can read every file: there is nothing to be tried.
        return;
    }
    let place = Place::new();
    fs::set_permissions(place.put("a.txt", "x"), Permissions::from_mode(0o0)).unwrap();
    assert!(place.collect().error.unwrap().contains("a.txt"));
}

#[test]
fn unused_and_unfinished_contents_are_swept() {
    let place = Place::new();
    place.put("a.txt", "hello");
    place.put("b.txt", "other");
    place.collect();
    let unfinished = place.root.path().join("artifacts/00");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join(".new-1-1"), "half").unwrap();
    let (past, future) = (SystemTime::UNIX_EPOCH, SystemTime::now() + Duration::from_hours(1));
    assert_eq!(place.store.sweep(|_| false, past).unwrap(), 1, "it is too young");
    assert_eq!(place.store.sweep(|hash| hash == HELLO, future).unwrap(), 1);
    assert!(place.store.path(HELLO).unwrap().exists());
    assert_eq!(place.contents(), 1);
    assert_eq!(
        ArtifactStore::new(place.root.path().join("none")).sweep(|_| true, future).unwrap(),
        0
    );
    assert_eq!(place.store.path("../../etc/passwd"), None);
}

#[test]
fn later_tasks_find_them_under_their_names() {
    let place = Place::new();
    place.put("a.txt", "hello");
    place.put("deep/b.md", "hello");
    let artifacts = place.collect().artifacts;
    let dir = RunDir::of(place.root.path(), RunId(7));
    dir.create().unwrap();
    let key = TaskKey::plain(Ident::new("extract").unwrap());
    for _ in 0..2 {
        publish(&dir, &place.store, &key, &artifacts).unwrap();
        let path = dir.published_artifacts().join("extract/deep/b.md");
        assert_eq!(fs::read_to_string(path).unwrap(), "hello");
    }
    publish(&dir, &place.store, &key, &[]).unwrap();
    assert!(!dir.published_artifacts().join("extract").exists());
}
