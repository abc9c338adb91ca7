//! Table `trust`: documents that may run by themselves on this machine, by what they mean or by the folder they lie in.

use millrace_model::time::Timestamp;
use rusqlite::Connection;

/// `kind`: 0 the meaning of a document (the hash of its canonical text without layout), 1 a folder. Every meaning that
/// was saved here before there was this table was made here.
pub(crate) const CREATE: &str = "
CREATE TABLE trust (
    kind INTEGER NOT NULL,
    value TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (kind, value)
) WITHOUT ROWID, STRICT;
INSERT OR IGNORE INTO trust (kind, value, added_at)
    SELECT 0, meaning, kept_at FROM versions WHERE reason = 0;
";

/// What is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Trusted {
    /// Documents that mean this: the hash of the canonical text without layout.
    Meaning(String),
    /// Everything in this folder and below it, by canonical path.
    Folder(String),
}

impl Trusted {
    fn parts(&self) -> (i64, &str) {
        match self {
            Self::Meaning(hash) => (0, hash),
            Self::Folder(path) => (1, path),
        }
    }
}

pub(crate) fn add(conn: &Connection, what: &Trusted, at: Timestamp) -> rusqlite::Result<()> {
    let (kind, value) = what.parts();
    conn.prepare_cached("INSERT OR IGNORE INTO trust (kind, value, added_at) VALUES (?1, ?2, ?3)")?
        .execute((kind, value, at.0))
        .map(drop)
}

/// Whether it was there.
pub(crate) fn remove(conn: &Connection, what: &Trusted) -> rusqlite::Result<bool> {
    let gone = conn
        .prepare_cached("DELETE FROM trust WHERE kind = ?1 AND value = ?2")?
        .execute(what.parts())?;
    Ok(gone > 0)
}

pub(crate) fn has(conn: &Connection, what: &Trusted) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM trust WHERE kind = ?1 AND value = ?2")?.exists(what.parts())
}

/// The folder `from` is `to` now: it, and those below it, are trusted there.
pub(crate) fn relocate_below(conn: &Connection, from: &str, to: &str) -> rusqlite::Result<()> {
    for folder in folders(conn)? {
        let Some(rest) = folder.strip_prefix(from) else { continue };
        if rest.is_empty() || rest.starts_with('/') {
            conn.prepare_cached(
                "UPDATE OR REPLACE trust SET value = ?2 WHERE kind = 1 AND value = ?1",
            )?
            .execute((&folder, format!("{to}{rest}")))?;
        }
    }
    Ok(())
}

/// The trusted folders, in order.
pub(crate) fn folders(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    conn.prepare_cached("SELECT value FROM trust WHERE kind = 1 ORDER BY value")?
        .query_map([], |row| row.get(0))?
        .collect()
}
