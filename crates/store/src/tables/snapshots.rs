//! Table `snapshots`: the canonical texts of documents that were run, by their hash. They never change.

use rusqlite::{Connection, OptionalExtension};

use crate::digest::sha256_hex;

pub(crate) const CREATE: &str = "
CREATE TABLE snapshots (
    snapshot_no INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL
) STRICT;
";

/// Names a snapshot: the SHA-256 of its canonical text, in hexadecimal.
#[must_use]
pub fn hash(text: &str) -> String {
    sha256_hex(text)
}

/// Stores `text` unless the hash is known.
pub(crate) fn put(conn: &Connection, hash: &str, text: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO snapshots (hash, text) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
    )?
    .execute((hash, text))
    .map(drop)
}

pub(crate) fn number_of(conn: &Connection, hash: &str) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT snapshot_no FROM snapshots WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()
}

pub(crate) fn text(conn: &Connection, hash: &str) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT text FROM snapshots WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()
}

/// Drops the text if no version and no run needs it, deleted ones counted.
pub(crate) fn drop_unnamed(conn: &Connection, snapshot_no: i64) -> rusqlite::Result<()> {
    let is_named: bool = conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM versions WHERE snapshot_no = ?1) \
             OR EXISTS (SELECT 1 FROM runs WHERE snapshot_no = ?1) \
             OR EXISTS (SELECT 1 FROM deleted_runs WHERE snapshot_no = ?1)",
        )?
        .query_row([snapshot_no], |row| row.get(0))?;
    if !is_named {
        conn.prepare_cached("DELETE FROM snapshots WHERE snapshot_no = ?1")?
            .execute([snapshot_no])?;
    }
    Ok(())
}
