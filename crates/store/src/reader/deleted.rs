//! Runs that were deleted.

use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

use super::Reader;
use crate::StoreError;
use crate::tables::deleted_runs::{self, DeletedRow};

impl Reader {
    /// Deleted runs that can be put back, deleted last first, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub fn deleted_runs(&self, limit: usize) -> Result<Vec<DeletedRow>, StoreError> {
        self.sql(deleted_runs::list(&self.conn, limit))
    }

    /// Runs that were deleted before an instant and are not forgotten, at most `limit`, the earliest first.
    ///
    /// # Errors
    /// When reading fails.
    pub fn deleted_before(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        self.sql(deleted_runs::due(&self.conn, before, limit))
    }
}
