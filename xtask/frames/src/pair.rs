//! Two runs of a workflow that was changed between them, and what a daemon answers of these.

use anyhow::Context as _;
use millrace_api::Request;
use millrace_api::log::{LogChunk, LogData, LogFrom, LogSlice, LogStream};
use millrace_api::run::{ListRuns, RunDetail, RunPage};
use millrace_model::event::{Run, RunState};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use serde_json::Value;

use crate::daemon::json;
use crate::plain_run::PlainRun;
use crate::{storm, workflow};

/// So many tasks the first of them has.
const TASKS: usize = 5_000;
/// The second has so many more.
const NEW: usize = 50;
/// Every so many tasks one was changed.
const CHANGED: usize = 10;
/// What a task printed has so many lines.
const LINES: usize = 1_000;

pub(crate) struct Pair {
    runs: [Run; 2],
    texts: [String; 2],
    begun: Timestamp,
}

impl Pair {
    pub(crate) fn new(begun: Timestamp) -> anyhow::Result<Self> {
        let run = |side: u64, tasks| -> anyhow::Result<Run> {
            let mut plain = PlainRun::new(RunId((side + 2) << 60), tasks, begun)?;
            let events = plain.begin(if side == 0 { '0' } else { '1' })?;
            let mut run = Run::begin(&events[0])?;
            events[1..].iter().try_for_each(|event| run.apply(event))?;
            for task in 0..tasks as u64 {
                // Most tasks took another time.
                let took = 10_000 + (task * 7_919 + side * 31 * task) % 90_000;
                plain.go_on(took).iter().try_for_each(|event| run.apply(event))?;
            }
            Ok(run)
        };
        let runs = [run(0, TASKS)?, run(1, TASKS + NEW)?];
        let texts = [workflow::text(TASKS), changed(&workflow::text(TASKS + NEW))?];
        Ok(Self { runs, texts, begun })
    }

    /// Names the second one.
    pub(crate) fn newer(&self) -> RunId {
        self.runs[1].run
    }

    /// The answer to what is asked of these runs; none where it is about something else.
    pub(crate) fn answer(&self, request: &Request) -> Option<Result<String, String>> {
        let side = |id: RunId| self.runs.iter().position(|run| run.run == id);
        match request {
            Request::GetRun(get) => {
                let side = side(get.run)?;
                Some(json(&RunDetail {
                    run: self.runs[side].clone(),
                    snapshot: get.snapshot.then(|| self.texts[side].clone()),
                    waits: Vec::new(),
                }))
            }
            Request::ListRuns(ListRuns { before: Some(_), .. }) => {
                let earlier = &self.runs[0];
                let mut row = storm::row(earlier.run, &earlier.head.workflow, self.begun);
                row.state = RunState::Succeeded;
                Some(json(&RunPage { runs: vec![row], next: None, counted: None, mark: 2 }))
            }
            Request::ReadLog(read) => {
                let side = side(read.log.run)?;
                let begins = matches!(read.from, LogFrom::Offset(0));
                Some(json(&log(if begins { lines(side) } else { String::new() }, self.begun)))
            }
            _ => None,
        }
    }
}

fn changed(text: &str) -> anyhow::Result<String> {
    let mut document: Value = serde_json::from_str(text)?;
    let tasks = document["tasks"].as_array_mut().context("a workflow without tasks")?;
    for task in tasks.iter_mut().step_by(CHANGED) {
        task["spec"]["script"] = "set -e\n./fetch.sh --all \"$DAY\" > rows.csv\n".into();
    }
    Ok(document.to_string())
}

/// Every third line differs.
fn lines(side: usize) -> String {
    let line = |line: usize| match line % 3 {
        0 => format!("{line} rows of part {side} written\n"),
        _ => format!("{line} rows read\n"),
    };
    (0..LINES).map(line).collect()
}

fn log(text: String, at: Timestamp) -> LogSlice {
    let total = lines(0).len() as u64;
    let data = LogData::Text(text);
    let chunk = LogChunk { offset: 0, at, stream: LogStream::Stdout, data };
    LogSlice {
        number: 1,
        chunks: vec![chunk],
        line: 0,
        next: total,
        total,
        cut: None,
        complete: true,
    }
}
