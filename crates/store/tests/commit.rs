//! What a commit promises, and what happens when it cannot be kept.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use common::{open, smooth};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{
    DATABASE_FILE, Durability, FaultPoint, Options, Persist, Reader, Store, StoreError, Writer,
};

/// A store in which `hook` decides at each point whether it fails.
fn hooked(
    home: &Path,
    hook: impl Fn(FaultPoint) -> Result<(), StoreError> + Send + Sync + 'static,
) -> (Store, Writer) {
    let options = Options { fault_hook: Some(Arc::new(hook)), ..Options::default() };
    let store = Store::open(home, options).unwrap();
    let mut writer = store.writer().unwrap();
    writer.put_snapshot(common::DOCUMENT).unwrap();
    (store, writer)
}

fn faulty(home: &Path, point: FaultPoint) -> (Store, Writer, Arc<AtomicBool>) {
    let armed = Arc::new(AtomicBool::new(false));
    let hook = armed.clone();
    let (store, writer) =
        hooked(home, move |at| match at == point && hook.load(Ordering::Relaxed) {
            true => Err(StoreError::Injected(format!("{at:?}"))),
            false => Ok(()),
        });
    (store, writer, armed)
}

#[test]
fn a_batch_that_fails_before_commit_leaves_nothing_and_can_be_committed_again() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer, armed) = faulty(home.path(), FaultPoint::BeforeCommit);
    let events = smooth(1, 3, 0);
    writer.commit(&events[..4], Persist::Soon).unwrap();
    armed.store(true, Ordering::Relaxed);
    let error = writer.commit(&events[4..], Persist::Soon).unwrap_err();
    assert!(matches!(error, StoreError::Injected(_)), "{error}");
    assert_eq!(store.read(|r| r.events(RunId(1), 0, 99)).unwrap(), events[..4]);
    armed.store(false, Ordering::Relaxed);
    let done = writer.commit(&events[4..], Persist::Soon).unwrap();
    assert_eq!(done.last_position, events.len() as u64);
    assert_eq!(store.read(|r| r.events(RunId(1), 0, 99)).unwrap(), events);
}

#[test]
fn a_batch_whose_fate_is_unknown_is_not_stored_twice() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer, armed) = faulty(home.path(), FaultPoint::AfterCommit);
    let events = smooth(1, 3, 0);
    armed.store(true, Ordering::Relaxed);
    writer.commit(&events, Persist::Soon).unwrap_err();
    armed.store(false, Ordering::Relaxed);
    let done = writer.commit(&events, Persist::Soon).unwrap();
    assert_eq!(done.last_position, events.len() as u64);
    assert_eq!(store.read(|r| r.events(RunId(1), 0, 99)).unwrap(), events);
    let mut other = events[3].clone();
    other.at = Timestamp(123_456);
    let error = writer.commit(&[other], Persist::Soon).unwrap_err();
    assert_eq!(error, StoreError::Conflict { run: RunId(1), seq: 4 });
}

/// A store whose disk fails to sync, at `point` and when the file is opened anew, as often as the number says.
fn failing_disk(home: &Path, point: FaultPoint) -> (Store, Writer, Arc<AtomicU32>) {
    let times = Arc::new(AtomicU32::new(0));
    let (left, path) = (times.clone(), home.join(DATABASE_FILE));
    let one_less = |left: u32| left.checked_sub(1);
    let fails = move || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
    let (store, writer) =
        hooked(home, move |at| match (at == point || at == FaultPoint::Reopen) && fails() {
            true => Err(StoreError::Unsynced { path: path.clone(), detail: "EIO".into() }),
            false => Ok(()),
        });
    (store, writer, times)
}

#[test]
fn after_a_failed_sync_the_file_is_opened_anew_and_nothing_is_lost_or_doubled() {
    for point in [FaultPoint::BeforeCommit, FaultPoint::AfterCommit] {
        let home = tempfile::tempdir().unwrap();
        let (store, mut writer, times) = failing_disk(home.path(), point);
        let events = smooth(1, 3, 0);
        writer.commit(&events[..4], Persist::Soon).unwrap();
        store.read(|r| r.run(RunId(1))).unwrap();
        let log = home.path().join(format!("{DATABASE_FILE}-wal"));
        let before = std::fs::read(&log).unwrap();

        // The commit, and twice the opening: the disk is still not well.
        times.store(3, Ordering::Relaxed);
        for _ in 0..3 {
            let error = writer.commit(&events[4..], Persist::Soon).unwrap_err();
            assert!(matches!(error, StoreError::Unsynced { .. }), "{error}");
            assert_eq!(writer.usable(), Err(error));
            assert!(std::fs::read(&log).unwrap().starts_with(&before), "nothing was moved");
            assert!(store.read(|r| r.run(RunId(1))).unwrap().seq >= 4, "it can be read");
        }
        let done = writer.commit(&events[4..], Persist::Soon).unwrap();
        assert_eq!(done.last_position, events.len() as u64);
        assert_eq!(writer.usable(), Ok(()));
        assert_eq!(store.read(|r| r.events(RunId(1), 0, 99)).unwrap(), events);
    }
}

