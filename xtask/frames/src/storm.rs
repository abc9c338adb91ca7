//! A thousand runs that begin and end within a second, as when all their schedules are due at one instant.

use std::collections::VecDeque;

use millrace_api::queue::{Queue, QueuedRun};
use millrace_api::run::RunRow;
use millrace_api::stream::StreamItem;
use millrace_model::event::{RunEvent, RunEventKind, RunHead, RunState, Trigger};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

/// So many runs.
const RUNS: u64 = 1_000;
/// Frames within which all of them begin and end.
pub(crate) const FRAMES: usize = 60;

/// What is known of the runs, and what is still to be told.
#[derive(Default)]
pub(crate) struct Storm {
    waiting: VecDeque<RunRow>,
    ended: VecDeque<RunRow>,
    position: u64,
}

impl Storm {
    /// All runs are queued; gives what a subscriber hears of that.
    pub(crate) fn begin(&mut self, at: Timestamp) -> anyhow::Result<StreamItem> {
        let workflow = Ident::new("due_now")?;
        let mut events = Vec::new();
        for number in 0..RUNS {
            let run = RunId(0x1000_0000_0000_0000 + number);
            self.waiting.push_back(row(run, &workflow, at));
            let head = Box::new(head(&workflow, at));
            events.push(RunEvent { run, seq: 1, at, kind: RunEventKind::RunQueued(head) });
        }
        Ok(self.item(events))
    }

    /// The next few begin and end; gives what a subscriber hears of that.
    pub(crate) fn go_on(&mut self, at: Timestamp) -> StreamItem {
        let mut events = Vec::new();
        for _ in 0..RUNS.div_ceil(FRAMES as u64) {
            let Some(mut row) = self.waiting.pop_front() else { break };
            let run = row.run;
            let end = RunEventKind::RunEnded { state: RunState::Succeeded, cause: None };
            events.push(RunEvent { run, seq: 2, at, kind: RunEventKind::RunStarted });
            events.push(RunEvent { run, seq: 3, at, kind: end });
            (row.state, row.started, row.ended) = (RunState::Succeeded, Some(at), Some(at));
            self.ended.push_front(row);
        }
        self.item(events)
    }

    /// The newest runs.
    pub(crate) fn rows(&self, limit: usize) -> Vec<RunRow> {
        self.waiting.iter().rev().chain(&self.ended).take(limit).cloned().collect()
    }

    /// Those that wait.
    pub(crate) fn queue(&self) -> Queue {
        let queued =
            |row: &RunRow| QueuedRun { row: row.clone(), running: 0, waiting: 1, why: None };
        Queue {
            runs: self.waiting.iter().map(queued).collect(),
            running_tasks: 0,
            parallel_tasks: 8,
            pools: Vec::new(),
        }
    }

    fn item(&mut self, events: Vec<RunEvent>) -> StreamItem {
        self.position += events.len() as u64;
        StreamItem { relist: false, position: self.position, events }
    }
}

fn row(run: RunId, workflow: &Ident, at: Timestamp) -> RunRow {
    RunRow {
        run,
        workflow: workflow.clone(),
        title: Some("Due now".to_owned()),
        workflow_id: None,
        state: RunState::Queued,
        trigger: "schedule".to_owned(),
        trigger_name: Some("clock".to_owned()),
        queued: at,
        started: None,
        ended: None,
        cause: String::new(),
        failed_task: None,
        tasks: 1,
        succeeded: 0,
        failed: 0,
    }
}

fn head(workflow: &Ident, at: Timestamp) -> RunHead {
    RunHead {
        workflow: workflow.clone(),
        title: Some("Due now".to_owned()),
        workflow_id: None,
        path: Some("/home/ada/due_now.json".to_owned()),
        snapshot: "0".repeat(64),
        trigger: Trigger::Manual,
        logical_time: at,
        params: millrace_model::Values::new(),
        tasks: vec![workflow.clone()],
        only: None,
        rerun_of: None,
        failed_before: None,
        origin: None,
        carried: Vec::new(),
    }
}
