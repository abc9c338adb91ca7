//! A format with data in it on its way to the next one, killed at every step of the way.
//!
//! The published migrations begin with an empty file; these have a past of their own.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::*;

const ROLE: &str = "MIGRATE_TEST_STEP";
const FILE: &str = "MIGRATE_TEST_FILE";
const FIRST: Migration = Migration {
    version: 1,
    statements: &[
        "CREATE TABLE songs (title TEXT)",
        "INSERT INTO songs VALUES ('one'), ('two'), ('three')",
    ],
};
/// Moves data to a new table, as a migration does that cannot change a table in place.
const SECOND: Migration = Migration {
    version: 2,
    statements: &[
        "CREATE TABLE tracks (title TEXT, plays INTEGER NOT NULL)",
        "INSERT INTO tracks SELECT title, 0 FROM songs",
        "DROP TABLE songs",
        "CREATE INDEX tracks_by_title ON tracks (title)",
    ],
};

/// Migrates the file; dies before this step of the second migration.
fn migrate_file(file: &Path, die_at: Option<usize>) {
    let mut conn = Connection::open(file).unwrap();
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let hook = move |point| {
        if let FaultPoint::Migration { version: 2, step } = point
            && Some(step) == die_at
        {
            // As good as `kill -9`: nothing is flushed, closed or rolled back.
            std::process::abort();
        }
        Ok(())
    };
    let options = Options { fault_hook: Some(Arc::new(hook)), ..Options::default() };
    let context = ErrorContext { path: file.to_owned(), waited_ms: 0 };
    migrate(&mut conn, &context, &options, &[FIRST, SECOND]).unwrap();
}

/// The format, and the titles in the table of that format. Nothing of another format is there.
fn look(file: &Path) -> (u32, Vec<String>) {
    let conn = Connection::open(file).unwrap();
    let check: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let version: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let column = |sql: &str| {
        let mut query = conn.prepare(sql).unwrap();
        let rows = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let (schema, titles): (&[&str], _) = match version {
        1 => (&["songs"], "SELECT title FROM songs ORDER BY rowid"),
        _ => (&["tracks", "tracks_by_title"], "SELECT title FROM tracks ORDER BY rowid"),
    };
    assert_eq!(column("SELECT name FROM sqlite_schema ORDER BY name"), schema);
    (version, column(titles))
}

#[test]
fn a_kill_in_a_migration_of_data_leaves_the_old_format_whole_or_the_new_one() {
    // The last one is after all statements and before the commit.
    for step in 0..=SECOND.statements.len() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("songs.db");
        let mut conn = Connection::open(&file).unwrap();
        let context = ErrorContext { path: file.clone(), waited_ms: 0 };
        migrate(&mut conn, &context, &Options::default(), &[FIRST]).unwrap();
        drop(conn);
        let died = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "migrate::tests::plays_the_one_who_dies"])
            .env(ROLE, step.to_string())
            .env(FILE, &file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(died.signal().is_some(), "step {step}: {died}");
        let titles = ["one", "two", "three"].map(str::to_owned).to_vec();
        assert_eq!(look(&file), (1, titles.clone()), "step {step}");
        migrate_file(&file, None);
        assert_eq!(look(&file), (2, titles), "step {step}: the next start goes on from there");
    }
}

/// Not a test by itself: what the children of the other one do.
#[test]
fn plays_the_one_who_dies() {
    let (Ok(step), Ok(file)) = (std::env::var(ROLE), std::env::var(FILE)) else { return };
    migrate_file(Path::new(&file), Some(step.parse().unwrap()));
}