#[test]
fn after_a_failed_sync_it_recovers_without_anything_to_write() {
    let home = tempfile::tempdir().unwrap();
    let (_store, mut writer, times) = failing_disk(home.path(), FaultPoint::BeforeCommit);
    times.store(1, Ordering::Relaxed);
    writer.commit(&smooth(1, 1, 0), Persist::Soon).unwrap_err();
    writer.idle().unwrap();
    assert!(writer.usable().is_err(), "it is not tried without a pause");
    let due = writer.sync_due().unwrap();
    while std::time::Instant::now() < due {
        std::thread::yield_now();
    }
    writer.idle().unwrap();
    assert_eq!(writer.usable(), Ok(()));
}

#[test]
fn what_a_failed_sync_took_away_stops_the_writer_for_good() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer, times) = failing_disk(home.path(), FaultPoint::BeforeCommit);
    writer.commit(&smooth(1, 3, 0), Persist::Soon).unwrap();
    let log = home.path().join(format!("{DATABASE_FILE}-wal"));
    let kept = std::fs::metadata(&log).unwrap().len();
    writer.commit(&smooth(2, 3, 0), Persist::Soon).unwrap();
    times.store(1, Ordering::Relaxed);
    writer.commit(&smooth(3, 3, 0), Persist::Soon).unwrap_err();
    // As if the kernel had dropped what it could not write.
    std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(kept).unwrap();
    let error = writer.commit(&smooth(3, 3, 0), Persist::Soon).unwrap_err();
    assert!(matches!(error, StoreError::Lost { lost: 9, .. }) && error.is_fatal(), "{error}");
    assert_eq!(writer.commit(&smooth(4, 1, 0), Persist::Soon).unwrap_err(), error);
    assert_eq!(writer.sync_due(), None);
    drop((writer, store));
    // The next start goes on from what is there.
    let (store, mut writer) = open(home.path());
    assert_eq!(store.read(|r| r.run(RunId(1))).unwrap().seq, 9);
    writer.commit(&smooth(2, 3, 0), Persist::Soon).unwrap();
}

#[test]
fn events_that_do_not_continue_a_run_are_refused_whole() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(home.path());
    let (one, two) = (smooth(1, 3, 0), smooth(2, 3, 0));
    let gap = [one[0].clone(), two[0].clone(), two[2].clone()];
    assert!(matches!(writer.commit(&gap, Persist::Soon), Err(StoreError::Fold(_))));
    assert_eq!(store.read(Reader::last_position).unwrap(), 0);
    assert!(matches!(writer.commit(&one[1..], Persist::Soon), Err(StoreError::Fold(_))));
    writer.commit(&one, Persist::Soon).unwrap();
    assert_eq!(store.read(Reader::last_position).unwrap(), one.len() as u64);
}

#[test]
fn a_run_needs_its_snapshot() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path(), Options::default()).unwrap();
    let mut writer = store.writer().unwrap();
    let error = writer.commit(&smooth(1, 1, 0), Persist::Soon).unwrap_err();
    assert!(matches!(error, StoreError::NoSnapshot { .. }), "{error}");
}

#[test]
fn a_full_disk_loses_nothing_and_is_over_when_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    let options = Options { max_pages: Some(80), ..Options::default() };
    let store = Store::open(home.path(), options).unwrap();
    let mut writer = store.writer().unwrap();
    writer.put_snapshot(common::DOCUMENT).unwrap();
    let mut stored = 0;
    let error = loop {
        let run = stored + 1;
        match writer.commit(&smooth(run, 20, 0), Persist::Soon) {
            Ok(_) => stored = run,
            Err(error) => break error,
        }
        assert!(stored < 1_000, "the limit is never reached");
    };
    assert!(matches!(error, StoreError::DiskFull { .. }) && error.is_temporary(), "{error}");
    assert!(stored > 2);
    assert!(matches!(store.read(|r| r.run(RunId(stored + 1))), Err(StoreError::NoRun { .. })));
    assert_eq!(store.read(|r| r.run(RunId(stored))).unwrap().seq, 43);
    drop(writer);
    drop(store);
    let (store, mut writer) = open(home.path());
    writer.commit(&smooth(stored + 1, 20, 0), Persist::Soon).unwrap();
    for run in 1..=stored + 1 {
        assert_eq!(store.read(|r| r.run(RunId(run))).unwrap().seq, 43);
    }
}

