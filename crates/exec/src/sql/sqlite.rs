//! SQLite files. Blocks its thread; a pulled brake interrupts the statement.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use millrace_model::Values;
use millrace_model::connection::SqliteDatabase;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::{ToSqlOutput, Value as SqliteValue, ValueRef};
use rusqlite::{Batch, Connection, ErrorCode, OpenFlags, Statement};
use serde_json::{Value, json};

use super::rows::Rows;
use super::{Asked, names};
use crate::deed::{Brake, Fault, Log};

/// How long is waited for a file that somebody else has locked.
const LOCK_LIMIT: Duration = Duration::from_secs(15);
/// So many of SQLite's steps are done between two looks at the brake.
const STEPS: i32 = 1_000;

pub(super) fn carry_out(
    database: &SqliteDatabase,
    may_make: bool,
    mut asked: Asked,
    log: &Log,
    brake: &Brake,
) -> Result<Values, Fault> {
    let is_read_only = asked.is_read_only || database.read_only;
    let mut connection = open(database, is_read_only, may_make).map_err(Fault::Unreachable)?;
    let watched = brake.clone();
    let said = |error: rusqlite::Error| said(&error, brake);
    connection
        .progress_handler(STEPS, Some(move || watched.is_pulled()))
        .map_err(|error| Fault::NotBegun(words(&error)))?;
    let begin = if is_read_only { "BEGIN" } else { "BEGIN IMMEDIATE" };
    connection.execute_batch(begin).map_err(said)?;
    if asked.is_query {
        query(&connection, &mut asked, brake)?;
    } else {
        connection.execute_batch(&asked.text).map_err(said)?;
        if connection.is_autocommit() {
            log.line("the script has ended the transaction itself");
        }
    }
    let outputs = asked.rows.outputs().map_err(|error| unwritten(&error))?;
    asked.check.look(&outputs)?;
    if brake.is_pulled() {
        return Err(Fault::Stopped);
    }
    if !connection.is_autocommit() {
        connection.execute_batch("COMMIT").map_err(said)?;
    }
    asked.rows.put().map_err(Fault::Unusable)?;
    log.line(&format!("{}, committed", asked.rows.described()));
    Ok(outputs)
}

/// Whether it can be opened and read.
///
/// # Errors
/// Why not.
pub(crate) fn probe(database: &SqliteDatabase) -> Result<String, String> {
    let connection = open(database, true, false)?;
    let read = connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0));
    let tables: i64 = read.map_err(|error| words(&error))?;
    Ok(format!("SQLite {}, {tables} tables and indexes", rusqlite::version()))
}

fn open(
    database: &SqliteDatabase,
    is_read_only: bool,
    may_make: bool,
) -> Result<Connection, String> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags |= match is_read_only {
        true => OpenFlags::SQLITE_OPEN_READ_ONLY,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    if may_make && !is_read_only {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let path = &database.path;
    let opened = Connection::open_with_flags(path, flags);
    let connection = opened.map_err(|error| format!("cannot open {path}: {}", words(&error)))?;
    connection.busy_timeout(LOCK_LIMIT).map_err(|error| words(&error))?;
    if is_read_only {
        connection.pragma_update(None, "query_only", true).map_err(|error| words(&error))?;
    }
    Ok(connection)
}

fn query(connection: &Connection, asked: &mut Asked, brake: &Brake) -> Result<(), Fault> {
    let said = |error: rusqlite::Error| said(&error, brake);
    let mut statements = Batch::new(connection, &asked.text);
    let Some(mut statement) = statements.next().map_err(said)? else {
        return Err(Fault::NotBegun("query: there is no statement in it".to_owned()));
    };
    if statements.next().map_err(said)?.is_some() {
        return Err(Fault::NotBegun(
            "query: there is more than one statement in it; write them as a `script`".to_owned(),
        ));
    }
    bind(&mut statement, &asked.params).map_err(Fault::NotBegun)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let (count, is_read) = (names.len(), statement.readonly());
    asked.rows.columns(names).map_err(|error| unwritten(&error))?;
    let mut found = statement.raw_query();
    while let Some(row) = found.next().map_err(said)? {
        let mut values = Vec::with_capacity(count);
        for at in 0..count {
            values.push(json_of(row.get_ref(at).map_err(said)?));
        }
        take(&mut asked.rows, values)?;
        if brake.is_pulled() {
            return Err(Fault::Stopped);
        }
    }
    drop(found);
    asked.rows.affected((!is_read).then(|| connection.changes()));
    Ok(())
}

/// What SQLite says instead of doing what it was told.
fn said(error: &rusqlite::Error, brake: &Brake) -> Fault {
    match error.sqlite_error_code() {
        _ if brake.is_pulled() => Fault::Stopped,
        Some(ErrorCode::DatabaseBusy) => Fault::Unreachable(words(error)),
        _ => Fault::Unusable(words(error)),
    }
}

fn take(rows: &mut Rows, values: Vec<Value>) -> Result<(), Fault> {
    rows.row(values).map_err(|error| unwritten(&error))
}

fn unwritten(error: &std::io::Error) -> Fault {
    Fault::Unusable(format!("save_to: the rows cannot be written: {error}"))
}

fn bind(statement: &mut Statement<'_>, params: &[(String, Value)]) -> Result<(), String> {
    let mut used = BTreeSet::new();
    for number in 1..=statement.parameter_count() {
        let Some(name) = statement.parameter_name(number).map(str::to_owned) else {
            return Err(
                "query: `?` has no name; write `:name` and give its value in `params`".to_owned()
            );
        };
        let plain = name.trim_start_matches([':', '@', '$']);
        let (known, value) = params
            .iter()
            .find(|(known, _)| known == plain)
            .ok_or_else(|| names::no_value(plain))?;
        used.insert(known.as_str());
        statement.raw_bind_parameter(number, Bound(value)).map_err(|error| words(&error))?;
    }
    names::all_used(params, &used)
}

struct Bound<'v>(&'v Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Owned(SqliteValue::Null),
            Value::Bool(value) => ToSqlOutput::Owned(SqliteValue::Integer(i64::from(*value))),
            Value::Number(number) => ToSqlOutput::Owned(match number.as_i64() {
                Some(whole) => SqliteValue::Integer(whole),
                None => SqliteValue::Real(number.as_f64().unwrap_or_default()),
            }),
            Value::String(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            other => ToSqlOutput::Owned(SqliteValue::Text(other.to_string())),
        })
    }
}

fn json_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(whole) => json!(whole),
        ValueRef::Real(real) => json!(real),
        ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => json!(base64::engine::general_purpose::STANDARD.encode(bytes)),
    }
}

fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, _) if code.code == ErrorCode::DatabaseBusy => {
            "it is locked by somebody else, for longer than 15 s".to_owned()
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}
