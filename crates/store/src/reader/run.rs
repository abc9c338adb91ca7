//! One run: its fold, its rows, its snapshot, what its tasks gave.

use millrace_model::Values;
use millrace_model::event::Run;
use millrace_model::ids::{RunId, TaskKey};

use super::Reader;
use crate::StoreError;
use crate::tables::runs::{self, RunRow};
use crate::tables::task_runs::{self, TaskRow};
use crate::tables::{codes, events, outputs, snapshots};

/// A run that a restarted engine has to carry on.
#[derive(Debug, Clone, PartialEq)]
pub struct UnfinishedRun {
    /// Where it stands.
    pub run: Run,
    /// The canonical text of the document that it runs.
    pub snapshot: String,
}

impl Reader {
    /// The run, folded from all its events.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have it.
    pub fn run(&self, run: RunId) -> Result<Run, StoreError> {
        self.consistent(|| {
            let run_no = self.number_of(run)?;
            events::fold(&self.conn, &self.context, run, run_no)
        })
    }

    /// The run as lists show it.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have it.
    pub fn run_row(&self, run: RunId) -> Result<RunRow, StoreError> {
        self.sql(runs::by_id(&self.conn, run))?.ok_or(StoreError::NoRun { run })
    }

    /// The tasks of the run that have ended, in the run's order.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have it.
    pub fn ended_tasks(&self, run: RunId) -> Result<Vec<TaskRow>, StoreError> {
        self.consistent(|| {
            let run_no = self.number_of(run)?;
            self.sql(task_runs::of_run(&self.conn, run_no))
        })
    }

    /// What a task gave: empty where it gave nothing or did not succeed.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have the run.
    pub fn outputs(&self, run: RunId, task: &TaskKey) -> Result<Values, StoreError> {
        self.consistent(|| {
            let run_no = self.number_of(run)?;
            let Some(json) = self.sql(outputs::get(&self.conn, run_no, task))? else {
                return Ok(Values::new());
            };
            serde_json::from_str(&json).map_err(|error| StoreError::Malformed {
                what: format!("the outputs of {task} in run {run}"),
                detail: error.to_string(),
            })
        })
    }

    /// The canonical text of a snapshot; none if the hash is not known.
    ///
    /// # Errors
    /// When reading fails.
    pub fn snapshot(&self, hash: &str) -> Result<Option<String>, StoreError> {
        self.sql(snapshots::text(&self.conn, hash))
    }

    /// All runs that have not ended, in the order in which they were accepted.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn unfinished_runs(&self) -> Result<Vec<UnfinishedRun>, StoreError> {
        self.consistent(|| {
            let mut query = self.sql(self.conn.prepare_cached(UNFINISHED))?;
            let rows = self.sql(query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))))?;
            let mut unfinished = Vec::new();
            for row in rows {
                let (run_no, run_id): (i64, i64) = self.sql(row)?;
                let run = RunId(codes::unsigned(run_id));
                let run = events::fold(&self.conn, &self.context, run, run_no)?;
                let snapshot = self.snapshot(&run.head.snapshot)?.ok_or_else(|| {
                    StoreError::NoSnapshot { run: run.run, snapshot: run.head.snapshot.clone() }
                })?;
                unfinished.push(UnfinishedRun { run, snapshot });
            }
            Ok(unfinished)
        })
    }

    /// The runs that have not ended, in the order in which they were accepted.
    ///
    /// # Errors
    /// When reading fails.
    pub fn unfinished_ids(&self) -> Result<Vec<RunId>, StoreError> {
        let mut query = self.sql(self.conn.prepare_cached(UNFINISHED))?;
        let read = |row: &rusqlite::Row<'_>| Ok(RunId(codes::unsigned(row.get(1)?)));
        let rows = self.sql(query.query_map([], read))?;
        rows.map(|row| self.sql(row)).collect()
    }

    pub(super) fn number_of(&self, run: RunId) -> Result<i64, StoreError> {
        self.sql(runs::number_of(&self.conn, run))?.ok_or(StoreError::NoRun { run })
    }
}

pub(super) const UNFINISHED: &str =
    "SELECT run_no, run_id FROM runs INDEXED BY runs_unfinished WHERE state < 3 ORDER BY run_no";
