//! The files that attempts left.

use std::collections::HashSet;

use millrace_model::ids::RunId;

use super::Reader;
use crate::StoreError;
use crate::tables::artifacts::{self, ArtifactRow};

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
}
