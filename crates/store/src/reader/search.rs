//! Runs by many conditions at once, newest first, any part of the list, with how many there are.
//!
//! What has an index is walked along it: then a part of the list and its length come from index pages alone. Anything
//! else is looked at run by run along the narrowest index, and texts are compared here (docs/adr/0038).

mod needle;
mod walk;

use std::cmp::Reverse;

use millrace_model::event::{RunState, TriggerKind};
use millrace_model::ids::RunId;
use millrace_model::run_query::{Bound, is_like};
use millrace_model::time::{Span, Timestamp};
use rusqlite::params_from_iter;

use super::Reader;
use crate::StoreError;
use crate::tables::codes::{run_state_of, unsigned};
use crate::tables::runs::{self, RunRow};
use needle::Needle;
pub(super) use needle::id_range;
use walk::{Plan, Walk};

/// What runs are looked for. By default all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunSearch {
    /// Of workflows whose names are like one of these; `*` stands for any letters.
    pub workflows: Option<Vec<String>>,
    /// Of none of these.
    pub not_workflows: Vec<String>,
    /// In one of these states.
    pub states: Option<Vec<RunState>>,
    /// Started by one of these.
    pub triggers: Option<Vec<TriggerKind>>,
    /// Accepted at or after.
    pub since: Option<Timestamp>,
    /// Accepted before.
    pub until: Option<Timestamp>,
    /// What else has to hold, or not to hold.
    pub conditions: Vec<(bool, Condition)>,
}

/// A condition for which there is no index; true before it: it must not hold. Lists mean one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// One of the run's texts has this in it, or its id begins so.
    Text(Vec<String>),
    /// A task of this name has ended in it.
    Task(Vec<String>),
    /// A task of this name has failed in it.
    Failed(Vec<String>),
    /// Its id begins with these digits.
    Id(Vec<String>),
    /// It took so long.
    Took(Bound, Span),
}

/// Which part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Without what was accepted after the [`Found::mark`] of an earlier answer.
    pub mark: Option<u64>,
    /// What comes after this run.
    pub before: Option<RunId>,
    /// From the so-manieth on, counted from 0.
    pub skip: usize,
    /// At most so many.
    pub limit: usize,
    /// With how many there are.
    pub count: bool,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The runs.
    pub rows: Vec<RunRow>,
    /// Others come after them.
    pub has_more: bool,
    /// How many there are in all of the list, where that was asked.
    pub counted: Option<Counted>,
    /// With this an answer has no runs that were accepted later.
    pub mark: u64,
}

/// How many runs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// In the list.
    pub found: u64,
    /// That belong to it and were accepted after the mark.
    pub newer: u64,
    /// In the history.
    pub all: u64,
}

/// By what the list is ordered: when it was accepted, and its number.
type Key = (i64, i64);

impl Reader {
    /// A part of the list of runs that are looked for, newest first.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when `before` is not in the history any more.
    pub fn search_runs(&self, search: &RunSearch, part: &Part) -> Result<Found, StoreError> {
        self.consistent(|| {
            let newest: Option<i64> = self.one("SELECT max(run_no) FROM runs")?;
            let mark = part.mark.unwrap_or_else(|| unsigned(newest.unwrap_or(0)));
            let before = match part.before {
                None => None,
                Some(run) => {
                    let row = self.sql(runs::by_id(&self.conn, run))?;
                    let row = row.ok_or(StoreError::NoRun { run })?;
                    Some((row.queued.0, row.run_no))
                }
            };
            let plan = self.plan(search, mark)?;
            let (mut keys, found) = match plan.is_indexed() {
                true => self.indexed(&plan, before, part)?,
                false => self.looked_through(&plan, before, part)?,
            };
            let has_more = keys.len() > part.limit;
            keys.truncate(part.limit);
            let counted = match found {
                Some(found) if part.count => Some(Counted {
                    found,
                    newer: self.newer(&plan, part.mark)?,
                    all: unsigned(self.one("SELECT count(*) FROM runs")?),
                }),
                _ => None,
            };
            let mut rows = Vec::with_capacity(keys.len());
            let mut query =
                self.sql(self.conn.prepare_cached(&format!("{} WHERE run_no = ?1", runs::SELECT)))?;
            for (_, run_no) in keys {
                rows.push(self.sql(query.query_row([run_no], RunRow::read))?);
            }
            Ok(Found { rows, has_more, counted, mark })
        })
    }

    /// The runs of a part of the list, and how they stand.
    ///
    /// # Errors
    /// As [`Reader::search_runs`].
    pub fn search_ids(
        &self,
        search: &RunSearch,
        part: &Part,
    ) -> Result<Vec<(RunId, RunState)>, StoreError> {
        self.consistent(|| {
            let plan = self.plan(search, part.mark.unwrap_or(u64::MAX >> 1))?;
            let (mut keys, _) = match plan.is_indexed() {
                true => self.indexed(&plan, None, part)?,
                false => self.looked_through(&plan, None, part)?,
            };
            keys.truncate(part.limit);
            let one = "SELECT run_id, state FROM runs WHERE run_no = ?1";
            let mut query = self.sql(self.conn.prepare_cached(one))?;
            let mut found = Vec::with_capacity(keys.len());
            for (_, run_no) in keys {
                let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                let (run, state): (i64, i64) = self.sql(query.query_row([run_no], read))?;
                let Some(state) = run_state_of(state) else { continue };
                found.push((RunId(unsigned(run)), state));
            }
            Ok(found)
        })
    }

