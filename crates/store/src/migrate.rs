//! The format of the database and how an older one becomes the current one.
//!
//! Each migration is one transaction that also moves `user_version`: a crash leaves the old format or the new
//! one, never something between (promise 34). A newer format is not touched at all (promise 33).

use rusqlite::{Connection, TransactionBehavior};

use crate::error::ErrorContext;
use crate::options::{FaultPoint, Options};
use crate::{StoreError, tables};

/// Marks the file as ours in SQLite's header: `MLRC`.
pub(crate) const APPLICATION_ID: i32 = 0x4D4C_5243;

/// One step from a format to the next.
pub(crate) struct Migration {
    /// The format that it leads to.
    pub(crate) version: u32,
    /// SQL, in order.
    pub(crate) statements: &'static [&'static str],
}

/// All of them, oldest first. Published ones never change; a new format is a new entry.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, statements: tables::FORMAT_1 },
    Migration { version: 2, statements: tables::FORMAT_2 },
    Migration { version: 3, statements: tables::FORMAT_3 },
    Migration { version: 4, statements: tables::FORMAT_4 },
];

/// The newest format that this program knows.
pub(crate) fn known_version() -> u32 {
    MIGRATIONS.last().map_or(0, |last| last.version)
}

/// What a file is, before anything is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Ours, or empty: may be written after [`migrate`].
    Fit,
    /// From a newer release.
    Newer {
        /// Its format.
        found: u32,
    },
}

/// Looks at the header.
pub(crate) fn gate(
    conn: &Connection,
    context: &ErrorContext,
    known: u32,
) -> Result<Gate, StoreError> {
    let read = |pragma: &str| {
        conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(|error| context.convert(error))
    };
    let application = read("application_id")?;
    let version = read("user_version")?;
    if application != i64::from(APPLICATION_ID) {
        let tables: i64 = conn
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(|error| context.convert(error))?;
        if application != 0 || version != 0 || tables != 0 {
            return Err(StoreError::Refused {
                path: context.path.clone(),
                reason: "that file belongs to another program; move it away, or choose another \
                         home with MILLRACE_HOME"
                    .into(),
            });
        }
        return Ok(Gate::Fit);
    }
    match u32::try_from(version) {
        Ok(found) if found > known => Ok(Gate::Newer { found }),
        Ok(_) => Ok(Gate::Fit),
        Err(_) => Err(StoreError::Corrupt {
            path: context.path.clone(),
            detail: format!("its format is given as {version}"),
        }),
    }
}

/// Brings the database to the newest of `migrations`.
pub(crate) fn migrate(
    conn: &mut Connection,
    context: &ErrorContext,
    options: &Options,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    for migration in migrations {
        let sql = |error| context.convert(error);
        let found: u32 =
            conn.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(sql)?;
        if found >= migration.version {
            continue;
        }
        let transaction =
            conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        for (step, statement) in migration.statements.iter().enumerate() {
            options.fault(FaultPoint::Migration { version: migration.version, step })?;
            transaction.execute_batch(statement).map_err(sql)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sql)?;
        transaction.pragma_update(None, "user_version", migration.version).map_err(sql)?;
        options.fault(FaultPoint::Migration {
            version: migration.version,
            step: migration.statements.len(),
        })?;
        transaction.commit().map_err(sql)?;
        tracing::info!(from = found, to = migration.version, "the history has a new format");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
