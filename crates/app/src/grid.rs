//! The runs of a workflow beside each other: rows in the order of its newest document, a column for each run.

use std::collections::{BTreeMap, BTreeSet};

use millrace_api::grid::{Grid, GridRun, GridStates, GridTask, MAX_GRID, WorkflowGrid};
use millrace_api::{ApiError, Code};
use millrace_model::event::TaskState;
use millrace_model::ident::Ident;
use millrace_model::read::Document;
use millrace_store::{GridColumn, Reader, StoreError, WorkflowKey};

/// Where a task stands and how long it took.
type Cell = (TaskState, Option<u64>);

/// The runs that were asked for. Blocks on the store.
pub(crate) fn read(
    reader: &Reader,
    asked: &WorkflowGrid,
) -> Result<Result<Grid, ApiError>, StoreError> {
    let key = match asked.workflow_id {
        Some(id) => WorkflowKey::Id(id),
        None => WorkflowKey::Name(asked.workflow.clone()),
    };
    if reader.workflow(&key)?.is_empty() {
        let message = format!("the history has no workflow `{}`", asked.workflow);
        let help = "the names of those that have run stand in `millrace runs`";
        return Ok(Err(ApiError::new(Code::NotFound, message).help(help)));
    }
    let limit = asked.limit.clamp(1, MAX_GRID) as usize;
    // One more says whether there are more.
    let mut columns = reader.workflow_grid(&key, asked.before, limit + 1)?;
    let has_more = columns.len() > limit;
    columns.truncate(limit);
    let newest = match asked.before {
        None => columns.first().map(|column| column.row.run),
        Some(_) => reader.workflow_stats(&key, 1)?.recent.first().map(|mark| mark.run),
    };
    let text = newest.map(|run| reader.snapshot_of(run)).transpose()?.flatten();
    let workflow = text.and_then(|text| Document::parse(text.as_bytes()).workflow);
    let mut tasks: Vec<GridTask> = Vec::new();
    let mut title = None;
    if let Some(workflow) = workflow {
        title = workflow.title;
        tasks.extend(workflow.tasks.into_iter().map(|task| GridTask {
            task: task.name,
            title: task.title,
            gone: false,
        }));
    }
    let cells = columns.iter().map(|it| cells(reader, it)).collect::<Result<Vec<_>, _>>()?;
    let known: BTreeSet<&str> = tasks.iter().map(|task| task.task.as_str()).collect();
    let gone: BTreeSet<&String> = cells
        .iter()
        .flat_map(BTreeMap::keys)
        .filter(|name| !known.contains(name.as_str()))
        .collect();
    // Every name was an identifier when it was stored.
    let gone: Vec<Ident> = gone.into_iter().filter_map(|name| Ident::new(name).ok()).collect();
    tasks.extend(gone.into_iter().map(|task| GridTask { task, title: None, gone: true }));
    let next = if has_more { columns.last().map(|column| column.row.run) } else { None };
    let runs = columns.into_iter().zip(cells).map(|(column, cells)| run(column, &cells, &tasks));
    let runs = runs.collect();
    Ok(Ok(Grid { title, tasks, runs, next }))
}

/// The tasks of a run by name; of one under way also those that have not ended.
fn cells(reader: &Reader, column: &GridColumn) -> Result<BTreeMap<String, Cell>, StoreError> {
    let ended = column.cells.iter().map(|it| (it.task.clone(), (it.state, it.duration_us)));
    let mut cells: BTreeMap<String, Cell> = ended.collect();
    if column.row.state.is_final() {
        return Ok(cells);
    }
    match reader.run(column.row.run) {
        Ok(fold) => {
            for (key, task) in &fold.tasks {
                cells.insert(key.task.to_string(), (task.state, task.duration_us()));
            }
            Ok(cells)
        }
        // It was deleted meanwhile.
        Err(StoreError::NoRun { .. }) => Ok(cells),
        Err(error) => Err(error),
    }
}

fn run(column: GridColumn, cells: &BTreeMap<String, Cell>, tasks: &[GridTask]) -> GridRun {
    let row = column.row;
    let took = row.started.zip(row.ended).map(|(started, ended)| ended.since(started));
    let of = |task: &GridTask| cells.get(task.task.as_str()).copied();
    GridRun {
        run: row.run,
        state: row.state,
        queued: row.queued,
        took_us: took.map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
        states: GridStates(tasks.iter().map(|task| of(task).map(|(state, _)| state)).collect()),
        tasks_us: tasks.iter().map(|task| of(task).and_then(|(_, us)| us).unwrap_or(0)).collect(),
    }
}
