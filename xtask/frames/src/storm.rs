//! A thousand runs that begin and end within a second, as when all their schedules are due at one instant.

use std::collections::VecDeque;

use millrace_api::queue::{Queue, QueuedRun};
use millrace_api::run::{CountedRuns, ListRuns, RunPage, RunRow};
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
    /// How many runs have ended before.
    pub(crate) past: u64,
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

    /// A page of the runs that a query finds: those of the storm, then the past, of which one in ten failed.
    pub(crate) fn page(&self, list: &ListRuns) -> RunPage {
        let only_failed = !list.query.is_empty();
        let step = if only_failed { 10 } else { 1 };
        let own = if only_failed { 0 } else { (self.waiting.len() + self.ended.len()) as u64 };
        let found = own + self.past.div_ceil(step);
        let range = list.skip.min(found)..(list.skip + u64::from(list.limit)).min(found);
        let row = |at: u64| match at.checked_sub(own) {
            Some(age) => past_row(age * step),
            None => self.waiting.iter().rev().chain(&self.ended).nth(at as usize).cloned(),
        };
        let all = self.past + own;
        RunPage {
            runs: range.filter_map(row).collect(),
            next: None,
            counted: Some(CountedRuns { found, newer: 0, all }),
            mark: all,
        }
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

/// A run of the past.
fn past_row(age: u64) -> Option<RunRow> {
    let workflow = Ident::new(["daily_sales", "backup", "health"][(age % 3) as usize]).ok()?;
    let at = Timestamp(1_795_000_000_000_000 - 600_000_000 * i64::try_from(age).ok()?);
    let has_failed = age.is_multiple_of(10);
    let run = RunId(0x2000_0000_0000_0000 + age.wrapping_mul(0x0001_0000_0001));
    Some(RunRow {
        state: if has_failed { RunState::Failed } else { RunState::Succeeded },
        started: Some(at),
        ended: Some(at.plus(std::time::Duration::from_millis(700 + age % 90_000))),
        cause: if has_failed { "load failed".to_owned() } else { String::new() },
        ..row(run, &workflow, at)
    })
}

/// A run that waits.
pub(crate) fn row(run: RunId, workflow: &Ident, at: Timestamp) -> RunRow {
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
        last_line: String::new(),
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
