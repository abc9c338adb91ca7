//! The proper end of a writer: everything on the disk, the log emptied, the mark that says so.

use rusqlite::wal::CheckpointMode;

use super::Writer;
use crate::StoreError;
use crate::aside;
use crate::options::Persist;
use crate::tables::meta;

impl Writer {
    /// Closes the history. Dropping the writer does the same, but tells nobody what went wrong.
    ///
    /// # Errors
    /// When not everything could be put onto the disk, or the writer had stopped.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        self.usable()?;
        // A history that was not checked to the end is checked again.
        let clean = i64::from(self.check.is_done() && self.check.damage().is_none());
        self.write(Persist::Now, |conn| meta::set(conn, meta::CLEAN, clean))?;
        self.conn
            .wal_checkpoint_v2(rusqlite::DEFAULT_NAME, CheckpointMode::TRUNCATE)
            .and_then(|_| super::reopen::close_moves_log(&self.conn, true))
            .map_err(|error| self.context.convert(error))?;
        if let Err(error) = aside::mark_closed(&self.context.path) {
            tracing::warn!(%error, "the mark of an open history stays; it is checked at the next start");
        }
        self.stopped = Some(StoreError::Closed);
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if matches!(self.stopped, Some(StoreError::Closed)) || std::thread::panicking() {
            return;
        }
        if let Err(error) = self.finish() {
            tracing::warn!(%error, "the history was not closed properly; it is checked at the next start");
        }
    }
}
