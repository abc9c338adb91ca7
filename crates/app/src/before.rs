//! What had failed in the run before, for hooks on `recovery`: looked up when a run is accepted, so that it is part of what is
//! known of the run from the start.

use millrace_model::document::{HookOn, Workflow};
use millrace_model::event::{FailedBefore, RunHead, RunState, TaskState};
use millrace_store::{Reader, RunFilter, StoreError, WorkflowKey};

/// So many runs that ended lately are looked through for the one before.
const LATELY: usize = 20;

/// What had failed in the run of the same workflow that ended last; none where no hook asks for it, or nothing had.
/// Blocks on the store.
pub(crate) fn failed_before(
    reader: &Reader,
    workflow: &Workflow,
    head: &RunHead,
) -> Option<Box<FailedBefore>> {
    match look_up(reader, workflow, head) {
        Ok(found) => found.map(Box::new),
        Err(error) => {
            tracing::warn!(workflow = %head.workflow, %error, "the run before cannot be looked up for hooks");
            None
        }
    }
}

fn look_up(
    reader: &Reader,
    workflow: &Workflow,
    head: &RunHead,
) -> Result<Option<FailedBefore>, StoreError> {
    let asks = |of_tasks: bool| {
        let mut hooks = workflow.all_hooks().filter(|(of, _)| of.is_some() == of_tasks);
        hooks.any(|(_, hook)| hook.on == HookOn::Recovery)
    };
    let (by_run, by_tasks) = (asks(false), asks(true));
    if !by_run && !by_tasks {
        return Ok(None);
    }
    let key = Some(match head.workflow_id {
        Some(id) => WorkflowKey::Id(id),
        None => WorkflowKey::Name(head.workflow.to_string()),
    });
    let states = vec![RunState::Succeeded, RunState::Failed];
    let filter = RunFilter { workflow: key, states, ..RunFilter::default() };
    let lately = reader.list_runs(&filter, None, LATELY)?;
    let Some(last) = lately.iter().max_by_key(|row| (row.ended, row.queued)) else {
        return Ok(None);
    };
    let mut found = FailedBefore { run: last.state == RunState::Failed, tasks: Vec::new() };
    if by_tasks {
        let fold = reader.run(last.run)?;
        let failed = fold.tasks.iter().filter(|(_, task)| {
            matches!(task.state, TaskState::Failed | TaskState::Error) && !task.is_of_hooks()
        });
        found.tasks = failed.map(|(key, _)| key.task.clone()).collect();
    }
    Ok((found.run || !found.tasks.is_empty()).then_some(found))
}
