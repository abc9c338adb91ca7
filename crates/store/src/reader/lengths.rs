//! How long earlier runs of a workflow took, and their tasks.

use std::collections::BTreeMap;

use millrace_model::event::TaskState;
use millrace_model::ids::RunId;

use super::Reader;
use crate::StoreError;
use crate::tables::codes;

/// How long the last succeeded runs of a workflow took that were accepted before one of its runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lengths {
    /// How many runs there are, of those that were asked for.
    pub runs: usize,
    /// Of the runs that took over no results, newest first, in microseconds.
    pub whole_us: Vec<u64>,
    /// Of their tasks that ran to a good end by themselves, newest first, in microseconds.
    pub tasks_us: BTreeMap<String, Vec<u64>>,
}

impl Reader {
    /// Of at most `count` runs before `run`.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have it.
    pub fn lengths_before(&self, run: RunId, count: usize) -> Result<Lengths, StoreError> {
        self.consistent(|| {
            let run_no = self.number_of(run)?;
            let limit = i64::try_from(count).unwrap_or(i64::MAX);
            let mut query = self.sql(self.conn.prepare_cached(BEFORE))?;
            let before: Vec<(i64, Option<i64>)> = self.sql(
                query
                    .query_map((run_no, limit), |row| Ok((row.get(0)?, row.get(1)?)))
                    .and_then(Iterator::collect),
            )?;
            let mut lengths = Lengths { runs: before.len(), ..Lengths::default() };
            let mut query = self.sql(self.conn.prepare_cached(TASKS))?;
            for (run_no, whole_us) in before {
                let mut rows = self.sql(query.query([run_no]))?;
                let mut took_over = false;
                while let Some(row) = self.sql(rows.next())? {
                    let (task, state, has_cause, attempts, us) = self.sql(task_of(row))?;
                    let succeeded = codes::task_state_of(state) == Some(TaskState::Succeeded);
                    let items = attempts == 0 && us.is_some();
                    if !succeeded {
                        continue;
                    }
                    // Without a cause it ran; with one it was carried over, pinned, reused or marked.
                    if has_cause || (attempts == 0 && !items) {
                        took_over |= attempts == 0;
                    } else if let Some(us) = us.map(codes::unsigned) {
                        lengths.tasks_us.entry(task).or_default().push(us);
                    }
                }
                if let Some(us) = whole_us.filter(|_| !took_over) {
                    lengths.whole_us.push(u64::try_from(us).unwrap_or(0));
                }
            }
            Ok(lengths)
        })
    }
}

fn task_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, i64, bool, i64, Option<i64>)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

/// Succeeded runs of the same workflow that were accepted before.
pub(super) const BEFORE: &str = "SELECT runs.run_no, runs.ended_at - runs.started_at \
    FROM runs AS this CROSS JOIN runs INDEXED BY runs_by_workflow_state \
    WHERE this.run_no = ?1 AND runs.workflow_no = this.workflow_no AND runs.state = 3 \
    AND (runs.queued_at, runs.run_no) < (this.queued_at, this.run_no) \
    ORDER BY runs.queued_at DESC, runs.run_no DESC LIMIT ?2";

/// The tasks of a run, without the items of mapped ones.
pub(super) const TASKS: &str = "SELECT task, state, cause IS NOT NULL, attempts, duration_us FROM task_runs \
    WHERE run_no = ?1 AND item = -1";
