//! What can go wrong with the store, in words that say what to do next.

use std::path::PathBuf;

use millrace_model::event::FoldError;
use millrace_model::ids::RunId;
use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why the store could not do something.
///
/// Cloning is cheap enough for it to be kept as the reason why a writer has stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else held the database for longer than [`crate::Options::busy_wait`]. Trying again is right.
    #[error(
        "the history is busy: another program has held {} locked for {waited_ms} ms; \
         close programs that have it open and try again", path.display()
    )]
    Busy {
        /// The database file.
        path: PathBuf,
        /// How long was waited.
        waited_ms: u64,
    },
    /// Another process has this home open for writing.
    #[error(
        "the history {} is open in another Millrace process; use that one, or stop it with \
         `millrace daemon stop`", path.display()
    )]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// No room. Nothing of the write was kept; trying again after making room is right.
    #[error(
        "no room is left for the history {}; nothing was lost, but nothing can be recorded until \
         there is free space on that disk", path.display()
    )]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error(
        "the history {} cannot be written: {reason}; make it writable, or choose another home with \
         MILLRACE_HOME", path.display()
    )]
    ReadOnly {
        /// The database file or the home.
        path: PathBuf,
        /// What forbids it.
        reason: String,
    },
    /// A newer release wrote it. It may be read, not written.
    #[error(
        "the history {} was written by a newer Millrace (format {found}; this one knows up to \
         {known}); it is read-only here: install the newer release to go on", path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// The file is damaged.
    #[error(
        "the history {} is damaged ({detail}); stop Millrace with `millrace daemon stop`: the next \
         start sets the damaged file aside and begins a new history, workflows and logs are not \
         touched", path.display()
    )]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// The home is in a place where the store does not work reliably, or the file is not ours.
    #[error("the history cannot be kept in {}: {reason}", path.display())]
    Refused {
        /// The home or the database file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The file under the open database is gone or is another one. The writer has stopped.
    #[error(
        "the history {} was {what} while Millrace had it open; nothing more is recorded: stop \
         Millrace, put the right file back, and start again", path.display()
    )]
    Replaced {
        /// The database file or the file of its write-ahead log.
        path: PathBuf,
        /// `deleted` or `replaced by another file`.
        what: &'static str,
    },
    /// Reading or writing failed.
    #[error("the history {} could not be read or written: {detail}", path.display())]
    Io {
        /// The database file.
        path: PathBuf,
        /// What failed.
        detail: String,
    },
    /// A sync failed: what was written since the one before may not be on the disk. The writer has closed the file, and
    /// opens and checks it anew before it writes again.
    #[error(
        "the disk did not take what was written to the history {} ({detail}); nothing is started until \
         the history has been opened anew and checked: look at that disk", path.display()
    )]
    Unsynced {
        /// The database file.
        path: PathBuf,
        /// What failed.
        detail: String,
    },
    /// After a failed sync, something that was acknowledged is not there any more. The writer has stopped.
    #[error(
        "the history {} lacks {lost} events that were recorded before its disk failed; nothing more is \
         recorded: look at that disk, then `millrace daemon stop`: the next command goes on from what \
         is there", path.display()
    )]
    Lost {
        /// The database file.
        path: PathBuf,
        /// How many events at least.
        lost: u64,
    },
    /// The SQLite library is too old.
    #[error(
        "SQLite {found} is too old: versions before {needed} can damage a database that two \
         connections use; build Millrace with its own SQLite"
    )]
    OldSqlite {
        /// The library's version.
        found: String,
        /// The oldest that is safe.
        needed: &'static str,
    },
    /// An event does not continue what is stored.
    #[error("{0}; nothing of this batch was stored")]
    Fold(#[from] FoldError),
    /// The batch says something else of an event than what is stored.
    #[error("run {run}: event {seq} is stored already and says something else")]
    Conflict {
        /// The run.
        run: RunId,
        /// The event.
        seq: u64,
    },
    /// A run names a snapshot that is not stored.
    #[error("run {run} names the snapshot {snapshot}, which is not stored; store it first")]
    NoSnapshot {
        /// The run.
        run: RunId,
        /// The hash.
        snapshot: String,
    },
    /// The run is not in the store.
    #[error("there is no run {run} in the history")]
    NoRun {
        /// The run.
        run: RunId,
    },
    /// The run has not ended and cannot be deleted.
    #[error("run {run} is under way: cancel it, or wait for its end, before you delete it")]
    UnderWay {
        /// The run.
        run: RunId,
    },
    /// Stored bytes cannot be understood.
    #[error("the history holds something this Millrace cannot read in {what}: {detail}")]
    Malformed {
        /// Which row.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The writer's thread is gone.
    #[error("the history is closed: Millrace is shutting down")]
    Closed,
    /// More writes wait than fit into the mailbox.
    #[error("the history cannot keep up: {waiting} writes are waiting; try again")]
    MailboxFull {
        /// How many wait.
        waiting: usize,
    },
    /// An error that a test asked for.
    #[error("injected fault: {0}")]
    Injected(String),
    /// A mistake of ours: SQLite refused a statement.
    #[error("the history refused a statement: {0}; this is a bug in Millrace, please report it")]
    Sql(String),
}

impl StoreError {
    /// Whether the same call can succeed later without anybody restarting anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::DiskFull { .. } | Self::MailboxFull { .. })
    }

    /// Whether the writer must not go on after it.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Replaced { .. } | Self::Lost { .. })
    }
}

/// Knows the file's name and turns SQLite's errors into ours.
#[derive(Debug, Clone)]
pub(crate) struct ErrorContext {
    pub(crate) path: PathBuf,
    pub(crate) waited_ms: u64,
}

impl ErrorContext {
    /// The typed error for what SQLite said.
    pub(crate) fn convert(&self, error: rusqlite::Error) -> StoreError {
        let path = self.path.clone();
        let rusqlite::Error::SqliteFailure(failure, ref message) = error else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(_, _, detail) => {
                    StoreError::Malformed { what: "a column".into(), detail: detail.to_string() }
                }
                other => StoreError::Sql(other.to_string()),
            };
        };
        let detail = message.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                StoreError::Busy { path, waited_ms: self.waited_ms }
            }
            ErrorCode::DiskFull => StoreError::DiskFull { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                StoreError::ReadOnly { path, reason: detail }
            }
            ErrorCode::DatabaseCorrupt => StoreError::Corrupt { path, detail },
            ErrorCode::NotADatabase => {
                StoreError::Corrupt { path, detail: "it is not a database file".into() }
            }
            ErrorCode::CannotOpen => StoreError::Io { path, detail },
            ErrorCode::SystemIoFailure => {
                let detail = format!("{detail} (SQLite code {})", failure.extended_code);
                match is_sync_failure(failure.extended_code) {
                    true => StoreError::Unsynced { path, detail },
                    false => StoreError::Io { path, detail },
                }
            }
            _ => StoreError::Sql(detail),
        }
    }
}

/// After a failed sync the kernel may have dropped the dirty pages: a second sync would lie (promise 37).
fn is_sync_failure(extended_code: i32) -> bool {
    matches!(
        extended_code,
        ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC | ffi::SQLITE_IOERR_CLOSE
    )
}
