//! What becomes of the files that attempts left: given up, and gone.

use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

use super::Writer;
use crate::StoreError;
use crate::options::Persist;
use crate::tables::{artifacts, meta};

impl Writer {
    /// Gives up the artifacts of these runs, of those that have ended; how many files. From then on nothing names their contents
    /// for these runs, and they still say what was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remove_artifacts(&mut self, runs: &[RunId], at: Timestamp) -> Result<usize, StoreError> {
        // On the disk before a file goes.
        self.write(Persist::Now, |conn| {
            // Also where the clock was set back: it comes after what is gone already.
            let cleared = meta::get(conn, meta::CLEARED)?.unwrap_or(i64::MIN);
            let at = Timestamp(at.0.max(cleared));
            let mut removed = 0;
            for run in runs {
                removed += artifacts::remove(conn, *run, at)?;
            }
            Ok(removed)
        })
    }

    /// The files of what was given up before this instant are gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn artifacts_cleared(&mut self, before: Timestamp) -> Result<(), StoreError> {
        self.write(Persist::Soon, |conn| meta::set(conn, meta::CLEARED, before.0))
    }
}
