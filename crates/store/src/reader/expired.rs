//! Which runs are beyond limits, and which stay whatever the limits are.

use std::collections::HashSet;

use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

use super::Reader;
use crate::StoreError;
use crate::tables::codes::unsigned;

/// The newest run of a workflow.
pub(super) const NEWEST_RUN: &str = "SELECT run_id FROM runs INDEXED BY runs_by_workflow \
    WHERE workflow_no = ?1 ORDER BY queued_at DESC, run_no DESC LIMIT 1";

/// The newest run of a workflow that succeeded.
pub(super) const NEWEST_GOOD: &str = "SELECT run_id FROM runs INDEXED BY runs_by_workflow_state \
    WHERE workflow_no = ?1 AND state = 3 ORDER BY queued_at DESC, run_no DESC LIMIT 1";

/// The runs of a workflow but for so many of the newest.
pub(super) const BEYOND: &str = "SELECT run_id, state FROM runs INDEXED BY runs_by_workflow \
    WHERE workflow_no = ?1 ORDER BY queued_at DESC, run_no DESC LIMIT -1 OFFSET ?2";

/// Runs that ended before an instant, the earliest first.
pub(super) const ENDED: &str = "SELECT run_id FROM runs INDEXED BY runs_by_end \
    WHERE state >= 3 AND ended_at < ?1 ORDER BY ended_at, run_no";

impl Reader {
    /// The runs that ended before `before`, and those that are more than `count` of their workflow; none without limits. The
    /// newest run of each workflow stays, and its newest that succeeded, and what has not ended.
    ///
    /// # Errors
    /// When reading fails.
    pub fn expired_runs(
        &self,
        before: Option<Timestamp>,
        count: Option<u32>,
    ) -> Result<Vec<RunId>, StoreError> {
        if before.is_none() && count.is_none() {
            return Ok(Vec::new());
        }
        self.consistent(|| {
            let workflows = self.workflow_numbers()?;
            let kept = self.kept_whatever(&workflows)?;
            let mut found = Vec::new();
            let mut seen = kept;
            if let Some(before) = before {
                let runs = self.run_ids(ENDED, [before.0])?;
                found.extend(runs.into_iter().filter(|run| seen.insert(*run)));
            }
            if let Some(count) = count {
                let mut beyond = self.sql(self.conn.prepare_cached(BEYOND))?;
                for workflow in workflows {
                    let rows = beyond.query_map((workflow, i64::from(count)), |row| {
                        Ok((RunId(unsigned(row.get(0)?)), row.get::<_, i64>(1)? >= 3))
                    });
                    for row in self.sql(rows)? {
                        let (run, is_over) = self.sql(row)?;
                        if is_over && seen.insert(run) {
                            found.push(run);
                        }
                    }
                }
            }
            Ok(found)
        })
    }

    /// All runs that may go, those first that ended first.
    ///
    /// # Errors
    /// When reading fails.
    pub fn expendable_runs(&self) -> Result<Vec<RunId>, StoreError> {
        self.consistent(|| {
            let kept = self.kept_whatever(&self.workflow_numbers()?)?;
            let runs = self.run_ids(ENDED, [i64::MAX])?;
            Ok(runs.into_iter().filter(|run| !kept.contains(run)).collect())
        })
    }

    /// Each run with the name of its workflow, in no order.
    ///
    /// # Errors
    /// When reading fails.
    pub fn run_names(&self) -> Result<Vec<(RunId, String)>, StoreError> {
        let sql = "SELECT run_id, workflow FROM runs";
        let mut query = self.sql(self.conn.prepare_cached(sql))?;
        let read = |row: &rusqlite::Row<'_>| Ok((RunId(unsigned(row.get(0)?)), row.get(1)?));
        let rows = self.sql(query.query_map([], read))?;
        rows.map(|row| self.sql(row)).collect()
    }

    fn workflow_numbers(&self) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT workflow_no FROM workflows";
        let mut query = self.sql(self.conn.prepare_cached(sql))?;
        let rows = self.sql(query.query_map([], |row| row.get(0)))?;
        rows.map(|row| self.sql(row)).collect()
    }

    fn kept_whatever(&self, workflows: &[i64]) -> Result<HashSet<RunId>, StoreError> {
        let mut kept = HashSet::new();
        for workflow in workflows {
            for sql in [NEWEST_RUN, NEWEST_GOOD] {
                kept.extend(self.run_ids(sql, [*workflow])?);
            }
        }
        Ok(kept)
    }

    fn run_ids(&self, sql: &str, values: [i64; 1]) -> Result<Vec<RunId>, StoreError> {
        let mut query = self.sql(self.conn.prepare_cached(sql))?;
        let rows = self.sql(query.query_map(values, |row| Ok(RunId(unsigned(row.get(0)?)))))?;
        rows.map(|row| self.sql(row)).collect()
    }
}