    fn plan(&self, search: &RunSearch, mark: u64) -> Result<Plan, StoreError> {
        let all = match search.workflows.is_some() || !search.not_workflows.is_empty() {
            true => self.workflows()?,
            false => Vec::new(),
        };
        let like = |patterns: &[String]| -> Vec<i64> {
            let fits = |name: &str| patterns.iter().any(|pattern| is_like(pattern, name));
            all.iter().filter(|row| fits(&row.name)).map(|row| row.workflow_no).collect()
        };
        let workflows = search.workflows.as_deref().map(like);
        Ok(Plan::new(search, workflows.as_deref(), &like(&search.not_workflows), mark))
    }

    /// Keys from an index alone; how many there are is counted there as well.
    fn indexed(
        &self,
        plan: &Plan,
        before: Option<Key>,
        part: &Part,
    ) -> Result<(Vec<Key>, Option<u64>), StoreError> {
        let wanted = part.limit.saturating_add(1);
        let mut keys = Vec::new();
        let mut found = 0;
        let is_single = plan.walks.len() == 1;
        let (skip, rest) = if is_single { (part.skip, 0) } else { (0, part.skip) };
        for walk in &plan.walks {
            let sql = walk.keys_sql(before, wanted.saturating_add(rest), skip);
            keys.extend(self.keys(&sql, walk)?);
            if part.count {
                found += unsigned(self.one(&walk.count_sql())?);
            }
        }
        if !is_single {
            keys.sort_unstable_by_key(|key| Reverse(*key));
            keys.drain(..rest.min(keys.len()));
            keys.truncate(wanted);
        }
        Ok((keys, part.count.then_some(found)))
    }

    /// Keys of all runs that fit, by looking at each.
    fn looked_through(
        &self,
        plan: &Plan,
        before: Option<Key>,
        part: &Part,
    ) -> Result<(Vec<Key>, Option<u64>), StoreError> {
        let wanted = part.skip.saturating_add(part.limit).saturating_add(1);
        let mut keys: Vec<Key> = Vec::new();
        let mut found = 0_u64;
        // Where nobody asks how many there are, one ordered walk can end early.
        let stops = plan.walks.len() == 1 && !part.count;
        for walk in &plan.walks {
            let sql = walk.look_sql(stops, !plan.needles.is_empty());
            let mut query = self.sql(self.conn.prepare(&sql))?;
            let mut rows = self.sql(query.query(params_from_iter(&walk.values)))?;
            while let Some(row) = self.sql(rows.next())? {
                let key: Key = self.sql(row.get(0).and_then(|at| Ok((at, row.get(1)?))))?;
                if !self.sql(fits(&plan.needles, row))? {
                    continue;
                }
                found += 1;
                if before.is_none_or(|before| key < before) {
                    keys.push(key);
                }
                if stops && keys.len() >= wanted {
                    break;
                }
            }
        }
        keys.sort_unstable_by_key(|key| Reverse(*key));
        keys.drain(..part.skip.min(keys.len()));
        keys.truncate(part.limit.saturating_add(1));
        Ok((keys, Some(found)))
    }

    /// How many that fit were accepted after the mark.
    fn newer(&self, plan: &Plan, mark: Option<u64>) -> Result<u64, StoreError> {
        if mark.is_none() {
            return Ok(0);
        }
        let (sql, values) = plan.newer_sql();
        let mut query = self.sql(self.conn.prepare(&sql))?;
        let mut rows = self.sql(query.query(params_from_iter(values)))?;
        let mut newer = 0;
        while let Some(row) = self.sql(rows.next())? {
            newer += u64::from(self.sql(fits(&plan.needles, row))?);
        }
        Ok(newer)
    }

    fn keys(&self, sql: &str, walk: &Walk) -> Result<Vec<Key>, StoreError> {
        let mut query = self.sql(self.conn.prepare(sql))?;
        let values = params_from_iter(&walk.values);
        let rows = self.sql(query.query_map(values, |row| Ok((row.get(0)?, row.get(1)?))))?;
        rows.map(|row| self.sql(row)).collect()
    }

    fn one<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<T, StoreError> {
        self.sql(self.conn.prepare(sql).and_then(|mut query| query.query_row([], |row| row.get(0))))
    }
}

/// Whether the texts of a row, which stand from its third column on after the id, are those that are looked for.
fn fits(needles: &[(bool, Vec<Needle>)], row: &rusqlite::Row<'_>) -> rusqlite::Result<bool> {
    if needles.is_empty() {
        return Ok(true);
    }
    let id = unsigned(row.get(2)?);
    let mut texts = [""; 5];
    for (column, text) in (3..).zip(&mut texts) {
        *text = row.get_ref(column)?.as_str_or_null()?.unwrap_or_default();
    }
    Ok(needles.iter().all(|(negated, any)| {
        any.iter()
            .any(|needle| needle.is_start_of(id) || texts.iter().any(|text| needle.is_in(text)))
            != *negated
    }))
}
