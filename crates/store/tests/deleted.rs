//! Runs that are deleted: out of every list at once, back as they were, and in the end gone.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{DOCUMENT, open, smooth};
use millrace_model::event::{RunEvent, RunEventKind, RunState};
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::time::Timestamp;
use millrace_store::{Persist, Reader, RunFilter, Store, StoreError, WorkflowKey, Writer};

const AT: Timestamp = Timestamp(5_000);
const LATER: Timestamp = Timestamp(5_001);

fn listed(store: &Store) -> Vec<u64> {
    let rows = store.read(|r| r.list_runs(&RunFilter::default(), None, 99)).unwrap();
    rows.into_iter().map(|row| row.run.0).collect()
}

fn with_runs(home: &std::path::Path, runs: &[u64]) -> (Store, Writer) {
    let (store, mut writer) = open(home);
    for run in runs {
        writer.commit(&smooth(*run, 3, *run as i64 * 1_000), Persist::Soon).unwrap();
    }
    (store, writer)
}

fn failing(run: u64, at: i64) -> Vec<RunEvent> {
    let mut events = smooth(run, 3, at);
    let last = events.last_mut().unwrap();
    last.kind = RunEventKind::RunEnded { state: RunState::Failed, cause: None };
    events
}

fn purge_all(writer: &mut Writer, run: RunId) {
    while writer.purge_run(run).unwrap().unwrap().has_more {}
    writer.forget_run(run).unwrap();
}

#[test]
fn a_deleted_run_is_nowhere_and_comes_back_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = with_runs(home.path(), &[1, 2]);
    let run = RunId(2);
    let key = WorkflowKey::Id(WorkflowId(7));
    let look = || {
        (
            store.read(|r| r.run(run)).ok(),
            store.read(|r| r.run_row(run)).ok(),
            store.read(|r| r.ended_tasks(run)).ok(),
            store.read(|r| r.workflow_stats(&key, 9)).unwrap(),
            store.read(|r| Ok(r.resolve("last", None))).unwrap().ok(),
            store.read(|r| r.events_since(0, 99)).unwrap().events,
            listed(&store),
        )
    };
    let before = look();
    assert_eq!(writer.delete_runs(&[run], AT).unwrap(), 1);
    let (fold, row, tasks, stats, last, events, list) = look();
    assert_eq!((fold, row, tasks, last), (None, None, None, Some(RunId(1))));
    assert_eq!((stats.recent.len(), list), (1, vec![1]));
    assert!(events.iter().all(|event| event.event.run == RunId(1)));
    assert_eq!(writer.delete_runs(&[run], AT).unwrap(), 0, "it is already");
    let rows = store.read(|r| r.deleted_runs(9)).unwrap();
    assert_eq!(rows.iter().map(|it| (it.row.run, it.deleted)).collect::<Vec<_>>(), [(run, AT)]);
    assert_eq!(writer.restore_runs(&[run]).unwrap(), 1);
    assert_eq!(look(), before);
    assert_eq!(writer.restore_runs(&[run]).unwrap(), 0, "it is already");
    assert!(store.read(|r| r.deleted_runs(9)).unwrap().is_empty());
}

#[test]
fn a_run_under_way_and_an_unknown_one_keep_all_from_being_deleted() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = with_runs(home.path(), &[1]);
    let events = smooth(2, 3, 9_000);
    writer.commit(&events[..4], Persist::Soon).unwrap();
    let error = writer.delete_runs(&[RunId(1), RunId(2)], AT).unwrap_err();
    assert_eq!(error, StoreError::UnderWay { run: RunId(2) });
    let error = writer.delete_runs(&[RunId(1), RunId(3)], AT).unwrap_err();
    assert_eq!(error, StoreError::NoRun { run: RunId(3) });
    assert_eq!(listed(&store), [2, 1]);
    // The writer goes on where it was.
    writer.commit(&events[4..], Persist::Soon).unwrap();
    assert_eq!(writer.delete_runs(&[RunId(1), RunId(2)], AT).unwrap(), 2);
}

