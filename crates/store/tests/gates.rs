//! The gates that stand before a history: format, place, damage, crashes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{open, smooth};
use millrace_model::ids::RunId;
use millrace_store::{
    DATABASE_FILE, FaultPoint, Options, Persist, Reader, Store, StoreError, set_aside,
};

#[test]
fn files_are_for_their_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("new/home");
    let (_store, mut writer) = open(&home);
    writer.commit(&smooth(1, 1, 0), Persist::Soon).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&home).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert_eq!(files, 5, "database, log, its index, lock, the mark of an open history");
}

#[test]
fn a_second_writer_is_refused_while_the_first_lives() {
    let home = tempfile::tempdir().unwrap();
    let (store, writer) = open(home.path());
    let error = Store::open(home.path(), Options::default()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(matches!(store.writer(), Err(StoreError::InUse { .. })));
    drop(writer);
    assert!(Store::open(home.path(), Options::default()).is_ok());
}

#[test]
fn a_newer_format_is_read_only_and_untouched() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(home.path());
    writer.commit(&smooth(1, 2, 0), Persist::Soon).unwrap();
    let path = store.path().clone();
    drop((store, writer));
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    let before = std::fs::read(&path).unwrap();
    let store = Store::open(home.path(), Options::default()).unwrap();
    let newer = store.newer().unwrap().clone();
    assert!(matches!(newer, StoreError::Newer { found: 99, known: 4, .. }), "{newer}");
    assert_eq!(store.writer().unwrap_err(), newer);
    assert_eq!(store.read(|r| r.run(RunId(1))).unwrap().seq, 7);
    drop(store);
    assert!(std::fs::read(&path).unwrap() == before, "the file was changed");
}

#[test]
fn a_file_of_another_program_is_refused_untouched() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(DATABASE_FILE);
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    drop(conn);
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(home.path(), Options::default()).unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn what_is_no_database_is_named_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(DATABASE_FILE);
    std::fs::write(
        &path,
        "this was a shopping list, long enough to be a header of a file\n".repeat(80),
    )
    .unwrap();
    let error = Store::open(home.path(), Options::default()).unwrap_err();
    let StoreError::Corrupt { path: named, .. } = &error else { panic!("{error}") };
    assert_eq!(named, &path);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("this was"));
}

#[test]
fn damage_is_found_after_an_unclean_exit_and_a_sound_file_passes() {
    for damaged in [false, true] {
        for budget in [Duration::from_secs(30), Duration::ZERO] {
            let home = tempfile::tempdir().unwrap();
            let (store, mut writer) = open(home.path());
            for run in 1..200 {
                writer.commit(&smooth(run, 10, 0), Persist::Soon).unwrap();
            }
            let path = store.path().clone();
            drop((store, writer));
            let conn = rusqlite::Connection::open(&path).unwrap();
            conn.execute("UPDATE meta SET value = 0 WHERE key = 'clean'", []).unwrap();
            let page: i64 = conn
                .query_row(
                    "SELECT rootpage FROM sqlite_schema WHERE name = 'events_of_run'",
                    [],
                    |row| row.get(0),
                )
                .unwrap();
            drop(conn);
            if damaged {
                let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
                let offset = u64::try_from(page - 1).unwrap() * 4096;
                file.write_all_at(&[0xEE; 2048], offset).unwrap();
            }
            let options = Options { check_budget: budget, ..Options::default() };
            let opened = Store::open(home.path(), options).and_then(|store| {
                let writer = store.writer()?;
                let deadline = Instant::now() + Duration::from_secs(30);
                while writer.is_checking() && Instant::now() < deadline {
                    std::thread::yield_now();
                }
                writer.usable()
            });
            match damaged {
                false => assert_eq!(opened, Ok(())),
                true => assert!(matches!(opened, Err(StoreError::Corrupt { .. })), "{opened:?}"),
            }
        }
    }
}

#[test]
fn damage_that_is_found_late_is_known_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(home.path());
    writer.commit(&smooth(1, 2, 0), Persist::Soon).unwrap();
    let path = store.path().clone();
    drop((store, writer));
    std::fs::write(home.path().join("history.db.damaged"), "\nrow 7").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(home.path(), Options::default()).unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { detail, .. } if detail == "row 7"), "{error}");
    let aside = set_aside(home.path(), "row 7", "s", |_| Ok(())).unwrap();
    assert_eq!(aside, home.path().join("history.damaged-s.db"));
    assert!(std::fs::read(&aside).unwrap() == before);
    let fresh = Store::open(home.path(), Options::default()).unwrap();
    assert!(fresh.was_cut_off());
    assert_eq!(fresh.read(Reader::run_names).unwrap(), []);
}

