//! Versions of documents: one for each meaning in a row, the newest 200, with their texts.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use millrace_store::{NewVersion, Persist, Store, VersionReason, Writer, snapshot_hash};

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
