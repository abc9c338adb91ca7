//! What the store has, as clients see it.

use millrace_api::run::{ListRuns, RunPage, RunRow};
use millrace_api::usual::{USUAL_OF, Usual, UsualLength, UsualTask};
use millrace_api::{ApiError, Code};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_store::{Reader, ResolveError, RunFilter, StoreError, WorkflowKey};

use crate::errors::store_error;

/// The largest page of runs.
const MAX_PAGE: usize = 1_000;

/// A page of runs. Blocks on the store.
pub(crate) fn list_runs(reader: &Reader, request: &ListRuns) -> Result<RunPage, StoreError> {
    let filter = RunFilter {
        workflow: request.workflow.clone().map(WorkflowKey::Name),
        states: request.states.clone(),
        since: request.since,
        ..RunFilter::default()
    };
    let limit = (request.limit as usize).clamp(1, MAX_PAGE);
    // One more tells whether there are older ones.
    let mut rows = reader.list_runs(&filter, request.before, limit + 1)?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = has_more.then(|| rows.last().map(|row| row.run)).flatten();
    Ok(RunPage { runs: rows.into_iter().filter_map(row).collect(), next })
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
        tasks: row.counts.tasks,
        succeeded: row.counts.succeeded,
        failed: row.counts.failed + row.counts.errors,
    })
}
