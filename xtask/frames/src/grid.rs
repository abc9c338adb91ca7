//! How a workflow with many tasks fared in many runs.

use millrace_api::grid::{Grid, GridRun, GridStates, GridTask};
use millrace_model::event::{RunState, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

const RUNS: u64 = 500;
const TASKS: usize = 200;

/// Five hundred runs of two hundred tasks; in some of them a task failed.
pub(crate) fn grid() -> Grid {
    let name = |at: usize| Ident::new(&format!("task_{at}")).ok();
    let tasks: Vec<Ident> = (0..TASKS).filter_map(name).collect();
    let state = |run: u64, task: usize| match (run % 9, task % 7) {
        (4, 0..3) => TaskState::Failed,
        (4, _) => TaskState::UpstreamFailed,
        (_, 6) => TaskState::Skipped,
        _ => TaskState::Succeeded,
    };
    let run = |age: u64| GridRun {
        run: RunId((age + 1) << 32),
        state: if age % 9 == 4 { RunState::Failed } else { RunState::Succeeded },
        queued: Timestamp(1_795_000_000_000_000 - age as i64 * 600_000_000),
        took_us: Some(1_000_000 + age * 7_919 % 4_000_000),
        states: GridStates((0..TASKS).map(|task| Some(state(age, task))).collect()),
        tasks_us: vec![20_000; TASKS],
    };
    let row = |task| GridTask { task, title: None, gone: false };
    let tasks = tasks.into_iter().map(row).collect();
    Grid { title: None, tasks, runs: (0..RUNS).map(run).collect(), next: None }
}
