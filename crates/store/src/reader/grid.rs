//! Runs of one workflow beside each other, with the state of each task in each of them.

use millrace_model::event::TaskState;
use millrace_model::ids::RunId;
use rusqlite::OptionalExtension;

use super::{Reader, RunFilter, WorkflowKey};
use crate::StoreError;
use crate::tables::codes;
use crate::tables::runs::RunRow;

/// A run, and the tasks of it that have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridColumn {
    /// The run.
    pub row: RunRow,
    /// Its tasks by name; of a mapped task the task itself, and none of its items.
    pub cells: Vec<GridCell>,
}

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridCell {
    /// Which.
    pub task: String,
    /// How it ended.
    pub state: TaskState,
    /// From its first try's start to its last one's end, in microseconds.
    pub duration_us: Option<u64>,
}

impl Reader {
    /// At most `limit` runs of the workflow, newest first; those that come after `before` where it is given.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when `before` is not in the history any more.
    pub fn workflow_grid(
        &self,
        workflow: &WorkflowKey,
        before: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<GridColumn>, StoreError> {
        let filter = RunFilter { workflow: Some(workflow.clone()), ..RunFilter::default() };
        let rows = self.list_runs(&filter, before, limit)?;
        let mut columns = Vec::with_capacity(rows.len());
        for row in rows {
            columns.push(GridColumn { cells: self.cells(row.run_no)?, row });
        }
        Ok(columns)
    }

    /// The text of the document that a run ran.
    ///
    /// # Errors
    /// When reading fails.
    pub fn snapshot_of(&self, run: RunId) -> Result<Option<String>, StoreError> {
        let mut query = self.sql(self.conn.prepare_cached(SNAPSHOT))?;
        self.sql(query.query_row([codes::signed(run.0)], |row| row.get(0)).optional())
    }

    fn cells(&self, run_no: i64) -> Result<Vec<GridCell>, StoreError> {
        let mut query = self.sql(self.conn.prepare_cached(CELLS))?;
        let mut cells = Vec::new();
        let mut after = String::new();
        // A mapped task's own row stands before those of its items. As soon as one of those comes, the search begins anew
        // behind all of them, so that ten thousand items cost one step and not ten thousand.
        loop {
            let mut mapped = None;
            let mut rows = self.sql(query.query((run_no, &after)))?;
            while let Some(row) = self.sql(rows.next())? {
                let (task, item, code, us) = self.sql(cell_of(row))?;
                if item >= 0 {
                    mapped = Some(task);
                    break;
                }
                if let Some(state) = codes::task_state_of(code) {
                    cells.push(GridCell { task, state, duration_us: us.map(codes::unsigned) });
                }
            }
            match mapped {
                Some(task) => after = task,
                None => return Ok(cells),
            }
        }
    }
}

fn cell_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, i64, i64, Option<i64>)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

/// Task by task, the mapped task itself before its items.
pub(super) const CELLS: &str = "SELECT task, item, state, duration_us FROM task_runs \
    WHERE run_no = ?1 AND task > ?2 ORDER BY task, item";

/// What a run ran.
pub(super) const SNAPSHOT: &str = "SELECT text FROM runs \
    JOIN snapshots ON snapshots.snapshot_no = runs.snapshot_no WHERE run_id = ?1";