#[test]
fn full_durability_syncs_every_commit_and_second_only_when_asked_or_due() {
    let home = tempfile::tempdir().unwrap();
    let options = Options { durability: Durability::Full, ..Options::default() };
    let store = Store::open(home.path(), options).unwrap();
    let mut writer = store.writer().unwrap();
    writer.put_snapshot(common::DOCUMENT).unwrap();
    assert!(writer.commit(&smooth(1, 1, 0), Persist::Soon).unwrap().synced);
    assert_eq!(writer.sync_due(), None);
    drop((writer, store));

    let (_store, mut writer) = open(home.path());
    assert!(writer.commit(&smooth(2, 1, 0), Persist::Now).unwrap().synced);
    assert_eq!(writer.sync_due(), None);
    let soon = writer.commit(&smooth(3, 1, 0), Persist::Soon).unwrap();
    assert_eq!(writer.sync_due().is_some(), !soon.synced);
    let before = writer.counters();
    writer.sync().unwrap();
    assert_eq!(writer.counters().synced, before.synced + u64::from(!soon.synced));
    assert_eq!(writer.sync_due(), None);
}

#[test]
fn a_replaced_or_deleted_file_is_noticed_before_a_synced_commit() {
    for (suffix, replace) in [("", true), ("", false), ("-wal", false)] {
        let home = tempfile::tempdir().unwrap();
        let (_store, mut writer) = open(home.path());
        writer.commit(&smooth(1, 1, 0), Persist::Now).unwrap();
        let file = home.path().join(format!("{DATABASE_FILE}{suffix}"));
        if replace {
            let other = home.path().join("other");
            std::fs::copy(&file, &other).unwrap();
            std::fs::rename(&other, &file).unwrap();
        } else {
            std::fs::remove_file(&file).unwrap();
        }
        let error = writer.commit(&smooth(2, 1, 0), Persist::Now).unwrap_err();
        let StoreError::Replaced { path, what } = &error else { panic!("{error}") };
        assert_eq!(path, &file);
        assert_eq!(*what, if replace { "replaced by another file" } else { "deleted" });
        assert_eq!(writer.commit(&smooth(3, 1, 0), Persist::Soon).unwrap_err(), error);
    }
}

#[test]
fn another_program_with_a_lock_is_waited_for_only_so_long() {
    let home = tempfile::tempdir().unwrap();
    let options = Options { busy_wait: Duration::from_millis(30), ..Options::default() };
    let store = Store::open(home.path(), options).unwrap();
    let mut writer = store.writer().unwrap();
    writer.put_snapshot(common::DOCUMENT).unwrap();
    let other = rusqlite::Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = writer.commit(&smooth(1, 1, 0), Persist::Soon).unwrap_err();
    assert!(matches!(error, StoreError::Busy { waited_ms: 30, .. }), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    writer.commit(&smooth(1, 1, 0), Persist::Soon).unwrap();
}

#[test]
fn other_threads_write_through_the_mailbox() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(home.path());
    writer.commit(&smooth(1, 1, 0), Persist::Soon).unwrap();
    let (wake, woken) = std::sync::mpsc::channel();
    let done = wake.clone();
    writer.on_mail(move || wake.send(()).unwrap());
    let mailbox = writer.mailbox();
    let thread = std::thread::spawn(move || {
        let seen = mailbox.call(|writer| writer.mark_seen(RunId(1), Some(Timestamp(8))))?;
        let again = mailbox.call(|writer| writer.mark_seen(RunId(1), Some(Timestamp(9))))?;
        done.send(()).unwrap();
        Ok::<_, StoreError>((seen, again))
    });
    let mut polled = 0;
    for _ in 0..3 {
        woken.recv_timeout(Duration::from_secs(30)).unwrap();
        polled += writer.poll();
    }
    assert_eq!(polled, 2);
    assert_eq!(thread.join().unwrap(), Ok((true, false)));
    assert_eq!(store.read(|r| r.run_row(RunId(1))).unwrap().seen, Some(Timestamp(8)));
    let mailbox = writer.mailbox();
    mailbox.post(|_| panic!("must not run")).unwrap();
    drop(writer);
    assert_eq!(mailbox.call(|_| Ok(())), Err(StoreError::Closed));
}

#[test]
fn readers_see_prefixes_while_the_writer_writes() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(home.path());
    let events = smooth(5, 300, 0);
    writer.commit(&events[..1], Persist::Soon).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let reader = store.reader().unwrap();
                    let mut longest = 0;
                    loop {
                        let last = done.load(Ordering::Acquire);
                        let run = reader.run(RunId(5)).unwrap();
                        let row = reader.run_row(RunId(5)).unwrap();
                        assert!(run.seq >= longest && row.last_seq >= run.seq);
                        let stream = reader.events_since(longest, usize::MAX).unwrap().events;
                        let upto = longest + stream.len() as u64;
                        assert!(stream.iter().map(|e| e.position).eq(longest + 1..=upto));
                        longest = run.seq;
                        if last {
                            return longest;
                        }
                    }
                })
            })
            .collect();
        for pair in events[1..].chunks(2) {
            writer.commit(pair, Persist::Soon).unwrap();
        }
        done.store(true, Ordering::Release);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), events.len() as u64);
        }
    });
}
