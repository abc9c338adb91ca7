//! Reads the history: lists, single runs, streams of events. Never waits for the writer and never makes it wait.

mod artifacts;
mod days;
mod deleted;
mod expired;
mod given;
mod grid;
mod lengths;
mod list;
mod resolve;
mod run;
mod search;
mod starters;
mod stats;
mod stream;

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::error::ErrorContext;
use crate::tables::versions::{self, VersionRow};
use crate::tables::workflows::{self, WorkflowRow};
use millrace_model::ids::WorkflowId;

pub use days::DayTally;
pub use given::GivenRow;
pub use grid::{GridCell, GridColumn};
pub use lengths::Lengths;
pub use list::RunFilter;
pub use resolve::ResolveError;
pub use run::UnfinishedRun;
pub use search::{Condition, Counted, Found, Part, RunSearch};
pub use stats::{RunMark, WorkflowStats};
pub use stream::{Page, StreamEvent};

/// A connection that can only read. One thread at a time uses it; each call sees one consistent state.
#[derive(Debug)]
pub struct Reader {
    conn: Connection,
    context: ErrorContext,
}

/// By what a workflow is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkflowKey {
    /// Its identity.
    Id(WorkflowId),
    /// Its name: all workflows that have it.
    Name(String),
    /// The canonical path of its document.
    Path(String),
}

impl Reader {
    pub(crate) fn open(context: ErrorContext) -> Result<Self, StoreError> {
        let conn = connect(&context).map_err(|error| context.convert(error))?;
        Ok(Self { conn, context })
    }

    /// All workflows of the history, in order of name.
    ///
    /// # Errors
    /// When reading fails.
    pub fn workflows(&self) -> Result<Vec<WorkflowRow>, StoreError> {
        self.sql(workflows::all(&self.conn))
    }

    /// The workflows of this key: at most one for an identity or a path.
    ///
    /// # Errors
    /// When reading fails.
    pub fn workflow(&self, key: &WorkflowKey) -> Result<Vec<WorkflowRow>, StoreError> {
        self.sql(match key {
            WorkflowKey::Id(id) => {
                workflows::by_id(&self.conn, *id).map(|row| row.into_iter().collect())
            }
            WorkflowKey::Path(path) => {
                workflows::by_path(&self.conn, path).map(|row| row.into_iter().collect())
            }
            WorkflowKey::Name(name) => workflows::by_name(&self.conn, name),
        })
    }

    /// The versions of the workflow whose document is at `path`, newest first.
    ///
    /// # Errors
    /// When reading fails.
    pub fn versions(&self, path: &str) -> Result<Vec<VersionRow>, StoreError> {
        self.consistent(|| match self.sql(workflows::by_path(&self.conn, path))? {
            Some(row) => self.sql(versions::of_workflow(&self.conn, row.workflow_no)),
            None => Ok(Vec::new()),
        })
    }

    /// The text of a version; none where there is no such version.
    ///
    /// # Errors
    /// When reading fails.
    pub fn version_text(&self, version: u64) -> Result<Option<String>, StoreError> {
        match i64::try_from(version) {
            Ok(version) => self.sql(versions::text(&self.conn, version)),
            Err(_) => Ok(None),
        }
    }

    /// The statements by which the history is laid out.
    pub(crate) fn schema(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name";
        let mut query = self.sql(self.conn.prepare(sql))?;
        let rows = self.sql(query.query_map([], |row| row.get(0)))?;
        rows.map(|row| self.sql(row)).collect()
    }

    /// Several queries on one state of the history.
    fn consistent<T>(&self, read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let transaction = self.sql(self.conn.unchecked_transaction())?;
        let answer = read()?;
        self.sql(transaction.finish())?;
        Ok(answer)
    }

    fn sql<T>(&self, answer: rusqlite::Result<T>) -> Result<T, StoreError> {
        answer.map_err(|error| self.context.convert(error))
    }
}

fn connect(context: &ErrorContext) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(
        &context.path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(std::time::Duration::from_millis(context.waited_ms))?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cache_size", -2_000)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}
