//! How people name a run: a prefix of its id, `last`, `last-failed`.

use millrace_model::event::{RunState, TriggerKind};
use millrace_model::ids::RunId;

use super::search::id_range;
use super::{Reader, RunFilter, WorkflowKey};
use crate::StoreError;
use crate::tables::codes::signed;
use crate::tables::runs::{self, RunRow};

/// So many runs are read at a time to find one.
const PAGE: usize = 64;
/// More candidates than these are not named.
const CANDIDATES: usize = 10;

/// Why a text does not name one run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// It can't name a run.
    #[error(
        "`{0}` does not name a run: use the first digits of its id (0-9, a-f), `last` or `last-failed`"
    )]
    NotAName(String),
    /// No run has it.
    #[error("no run is named `{0}`; `millrace runs` lists them")]
    NotFound(String),
    /// Several runs have it.
    #[error("`{text}` could be {}; give more digits", list(candidates, *more))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// Runs whose ids start so, in order of id; at most ten.
        candidates: Vec<RunRow>,
        /// There are more than those.
        more: bool,
    },
    /// Reading failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Reader {
    /// The run that `text` names. `last` is the run accepted last, `last-failed` the last one that failed, of `workflow`
    /// where it is given; a prefix is looked for in all workflows. Runs that a task of another run started are named by
    /// their ids alone: nobody who says `last` means one.
    ///
    /// # Errors
    /// When it names none or several.
    pub fn resolve(
        &self,
        text: &str,
        workflow: Option<&WorkflowKey>,
    ) -> Result<RunId, ResolveError> {
        let states = match text {
            "last" => Vec::new(),
            "last-failed" => vec![RunState::Failed],
            prefix => return self.resolve_prefix(prefix),
        };
        let filter = RunFilter { workflow: workflow.cloned(), states, ..RunFilter::default() };
        let mut before = None;
        loop {
            let page = self.list_runs(&filter, before, PAGE)?;
            if let Some(row) = page.iter().find(|row| row.trigger != TriggerKind::Parent) {
                return Ok(row.run);
            }
            match page.last() {
                Some(row) => before = Some(row.run),
                None => return Err(ResolveError::NotFound(text.to_owned())),
            }
        }
    }

    fn resolve_prefix(&self, prefix: &str) -> Result<RunId, ResolveError> {
        let (low, high) =
            id_range(prefix).ok_or_else(|| ResolveError::NotAName(prefix.to_owned()))?;
        let mut candidates = self.runs_between(low, high)?;
        let more = candidates.len() > CANDIDATES;
        candidates.truncate(CANDIDATES);
        match candidates.as_slice() {
            [] => Err(ResolveError::NotFound(prefix.to_owned())),
            [only] => Ok(only.run),
            _ => Err(ResolveError::Ambiguous { text: prefix.to_owned(), candidates, more }),
        }
    }

    fn runs_between(&self, low: u64, high: u64) -> Result<Vec<RunRow>, StoreError> {
        let sql =
            format!("{} WHERE run_id BETWEEN ?1 AND ?2 ORDER BY run_id LIMIT ?3", runs::SELECT);
        let mut query = self.sql(self.conn.prepare_cached(&sql))?;
        let limit = i64::try_from(CANDIDATES + 1).unwrap_or(i64::MAX);
        let rows = self.sql(query.query_map((signed(low), signed(high), limit), RunRow::read))?;
        rows.map(|row| self.sql(row)).collect()
    }
}

fn list(candidates: &[RunRow], more: bool) -> String {
    let names: Vec<String> =
        candidates.iter().map(|row| format!("{} ({})", row.run, row.workflow)).collect();
    let rest = if more { " and others" } else { "" };
    format!("{}{rest}", names.join(", "))
}
