//! After a failed sync.
//!
//! The kernel may have thrown away what it could not write, and calls the pages clean all the same: the next sync
//! succeeds and means nothing. So nothing more goes through that connection. It is closed, and before the next write the
//! file is opened anew, by nobody else's connection: SQLite then rebuilds its index of the log from the log itself, by
//! the checksums, so that what is gone shows. What is left has to hold everything that was acknowledged; it is checked,
//! moved into the database and synced there, page by page, before anything is added. See
//! docs/adr/0018.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;

use super::{CHECKPOINT_PAGES_BUSY, Writer};
use crate::StoreError;
use crate::check::Check;
use crate::open::{configure, connect};
use crate::options::FaultPoint;
use crate::place::{Identity, beside};
use crate::tables::events;

/// Without anything to write, the file is opened anew so long after the failure.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The writer has no connection to the file.
#[derive(Debug)]
pub(super) struct Distrust {
    pub(super) error: StoreError,
    /// When to open the file, should nobody want to write before.
    pub(super) again: Instant,
}

/// Prepares a connection for a writer: it counts the log's pages in `pages`, and leaves the log alone when it is closed.
pub(super) fn prepare(conn: &mut Connection, pages: &Arc<AtomicU32>) -> rusqlite::Result<()> {
    let pages = pages.clone();
    conn.wal_hook(Some(move |_: &mut Wal, count: i32| {
        pages.store(u32::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }))?;
    close_moves_log(conn, false)
}

/// A log that is not trusted must not be moved into the database by a mere close.
pub(super) fn close_moves_log(conn: &Connection, moves: bool) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !moves).map(drop)
}

impl Writer {
    /// A sync failed: nothing that SQLite has in mind may reach the file any more.
    pub(super) fn distrust(&mut self, error: StoreError) {
        tracing::error!(%error, "the disk failed under the history");
        self.active.clear();
        self.position = None;
        match Connection::open_in_memory() {
            Ok(nothing) => drop(std::mem::replace(&mut self.conn, nothing)),
            // Then it is closed when the file is opened anew.
            Err(error) => tracing::warn!(%error, "the history's connection is still open"),
        }
        self.distrust = Some(Distrust { error, again: Instant::now() + LOOK_AGAIN });
    }

    /// Opens the file anew if a sync has failed.
    ///
    /// # Errors
    /// When that does not work (yet), or something is missing.
    pub(super) fn reopen(&mut self) -> Result<(), StoreError> {
        if self.distrust.is_none() {
            return Ok(());
        }
        let done = self.reopen_checked();
        match (&done, &mut self.distrust) {
            (Ok(()), distrust) => {
                *distrust = None;
                tracing::warn!(
                    "the history was opened anew; it has everything that was acknowledged"
                );
            }
            (Err(error), _) if error.is_fatal() => {
                tracing::error!(%error, "the history's writer has stopped");
                self.stopped = Some(error.clone());
                self.distrust = None;
            }
            (Err(error), Some(distrust)) => {
                distrust.error = error.clone();
                distrust.again = Instant::now() + LOOK_AGAIN;
            }
            (Err(_), None) => {}
        }
        done
    }

    fn reopen_checked(&mut self) -> Result<(), StoreError> {
        let readers = self.readers.clone();
        let _all_closed = readers.close();
        let context = self.context.clone();
        let sql = |error| context.convert(error);
        self.check = Check::default();
        self.database.check()?;
        self.conn = Connection::open_in_memory().map_err(sql)?;
        let mut conn = connect(&context.path, &self.options).map_err(sql)?;
        configure(&conn, &self.options, &context)?;
        prepare(&mut conn, &self.wal_pages).map_err(sql)?;
        let found = events::last_position(&conn).map_err(sql)?;
        let acknowledged = self.progress.position();
        if found.cast_unsigned() < acknowledged {
            let lost = acknowledged - found.cast_unsigned();
            return Err(StoreError::Lost { path: context.path.clone(), lost });
        }
        let check = Check::start(&mut conn, &context, self.options.check_budget)?;
        self.options.fault(FaultPoint::Reopen)?;
        let (logged, moved) = conn
            .wal_checkpoint_v2(rusqlite::DEFAULT_NAME, CheckpointMode::TRUNCATE)
            .map_err(sql)?;
        if moved < logged {
            return Err(StoreError::Busy { path: context.path, waited_ms: context.waited_ms });
        }
        self.log = Identity::of(&beside(&context.path, "-wal"))?;
        self.check = check;
        self.conn = conn;
        self.syncs = true;
        self.wal_pages.store(0, Ordering::Relaxed);
        self.next_checkpoint = CHECKPOINT_PAGES_BUSY;
        self.sync_clock.committed(true, Instant::now());
        Ok(())
    }
}
