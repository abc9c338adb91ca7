//! What the store has, as clients see it.

use millrace_api::run::{CountedRuns, ListRuns, RunPage, RunRow};
use millrace_api::usual::{USUAL_OF, Usual, UsualLength, UsualTask};
use millrace_api::{ApiError, Code};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_store::{Part, Reader, ResolveError, RunSearch, StoreError};

use crate::errors::store_error;

/// The largest page of runs.
const MAX_PAGE: usize = 1_000;

/// A page of runs. Blocks on the store.
pub(crate) fn list_runs(
    reader: &Reader,
    search: &RunSearch,
    request: &ListRuns,
) -> Result<RunPage, StoreError> {
    let part = Part {
        mark: request.mark,
        before: request.before,
        skip: usize::try_from(request.skip).unwrap_or(usize::MAX),
        limit: (request.limit as usize).clamp(1, MAX_PAGE),
        count: request.count,
    };
    let found = reader.search_runs(search, &part)?;
    let next = found.has_more.then(|| found.rows.last().map(|row| row.run)).flatten();
    let counted = found.counted.map(|counted| CountedRuns {
        found: counted.found,
        newer: counted.newer,
        all: counted.all,
    });
    let runs = found.rows.into_iter().filter_map(row).collect();
    Ok(RunPage { runs, next, counted, mark: found.mark })
}

/// What was usual when a run was accepted. Blocks on the store.
pub(crate) fn usual(reader: &Reader, run: RunId) -> Result<Usual, StoreError> {
    let lengths = reader.lengths_before(run, USUAL_OF as usize)?;
    let tasks = lengths.tasks_us.into_iter().filter_map(|(task, lengths_us)| {
        // Every name was an identifier when it was stored.
        let task = Ident::new(&task).ok()?;
        Some(UsualTask { task, length: UsualLength::of(lengths_us)? })
    });
    Ok(Usual {
        runs: u32::try_from(lengths.runs).unwrap_or(u32::MAX),
        tasks: tasks.collect(),
        whole: UsualLength::of(lengths.whole_us),
    })
}

/// The error of a text that names no run, or several.
pub(crate) fn resolve_error(error: ResolveError) -> ApiError {
    let text = error.to_string();
    match error {
        ResolveError::NotAName(_) => ApiError::new(Code::InvalidRequest, text),
        ResolveError::NotFound(_) => ApiError::new(Code::NotFound, text),
        ResolveError::Ambiguous { .. } => ApiError::new(Code::Ambiguous, text),
        ResolveError::Store(error) => store_error(&error),
    }
}

/// A run as lists show it.
pub(crate) fn row(row: millrace_store::RunRow) -> Option<RunRow> {
    // Every name was an identifier when it was stored.
    let workflow = Ident::new(&row.workflow).ok()?;
    Some(RunRow {
        run: row.run,
        workflow,
        title: row.title,
        workflow_id: row.workflow_id,
        state: row.state,
        trigger: row.trigger.word().to_owned(),
        trigger_name: row.trigger_name,
        queued: row.queued,
        started: row.started,
        ended: row.ended,
        cause: row.cause.unwrap_or_default(),
        failed_task: row.failed_task,
        last_line: row.last_line.unwrap_or_default(),
        tasks: row.counts.tasks,
        succeeded: row.counts.succeeded,
        failed: row.counts.failed + row.counts.errors,
    })
}
