//! One look at what a database says.
//!
//! Each is a transaction of its own that only reads. The way there is looked up anew where the last one led nowhere, so that
//! settings that were mended meanwhile count.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use millrace_keeper::mask::MaskSet;
use millrace_model::Values;
use millrace_model::action::{ResolvedDatabase, ResolvedSql, SqlAction};
use millrace_model::expr::{Expr, Scope};
use serde_json::Value;

use super::look::{Around, LIMIT, Looked};
use crate::deed::{self, Brake, Fault, Log, PullOnDrop};
use crate::secrets;
use crate::sql::{self, Target};

/// How long is waited for a query that was told to stop.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// So much of a value is told, in characters.
const TOLD_CHARS: usize = 60;

/// Asks one thing again and again.
pub(super) struct Asker {
    query: SqlAction,
    resolved: ResolvedSql,
    until: Option<Expr>,
    /// The way that led there last.
    way: Option<Way>,
    /// What takes longer says nothing.
    limit: Duration,
}

#[derive(Clone)]
struct Way {
    target: Target,
    /// What must reach neither outputs nor people.
    masks: MaskSet,
}

impl Asker {
    pub(super) fn new(query: SqlAction, resolved: ResolvedSql, until: Option<Expr>) -> Self {
        Self { query, resolved, until, way: None, limit: LIMIT }
    }

    /// Asks once.
    ///
    /// # Errors
    /// It cannot be asked so.
    pub(super) async fn ask(&mut self, around: &Around) -> Result<Looked, String> {
        let way = match self.way.take() {
            Some(way) => way,
            None => self.find_way(around).await?,
        };
        let masked = |text: String| deed::masked(&way.masks, &text);
        let looked = match self.carry_out(&way).await {
            Ok(outputs) => self.judge(outputs, &around.scope)?,
            Err(Fault::Stopped) => {
                Looked::NotYet(format!("the query took longer than {:?}", self.limit))
            }
            Err(Fault::Unreachable(why) | Fault::Lost(why) | Fault::Broke(why)) => {
                return Ok(Looked::Unreachable(masked(why)));
            }
            Err(Fault::NotBegun(why) | Fault::Unusable(why) | Fault::Refused(why)) => {
                return Err(masked(why));
            }
            Err(Fault::Failed(exit)) => return Err(exit.to_string()),
        };
        let looked = match looked {
            Looked::There(outputs) => Looked::There(deed::fitting(outputs, &way.masks)?),
            Looked::NotYet(found) => Looked::NotYet(masked(found)),
            other => other,
        };
        self.way = Some(way);
        Ok(looked)
    }

    async fn find_way(&self, around: &Around) -> Result<Way, String> {
        let connection = match &self.resolved.database {
            ResolvedDatabase::Connection(name) => Some(around.connections.find(name)?),
            ResolvedDatabase::File(_) => None,
        };
        let needed = connection.iter().flat_map(secrets::of_connection).collect();
        let values = secrets::read(&*around.secrets, needed).await?;
        let named = self.resolved.database.clone();
        let target = Target::of(connection, named, secrets::password(&values), &around.folder)?;
        Ok(Way { target, masks: MaskSet::new(secrets::forms(&values)) })
    }

    async fn carry_out(&self, way: &Way) -> Result<Values, Fault> {
        let work = sql::Work {
            action: self.query.clone(),
            database: way.target.clone(),
            file: None,
            params: self.resolved.params.clone(),
            save_to: None,
            scope: Scope::default(),
        };
        let (log, brake) = (Log::nowhere(), PullOnDrop(Brake::default()));
        let mut asking = pin!(sql::carry_out(work, &log, &brake.0));
        tokio::select! {
            ended = &mut asking => ended,
            () = tokio::time::sleep(self.limit) => {
                brake.0.pull();
                // One that does not stop is let go; its connection ends with it.
                let _ended = tokio::time::timeout(STOP_LIMIT, asking).await;
                Err(Fault::Stopped)
            }
        }
    }

    fn judge(&self, outputs: Values, scope: &Scope) -> Result<Looked, String> {
        let Some(until) = &self.until else { return Ok(by_first_value(outputs)) };
        let scope = Scope { outputs: Some(Arc::new(outputs.clone())), ..scope.clone() };
        match until.eval(&scope) {
            Ok(Value::Bool(true)) => Ok(Looked::There(only_rows(outputs))),
            Ok(Value::Bool(false)) => {
                let count = outputs.get("count").cloned().unwrap_or_default();
                Ok(Looked::NotYet(format!("`{}` is false (rows: {count})", until.source())))
            }
            Ok(other) => {
                Err(format!("until: `{}` is {other} and neither true nor false", until.source()))
            }
            Err(error) => Err(format!("until: {error}")),
        }
    }
}

/// What the first value of the first row says.
fn by_first_value(outputs: Values) -> Looked {
    let first = |key: &str| outputs.get(key).and_then(Value::as_array).and_then(|all| all.first());
    let Some(row) = first("rows") else { return Looked::NotYet("no row came back".to_owned()) };
    let column = first("columns").and_then(Value::as_str).unwrap_or_default();
    let value = row.get(column).unwrap_or(&Value::Null);
    if is_true(value) {
        return Looked::There(only_rows(outputs));
    }
    let text: String = value.to_string().chars().take(TOLD_CHARS).collect();
    Looked::NotYet(format!("the first value was {text}"))
}

/// What the task gives: nothing is ever affected or saved.
fn only_rows(mut outputs: Values) -> Values {
    outputs.retain(|name, _| ["rows", "count", "columns"].contains(&name.as_str()));
    outputs
}

/// As people who ask databases have it: neither null nor false nor zero nor an empty text. Numbers of any length are texts.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty() && text.trim().parse() != Ok(0.0_f64),
        Value::Array(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests;
