//! The files that attempts left.

use std::collections::HashSet;

use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

use super::Reader;
use crate::StoreError;
use crate::tables::artifacts::{self, ArtifactRow, KeptRow};
use crate::tables::meta;

impl Reader {
    /// What was left in a run, in order of task, item, attempt and name.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have it.
    pub fn artifacts(&self, run: RunId) -> Result<Vec<ArtifactRow>, StoreError> {
        self.consistent(|| {
            let run_no = self.number_of(run)?;
            self.sql(artifacts::of_run(&self.conn, run_no))
        })
    }

    /// The hashes of all contents that the history needs.
    ///
    /// # Errors
    /// When reading fails.
    pub fn kept_contents(&self) -> Result<HashSet<String>, StoreError> {
        self.sql(artifacts::contents(&self.conn))
    }

    /// How many bytes all contents have that are kept, each counted once.
    ///
    /// # Errors
    /// When reading fails.
    pub fn kept_bytes(&self) -> Result<u64, StoreError> {
        self.sql(artifacts::kept_bytes(&self.conn))
    }

    /// What each run keeps: those first that ended first, those last that have not.
    ///
    /// # Errors
    /// When reading fails.
    pub fn kept_artifacts(&self) -> Result<Vec<KeptRow>, StoreError> {
        self.sql(artifacts::kept(&self.conn))
    }

    /// The runs that ended before an instant and keep artifacts, the oldest first.
    ///
    /// # Errors
    /// When reading fails.
    pub fn keeping_since(&self, before: Timestamp) -> Result<Vec<RunId>, StoreError> {
        self.sql(artifacts::keeping_since(&self.conn, before))
    }

    /// What was given up since the files of all before that are gone, with its run.
    ///
    /// # Errors
    /// When reading fails.
    pub fn removed_artifacts(&self) -> Result<Vec<(RunId, ArtifactRow)>, StoreError> {
        self.consistent(|| {
            let cleared = self.sql(meta::get(&self.conn, meta::CLEARED))?;
            let since = Timestamp(cleared.unwrap_or(i64::MIN));
            self.sql(artifacts::removed_since(&self.conn, since))
        })
    }
}
