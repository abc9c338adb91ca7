//! The one writer: events and the tables folded from them, in one transaction.
//!
//! It belongs to one thread. It does not publish and it does not wait for anything but the disk.

mod active;
mod artifacts;
mod close;
mod deleted;
mod mailbox;
mod port;
mod progress;
mod reopen;
mod starters;
mod sync_clock;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use millrace_model::event::RunEvent;
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::time::Timestamp;
use rusqlite::Connection;
use rusqlite::wal::CheckpointMode;

use crate::StoreError;
use crate::check::Check;
use crate::error::ErrorContext;
use crate::options::{FaultPoint, Options, Persist};
use crate::place::{Identity, WriterLock, beside};
use crate::pool::Readers;
use crate::tables::events::{self, Payload};
use crate::tables::{meta, runs, snapshots, trust, versions, workflows};

use active::ActiveRun;
pub use deleted::Purged;
use mailbox::Inbox;
pub use mailbox::Mailbox;
pub use progress::Progress;
use reopen::Distrust;
use sync_clock::SyncClock;

/// Pages in the write-ahead log from which a commit moves them into the database itself.
const CHECKPOINT_PAGES_BUSY: u32 = 16_384;
/// The same when there is nothing else to do.
const CHECKPOINT_PAGES_IDLE: u32 = 1_000;

/// Writes the history. Made by [`crate::Store::writer`]; dropping it closes the history properly.
#[derive(Debug)]
pub struct Writer {
    conn: Connection,
    context: ErrorContext,
    options: Options,
    _lock: WriterLock,
    readers: Arc<Readers>,
    check: Check,
    database: Identity,
    log: Identity,
    /// The position of the newest event; none when it has to be read again.
    position: Option<i64>,
    progress: Progress,
    /// The folds of the runs that have not ended and were written to.
    active: HashMap<RunId, ActiveRun>,
    payload: Payload,
    sync_clock: SyncClock,
    /// Which `synchronous` the connection has.
    syncs: bool,
    wal_pages: Arc<AtomicU32>,
    /// No checkpoint before the log has so many pages: the last one could not empty it.
    next_checkpoint: u32,
    inbox: Inbox,
    stopped: Option<StoreError>,
    /// A sync failed, and the file has not been opened anew.
    distrust: Option<Distrust>,
    counters: WriterCounters,
}

/// What a writer stands on beside its connection.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) context: ErrorContext,
    pub(crate) options: Options,
    pub(crate) lock: WriterLock,
    pub(crate) readers: Arc<Readers>,
}

/// What the document of a workflow means now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// The canonical path of the document.
    pub path: String,
    /// The workflow's name.
    pub name: String,
    /// The canonical text.
    pub text: String,
    /// What tells two meanings apart: [`crate::snapshot_hash`] of the canonical text without layout.
    pub meaning: String,
    /// When.
    pub kept: Timestamp,
    /// Why.
    pub reason: versions::VersionReason,
}

/// What a writer has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriterCounters {
    /// Transactions.
    pub commits: u64,
    /// Those of them that waited for the disk.
    pub synced: u64,
    /// Events.
    pub events: u64,
    /// Moves of the write-ahead log into the database.
    pub checkpoints: u64,
}

/// What a commit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The position of the batch's last event in the whole history, for [`crate::Reader::events_since`].
    pub last_position: u64,
    /// It is on the disk.
    pub synced: bool,
}

impl Writer {
    pub(crate) fn new(
        mut conn: Connection,
        check: Check,
        ground: Ground,
    ) -> Result<Self, StoreError> {
        let Ground { context, options, lock, readers } = ground;
        let sql = |error| context.convert(error);
        meta::set(&conn, meta::CLEAN, 0).map_err(sql)?;
        let progress = Progress::at(events::last_position(&conn).map_err(sql)?);
        let wal_pages = Arc::new(AtomicU32::new(0));
        reopen::prepare(&mut conn, &wal_pages).map_err(sql)?;
        let now = Instant::now();
        Ok(Self {
            database: Identity::of(&context.path)?,
            log: Identity::of(&beside(&context.path, "-wal"))?,
            position: None,
            progress,
            active: HashMap::new(),
            payload: Payload::default(),
            sync_clock: SyncClock::new(options.durability, now),
            syncs: true,
            wal_pages,
            next_checkpoint: CHECKPOINT_PAGES_BUSY,
            inbox: Inbox::new(),
            stopped: None,
            distrust: None,
            counters: WriterCounters::default(),
            conn,
            context,
            options,
            _lock: lock,
            readers,
            check,
        })
    }

