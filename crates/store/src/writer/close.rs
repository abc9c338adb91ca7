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
        let clean = i64::from(self.check.is_sound());
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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rusqlite::Connection;

    use super::*;
    use crate::check::Check;
    use crate::{DATABASE_FILE, Options, Store};

    #[test]
    fn a_history_that_was_not_checked_to_the_end_is_checked_again() {
        for is_sound in [false, true] {
            let home = tempfile::tempdir().unwrap();
            let store = Store::open(home.path(), Options::default()).unwrap();
            let mut writer = store.writer().unwrap();
            writer.check = if is_sound { Check::sound() } else { Check::default() };
            writer.close().unwrap();
            let conn = Connection::open(home.path().join(DATABASE_FILE)).unwrap();
            let clean = meta::get(&conn, meta::CLEAN).unwrap();
            assert_eq!(clean, Some(i64::from(is_sound)));
        }
    }

    #[test]
    fn nothing_is_due_once_damage_is_found() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), Options::default()).unwrap();
        let mut writer = store.writer().unwrap();
        writer.sync_clock.committed(false, Instant::now());
        assert!(writer.sync_due().is_some());
        let damage = StoreError::Corrupt { path: home.path().to_owned(), detail: "a page".into() };
        writer.check = Check::ended(Err(damage.clone()));
        assert_eq!(writer.sync_due(), None);
        assert_eq!(writer.put_snapshot("[]"), Err(damage));
        writer.idle().unwrap();
    }
}
