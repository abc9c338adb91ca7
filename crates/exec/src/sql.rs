//! Asks databases, or changes what is in them. One attempt is one transaction.
//!
//! Values are bound ([`names`]); what comes back becomes outputs and a file ([`rows`]).

mod cells;
mod names;
mod postgres;
mod rows;
mod sqlite;

#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};

use millrace_model::Values;
use millrace_model::action::{ResolvedDatabase, RowFormat, SqlAction, SqlSource};
use millrace_model::connection::{Connection, PostgresDatabase, SqliteDatabase};
use millrace_model::expr::{Expr, Scope};
use serde_json::Value;

use crate::deed::{Brake, Fault, Log};
use rows::Rows;

pub(crate) use postgres::probe as probe_postgres;
pub(crate) use sqlite::probe as probe_sqlite;

/// The largest file of statements.
const MAX_FILE: u64 = 64 << 20;

/// Something to ask a database, ready to be asked.
pub(crate) struct Work {
    pub(crate) action: SqlAction,
    pub(crate) database: Target,
    /// The file of statements, where they are in one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) params: Vec<(String, Value)>,
    pub(crate) save_to: Option<(PathBuf, RowFormat)>,
    /// What `assert` sees, but for the outputs.
    pub(crate) scope: Scope,
}

/// Where a database is.
#[derive(Clone)]
pub(crate) enum Target {
    Sqlite {
        database: SqliteDatabase,
        /// It is made where it is not there.
        may_make: bool,
    },
    Postgres {
        database: PostgresDatabase,
        password: Option<Vec<u8>>,
    },
}

impl Target {
    /// The database of a connection, or the file in this folder.
    ///
    /// # Errors
    /// The connection leads to no database.
    pub(crate) fn of(
        connection: Option<Connection>,
        named: ResolvedDatabase,
        password: Option<Vec<u8>>,
        workdir: &Path,
    ) -> Result<Self, String> {
        match (connection, named) {
            (Some(Connection::Sqlite(database)), _) => {
                Ok(Self::Sqlite { database, may_make: false })
            }
            (Some(Connection::Postgres(database)), _) => Ok(Self::Postgres { database, password }),
            (None, ResolvedDatabase::File(path)) => {
                let path = workdir.join(path).display().to_string();
                let database = SqliteDatabase { path, read_only: false };
                Ok(Self::Sqlite { database, may_make: true })
            }
            (found, _) => {
                let found = found.map(|it| it.kind().to_string()).unwrap_or_default();
                Err(format!("its connection is of kind {found} and no database"))
            }
        }
    }
}

/// What is asked, for both kinds of databases.
struct Asked {
    /// One statement, with values and rows; else a script.
    is_query: bool,
    text: String,
    params: Vec<(String, Value)>,
    is_read_only: bool,
    rows: Rows,
    check: Check,
}

/// What must be true before anything is kept.
struct Check {
    assert: Option<Expr>,
    scope: Scope,
}

/// Asks it, commits, and gives what came back.
pub(crate) async fn carry_out(work: Work, log: &Log, brake: &Brake) -> Result<Values, Fault> {
    let Work { action, database, file, params, save_to, scope } = work;
    let (is_query, text) = match action.source {
        SqlSource::Query(text) => (true, text),
        SqlSource::Script(text) => (false, text),
        SqlSource::File(_) => (false, statements(file.as_deref()).await.map_err(Fault::NotBegun)?),
    };
    let asked = Asked {
        is_query,
        text,
        params,
        is_read_only: action.read_only,
        rows: Rows::new(action.max_rows, save_to).map_err(Fault::NotBegun)?,
        check: Check { assert: action.assert, scope },
    };
    match database {
        Target::Sqlite { database, may_make } => {
            log.line(&format!("asks {}", database.path));
            crate::deed::on_a_thread(log, brake, move |log, brake| {
                sqlite::carry_out(&database, may_make, asked, &log, &brake)
            })
            .await
        }
        Target::Postgres { database, password } => {
            postgres::carry_out(&database, password.as_deref(), asked, log, brake).await
        }
    }
}

async fn statements(file: Option<&Path>) -> Result<String, String> {
    let Some(path) = file else { return Err("file: missing".to_owned()) };
    let cannot =
        |why: &dyn std::fmt::Display| format!("file: cannot read {}: {why}", path.display());
    let of = tokio::fs::metadata(path).await.map_err(|error| cannot(&error))?;
    if !of.is_file() || of.len() > MAX_FILE {
        return Err(cannot(&"it is no file of at most 64 MiB"));
    }
    let bytes = tokio::fs::read(path).await.map_err(|error| cannot(&error))?;
    String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8"))
}

impl Check {
    /// Whether what is true must be; given are the outputs.
    fn look(&mut self, outputs: &Values) -> Result<(), Fault> {
        let Some(assert) = &self.assert else { return Ok(()) };
        self.scope.outputs = Some(std::sync::Arc::new(outputs.clone()));
        match assert.eval(&self.scope) {
            Ok(Value::Bool(true)) => Ok(()),
            Ok(Value::Bool(false)) => {
                let count = outputs.get("count").cloned().unwrap_or_default();
                Err(Fault::Refused(format!(
                    "`{}` is false (rows: {count}); nothing was changed",
                    assert.source()
                )))
            }
            Ok(other) => Err(Fault::Unusable(format!(
                "assert: `{}` is {other} and neither true nor false",
                assert.source()
            ))),
            Err(error) => Err(Fault::Unusable(format!("assert: {error}"))),
        }
    }
}