#[test]
fn a_purged_run_leaves_nothing_and_its_places_and_numbers_do_not_come_again() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = with_runs(home.path(), &[1, 2]);
    let (run, position) = (RunId(2), store.read(Reader::last_position).unwrap());
    writer.delete_runs(&[run], AT).unwrap();
    assert!(store.read(|r| r.deleted_before(AT, 9)).unwrap().is_empty());
    assert_eq!(store.read(|r| r.deleted_before(LATER, 9)).unwrap(), [run]);
    assert!(writer.purge_run(run).unwrap().is_some());
    // From the first piece on there is no way back.
    assert_eq!(writer.restore_runs(&[run]).unwrap_err(), StoreError::NoRun { run });
    assert!(store.read(|r| r.deleted_runs(9)).unwrap().is_empty());
    assert_eq!(
        store.read(|r| r.deleted_before(LATER, 9)).unwrap(),
        [run],
        "its files may be there"
    );
    purge_all(&mut writer, run);
    assert_eq!(writer.purge_run(run).unwrap(), None);
    assert!(store.read(|r| r.deleted_before(LATER, 9)).unwrap().is_empty());
    writer.close().unwrap();
    drop(store);
    // After a restart.
    let store = Store::open(home.path(), millrace_store::Options::default()).unwrap();
    let mut writer = store.writer().unwrap();
    assert_eq!(store.read(Reader::last_position).unwrap(), position);
    assert_eq!(writer.progress().position(), position);
    let events = smooth(3, 3, 9_000);
    let done = writer.commit(&events, Persist::Soon).unwrap();
    assert_eq!(done.last_position, position + events.len() as u64);
    let since = store.read(|r| r.events_since(position, 99)).unwrap().events;
    assert_eq!(since.iter().map(|it| it.event.clone()).collect::<Vec<_>>(), events);
    assert_eq!(store.read(|r| r.ended_tasks(RunId(3))).unwrap().len(), 3, "nothing of the old run");
    while writer.give_back().unwrap() > 0 {}
}

#[test]
fn a_new_run_does_not_get_the_number_of_a_deleted_one() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = with_runs(home.path(), &[1, 2]);
    writer.delete_runs(&[RunId(2)], AT).unwrap();
    writer.commit(&smooth(3, 1, 9_000), Persist::Soon).unwrap();
    writer.restore_runs(&[RunId(2)]).unwrap();
    assert_eq!(listed(&store), [3, 2, 1]);
    let tasks = |run| store.read(|r| r.ended_tasks(RunId(run))).unwrap().len();
    assert_eq!((tasks(2), tasks(3)), (3, 1));
}

#[test]
fn a_text_goes_with_the_last_run_that_names_it() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = with_runs(home.path(), &[1, 2]);
    let hash = millrace_store::snapshot_hash(DOCUMENT);
    let is_there = || store.read(|r| r.snapshot(&hash)).unwrap().is_some();
    writer.delete_runs(&[RunId(1), RunId(2)], AT).unwrap();
    purge_all(&mut writer, RunId(1));
    assert!(is_there());
    purge_all(&mut writer, RunId(2));
    assert!(!is_there());
}

#[test]
fn a_long_run_goes_in_pieces() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(home.path());
    writer.commit(&smooth(1, 1_200, 0), Persist::Soon).unwrap();
    writer.delete_runs(&[RunId(1)], AT).unwrap();
    let mut pieces = 1;
    while writer.purge_run(RunId(1)).unwrap().unwrap().has_more {
        pieces += 1;
    }
    assert!((3..6).contains(&pieces), "{pieces}");
    writer.forget_run(RunId(1)).unwrap();
    assert!(listed(&store).is_empty());
}

#[test]
fn limits_leave_the_newest_and_the_newest_good_one_and_what_is_under_way() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = with_runs(home.path(), &[1, 2]);
    // Run 3 fails, run 4 goes on.
    for (run, events) in [(3, failing(3, 9_000)), (4, smooth(4, 2, 11_000)[..4].to_vec())] {
        assert_eq!(events[0].run, RunId(run));
        writer.commit(&events, Persist::Soon).unwrap();
    }
    let expired = |before: Option<i64>, count| {
        let before = before.map(Timestamp);
        let runs = store.read(|r| r.expired_runs(before, count)).unwrap();
        runs.into_iter().map(|run| run.0).collect::<Vec<_>>()
    };
    assert_eq!(expired(None, None), Vec::<u64>::new());
    assert_eq!(expired(Some(i64::MAX), None), [1, 3], "2 is the newest that succeeded");
    assert_eq!(expired(Some(2_000), None), [1]);
    assert_eq!(expired(None, Some(2)), [1]);
    assert_eq!(expired(None, Some(1)), [3, 1]);
    assert_eq!(expired(Some(2_000), Some(1)), [1, 3]);
    assert_eq!(store.read(Reader::expendable_runs).unwrap(), [RunId(1), RunId(3)]);
    let all = [1, 2, 3, 4, 5].map(RunId);
    assert_eq!(writer.expire_runs(&all, AT).unwrap(), 3, "all that have ended");
    assert_eq!(listed(&store), [4]);
}
