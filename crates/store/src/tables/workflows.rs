//! Table `workflows`: a workflow's identity, bound to its document's canonical path.
//!
//! The document itself lies in its file, or in `snapshots` as far as it was run.

use millrace_model::event::RunHead;
use millrace_model::ids::WorkflowId;
use rusqlite::{Connection, OptionalExtension, Row};

use super::codes::{signed, unsigned};

/// `workflow_id` is null for workflows that never were a file, such as those read from standard input:
/// they are told apart by their name.
pub(crate) const CREATE: &str = "
CREATE TABLE workflows (
    workflow_no INTEGER PRIMARY KEY,
    workflow_id INTEGER UNIQUE,
    name TEXT NOT NULL,
    path TEXT UNIQUE
) STRICT;
CREATE INDEX workflows_by_name ON workflows (name);
CREATE UNIQUE INDEX workflows_unnamed ON workflows (name)
    WHERE workflow_id IS NULL AND path IS NULL;
";

const COLUMNS: &str = "workflow_no, workflow_id, name, path";

/// A workflow that the history knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRow {
    pub(crate) workflow_no: i64,
    /// Its identity; none for one that never was a file.
    pub workflow_id: Option<WorkflowId>,
    /// Its name when it was last run or bound.
    pub name: String,
    /// The canonical path of its document; none where it never was a file or another one took its path.
    pub path: Option<String>,
}

impl WorkflowRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            workflow_no: row.get(0)?,
            workflow_id: row.get::<_, Option<i64>>(1)?.map(|id| WorkflowId(unsigned(id))),
            name: row.get(2)?,
            path: row.get(3)?,
        })
    }
}

pub(crate) fn by_id(conn: &Connection, id: WorkflowId) -> rusqlite::Result<Option<WorkflowRow>> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM workflows WHERE workflow_id = ?1"))?
        .query_row([signed(id.0)], WorkflowRow::read)
        .optional()
}

pub(crate) fn by_path(conn: &Connection, path: &str) -> rusqlite::Result<Option<WorkflowRow>> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM workflows WHERE path = ?1"))?
        .query_row([path], WorkflowRow::read)
        .optional()
}

pub(crate) fn by_name(conn: &Connection, name: &str) -> rusqlite::Result<Vec<WorkflowRow>> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM workflows WHERE name = ?1 ORDER BY workflow_no"
    ))?
    .query_map([name], WorkflowRow::read)?
    .collect()
}

/// All of them, in order of name.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<WorkflowRow>> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM workflows INDEXED BY workflows_by_name ORDER BY name, workflow_no"
    ))?
    .query_map([], WorkflowRow::read)?
    .collect()
}

/// The workflow of `path`: the one that is bound to it, else a new one with the identity `fresh`.
pub(crate) fn bind(
    conn: &Connection,
    path: &str,
    name: &str,
    fresh: WorkflowId,
) -> rusqlite::Result<WorkflowId> {
    let id = match by_path(conn, path)? {
        Some(WorkflowRow { workflow_id: Some(id), .. }) => id,
        _ => fresh,
    };
    resolve(conn, Some(id), Some(path), name)?;
    Ok(id)
}

/// The number of the workflow of `path`, as [`bind`] gives its identity.
pub(crate) fn bind_number(
    conn: &Connection,
    path: &str,
    name: &str,
    fresh: WorkflowId,
) -> rusqlite::Result<i64> {
    let id = bind(conn, path, name, fresh)?;
    resolve(conn, Some(id), Some(path), name)
}

/// The document at `from` lies at `to` now and has this name: its identity, and with it its history, goes along. One that
/// was bound to `to` gives that path up.
pub(crate) fn relocate(
    conn: &Connection,
    from: &str,
    to: &str,
    name: &str,
) -> rusqlite::Result<()> {
    let Some(found) = by_path(conn, from)? else { return Ok(()) };
    if from != to {
        if let Some(holder) = by_path(conn, to)? {
            clear_path(conn, holder.workflow_no)?;
        }
        conn.prepare_cached("UPDATE workflows SET path = ?2 WHERE workflow_no = ?1")?
            .execute((found.workflow_no, to))?;
    }
    rename(conn, found.workflow_no, name)
}

