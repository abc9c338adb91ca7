//! Deleting runs: at once out of sight, and later, bit by bit, out of the history.

use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use rusqlite::Connection;

use super::Writer;
use crate::StoreError;
use crate::options::Persist;
use crate::tables::{deleted_runs, meta, runs, snapshots};

/// So many rows of a table go in one transaction: a commit of the engine waits for no more.
const ROWS: i64 = 500;
/// So many free pages are given back to the disk in one go.
const PAGES: i64 = 1_000;

/// What is left of a run that is being purged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purged {
    /// Rows are left: purge again.
    pub has_more: bool,
    /// Contents of artifacts that nothing names any more.
    pub contents: Vec<String>,
}

impl Writer {
    /// Takes runs out of sight, all of them or none; those that are already are passed over. How many there were.
    ///
    /// # Errors
    /// [`StoreError::UnderWay`] where one has not ended, [`StoreError::NoRun`] where one is unknown.
    pub fn delete_runs(&mut self, some: &[RunId], at: Timestamp) -> Result<usize, StoreError> {
        let (count, _) = self.transact(Persist::Soon, |this| {
            let sql = |error| this.context.convert(error);
            let mut count = 0;
            for run in some {
                if deleted_runs::take(&this.conn, *run, at).map_err(sql)? {
                    count += 1;
                } else if runs::number_of(&this.conn, *run).map_err(sql)?.is_some() {
                    return Err(StoreError::UnderWay { run: *run });
                } else if !deleted_runs::has(&this.conn, *run).map_err(sql)? {
                    return Err(StoreError::NoRun { run: *run });
                }
            }
            Ok(count)
        })?;
        Ok(count)
    }

    /// Takes runs out of sight that have ended; what is under way, or gone, is passed over. How many went.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn expire_runs(&mut self, some: &[RunId], at: Timestamp) -> Result<usize, StoreError> {
        self.write(Persist::Soon, |conn| {
            let mut count = 0;
            for run in some {
                count += usize::from(deleted_runs::take(conn, *run, at)?);
            }
            Ok(count)
        })
    }

    /// Has deleted runs in sight again, all of them or none; those that are already are passed over. How many there were.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] where one is gone for good.
    pub fn restore_runs(&mut self, some: &[RunId]) -> Result<usize, StoreError> {
        let (count, _) = self.transact(Persist::Soon, |this| {
            let sql = |error| this.context.convert(error);
            let mut count = 0;
            for run in some {
                if deleted_runs::put_back(&this.conn, *run).map_err(sql)? {
                    count += 1;
                } else if runs::number_of(&this.conn, *run).map_err(sql)?.is_none() {
                    return Err(StoreError::NoRun { run: *run });
                }
            }
            Ok(count)
        })?;
        Ok(count)
    }

    /// Removes a part of what a deleted run has in the history: it does not come back from then on. Nothing where it is
    /// not deleted (any more). When all is gone, its files can go, and then [`Writer::forget_run`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn purge_run(&mut self, run: RunId) -> Result<Option<Purged>, StoreError> {
        // On the disk before a file goes.
        self.write(Persist::Now, |conn| {
            let Some((run_no, _)) = deleted_runs::mark_going(conn, run)? else {
                return Ok(None);
            };
            let (artifacts, contents) = purge_artifacts(conn, run_no)?;
            let mut full = artifacts;
            full |= purge_events(conn, run_no)?;
            for table in ["task_runs", "outputs"] {
                let gone = conn
                    .prepare_cached(&format!(
                        "DELETE FROM {table} WHERE run_no = ?1 AND (task, item) IN \
                         (SELECT task, item FROM {table} WHERE run_no = ?1 LIMIT ?2)"
                    ))?
                    .execute((run_no, ROWS))?;
                full |= is_full(gone);
            }
            Ok(Some(Purged { has_more: full, contents }))
        })
    }

    /// Nothing is left of a purged run, neither rows nor files.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_run(&mut self, run: RunId) -> Result<(), StoreError> {
        self.write(Persist::Soon, |conn| {
            let Some((_, snapshot_no)) = deleted_runs::mark_going(conn, run)? else {
                return Ok(());
            };
            deleted_runs::forget(conn, run)?;
            snapshots::drop_unnamed(conn, snapshot_no)
        })
    }

    /// Gives a part of the space that was freed back to the disk: how many bytes; none where nothing is left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn give_back(&mut self) -> Result<u64, StoreError> {
        self.reopen()?;
        self.usable()?;
        let free = |conn: &Connection| {
            conn.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0))
        };
        let give = |conn: &Connection| {
            let before = free(conn)?;
            if before == 0 {
                return Ok(0);
            }
            let mut vacuum = conn.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
            let mut rows = vacuum.query([])?;
            while rows.next()?.is_some() {}
            let page: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
            Ok(before.saturating_sub(free(conn)?).saturating_mul(page).unsigned_abs())
        };
        give(&self.conn).map_err(|error| self.context.convert(error))
    }
}

fn is_full(gone: usize) -> bool {
    i64::try_from(gone).is_ok_and(|gone| gone >= ROWS)
}

/// Positions never come again, also where the newest event goes.
fn purge_events(conn: &Connection, run_no: i64) -> rusqlite::Result<bool> {
    let some = "SELECT last_position FROM events WHERE run_no = ?1 ORDER BY last_seq LIMIT ?2";
    let last: Option<i64> = conn
        .prepare_cached(&format!("SELECT max(last_position) FROM ({some})"))?
        .query_row((run_no, ROWS), |row| row.get(0))?;
    let Some(last) = last else { return Ok(false) };
    let before = meta::get(conn, meta::PURGED)?.unwrap_or(0);
    meta::set(conn, meta::PURGED, before.max(last))?;
    let gone = conn
        .prepare_cached(&format!("DELETE FROM events WHERE last_position IN ({some})"))?
        .execute((run_no, ROWS))?;
    Ok(is_full(gone))
}

fn purge_artifacts(conn: &Connection, run_no: i64) -> rusqlite::Result<(bool, Vec<String>)> {
    let named: Vec<String> = conn
        .prepare_cached(
            "DELETE FROM artifacts WHERE run_no = ?1 AND (task, item, attempt, name) IN \
             (SELECT task, item, attempt, name FROM artifacts WHERE run_no = ?1 LIMIT ?2) \
             RETURNING sha256",
        )?
        .query_map((run_no, ROWS), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let full = is_full(named.len());
    let mut contents = named;
    contents.sort_unstable();
    contents.dedup();
    let mut kept = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM artifacts INDEXED BY artifacts_by_content \
         WHERE sha256 = ?1 AND removed_at IS NULL)",
    )?;
    let mut unnamed = Vec::new();
    for content in contents {
        if !kept.query_row([&content], |row| row.get::<_, bool>(0))? {
            unnamed.push(content);
        }
    }
    Ok((full, unnamed))
}
