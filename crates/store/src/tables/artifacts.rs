//! Table `artifacts`: the files that attempts left on purpose, by name; their content lies in the home's folder of
//! artifacts under its hash.
//!
//! A row keeps its content until it is removed itself: what no row names is swept. One that is removed still says what was
//! there. Attempt 0 stands for a result that was taken over.

use std::collections::HashSet;

use millrace_model::event::Artifact;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;
use rusqlite::{Connection, Row};

use super::codes;

pub(crate) const CREATE: &str = "
CREATE TABLE artifacts (
    run_no INTEGER NOT NULL,
    task TEXT NOT NULL,
    item INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    removed_at INTEGER,
    PRIMARY KEY (run_no, task, item, attempt, name)
) WITHOUT ROWID, STRICT;
CREATE INDEX artifacts_by_content ON artifacts (sha256) WHERE removed_at IS NULL;
CREATE INDEX artifacts_by_removal ON artifacts (removed_at) WHERE removed_at IS NOT NULL;
";

/// An artifact with who left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRow {
    /// The task's name.
    pub task: String,
    /// The item's index where the task is mapped.
    pub item: Option<u32>,
    /// The attempt's number within the task; 0 = taken over from another run.
    pub number: u32,
    /// The file.
    pub artifact: Artifact,
    /// When its content was given up; none = it is kept.
    pub removed: Option<Timestamp>,
}

/// A content that a run keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// The run.
    pub run: RunId,
    /// When it ended; none = it has not, and gives up nothing.
    pub ended: Option<Timestamp>,
    /// The content.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// Writes what an attempt left.
pub(crate) fn put(
    conn: &Connection,
    run_no: i64,
    key: &TaskKey,
    number: u32,
    artifacts: &[Artifact],
) -> rusqlite::Result<()> {
    let mut insert = conn.prepare_cached(
        "INSERT OR REPLACE INTO artifacts (run_no, task, item, attempt, name, bytes, sha256, media_type) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for artifact in artifacts {
        let Artifact { name, bytes, sha256, media_type } = artifact;
        let bytes = codes::signed(*bytes);
        let task = key.task.as_str();
        insert.execute((
            run_no,
            task,
            codes::item(key),
            number,
            name,
            bytes,
            sha256,
            media_type,
        ))?;
    }
    Ok(())
}

/// Takes away what the items of a mapped task left: they are found anew.
pub(crate) fn delete_items(conn: &Connection, run_no: i64, key: &TaskKey) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM artifacts WHERE run_no = ?1 AND task = ?2 AND item >= 0")?
        .execute((run_no, key.task.as_str()))
        .map(drop)
}

/// What was left in a run, in order of task, item, attempt and name.
pub(crate) fn of_run(conn: &Connection, run_no: i64) -> rusqlite::Result<Vec<ArtifactRow>> {
    conn.prepare_cached(
        "SELECT task, item, attempt, name, bytes, sha256, media_type, removed_at FROM artifacts WHERE run_no = ?1 \
         ORDER BY task, item, attempt, name",
    )?
    .query_map([run_no], read)?
    .collect()
}

/// What an attempt of a task left.
pub(crate) fn of_task(
    conn: &Connection,
    run_no: i64,
    key: &TaskKey,
    number: u32,
) -> rusqlite::Result<Vec<ArtifactRow>> {
    conn.prepare_cached(
        "SELECT task, item, attempt, name, bytes, sha256, media_type, removed_at FROM artifacts \
         WHERE run_no = ?1 AND task = ?2 AND item = ?3 AND attempt = ?4 ORDER BY name",
    )?
    .query_map((run_no, key.task.as_str(), codes::item(key), number), read)?
    .collect()
}

/// The hashes of all contents that are kept.
pub(crate) fn contents(conn: &Connection) -> rusqlite::Result<HashSet<String>> {
    conn.prepare_cached(
        "SELECT DISTINCT sha256 FROM artifacts INDEXED BY artifacts_by_content \
         WHERE removed_at IS NULL",
    )?
    .query_map([], |row| row.get(0))?
    .collect()
}

/// How many bytes all contents have that are kept, each counted once.
pub(crate) fn kept_bytes(conn: &Connection) -> rusqlite::Result<u64> {
    let sum: i64 = conn
        .prepare_cached(
            "SELECT coalesce(sum(bytes), 0) FROM \
             (SELECT max(bytes) AS bytes FROM artifacts WHERE removed_at IS NULL GROUP BY sha256)",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(codes::unsigned(sum))
}

/// What each run keeps: those first that ended first, those last that have not.
pub(crate) fn kept(conn: &Connection) -> rusqlite::Result<Vec<KeptRow>> {
    conn.prepare_cached(
        "SELECT runs.run_id, CASE WHEN runs.state >= 3 THEN runs.ended_at END AS ended, sha256, max(bytes) \
         FROM artifacts CROSS JOIN runs ON runs.run_no = artifacts.run_no WHERE removed_at IS NULL \
         GROUP BY artifacts.run_no, sha256 ORDER BY ended IS NULL, ended, artifacts.run_no",
    )?
    .query_map([], |row| {
        Ok(KeptRow {
            run: RunId(codes::unsigned(row.get(0)?)),
            ended: row.get::<_, Option<i64>>(1)?.map(Timestamp),
            sha256: row.get(2)?,
            bytes: codes::unsigned(row.get(3)?),
        })
    })?
    .collect()
}

/// The runs that ended before an instant and keep something, the oldest first.
pub(crate) fn keeping_since(conn: &Connection, before: Timestamp) -> rusqlite::Result<Vec<RunId>> {
    conn.prepare_cached(
        "SELECT run_id FROM runs INDEXED BY runs_by_end WHERE state >= 3 AND ended_at < ?1 AND EXISTS \
         (SELECT 1 FROM artifacts WHERE artifacts.run_no = runs.run_no AND removed_at IS NULL) \
         ORDER BY ended_at, run_no",
    )?
    .query_map([before.0], |row| Ok(RunId(codes::unsigned(row.get(0)?))))?
    .collect()
}

/// Gives up what a run keeps, where it has ended; how many files.
pub(crate) fn remove(conn: &Connection, run: RunId, at: Timestamp) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "UPDATE artifacts SET removed_at = ?2 WHERE removed_at IS NULL AND run_no = \
         (SELECT run_no FROM runs WHERE run_id = ?1 AND state >= 3)",
    )?
    .execute((codes::signed(run.0), at.0))
}

/// What was given up at an instant or later, with its run.
pub(crate) fn removed_since(
    conn: &Connection,
    at: Timestamp,
) -> rusqlite::Result<Vec<(RunId, ArtifactRow)>> {
    conn.prepare_cached(
        "SELECT task, item, attempt, name, bytes, sha256, media_type, removed_at, runs.run_id \
         FROM artifacts INDEXED BY artifacts_by_removal \
         CROSS JOIN runs ON runs.run_no = artifacts.run_no WHERE removed_at >= ?1",
    )?
    .query_map([at.0], |row| Ok((RunId(codes::unsigned(row.get(8)?)), read(row)?)))?
    .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<ArtifactRow> {
    Ok(ArtifactRow {
        task: row.get(0)?,
        item: u32::try_from(row.get::<_, i64>(1)?).ok(),
        number: row.get(2)?,
        artifact: Artifact {
            name: row.get(3)?,
            bytes: codes::unsigned(row.get(4)?),
            sha256: row.get(5)?,
            media_type: row.get(6)?,
        },
        removed: row.get::<_, Option<i64>>(7)?.map(Timestamp),
    })
}