/// What lies below a folder: `/` and everything that comes after it, up to the character that follows `/`.
pub(crate) const BELOW: &str =
    "SELECT workflow_no, path FROM workflows WHERE path > ?1 || '/' AND path < ?1 || '0'";

/// As [`relocate`], for every document below the folder `from`.
pub(crate) fn relocate_below(conn: &Connection, from: &str, to: &str) -> rusqlite::Result<()> {
    let below = |folder: &str| -> rusqlite::Result<Vec<(i64, String)>> {
        let mut query = conn.prepare_cached(BELOW)?;
        query.query_map([folder], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let moved = below(from)?;
    if moved.is_empty() {
        return Ok(());
    }
    for (holder, _) in below(to)? {
        clear_path(conn, holder)?;
    }
    for (workflow_no, path) in moved {
        let path = format!("{to}{}", path.strip_prefix(from).unwrap_or_default());
        conn.prepare_cached("UPDATE workflows SET path = ?2 WHERE workflow_no = ?1")?
            .execute((workflow_no, path))?;
    }
    Ok(())
}

/// The number of the workflow that a run names, made if it is new.
pub(crate) fn of_head(conn: &Connection, head: &RunHead) -> rusqlite::Result<i64> {
    resolve(conn, head.workflow_id, head.path.as_deref(), head.workflow.as_str())
}

fn resolve(
    conn: &Connection,
    id: Option<WorkflowId>,
    path: Option<&str>,
    name: &str,
) -> rusqlite::Result<i64> {
    let at_path = path.map(|path| by_path(conn, path)).transpose()?.flatten();
    let found = match id {
        Some(id) => by_id(conn, id)?,
        None if path.is_some() => at_path.clone(),
        None => by_name_alone(conn, name)?,
    };
    match (found, at_path) {
        (Some(found), at_path) => {
            rename(conn, found.workflow_no, name)?;
            if path.is_some() && found.path.as_deref() != path {
                if let Some(holder) = at_path {
                    give_up_path(conn, &holder, found.workflow_no)?;
                }
                conn.prepare_cached("UPDATE workflows SET path = ?2 WHERE workflow_no = ?1")?
                    .execute((found.workflow_no, path))?;
            }
            Ok(found.workflow_no)
        }
        (None, Some(holder)) if holder.workflow_id.is_none() => {
            rename(conn, holder.workflow_no, name)?;
            conn.prepare_cached("UPDATE workflows SET workflow_id = ?2 WHERE workflow_no = ?1")?
                .execute((holder.workflow_no, id.map(|id| signed(id.0))))?;
            Ok(holder.workflow_no)
        }
        (None, at_path) => {
            if let Some(holder) = at_path {
                clear_path(conn, holder.workflow_no)?;
            }
            conn.prepare_cached(
                "INSERT INTO workflows (workflow_id, name, path) VALUES (?1, ?2, ?3)",
            )?
            .insert((id.map(|id| signed(id.0)), name, path))
        }
    }
}

fn by_name_alone(conn: &Connection, name: &str) -> rusqlite::Result<Option<WorkflowRow>> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM workflows \
         WHERE name = ?1 AND workflow_id IS NULL AND path IS NULL"
    ))?
    .query_row([name], WorkflowRow::read)
    .optional()
}

/// A path leads to one workflow: the one that was bound to it last. A holder that has nothing but the path was the
/// same document before it had an identity: its runs go to the taker.
fn give_up_path(conn: &Connection, holder: &WorkflowRow, taker_no: i64) -> rusqlite::Result<()> {
    if holder.workflow_id.is_some() {
        return clear_path(conn, holder.workflow_no);
    }
    for table in ["runs", "deleted_runs"] {
        conn.prepare_cached(&format!(
            "UPDATE {table} SET workflow_no = ?2 WHERE workflow_no = ?1"
        ))?
        .execute((holder.workflow_no, taker_no))?;
    }
    conn.prepare_cached("DELETE FROM workflows WHERE workflow_no = ?1")?
        .execute([holder.workflow_no])
        .map(drop)
}

fn clear_path(conn: &Connection, workflow_no: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE workflows SET path = NULL WHERE workflow_no = ?1")?
        .execute([workflow_no])
        .map(drop)
}

fn rename(conn: &Connection, workflow_no: i64, name: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE workflows SET name = ?2 WHERE workflow_no = ?1 AND name <> ?2")?
        .execute((workflow_no, name))
        .map(drop)
}
