//! What a task gave in an earlier run: in the newest in which it succeeded, or in which it did the same.

use millrace_model::Values;
use millrace_model::event::{Artifact, TaskState};
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_model::time::Timestamp;
use rusqlite::{OptionalExtension, ToSql};

use super::Reader;
use crate::StoreError;
use crate::tables::{artifacts, codes, workflows};

/// Runs from the newest on, until there is one. What has no attempt was taken over from elsewhere, or is pinned.
pub(super) const NEWEST: &str = "SELECT runs.run_id, outputs.json, runs.run_no, task_runs.attempts, task_runs.item \
    FROM runs INDEXED BY runs_by_workflow \
    CROSS JOIN task_runs ON task_runs.run_no = runs.run_no AND task_runs.task = ?2 AND task_runs.item = ?3 \
    LEFT JOIN outputs ON outputs.run_no = runs.run_no AND outputs.task = ?2 AND outputs.item = ?3 \
    WHERE runs.workflow_no = ?1 AND task_runs.state = ?4 AND task_runs.attempts > 0 \
    ORDER BY runs.queued_at DESC, runs.run_no DESC LIMIT 1";

/// Results of the same, the newest first. Items are known by what they are, which is part of the fingerprint: not by where they stood.
pub(super) const SAME: &str = "SELECT runs.run_id, outputs.json, runs.run_no, task_runs.attempts, task_runs.item \
    FROM task_runs INDEXED BY task_runs_by_fingerprint \
    CROSS JOIN runs ON runs.run_no = task_runs.run_no \
    LEFT JOIN outputs ON outputs.run_no = runs.run_no AND outputs.task = ?2 AND outputs.item = task_runs.item \
    WHERE task_runs.fingerprint = ?5 AND task_runs.ended_at >= ?6 AND task_runs.task = ?2 \
    AND (task_runs.item >= 0) = (?3 >= 0) AND task_runs.state = ?4 AND runs.workflow_no = ?1 \
    ORDER BY task_runs.ended_at DESC LIMIT 1";

/// What a task gave in an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenRow {
    /// Which run.
    pub run: RunId,
    /// Its outputs; empty where it gave nothing.
    pub outputs: Values,
    /// Its artifacts; empty where it left none.
    pub artifacts: Vec<Artifact>,
}

impl Reader {
    /// What the task gave in the newest run of the workflow in which it was tried and succeeded, with that run; the outputs are empty
    /// where it gave nothing. None where artifacts of it were given up.
    ///
    /// # Errors
    /// When reading fails.
    pub fn newest_given(
        &self,
        workflow: WorkflowId,
        task: &TaskKey,
    ) -> Result<Option<GivenRow>, StoreError> {
        self.given(workflow, task, NEWEST, &[])
    }

    /// What the task gave in the newest run of the workflow in which it succeeded, was known by `fingerprint`, and ended at
    /// `oldest` or later. None where artifacts of it were given up.
    ///
    /// # Errors
    /// When reading fails.
    pub fn same_given(
        &self,
        workflow: WorkflowId,
        task: &TaskKey,
        fingerprint: &str,
        oldest: Option<Timestamp>,
    ) -> Result<Option<GivenRow>, StoreError> {
        let oldest = oldest.map_or(i64::MIN, |at| at.0);
        self.given(workflow, task, SAME, &[&fingerprint, &oldest])
    }

    fn given(
        &self,
        workflow: WorkflowId,
        task: &TaskKey,
        query: &str,
        more: &[&dyn ToSql],
    ) -> Result<Option<GivenRow>, StoreError> {
        self.consistent(|| {
            let Some(row) = self.sql(workflows::by_id(&self.conn, workflow))? else {
                return Ok(None);
            };
            let item = task.item.map_or(-1, i64::from);
            let state = codes::task_state(TaskState::Succeeded);
            let name = task.task.as_str();
            let mut values: Vec<&dyn ToSql> = vec![&row.workflow_no, &name, &item, &state];
            values.extend(more);
            type Found = (i64, Option<String>, i64, u32, i64);
            let found: Option<Found> =
                self.sql(self.conn.prepare_cached(query).and_then(|mut query| {
                    let read = |row: &rusqlite::Row<'_>| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                    };
                    query.query_row(values.as_slice(), read).optional()
                }))?;
            let Some((run, json, run_no, number, item)) = found else { return Ok(None) };
            let run = RunId(codes::unsigned(run));
            let outputs = match json {
                None => Values::new(),
                Some(json) => {
                    serde_json::from_str(&json).map_err(|error| StoreError::Malformed {
                        what: format!("the outputs of {task} in run {run}"),
                        detail: error.to_string(),
                    })?
                }
            };
            let of = TaskKey { item: u32::try_from(item).ok(), ..task.clone() };
            let left = self.sql(artifacts::of_task(&self.conn, run_no, &of, number))?;
            if left.iter().any(|row| row.removed.is_some()) {
                return Ok(None);
            }
            let artifacts = left.into_iter().map(|row| row.artifact).collect();
            Ok(Some(GivenRow { run, outputs, artifacts }))
        })
    }
}