    /// Stores a batch: its events and what they change, all or nothing. When it returns, every reader sees it.
    ///
    /// Each run's events must continue what is stored of it. Events that are stored already, word for word, are passed
    /// over, so that a batch whose fate is unknown after an error can simply be committed again.
    ///
    /// # Errors
    /// Nothing of the batch is stored, except that after [`StoreError::Io`] and [`StoreError::Unsynced`] all of it may be.
    /// After the latter the next call opens the file anew first. After a fatal error ([`StoreError::is_fatal`]) every
    /// further call gives the same error.
    pub fn commit(
        &mut self,
        batch: &[RunEvent],
        persist: Persist,
    ) -> Result<Committed, StoreError> {
        let done = self.transact(persist, |this| this.write_batch(batch));
        match done {
            Ok(((), synced)) => {
                self.counters.events += batch.len() as u64;
                for event in batch {
                    if self.active.get(&event.run).is_some_and(ActiveRun::is_final) {
                        self.active.remove(&event.run);
                    }
                }
                let position = self.position()?;
                self.progress.advance(position);
                let last_position = position.cast_unsigned();
                self.checkpoint_from(self.next_checkpoint);
                Ok(Committed { last_position, synced })
            }
            Err(error) => {
                // The folds are ahead of the database now.
                for event in batch {
                    self.active.remove(&event.run);
                }
                Err(error)
            }
        }
    }

