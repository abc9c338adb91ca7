//! Table `deleted_runs`: runs that were deleted and can still be put back.
//!
//! A run's row moves here out of `runs`, so that no list, count or look-up finds it; everything else of it stays where it
//! is until it is purged. While it is here nothing else gets its number.

use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::codes::{signed, unsigned};
use super::runs::{self, RunRow};

/// The columns of `runs`, and since when. `is_going`: it is being purged, and does not come back.
pub(crate) const CREATE: &str = "
CREATE TABLE deleted_runs (
    run_no INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL UNIQUE,
    workflow_no INTEGER NOT NULL REFERENCES workflows (workflow_no),
    snapshot_no INTEGER NOT NULL REFERENCES snapshots (snapshot_no),
    workflow TEXT NOT NULL,
    title TEXT,
    state INTEGER NOT NULL,
    cause TEXT,
    trigger INTEGER NOT NULL,
    trigger_name TEXT,
    rerun_of INTEGER,
    logical_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    round INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    tasks INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    upstream_failed INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    failed_task TEXT,
    last_line TEXT,
    seen_at INTEGER,
    caught_up INTEGER NOT NULL DEFAULT 0,
    deleted_at INTEGER NOT NULL,
    is_going INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX deleted_runs_by_time ON deleted_runs (deleted_at);
CREATE INDEX deleted_runs_by_snapshot ON deleted_runs (snapshot_no);
CREATE INDEX deleted_runs_by_workflow ON deleted_runs (workflow_no);
";

/// A run that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRow {
    /// As lists showed it.
    pub row: RunRow,
    /// When it was deleted.
    pub deleted: Timestamp,
}

/// Moves an ended run here; false if it is not in `runs`, or has not ended.
pub(crate) fn take(conn: &Connection, run: RunId, at: Timestamp) -> rusqlite::Result<bool> {
    let columns = columns(conn)?;
    let taken = conn
        .prepare_cached(&format!(
            "INSERT INTO deleted_runs ({columns}, deleted_at) \
             SELECT {columns}, ?2 FROM runs WHERE run_id = ?1 AND state >= 3"
        ))?
        .execute((signed(run.0), at.0))?;
    if taken > 0 {
        conn.prepare_cached("DELETE FROM runs WHERE run_id = ?1")?.execute([signed(run.0)])?;
    }
    Ok(taken > 0)
}

/// Moves a run back; false if it is not here any more, or is being purged.
pub(crate) fn put_back(conn: &Connection, run: RunId) -> rusqlite::Result<bool> {
    let columns = columns(conn)?;
    let put = conn
        .prepare_cached(&format!(
            "INSERT INTO runs ({columns}) SELECT {columns} FROM deleted_runs \
             WHERE run_id = ?1 AND is_going = 0"
        ))?
        .execute([signed(run.0)])?;
    if put > 0 {
        forget(conn, run)?;
    }
    Ok(put > 0)
}

/// The row goes; nothing else of the run is left.
pub(crate) fn forget(conn: &Connection, run: RunId) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM deleted_runs WHERE run_id = ?1")?
        .execute([signed(run.0)])
        .map(drop)
}

/// From now on the run does not come back: its number and that of its snapshot; none where it is not here.
pub(crate) fn mark_going(conn: &Connection, run: RunId) -> rusqlite::Result<Option<(i64, i64)>> {
    conn.prepare_cached(
        "UPDATE deleted_runs SET is_going = 1 WHERE run_id = ?1 RETURNING run_no, snapshot_no",
    )?
    .query_row([signed(run.0)], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// Whether it is here, purged or not.
pub(crate) fn has(conn: &Connection, run: RunId) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM deleted_runs WHERE run_id = ?1)")?
        .query_row([signed(run.0)], |row| row.get(0))
}

/// The runs that were deleted before an instant.
pub(crate) const DUE: &str = "SELECT run_id FROM deleted_runs INDEXED BY deleted_runs_by_time \
    WHERE deleted_at < ?1 ORDER BY deleted_at, run_no LIMIT ?2";

/// Runs that were deleted before an instant, at most `limit`, in order.
pub(crate) fn due(
    conn: &Connection,
    before: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<RunId>> {
    conn.prepare_cached(DUE)?
        .query_map((before.0, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
            Ok(RunId(unsigned(row.get(0)?)))
        })?
        .collect()
}

/// What can be put back, deleted last first, at most `limit`.
pub(crate) fn list(conn: &Connection, limit: usize) -> rusqlite::Result<Vec<DeletedRow>> {
    conn.prepare_cached(&list_sql())?
        .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], read)?
        .collect()
}

/// The query of [`list`].
pub(crate) fn list_sql() -> String {
    let select = runs::SELECT.replace(
        " FROM runs",
        ", deleted_at FROM deleted_runs AS runs INDEXED BY deleted_runs_by_time",
    );
    format!("{select} WHERE is_going = 0 ORDER BY deleted_at DESC, run_no DESC LIMIT ?1")
}

/// The names of the columns that a run's row has in both tables.
fn columns(conn: &Connection) -> rusqlite::Result<String> {
    conn.prepare_cached("SELECT group_concat(name, ', ') FROM pragma_table_info('runs')")?
        .query_row([], |row| row.get(0))
}

fn read(row: &Row<'_>) -> rusqlite::Result<DeletedRow> {
    Ok(DeletedRow { row: RunRow::read(row)?, deleted: Timestamp(row.get("deleted_at")?) })
}

#[cfg(test)]
mod tests {
    use crate::migrate::MIGRATIONS;

    #[test]
    fn a_deleted_run_has_every_column_of_a_run() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        for statement in MIGRATIONS.iter().flat_map(|migration| migration.statements) {
            conn.execute_batch(statement).unwrap();
        }
        let columns = |table: &str| {
            let sql = format!("SELECT name, type, \"notnull\" FROM pragma_table_info('{table}')");
            let mut query = conn.prepare(&sql).unwrap();
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let rows = query.query_map([], read).unwrap();
            rows.collect::<Result<Vec<(String, String, bool)>, _>>().unwrap()
        };
        let deleted = columns("deleted_runs");
        for column in columns("runs") {
            assert!(deleted.contains(&column), "{column:?} is in `runs` and not in `deleted_runs`");
        }
    }
}
