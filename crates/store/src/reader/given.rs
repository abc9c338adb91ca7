//! What a task gave in the newest run in which it succeeded.

use millrace_model::Values;
use millrace_model::event::TaskState;
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use rusqlite::OptionalExtension;

use super::Reader;
use crate::StoreError;
use crate::tables::{codes, workflows};

/// Runs from the newest on, until there is one. What has no attempt was taken over from elsewhere, or is pinned.
pub(super) const NEWEST: &str = "SELECT runs.run_id, outputs.json \
    FROM runs INDEXED BY runs_by_workflow \
    CROSS JOIN task_runs ON task_runs.run_no = runs.run_no AND task_runs.task = ?2 AND task_runs.item = ?3 \
    LEFT JOIN outputs ON outputs.run_no = runs.run_no AND outputs.task = ?2 AND outputs.item = ?3 \
    WHERE runs.workflow_no = ?1 AND task_runs.state = ?4 AND task_runs.attempts > 0 \
    ORDER BY runs.queued_at DESC, runs.run_no DESC LIMIT 1";

impl Reader {
    /// What the task gave in the newest run of the workflow in which it was tried and succeeded, with that run; the outputs are empty
    /// where it gave nothing.
    ///
    /// # Errors
    /// When reading fails.
    pub fn newest_given(
        &self,
        workflow: WorkflowId,
        task: &TaskKey,
    ) -> Result<Option<(RunId, Values)>, StoreError> {
        self.consistent(|| {
            let Some(row) = self.sql(workflows::by_id(&self.conn, workflow))? else {
                return Ok(None);
            };
            let item = task.item.map_or(-1, i64::from);
            let state = codes::task_state(TaskState::Succeeded);
            let values = (row.workflow_no, task.task.as_str(), item, state);
            let found: Option<(i64, Option<String>)> =
                self.sql(self.conn.prepare_cached(NEWEST).and_then(|mut query| {
                    query.query_row(values, |row| Ok((row.get(0)?, row.get(1)?))).optional()
                }))?;
            let Some((run, json)) = found else { return Ok(None) };
            let run = RunId(codes::unsigned(run));
            let Some(json) = json else { return Ok(Some((run, Values::new()))) };
            let outputs = serde_json::from_str(&json).map_err(|error| StoreError::Malformed {
                what: format!("the outputs of {task} in run {run}"),
                detail: error.to_string(),
            })?;
            Ok(Some((run, outputs)))
        })
    }
}
