//! Table `versions`: what the document of a workflow meant, each time that it meant something else than before.
//!
//! The texts lie in `snapshots`; one that neither a version nor a run needs goes with its version.

use millrace_model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::codes::unsigned;
use super::snapshots;

/// Versions of a workflow that are kept.
pub(crate) const MOST: i64 = 200;

/// `reason`: 0 saved, 1 run. `meaning` is the SHA-256 of the canonical text without layout.
pub(crate) const CREATE: &str = "
CREATE TABLE versions (
    version_no INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_no INTEGER NOT NULL REFERENCES workflows (workflow_no),
    snapshot_no INTEGER NOT NULL REFERENCES snapshots (snapshot_no),
    meaning TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    reason INTEGER NOT NULL
) STRICT;
CREATE INDEX versions_by_workflow ON versions (workflow_no, version_no);
CREATE INDEX versions_by_snapshot ON versions (snapshot_no);
";

/// Why a version was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionReason {
    /// The document was saved.
    Saved,
    /// It was run.
    Run,
}

/// A version as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Its number.
    pub version: u64,
    /// When it was kept.
    pub kept: Timestamp,
    /// Why.
    pub reason: VersionReason,
}

/// A version to be kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct New<'a> {
    pub(crate) workflow_no: i64,
    pub(crate) text: &'a str,
    pub(crate) meaning: &'a str,
    pub(crate) kept: Timestamp,
    pub(crate) reason: VersionReason,
}

/// Keeps a version unless the newest one means the same; says whether it did.
pub(crate) fn keep(conn: &Connection, new: New<'_>) -> rusqlite::Result<bool> {
    let newest: Option<String> = conn
        .prepare_cached(
            "SELECT meaning FROM versions WHERE workflow_no = ?1 ORDER BY version_no DESC LIMIT 1",
        )?
        .query_row([new.workflow_no], |row| row.get(0))
        .optional()?;
    if newest.as_deref() == Some(new.meaning) {
        return Ok(false);
    }
    let hash = snapshots::hash(new.text);
    snapshots::put(conn, &hash, new.text)?;
    conn.prepare_cached(
        "INSERT INTO versions (workflow_no, snapshot_no, meaning, kept_at, reason) \
         SELECT ?1, snapshot_no, ?3, ?4, ?5 FROM snapshots WHERE hash = ?2",
    )?
    .execute((new.workflow_no, &hash, new.meaning, new.kept.0, code(new.reason)))?;
    trim(conn, new.workflow_no)?;
    Ok(true)
}

/// The versions of a workflow, newest first.
pub(crate) fn of_workflow(
    conn: &Connection,
    workflow_no: i64,
) -> rusqlite::Result<Vec<VersionRow>> {
    conn.prepare_cached(
        "SELECT version_no, kept_at, reason FROM versions \
         WHERE workflow_no = ?1 ORDER BY version_no DESC",
    )?
    .query_map([workflow_no], read)?
    .collect()
}

/// The text of a version.
pub(crate) fn text(conn: &Connection, version: i64) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached(
        "SELECT text FROM versions JOIN snapshots USING (snapshot_no) WHERE version_no = ?1",
    )?
    .query_row([version], |row| row.get(0))
    .optional()
}

/// Drops what is too much, with the texts that nothing else needs.
fn trim(conn: &Connection, workflow_no: i64) -> rusqlite::Result<()> {
    let old: Vec<(i64, i64)> = conn
        .prepare_cached(
            "SELECT version_no, snapshot_no FROM versions \
             WHERE workflow_no = ?1 ORDER BY version_no DESC LIMIT -1 OFFSET ?2",
        )?
        .query_map((workflow_no, MOST), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (version, snapshot) in old {
        conn.prepare_cached("DELETE FROM versions WHERE version_no = ?1")?.execute([version])?;
        snapshots::drop_unnamed(conn, snapshot)?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<VersionRow> {
    let reason: i64 = row.get(2)?;
    Ok(VersionRow {
        version: unsigned(row.get(0)?),
        kept: Timestamp(row.get(1)?),
        reason: if reason == 1 { VersionReason::Run } else { VersionReason::Saved },
    })
}

fn code(reason: VersionReason) -> i64 {
    match reason {
        VersionReason::Saved => 0,
        VersionReason::Run => 1,
    }
}
