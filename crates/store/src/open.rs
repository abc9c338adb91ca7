//! Opening a home's history: the gates in their order, then the writer and the readers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use millrace_model::ids::RunId;
use rusqlite::{Connection, OpenFlags};

use crate::aside;
use crate::check::Check;
use crate::error::ErrorContext;
use crate::migrate::{self, Gate, MIGRATIONS};
use crate::options::Options;
use crate::place::{self, DATABASE_FILE, WriterLock};
use crate::pool::Readers;
use crate::tables::meta;
use crate::writer::Ground;
use crate::{Reader, StoreError, Writer};

/// The oldest SQLite without the WAL bug that damages a database which two connections use.
const OLDEST_SQLITE: (i32, &str) = (3_051_003, "3.51.3");

/// A home's history. Shared between threads; readers come from here, the writer is taken once.
#[derive(Debug)]
pub struct Store {
    context: ErrorContext,
    newer: Option<StoreError>,
    was_cut_off: bool,
    writer: Mutex<Option<Writer>>,
    readers: Arc<Readers>,
}

/// What is in a copy of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The runs that had not ended.
    pub unfinished: Vec<RunId>,
    /// How many runs there are.
    pub runs: u64,
}

impl Store {
    /// Opens the history of `home`, makes or migrates it where needed, and checks it after an unclean exit.
    ///
    /// A history of a newer release is opened to be read: [`Store::newer`] says so and [`Store::writer`] refuses.
    ///
    /// # Errors
    /// When the place is unfit, another process has it, it is damaged, or SQLite is too old.
    pub fn open(home: &Path, options: Options) -> Result<Self, StoreError> {
        assert_sqlite()?;
        place::prepare_home(home, options.any_file_system)?;
        let path = home.join(DATABASE_FILE);
        let waited_ms = u64::try_from(options.busy_wait.as_millis()).unwrap_or(u64::MAX);
        let context = ErrorContext { path: path.clone(), waited_ms };
        let lock = WriterLock::take(&path)?;
        if let Some(detail) = aside::damage(&path) {
            return Err(StoreError::Corrupt { path, detail });
        }
        place::prepare_file(&path)?;

        let readers = Arc::new(Readers::new(context.clone()));
        let sql = |error| context.convert(error);
        let mut conn = connect(&path, &options).map_err(sql)?;
        let known = migrate::known_version();
        if let Gate::Newer { found } = migrate::gate(&conn, &context, known)? {
            let newer = StoreError::Newer { path, found, known };
            tracing::warn!(%newer);
            let newer = Some(newer);
            let writer = Mutex::new(None);
            return Ok(Self { context, newer, was_cut_off: false, writer, readers });
        }
        configure(&conn, &options, &context)?;
        let is_new = meta::is_new(&conn).map_err(sql)?;
        migrate::migrate(&mut conn, &context, &options, MIGRATIONS)?;
        let was_open = aside::mark_open(&path)?;
        let is_clean = !was_open && meta::get(&conn, meta::CLEAN).map_err(sql)? == Some(1);
        let check = match is_clean {
            true => Check::sound(),
            false => Check::start(&mut conn, &context, options.check_budget)?,
        };
        let ground = Ground { context: context.clone(), options, lock, readers: readers.clone() };
        let writer = Writer::new(conn, check, ground)?;
        let (writer, was_cut_off) = (Mutex::new(Some(writer)), is_new || !is_clean);
        Ok(Self { context, newer: None, was_cut_off, writer, readers })
    }

    /// Why the history cannot be written, where a newer release made it.
    #[must_use]
    pub fn newer(&self) -> Option<&StoreError> {
        self.newer.as_ref()
    }

    /// Whether it may lack what was recorded: it was not closed properly, or began just now.
    #[must_use]
    pub fn was_cut_off(&self) -> bool {
        self.was_cut_off
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &PathBuf {
        &self.context.path
    }

    /// The one writer. It goes to the thread that owns it; dropping it closes the history properly.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a history of a newer release, [`StoreError::InUse`] when it was taken before.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        if let Some(newer) = &self.newer {
            return Err(newer.clone());
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.take().ok_or_else(|| StoreError::InUse { path: self.context.path.clone() })
    }

    /// Writes a copy of the history as it is now to a file that is not there yet, while it is read and written. Blocks.
    ///
    /// # Errors
    /// When it cannot be read, or the copy not be written.
    pub fn copy_to(&self, to: &Path) -> Result<Copied, StoreError> {
        let sql = |error| self.context.convert(error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.context.path, flags).map_err(sql)?;
        let name = to.to_str().ok_or_else(|| StoreError::Refused {
            path: to.to_owned(),
            reason: "SQLite copies only to paths that are UTF-8".to_owned(),
        })?;
        conn.execute("VACUUM INTO ?1", [name]).map_err(sql)?;
        let copy = Reader::open(ErrorContext { path: to.to_owned(), ..self.context.clone() })?;
        Ok(Copied { unfinished: copy.unfinished_ids()?, runs: copy.run_names()?.len() as u64 })
    }

    /// A reader of its own, for a thread that reads much. It is not closed where the file has to be opened anew.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        self.readers.open()
    }

    /// Reads with a reader from the pool. Blocks for the time of the read, and for the writer only where it opens the file
    /// anew. Not to be called within itself.
    ///
    /// # Errors
    /// When no reader can be opened, or what `read` says.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.readers.read(read)
    }
}

/// The statements by which the history of this home is laid out; the home is not changed.
///
/// # Errors
/// When it cannot be read.
pub fn schema_of(home: &Path) -> Result<Vec<String>, StoreError> {
    let context = ErrorContext { path: home.join(DATABASE_FILE), waited_ms: 1_000 };
    Reader::open(context)?.schema()
}

/// The version of SQLite.
#[must_use]
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// That this SQLite is too old to be safe, in words; none where it is not.
#[must_use]
pub fn old_sqlite() -> Option<String> {
    assert_sqlite().err().map(|error| error.to_string())
}

fn assert_sqlite() -> Result<(), StoreError> {
    let (number, needed) = OLDEST_SQLITE;
    if rusqlite::version_number() >= number {
        return Ok(());
    }
    Err(StoreError::OldSqlite { found: rusqlite::version().to_owned(), needed })
}

pub(crate) fn connect(path: &Path, options: &Options) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(options.busy_wait)?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(conn)
}

pub(crate) fn configure(
    conn: &Connection,
    options: &Options,
    context: &ErrorContext,
) -> Result<(), StoreError> {
    let sql = |error| context.convert(error);
    // Before the first table: later it would need a rewrite of the whole file.
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(sql)?;
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(sql)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StoreError::Refused {
            path: context.path.clone(),
            reason: format!(
                "its file system does not allow shared memory (SQLite stays in mode `{mode}`); \
                 choose a home on a local disk with MILLRACE_HOME"
            ),
        });
    }
    // Until the writer chooses by commit: migrations and the marks of opening and closing are always synced.
    conn.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    conn.pragma_update(None, "wal_autocheckpoint", 0).map_err(sql)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20).map_err(sql)?;
    conn.pragma_update(None, "foreign_keys", true).map_err(sql)?;
    conn.pragma_update(None, "cache_size", -8_000).map_err(sql)?;
    if let Some(pages) = options.max_pages {
        conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(sql)?;
    }
    Ok(())
}
