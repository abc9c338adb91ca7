//! Versions of documents: one for each meaning in a row, the newest 200, with their texts.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use millrace_store::{NewVersion, Persist, Store, Trusted, VersionReason, Writer, snapshot_hash};

const PATH: &str = "/flows/nightly.json";

fn keep(writer: &mut Writer, number: i64, text: &str, meaning: &str) -> bool {
    let version = NewVersion {
        path: PATH.to_owned(),
        name: "nightly".to_owned(),
        text: text.to_owned(),
        meaning: meaning.to_owned(),
        kept: Timestamp(number),
        reason: if number % 2 == 0 { VersionReason::Run } else { VersionReason::Saved },
    };
    writer.keep_version(&version, WorkflowId(5)).unwrap()
}

fn texts(store: &Store, path: &str) -> Vec<(i64, String)> {
    let rows = store.read(|r| r.versions(path)).unwrap();
    let text = |version| store.read(|r| r.version_text(version)).unwrap().unwrap();
    rows.iter().map(|row| (row.kept.0, text(row.version))).collect()
}

#[test]
fn a_version_is_kept_where_the_meaning_is_another_and_goes_along_with_a_move() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = common::open(home.path());
    assert!(keep(&mut writer, 1, "a", "A"));
    assert!(!keep(&mut writer, 2, "a, moved", "A"), "only cards were moved");
    assert!(keep(&mut writer, 3, "b", "B"));
    assert!(keep(&mut writer, 4, "a", "A"), "back to what it meant before is a version too");
    let expected = [(4, "a".to_owned()), (3, "b".to_owned()), (1, "a".to_owned())];
    assert_eq!(texts(&store, PATH), expected);
    let rows = store.read(|r| r.versions(PATH)).unwrap();
    assert_eq!((rows[0].reason, rows[1].reason), (VersionReason::Run, VersionReason::Saved));
    writer.move_workflow(PATH, "/flows/other.json", "other").unwrap();
    assert_eq!(texts(&store, "/flows/other.json"), expected);
    assert_eq!(texts(&store, PATH), []);
    assert_eq!(store.read(|r| r.version_text(99)).unwrap(), None);
}

#[test]
fn the_newest_200_stay_and_texts_that_runs_need_stay_with_them() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = common::open(home.path());
    // A run pinned the text of what will be the oldest version.
    let run = common::smooth(1, 1, 0);
    writer.commit(&run, Persist::Soon).unwrap();
    let millrace_model::event::RunEventKind::RunQueued(head) = &run[0].kind else {
        unreachable!("the first event of a run")
    };
    let pinned = store.read(|r| r.snapshot(&head.snapshot)).unwrap().unwrap();
    assert!(keep(&mut writer, 0, &pinned, "pinned"));
    for number in 1..=203 {
        assert!(keep(&mut writer, number, &format!("text {number}"), &format!("{number}")));
    }
    let kept = texts(&store, head.path.as_deref().unwrap_or(PATH));
    assert_eq!((kept.len(), kept[0].0, kept[199].0), (200, 203, 4));
    let known = |text: &str| store.read(|r| r.snapshot(&snapshot_hash(text))).unwrap().is_some();
    assert!(!known("text 1") && known("text 4") && known(&pinned));
}

#[test]
fn what_lies_below_a_folder_goes_along_with_it_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = common::open(home.path());
    let paths = [
        "/lib/team/a.json",
        "/lib/team/deep/b.json",
        "/lib/team.json",
        "/lib/team0/c.json",
        "/lib/teams/d.json",
        "/lib/new/e.json",
    ];
    for (number, path) in paths.iter().enumerate() {
        let version = NewVersion {
            path: (*path).to_owned(),
            name: "same".to_owned(),
            text: (*path).to_owned(),
            meaning: (*path).to_owned(),
            kept: Timestamp(number as i64),
            reason: VersionReason::Saved,
        };
        writer.keep_version(&version, WorkflowId(number as u64 + 1)).unwrap();
    }
    for folder in ["/lib/team", "/lib/team/deep", "/lib/teams"] {
        writer.trust(&Trusted::Folder(folder.to_owned()), Timestamp(1)).unwrap();
    }
    let twice = |writer: &mut Writer| {
        writer.move_folder("/lib/team", "/lib/new").unwrap();
        writer.move_folder("/lib/team", "/lib/new").unwrap();
    };
    twice(&mut writer);
    let known = store.read(|r| r.workflows()).unwrap();
    let mut known: Vec<_> = known
        .into_iter()
        .map(|row| (row.workflow_id.unwrap().0, row.path.unwrap_or_default()))
        .collect();
    known.sort();
    let expected = [
        (1, "/lib/new/a.json"),
        (2, "/lib/new/deep/b.json"),
        (3, "/lib/team.json"),
        (4, "/lib/team0/c.json"),
        (5, "/lib/teams/d.json"),
        // What was bound there before gave its path up.
        (6, ""),
    ];
    assert_eq!(known, expected.map(|(id, path)| (id, path.to_owned())));
    assert_eq!(texts(&store, "/lib/new/a.json"), [(0, "/lib/team/a.json".to_owned())]);
    let trusted = store.read(|r| r.trusted_folders()).unwrap();
    assert_eq!(trusted, ["/lib/new", "/lib/new/deep", "/lib/teams"]);
}