#[test]
fn what_is_set_aside_keeps_its_parts_together_also_after_a_kill() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str| home.path().join(name);
    for part in ["", "-wal", "-shm"] {
        std::fs::write(file(&format!("history.db{part}")), part).unwrap();
    }
    // An earlier one of the same second is not written over.
    std::fs::write(file("history.damaged-s.db-wal"), "earlier").unwrap();
    // The kill comes when all is renamed and nothing is told, and once more after a part came back.
    let killed = |_: &Path| Err(std::io::Error::other("killed"));
    set_aside(home.path(), "row 7", "s", killed).unwrap_err();
    std::fs::rename(file("history.damaged-s-2.db"), file("history.db")).unwrap();
    assert!(matches!(
        Store::open(home.path(), Options::default()),
        Err(StoreError::Corrupt { detail, .. }) if detail == "row 7"
    ));
    let mut told = None;
    let aside = set_aside(home.path(), "else", "later", |aside| {
        told = Some(aside.to_owned());
        Ok(())
    })
    .unwrap();
    assert_eq!((&aside, &told), (&file("history.damaged-s-2.db"), &Some(aside.clone())));
    for part in ["", "-wal", "-shm"] {
        let name = file(&format!("history.damaged-s-2.db{part}"));
        assert_eq!(std::fs::read_to_string(name).unwrap(), part);
    }
    assert_eq!(std::fs::read_to_string(file("history.damaged-s.db-wal")).unwrap(), "earlier");
    assert!(
        !Store::open(home.path(), Options::default())
            .unwrap()
            .path()
            .with_extension("db.damaged")
            .exists()
    );
}

#[test]
fn a_place_that_cannot_be_written_is_refused_with_the_reason() {
    let error = Store::open(Path::new("/proc/millrace"), Options::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("/proc/millrace"), "{text}");
    assert!(matches!(error, StoreError::Io { .. } | StoreError::ReadOnly { .. }), "{text}");
}

/// Runs this test binary again as a child that plays `role` in `home`.
fn child(role: &str, home: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "plays_its_role_as_a_child", "--nocapture"])
        .env("STORE_TEST_ROLE", role)
        .env("STORE_TEST_HOME", home)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Not a test by itself: what the children of the others do.
#[test]
fn plays_its_role_as_a_child() {
    let Ok(role) = std::env::var("STORE_TEST_ROLE") else { return };
    let home = std::env::var("STORE_TEST_HOME").unwrap();
    if let Some(step) = role.strip_prefix("migrate ") {
        let step: usize = step.parse().unwrap();
        let hook = move |point| {
            if point == (FaultPoint::Migration { version: 1, step }) {
                std::process::abort();
            }
            Ok(())
        };
        let options = Options { fault_hook: Some(Arc::new(hook)), ..Options::default() };
        drop(Store::open(Path::new(&home), options));
        return;
    }
    let (_store, mut writer) = open(Path::new(&home));
    let mut out = std::io::stdout();
    for run in 1.. {
        for group in smooth(run, 8, 0).chunks(3) {
            writer.commit(group, Persist::Soon).unwrap();
            let last = group.last().unwrap();
            writeln!(out, "stored {} {}", last.run.0, last.seq).unwrap();
            out.flush().unwrap();
        }
    }
}

#[test]
fn a_kill_in_a_migration_leaves_the_old_format_or_the_new_one() {
    let mut killed = 0;
    for step in 0..20 {
        let home = tempfile::tempdir().unwrap();
        let mut process = child(&format!("migrate {step}"), home.path());
        if process.wait().unwrap().success() {
            break;
        }
        killed += 1;
        let conn = rusqlite::Connection::open(home.path().join(DATABASE_FILE)).unwrap();
        let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        let tables: i64 =
            conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!((version, tables), (0, 0), "step {step}");
        drop(conn);
        let (store, mut writer) = open(home.path());
        writer.commit(&smooth(1, 2, 0), Persist::Soon).unwrap();
        assert_eq!(store.read(Reader::last_position).unwrap(), 7);
    }
    assert!(killed >= 8, "only {killed} steps");
}

#[test]
fn kill_9_of_a_writing_process_loses_nothing_that_was_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    for round in 0..12_u64 {
        let home = home.path().join(round.to_string());
        let mut process = child("write", &home);
        let mut acknowledged = Vec::new();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            if let Some((_, words)) = line.split_once("stored ") {
                let (run, seq) = words.split_once(' ').unwrap();
                acknowledged.push((run.parse::<u64>().unwrap(), seq.parse::<u64>().unwrap()));
            }
            // At another moment each round; what the pipe still holds is read to its end.
            if acknowledged.len() as u64 == 1 + round * 7 {
                process.kill().unwrap();
            }
        }
        process.wait().unwrap();
        let (store, mut writer) = open(&home);
        let (run, seq) = *acknowledged.last().unwrap();
        store
            .read(|reader| {
                assert!(reader.run(RunId(run))?.seq >= seq, "round {round}");
                for earlier in 1..run {
                    assert_eq!(reader.events(RunId(earlier), 0, 99)?, smooth(earlier, 8, 0));
                    assert_eq!(reader.ended_tasks(RunId(earlier))?.len(), 8);
                }
                let stream = reader.events_since(0, usize::MAX)?.events;
                assert!(stream.iter().map(|event| event.position).eq(1..=stream.len() as u64));
                Ok(())
            })
            .unwrap();
        writer.usable().unwrap();
        let stored = store.read(|r| r.run(RunId(run))).unwrap().seq;
        let rest: Vec<_> =
            smooth(run, 8, 0).into_iter().filter(|event| event.seq > stored).collect();
        writer.commit(&rest, Persist::Now).unwrap();
        assert!(store.read(|r| r.run(RunId(run))).unwrap().state.is_final());
    }
}
