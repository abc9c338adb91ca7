//! What is known of schedules and triggers, of what they started and of what they did not.

use std::collections::HashMap;

use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;

use super::Reader;
use crate::StoreError;
use crate::tables::moves::{self, MoveRow};
use crate::tables::runs::{self, RunRow};
use crate::tables::skips::{self, SkipRow};
use crate::tables::starters::{self, StarterKey, StarterRow};
use crate::tables::trigger_files;
use crate::tables::trust::{self, Trusted};

impl Reader {
    /// All schedules and triggers.
    ///
    /// # Errors
    /// When reading fails.
    pub fn starters(&self) -> Result<Vec<StarterRow>, StoreError> {
        self.sql(starters::all(&self.conn))
    }

    /// Single ticks that were moved or left out, in order.
    ///
    /// # Errors
    /// When reading fails.
    pub fn moves(&self) -> Result<Vec<MoveRow>, StoreError> {
        self.sql(moves::all(&self.conn))
    }

    /// What did not start, with its last instant in `from..=to`: newest first, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub fn skips(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<SkipRow>, StoreError> {
        self.sql(skips::between(&self.conn, from, to, limit))
    }

    /// What did not start and nobody has seen, newest first, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub fn unseen_skips(&self, limit: usize) -> Result<Vec<SkipRow>, StoreError> {
        self.sql(skips::unseen(&self.conn, limit))
    }

    /// Runs that started by themselves, and backfills, with logical times in `from..=to`: newest first, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub fn fired(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<RunRow>, StoreError> {
        self.sql(runs::fired(&self.conn, from, to, limit))
    }

    /// The newest run of a schedule's tick, live or of a backfill.
    ///
    /// # Errors
    /// When reading fails.
    pub fn run_of_tick(
        &self,
        workflow: WorkflowId,
        schedule: &str,
        tick: Timestamp,
    ) -> Result<Option<RunRow>, StoreError> {
        match self.sql(starters::workflow_no(&self.conn, workflow))? {
            Some(number) => self.sql(runs::of_tick(&self.conn, number, schedule, tick)),
            None => Ok(None),
        }
    }

    /// The newest run that a schedule or trigger started, backfills aside.
    ///
    /// # Errors
    /// When reading fails.
    pub fn last_fired(
        &self,
        workflow: WorkflowId,
        key: &StarterKey,
    ) -> Result<Option<RunRow>, StoreError> {
        match self.sql(starters::workflow_no(&self.conn, workflow))? {
            Some(number) => self.sql(runs::last_fired(&self.conn, number, &key.name)),
            None => Ok(None),
        }
    }

    /// The versions of files that a trigger has acted upon, by path.
    ///
    /// # Errors
    /// When reading fails.
    pub fn trigger_files(
        &self,
        workflow: WorkflowId,
        trigger: &str,
    ) -> Result<HashMap<String, String>, StoreError> {
        match self.sql(starters::workflow_no(&self.conn, workflow))? {
            Some(number) => {
                let files = self.sql(trigger_files::of_trigger(&self.conn, number, trigger))?;
                Ok(files.into_iter().collect())
            }
            None => Ok(HashMap::new()),
        }
    }

    /// Runs that ended at `since` or later, the earliest first, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub fn ended_since(&self, since: Timestamp, limit: usize) -> Result<Vec<RunRow>, StoreError> {
        self.sql(runs::ended_since(&self.conn, since, limit))
    }

    /// The digest of a trigger's token, where it has one.
    ///
    /// # Errors
    /// When reading fails.
    pub fn token(&self, workflow: WorkflowId, trigger: &str) -> Result<Option<String>, StoreError> {
        match self.sql(starters::workflow_no(&self.conn, workflow))? {
            Some(number) => self.sql(starters::token(&self.conn, number, trigger)),
            None => Ok(None),
        }
    }

    /// Whether this meaning or folder is trusted.
    ///
    /// # Errors
    /// When reading fails.
    pub fn is_trusted(&self, what: &Trusted) -> Result<bool, StoreError> {
        self.sql(trust::has(&self.conn, what))
    }

    /// The folders whose documents are trusted, in order.
    ///
    /// # Errors
    /// When reading fails.
    pub fn trusted_folders(&self) -> Result<Vec<String>, StoreError> {
        self.sql(trust::folders(&self.conn))
    }
}
