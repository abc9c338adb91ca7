//! What is asked of a database, before and after its values are put in.
//!
//! Values are bound and never become a part of the statement. How that is done is for whoever asks.

use serde_json::Value;

use super::{render, within};
use crate::expr::{Expr, ExprError, Scope};
use crate::template::Template;

/// What is asked of a database, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlAction {
    /// Which database.
    pub database: Database,
    /// What is asked.
    pub source: SqlSource,
    /// Values by the names that the statement has for them.
    pub params: Vec<(String, Expr)>,
    /// Nothing may be changed.
    pub read_only: bool,
    /// So many rows are given as outputs.
    pub max_rows: u64,
    /// All rows are written to this file.
    pub save_to: Option<Template>,
    /// Must be true of the outputs, or nothing is kept.
    pub assert: Option<Expr>,
}

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// That of a connection.
    Connection(Template),
    /// An SQLite file; relative to the task's working directory.
    File(Template),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlSource {
    /// One statement: never a template.
    Query(String),
    /// Statements: never a template.
    Script(String),
    /// A file with statements; relative to the task's working directory.
    File(Template),
}

/// How rows are written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    /// Values with commas between them, and the names of the columns first.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// The same with its values put in.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedSql {
    /// The name of a connection, or an SQLite file.
    pub database: ResolvedDatabase,
    /// The file of statements, where they are in one.
    pub file: Option<String>,
    /// Values by name.
    pub params: Vec<(String, Value)>,
    /// The file that all rows are written to.
    pub save_to: Option<(String, RowFormat)>,
}

/// Which database, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedDatabase {
    /// That of the connection of this name.
    Connection(String),
    /// The SQLite file of this path.
    File(String),
}

impl RowFormat {
    /// The format that a file of this name has.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match () {
            () if name.ends_with(".csv") => Some(Self::Csv),
            () if name.ends_with(".jsonl") || name.ends_with(".ndjson") => Some(Self::JsonLines),
            () => None,
        }
    }
}

impl SqlAction {
    /// Puts the values in.
    ///
    /// # Errors
    /// A template or expression cannot be evaluated.
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedSql, ExprError> {
        let database = match &self.database {
            Database::Connection(name) => {
                ResolvedDatabase::Connection(render("connection", name, scope)?)
            }
            Database::File(path) => ResolvedDatabase::File(render("database", path, scope)?),
        };
        let file = match &self.source {
            SqlSource::File(path) => Some(render("file", path, scope)?),
            SqlSource::Query(_) | SqlSource::Script(_) => None,
        };
        let mut params = Vec::with_capacity(self.params.len());
        for (name, value) in &self.params {
            let value = value.eval(scope).map_err(|error| within("params", error))?;
            params.push((name.clone(), value));
        }
        let save_to = match &self.save_to {
            None => None,
            Some(path) => {
                let path = render("save_to", path, scope)?;
                let format = RowFormat::of_name(&path).ok_or_else(|| ExprError {
                    message: format!("save_to: {}", no_format(&path)),
                    column: None,
                })?;
                Some((path, format))
            }
        };
        Ok(ResolvedSql { database, file, params, save_to })
    }

    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        let (Database::Connection(database) | Database::File(database)) = &self.database;
        let file = match &self.source {
            SqlSource::File(file) => Some(file),
            SqlSource::Query(_) | SqlSource::Script(_) => None,
        };
        [database].into_iter().chain(file).chain(&self.save_to)
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.params.iter().map(|(_, value)| value).chain(&self.assert)
    }
}

/// What is said of a name by which no format can be chosen.
pub(crate) fn no_format(name: &str) -> String {
    format!("`{name}` says no format: its name must end with .csv or .jsonl")
}
