//! What may and what must be there after a cut.

use std::collections::BTreeSet;
use std::time::Instant;

use super::super::recorder::Noted;
use super::*;
use crate::faults::campaign::Round;

const ROOT: Node = Node(0);

/// All that disks made of some changes below a folder that was there: the files with what they hold.
fn outcomes(luck: Luck, changes: Vec<Change>) -> BTreeSet<Vec<(String, Vec<u8>)>> {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("root");
    let to_place = |path: PathBuf| root.join(path);
    let changes = changes.into_iter().map(|change| match change {
        Change::Make { node, sort, name } => Change::Make { node, sort, name: to_place(name) },
        Change::Name { node, name } => Change::Name { node, name: to_place(name) },
        Change::Unname { name } => Change::Unname { name: to_place(name) },
        Change::Rename { from, to } => Change::Rename { from: to_place(from), to: to_place(to) },
        other => other,
    });
    let noted = |change| Noted { at: Instant::now(), change };
    let recording = Recording {
        root: root.clone(),
        before: vec![(ROOT, Sort::Folder, root.clone(), Vec::new())],
        changes: changes.map(noted).collect(),
        mapped: BTreeSet::new(),
        unknown: BTreeSet::new(),
    };
    let of = |number| {
        let mut dice = Round { seed: 1, number }.dice();
        let disk = Disk::after(&recording, recording.changes.len(), &|_| false);
        disk.build(luck, &mut dice).unwrap();
        let mut found = Vec::new();
        read(&root, &root, &mut found);
        found.sort();
        found
    };
    (0..200).map(of).collect()
}

fn read(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            found.push((name, fs::read(&path).unwrap()));
        }
    }
}

fn make(node: usize, name: &str) -> Change {
    Change::Make { node: Node(node), sort: Sort::File, name: name.into() }
}

fn write(node: usize, offset: u64, bytes: &[u8]) -> Change {
    Change::Write { node: Node(node), offset, bytes: bytes.to_vec() }
}

fn sync(node: usize, covers: usize) -> Change {
    Change::Sync { node: Node(node), covers }
}

fn rename(from: &str, to: &str) -> Change {
    Change::Rename { from: from.into(), to: to.into() }
}

fn file(name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    (name.to_owned(), bytes.to_vec())
}

#[test]
fn what_was_synced_is_there_whatever_the_disk_did() {
    for luck in Luck::EACH {
        let changes = vec![make(1, "a"), write(1, 0, b"one"), sync(1, 2)];
        assert_eq!(outcomes(luck, changes), [vec![file("a", b"one")]].into(), "{luck:?}");
    }
}

#[test]
fn a_sync_covers_nothing_that_came_after_it_was_called() {
    let changes = vec![make(1, "a"), write(1, 0, b"one"), write(1, 3, b"two"), sync(1, 2)];
    assert_eq!(outcomes(Luck::Nothing, changes), [vec![file("a", b"one")]].into());
}

#[test]
fn a_file_that_takes_the_name_of_another_without_a_sync_may_be_empty() {
    let changes = vec![
        make(1, "a"),
        write(1, 0, b"old"),
        sync(1, 2),
        make(2, ".new"),
        write(2, 0, b"new"),
        rename(".new", "a"),
    ];
    let found = outcomes(Luck::Blocks, changes);
    for bytes in [b"old".as_slice(), b"new", b"", b"\0\0\0"] {
        assert!(found.iter().any(|files| files.contains(&file("a", bytes))), "{bytes:?}");
    }
}

#[test]
fn a_file_that_was_synced_before_it_takes_the_name_is_the_old_or_the_new_one() {
    let mut changes = vec![
        make(1, "a"),
        write(1, 0, b"old"),
        sync(1, 2),
        make(2, ".new"),
        write(2, 0, b"new"),
        sync(2, 5),
        rename(".new", "a"),
    ];
    for luck in Luck::EACH {
        let is_whole = |files: &Vec<(String, Vec<u8>)>| {
            files.contains(&file("a", b"old")) || *files == [file("a", b"new")]
        };
        assert!(outcomes(luck, changes.clone()).iter().all(is_whole), "{luck:?}");
    }
    changes.push(Change::Sync { node: ROOT, covers: 7 });
    for luck in Luck::EACH {
        assert_eq!(outcomes(luck, changes.clone()), [vec![file("a", b"new")]].into());
    }
}

#[test]
fn names_of_a_folder_come_and_go_in_order() {
    let changes = vec![
        make(1, "a"),
        make(2, "b"),
        make(3, "c"),
        Change::Unname { name: "a".into() },
        sync(2, 4),
    ];
    let named = |names: &[&str]| names.iter().map(|name| file(name, b"")).collect::<Vec<_>>();
    assert_eq!(
        outcomes(Luck::Blocks, changes),
        [named(&["a", "b"]), named(&["a", "b", "c"]), named(&["b", "c"])].into()
    );
}

#[test]
fn a_rename_into_another_folder_is_whole_or_not_done() {
    let folder = |node: usize, name: &str| Change::Make {
        node: Node(node),
        sort: Sort::Folder,
        name: name.into(),
    };
    let changes =
        vec![folder(1, "x"), folder(2, "y"), make(3, "x/a"), sync(3, 3), rename("x/a", "y/a")];
    let found = outcomes(Luck::Blocks, changes);
    assert_eq!(found, [vec![file("x/a", b"")], vec![file("y/a", b"")]].into());
}

#[test]
fn a_block_is_of_one_moment_and_waits_for_no_other() {
    let block = |byte: u8| vec![byte; 512];
    let changes = vec![
        make(1, "a"),
        write(1, 0, &[block(1), block(1)].concat()),
        sync(1, 2),
        write(1, 0, &block(2)),
        write(1, 256, &block(3)),
    ];
    let blocks: BTreeSet<(u8, u8, u8, u8)> = outcomes(Luck::Blocks, changes)
        .iter()
        .map(|files| (files[0].1[0], files[0].1[511], files[0].1[512], files[0].1[1_023]))
        .collect();
    let first = [(1, 1), (2, 2), (2, 3)];
    let second = [(1, 1), (3, 1)];
    let all = first.iter().flat_map(|a| second.iter().map(|b| (a.0, a.1, b.0, b.1)));
    assert_eq!(blocks, all.collect());
}

#[test]
fn an_append_that_is_torn_ends_at_a_block() {
    let changes = vec![make(1, "a"), sync(1, 1), write(1, 0, &[7; 1_300])];
    let found = outcomes(Luck::Torn, changes);
    let ends: BTreeSet<usize> = found
        .iter()
        .map(|files| files[0].1.iter().take_while(|byte| **byte == 7).count())
        .collect();
    assert_eq!(ends, [0, 512, 1_024, 1_300].into());
}
