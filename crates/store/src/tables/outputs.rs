//! Table `outputs`: what succeeded tasks gave, where they gave anything.
//!
//! The same values are in the journal; here they are found without folding a run.

use millrace_model::Values;
use millrace_model::ids::TaskKey;
use rusqlite::{Connection, OptionalExtension};

use super::codes;

pub(crate) const CREATE: &str = "
CREATE TABLE outputs (
    run_no INTEGER NOT NULL,
    task TEXT NOT NULL,
    item INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (run_no, task, item)
) WITHOUT ROWID, STRICT;
";

pub(crate) fn put(
    conn: &Connection,
    run_no: i64,
    key: &TaskKey,
    values: &Values,
) -> rusqlite::Result<()> {
    let json = serde_json::to_string(values)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO outputs (run_no, task, item, json) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((run_no, key.task.as_str(), codes::item(key), json))
    .map(drop)
}

pub(crate) fn delete(conn: &Connection, run_no: i64, key: &TaskKey) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM outputs WHERE run_no = ?1 AND task = ?2 AND item = ?3")?
        .execute((run_no, key.task.as_str(), codes::item(key)))
        .map(drop)
}

pub(crate) fn delete_items(conn: &Connection, run_no: i64, key: &TaskKey) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM outputs WHERE run_no = ?1 AND task = ?2 AND item >= 0")?
        .execute((run_no, key.task.as_str()))
        .map(drop)
}

/// The values' JSON text.
pub(crate) fn get(
    conn: &Connection,
    run_no: i64,
    key: &TaskKey,
) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT json FROM outputs WHERE run_no = ?1 AND task = ?2 AND item = ?3")?
        .query_row((run_no, key.task.as_str(), codes::item(key)), |row| row.get(0))
        .optional()
}
