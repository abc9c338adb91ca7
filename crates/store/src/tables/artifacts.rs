//! Table `artifacts`: the files that attempts left on purpose, by name; their content lies in the home's folder of
//! artifacts under its hash.
//!
//! A row keeps its content: what no row names is swept. Attempt 0 stands for a result that was taken over.

use std::collections::HashSet;

use millrace_model::event::Artifact;
use millrace_model::ids::TaskKey;
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
    PRIMARY KEY (run_no, task, item, attempt, name)
) WITHOUT ROWID, STRICT;
CREATE INDEX artifacts_by_content ON artifacts (sha256);
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
        insert.execute((run_no, task, item_code(key), number, name, bytes, sha256, media_type))?;
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
        "SELECT task, item, attempt, name, bytes, sha256, media_type FROM artifacts WHERE run_no = ?1 \
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
) -> rusqlite::Result<Vec<Artifact>> {
    conn.prepare_cached(
        "SELECT task, item, attempt, name, bytes, sha256, media_type FROM artifacts \
         WHERE run_no = ?1 AND task = ?2 AND item = ?3 AND attempt = ?4 ORDER BY name",
    )?
    .query_map((run_no, key.task.as_str(), item_code(key), number), read)?
    .map(|row| Ok(row?.artifact))
    .collect()
}

/// The hashes of all contents that are kept.
pub(crate) fn contents(conn: &Connection) -> rusqlite::Result<HashSet<String>> {
    conn.prepare_cached("SELECT DISTINCT sha256 FROM artifacts INDEXED BY artifacts_by_content")?
        .query_map([], |row| row.get(0))?
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
    })
}

fn item_code(key: &TaskKey) -> i64 {
    key.item.map_or(-1, i64::from)
}
