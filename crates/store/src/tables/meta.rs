//! Table `meta`: single values of the whole database.

use rusqlite::{Connection, OptionalExtension};

pub(crate) const CREATE: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
INSERT INTO meta (key, value) VALUES ('clean', 1);
";

/// 1 after the writer was closed properly, 0 while one is open or after it was cut off.
pub(crate) const CLEAN: &str = "clean";

/// Counts the syncs that had nothing else to write.
pub(crate) const SYNCS: &str = "syncs";

/// Up to which position of the history people have been told.
pub(crate) const TOLD: &str = "told";

/// The files of artifacts that were given up before this instant are gone.
pub(crate) const CLEARED: &str = "artifacts_cleared";

/// The highest position of an event that was purged with its run.
pub(crate) const PURGED: &str = "purged";

/// Nothing of ours is in it yet.
pub(crate) fn is_new(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

pub(crate) fn get(conn: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

pub(crate) fn set(conn: &Connection, key: &str, value: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
    )?
    .execute((key, value))
    .map(drop)
}

pub(crate) fn increment(conn: &Connection, key: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, 1) \
         ON CONFLICT (key) DO UPDATE SET value = value + 1",
    )?
    .execute([key])
    .map(drop)
}
