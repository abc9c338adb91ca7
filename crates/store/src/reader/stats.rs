//! How a workflow fares: its last runs, how long they take.

use std::time::Duration;

use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use millrace_model::quantile::median;
use millrace_model::time::Timestamp;

use super::{Reader, RunFilter, WorkflowKey};
use crate::StoreError;
use crate::tables::runs::{self, RunRow};
use crate::tables::task_runs::{self, TaskRow};

/// A run as a mark in a row of marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunMark {
    /// Names it.
    pub run: RunId,
    /// Where it stands.
    pub state: RunState,
    /// When it was accepted.
    pub queued: Timestamp,
    /// From its start to its end; none while it has not ended or when it never started.
    pub duration: Option<Duration>,
}

/// How a workflow fares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkflowStats {
    /// Its last runs, newest first.
    pub recent: Vec<RunMark>,
    /// The median duration of those among them that succeeded.
    pub median: Option<Duration>,
}

impl Reader {
    /// Of the last `count` runs of the workflow.
    ///
    /// # Errors
    /// When reading fails.
    pub fn workflow_stats(
        &self,
        workflow: &WorkflowKey,
        count: usize,
    ) -> Result<WorkflowStats, StoreError> {
        let recent: Vec<RunMark> = self.recent(workflow, count)?.iter().map(RunMark::of).collect();
        let mut lengths_us: Vec<u64> = recent
            .iter()
            .filter(|mark| mark.state == RunState::Succeeded)
            .filter_map(|mark| u64::try_from(mark.duration?.as_micros()).ok())
            .collect();
        lengths_us.sort_unstable();
        Ok(WorkflowStats { median: median(&lengths_us).map(Duration::from_micros), recent })
    }

    /// How one task of the workflow ended in its last `count` runs, newest first; runs in which it has not ended are left
    /// out, a mapped task has one entry an item.
    ///
    /// # Errors
    /// When reading fails.
    pub fn task_history(
        &self,
        workflow: &WorkflowKey,
        task: &str,
        count: usize,
    ) -> Result<Vec<(RunId, TaskRow)>, StoreError> {
        let recent = self.recent(workflow, count)?;
        self.consistent(|| {
            let mut history = Vec::new();
            for run in &recent {
                let rows = self.sql(task_runs::of_task(&self.conn, run.run_no, task))?;
                history.extend(rows.into_iter().map(|row| (run.run, row)));
            }
            Ok(history)
        })
    }

    /// At most `limit` failed runs that nobody has looked at, newest first.
    ///
    /// # Errors
    /// When reading fails.
    pub fn unseen_failures(&self, limit: usize) -> Result<Vec<RunRow>, StoreError> {
        let sql = UNSEEN.replace("{}", runs::SELECT);
        let mut query = self.sql(self.conn.prepare_cached(&sql))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.sql(query.query_map([limit], RunRow::read))?;
        rows.map(|row| self.sql(row)).collect()
    }

    fn recent(&self, workflow: &WorkflowKey, count: usize) -> Result<Vec<RunRow>, StoreError> {
        let filter = RunFilter { workflow: Some(workflow.clone()), ..RunFilter::default() };
        self.list_runs(&filter, None, count)
    }
}

impl RunMark {
    fn of(row: &RunRow) -> Self {
        let duration = row.started.zip(row.ended).map(|(started, ended)| ended.since(started));
        Self { run: row.run, state: row.state, queued: row.queued, duration }
    }
}

/// `{}` stands for [`runs::SELECT`].
pub(super) const UNSEEN: &str = "{} INDEXED BY runs_unseen WHERE state = 4 AND seen_at IS NULL \
    ORDER BY queued_at DESC, run_no DESC LIMIT ?1";