    /// Keeps the canonical text of a document and gives the hash that names it ([`crate::snapshot_hash`]); nothing is
    /// written if it is known.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_snapshot(&mut self, text: &str) -> Result<String, StoreError> {
        let hash = snapshots::hash(text);
        let known =
            snapshots::number_of(&self.conn, &hash).map_err(|error| self.context.convert(error))?;
        if known.is_none() {
            self.write(Persist::Soon, |conn| snapshots::put(conn, &hash, text))?;
        }
        Ok(hash)
    }

    /// The identity of the workflow whose document is at `path`; `fresh` becomes it if the path is new.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn bind_workflow(
        &mut self,
        path: &str,
        name: &str,
        fresh: WorkflowId,
    ) -> Result<WorkflowId, StoreError> {
        self.write(Persist::Soon, |conn| workflows::bind(conn, path, name, fresh))
    }

    /// Keeps what the document at `path` means now, unless that is what it meant last; says whether it did. At most 200
    /// versions of a workflow are kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_version(
        &mut self,
        version: &NewVersion,
        fresh: WorkflowId,
    ) -> Result<bool, StoreError> {
        let NewVersion { path, name, text, meaning, kept, reason } = version;
        self.write(Persist::Soon, |conn| {
            let workflow_no = workflows::bind_number(conn, path, name, fresh)?;
            let new = versions::New { workflow_no, text, meaning, kept: *kept, reason: *reason };
            versions::keep(conn, new)
        })
    }

    /// The document at `from` lies at `to` now and has this name; its history goes along. One that never ran has none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn move_workflow(&mut self, from: &str, to: &str, name: &str) -> Result<(), StoreError> {
        self.write(Persist::Now, |conn| workflows::relocate(conn, from, to, name))
    }

    /// Everything below the folder `from` lies below `to` now: each document keeps its identity, and folders that are trusted
    /// stay so. Doing it again changes nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn move_folder(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        self.write(Persist::Now, |conn| {
            workflows::relocate_below(conn, from, to)?;
            trust::relocate_below(conn, from, to)
        })
    }

    /// Notes when somebody looked at the end of `run`, none: that nobody did after all; false if it has not ended, is unknown,
    /// or that is so already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_seen(&mut self, run: RunId, at: Option<Timestamp>) -> Result<bool, StoreError> {
        self.write(Persist::Soon, |conn| runs::mark_seen(conn, run, at))
    }

    /// Notes up to which position of the history people have been told.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_told(&mut self, position: u64) -> Result<(), StoreError> {
        self.write(Persist::Soon, |conn| meta::set(conn, meta::TOLD, position.cast_signed()))
    }

    /// Puts everything committed so far onto the disk.
    ///
    /// # Errors
    /// When that fails.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        if self.sync_clock.due().is_none() {
            return self.usable();
        }
        self.write(Persist::Now, |conn| meta::increment(conn, meta::SYNCS))
    }

    /// When [`Writer::idle`] should be called next so that no more than a second can be lost; none if all is on the disk.
    #[must_use]
    pub fn sync_due(&self) -> Option<Instant> {
        match (self.stopped.as_ref().or_else(|| self.check.damage()), &self.distrust) {
            (Some(_), _) => None,
            (None, Some(distrust)) => Some(distrust.again),
            (None, None) => self.sync_clock.due(),
        }
    }

    /// For the times when nothing is to be committed: runs what waits in the mailbox, syncs if that is due, empties the
    /// write-ahead log if it has grown.
    ///
    /// # Errors
    /// When the due sync fails.
    pub fn idle(&mut self) -> Result<(), StoreError> {
        self.poll();
        if self.distrust.as_ref().is_some_and(|distrust| distrust.again <= Instant::now()) {
            self.reopen()?;
        }
        if self.sync_due().is_some_and(|due| due <= Instant::now()) {
            self.sync()?;
        }
        self.checkpoint_from(CHECKPOINT_PAGES_IDLE.min(self.next_checkpoint));
        Ok(())
    }

    /// Runs the writes that other threads have sent to the [`Mailbox`]; how many there were. At most as many as fit into
    /// it, so that the caller's own work is not starved.
    pub fn poll(&mut self) -> usize {
        let mut done = 0;
        while done < Mailbox::CAPACITY {
            let Some(write) = self.inbox.next() else { break };
            write(self);
            done += 1;
        }
        done
    }

    /// Where other threads can leave writes for this one.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        self.inbox.mailbox()
    }

    /// Where other threads see how far the history is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// `wake` is called from other threads after they left a write in the mailbox.
    pub fn on_mail(&mut self, wake: impl Fn() + Send + Sync + 'static) {
        self.inbox.on_mail(wake);
    }

    /// Whether the writer can go on; else why it stopped, or what the file has to be opened anew for.
    ///
    /// # Errors
    /// The fatal error that stopped it, or the failed sync.
    pub fn usable(&self) -> Result<(), StoreError> {
        let distrusted = self.distrust.as_ref().map(|distrust| &distrust.error);
        match self.stopped.as_ref().or(distrusted).or_else(|| self.check.damage()) {
            None => Ok(()),
            Some(error) => Err(error.clone()),
        }
    }

    /// Whether the check after an unclean exit is still going on in the background.
    #[must_use]
    pub fn is_checking(&self) -> bool {
        self.check.is_going_on()
    }

    /// What was done so far.
    #[must_use]
    pub fn counters(&self) -> WriterCounters {
        self.counters
    }

    fn write<T>(
        &mut self,
        persist: Persist,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let (value, _) = self.transact(persist, |this| {
            write(&this.conn).map_err(|error| this.context.convert(error))
        })?;
        Ok(value)
    }

    /// One transaction, with the sync that is due; also gives whether it was synced.
    fn transact<T>(
        &mut self,
        persist: Persist,
        write: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<(T, bool), StoreError> {
        self.reopen()?;
        self.usable()?;
        let now = Instant::now();
        let full = self.sync_clock.wants_sync(persist, now);
        let done = self.transact_unguarded(full, write);
        match &done {
            Ok(_) => {
                self.sync_clock.committed(full, now);
                self.counters.commits += 1;
                self.counters.synced += u64::from(full);
            }
            Err(error) => {
                self.position = None;
                self.sync_clock.failed(now);
                if matches!(error, StoreError::Unsynced { .. }) {
                    self.distrust(error.clone());
                    return Err(error.clone());
                }
                if !self.conn.is_autocommit()
                    && let Err(rollback) = self.statement("ROLLBACK")
                {
                    self.stopped = Some(rollback);
                }
                if error.is_fatal() {
                    tracing::error!(%error, "the history's writer has stopped");
                    self.stopped = Some(error.clone());
                }
            }
        }
        Ok((done?, full))
    }

    fn transact_unguarded<T>(
        &mut self,
        full: bool,
        write: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if full {
            self.database.check()?;
            self.log.check()?;
        }
        if full != self.syncs {
            let level = if full { "FULL" } else { "NORMAL" };
            self.conn
                .pragma_update(None, "synchronous", level)
                .map_err(|error| self.context.convert(error))?;
            self.syncs = full;
        }
        self.statement("BEGIN IMMEDIATE")?;
        let value = write(self)?;
        self.options.fault(FaultPoint::BeforeCommit)?;
        self.statement("COMMIT")?;
        self.options.fault(FaultPoint::AfterCommit)?;
        Ok(value)
    }

    fn statement(&self, sql: &'static str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .map_err(|error| self.context.convert(error))
    }

    fn write_batch(&mut self, batch: &[RunEvent]) -> Result<(), StoreError> {
        let mut position = self.position()?;
        for events in batch.chunk_by(|a, b| a.run == b.run) {
            let fresh = self.fold_events(events)?;
            let (Some(first), Some(last)) = (fresh.first(), fresh.last()) else { continue };
            let Some(active) = self.active.get_mut(&first.run) else { continue };
            position += i64::try_from(fresh.len()).unwrap_or(i64::MAX);
            let payload = self.payload.of(fresh)?;
            let seqs = (first.seq, last.seq);
            events::insert(&self.conn, position, active.run_no(), seqs, payload)
                .and_then(|()| active.store(&self.conn))
                .map_err(|error| self.context.convert(error))?;
        }
        self.position = Some(position);
        Ok(())
    }

    /// Applies one run's events to its fold; gives those that were not stored before.
    fn fold_events<'a>(&mut self, events: &'a [RunEvent]) -> Result<&'a [RunEvent], StoreError> {
        let Some((first, rest)) = events.split_first() else { return Ok(events) };
        let known = match self.active.remove(&first.run) {
            Some(active) => Some(active),
            None => ActiveRun::load(&self.conn, &self.context, first.run)?,
        };
        let (mut active, fresh, unapplied) = match known {
            None => (ActiveRun::begin(&self.conn, &self.context, first)?, events, rest),
            Some(active) => {
                let again = events.iter().take_while(|event| event.seq <= active.seq()).count();
                let (again, fresh) = events.split_at(again);
                if !again.is_empty() {
                    active.check_same(&self.conn, &self.context, again)?;
                }
                (active, fresh, fresh)
            }
        };
        for event in unapplied {
            active.apply(event)?;
        }
        self.active.insert(first.run, active);
        Ok(fresh)
    }

    fn position(&mut self) -> Result<i64, StoreError> {
        if let Some(position) = self.position {
            return Ok(position);
        }
        let read =
            events::last_position(&self.conn).map_err(|error| self.context.convert(error))?;
        self.position = Some(read);
        Ok(read)
    }

    /// Moves the log into the database if it has at least so many pages. That it fails is not an error of the commit
    /// before it: everything is in the log.
    fn checkpoint_from(&mut self, pages: u32) {
        let now = self.wal_pages.load(Ordering::Relaxed);
        if now < pages {
            return;
        }
        self.counters.checkpoints += 1;
        match self.conn.wal_checkpoint_v2(rusqlite::DEFAULT_NAME, CheckpointMode::PASSIVE) {
            Ok((logged, moved)) if moved >= logged => {
                self.wal_pages.store(0, Ordering::Relaxed);
                self.next_checkpoint = CHECKPOINT_PAGES_BUSY;
            }
            Ok(_) => self.next_checkpoint = now.saturating_add(CHECKPOINT_PAGES_BUSY),
            Err(error) => {
                let error = self.context.convert(error);
                tracing::warn!(%error, "the history's write-ahead log could not be emptied");
                self.next_checkpoint = now.saturating_add(CHECKPOINT_PAGES_BUSY);
                match error {
                    StoreError::Unsynced { .. } => self.distrust(error),
                    error if error.is_fatal() => self.stopped = Some(error),
                    _ => {}
                }
            }
        }
    }
}
