//! Table `trigger_files`: the versions of files that triggers have acted upon, so that each is acted upon once.

use rusqlite::Connection;

/// One row a file: its newest version that was acted upon.
pub(crate) const CREATE: &str = "
CREATE TABLE trigger_files (
    workflow_no INTEGER NOT NULL REFERENCES workflows (workflow_no),
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (workflow_no, name, path)
) WITHOUT ROWID, STRICT;
";

/// The files of a trigger with their versions.
pub(crate) fn of_trigger(
    conn: &Connection,
    workflow_no: i64,
    name: &str,
) -> rusqlite::Result<Vec<(String, String)>> {
    conn.prepare_cached(
        "SELECT path, version FROM trigger_files WHERE workflow_no = ?1 AND name = ?2",
    )?
    .query_map((workflow_no, name), |row| Ok((row.get(0)?, row.get(1)?)))?
    .collect()
}

/// This version was acted upon.
pub(crate) fn put(
    conn: &Connection,
    workflow_no: i64,
    name: &str,
    (path, version): (&str, &str),
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO trigger_files (workflow_no, name, path, version) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET version = ?4",
    )?
    .execute((workflow_no, name, path, version))
    .map(drop)
}

/// Forgets a file that is gone.
pub(crate) fn remove(
    conn: &Connection,
    workflow_no: i64,
    name: &str,
    path: &str,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "DELETE FROM trigger_files WHERE workflow_no = ?1 AND name = ?2 AND path = ?3",
    )?
    .execute((workflow_no, name, path))
    .map(drop)
}

/// Forgets all of a trigger: its rule is gone or another one.
pub(crate) fn forget(conn: &Connection, workflow_no: i64, name: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM trigger_files WHERE workflow_no = ?1 AND name = ?2")?
        .execute((workflow_no, name))
        .map(drop)
}
