//! A run that has ended with a task of ten thousand items, and what a daemon answers of it.

use millrace_api::Request;
use millrace_api::run::RunDetail;
use millrace_model::event::{
    AttemptEnd, Outcome, Run, RunEvent, RunEventKind, RunHead, RunState, TaskState, Then, Trigger,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;
use serde_json::{Value, json};

use crate::daemon::{json as answer, page};

/// So many items.
const ITEMS: u32 = 10_000;
const RUN: RunId = RunId(0x2000_0000_0000_0000);

/// The run, its events and its document.
pub(crate) struct LargeRun {
    run: Run,
    events: Vec<RunEvent>,
    text: String,
}

impl LargeRun {
    pub(crate) fn new(begun: Timestamp) -> anyhow::Result<Self> {
        let text = json!({
            "millrace": 1,
            "name": "many",
            "tasks": [{
                "name": "each",
                "kind": "shell",
                "for_each": { "items": "range(10000)" },
                "spec": { "script": "true" },
            }],
        });
        let text = text.to_string();
        let each = TaskKey::plain(Ident::new("each")?);
        let head = RunHead {
            workflow: Ident::new("many")?,
            title: Some("Many items".to_owned()),
            workflow_id: None,
            path: None,
            snapshot: "0".repeat(64),
            trigger: Trigger::Manual,
            logical_time: begun,
            params: millrace_model::Values::new(),
            tasks: vec![each.task.clone()],
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        };
        let mut events = Vec::new();
        let mut at = begun;
        let mut happen = |at: Timestamp, kind| {
            let seq = events.len() as u64 + 1;
            events.push(RunEvent { run: RUN, seq, at, kind });
        };
        happen(at, RunEventKind::RunQueued(Box::new(head)));
        happen(at, RunEventKind::RunStarted);
        let items: Vec<Value> =
            (0..ITEMS).map(|item| json!(format!("file-{item:05}.csv"))).collect();
        happen(at, RunEventKind::TaskMapped { task: each.clone(), items });
        let key = |item| TaskKey { task: each.task.clone(), item: Some(item) };
        happen(at, RunEventKind::TasksQueued { tasks: (0..ITEMS).map(key).collect() });
        for item in 0..ITEMS {
            let serial = item + 1;
            happen(at, RunEventKind::AttemptDispatched { task: key(item), serial, number: 1 });
            happen(at, RunEventKind::AttemptStarted { serial, pid: Some(serial), child: None });
            at = Timestamp(at.0 + 10_000 + i64::from(item % 7) * 3_000);
            let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, at);
            (end.started, end.duration_us) = (Some(begun), 10_000);
            let then = Then::End { state: TaskState::Succeeded, cause: None };
            happen(at, RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
        }
        let state = TaskState::Succeeded;
        happen(at, RunEventKind::ItemsEnded { task: each.clone(), state, cause: None });
        happen(at, RunEventKind::RunEnded { state: RunState::Succeeded, cause: None });
        let mut run = Run::begin(&events[0])?;
        for event in &events[1..] {
            run.apply(event)?;
        }
        Ok(Self { run, events, text })
    }

    /// Names it.
    pub(crate) fn id(&self) -> RunId {
        self.run.run
    }

    /// The answer to what is asked of this run; none where it is about something else.
    pub(crate) fn answer(&self, request: &Request) -> Option<Result<String, String>> {
        match request {
            Request::GetRun(get) => Some(answer(&RunDetail {
                run: self.run.clone(),
                snapshot: get.snapshot.then(|| self.text.clone()),
                waits: Vec::new(),
            })),
            Request::ReadEvents(read) => Some(page(&self.events, read)),
            _ => None,
        }
    }
}
