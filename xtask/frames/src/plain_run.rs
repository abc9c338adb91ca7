//! What happens in a run of many plain tasks that end one after another.

use millrace_model::event::{
    AttemptEnd, Outcome, RunEvent, RunEventKind, RunHead, RunState, TaskState, Then, Trigger,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use crate::workflow;

pub(crate) struct PlainRun {
    run: RunId,
    at: Timestamp,
    seq: u64,
    tasks: Vec<Ident>,
    ended: usize,
}

impl PlainRun {
    /// One of the tasks of [`workflow::text`].
    pub(crate) fn new(run: RunId, tasks: usize, at: Timestamp) -> anyhow::Result<Self> {
        let names = (0..tasks).map(|task| Ident::new(&workflow::name(task)));
        Ok(Self { run, at, seq: 0, tasks: names.collect::<Result<_, _>>()?, ended: 0 })
    }

    /// It starts, and all of its tasks wait for a place.
    pub(crate) fn begin(&mut self, snapshot: char) -> anyhow::Result<Vec<RunEvent>> {
        let head = RunHead {
            workflow: Ident::new("large")?,
            title: Some("Large".to_owned()),
            workflow_id: None,
            path: Some("/home/ada/large.json".to_owned()),
            snapshot: snapshot.to_string().repeat(64),
            trigger: Trigger::Manual,
            logical_time: self.at,
            params: millrace_model::Values::new(),
            tasks: self.tasks.clone(),
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        };
        let tasks = self.tasks.iter().cloned().map(TaskKey::plain).collect();
        Ok(vec![
            self.event(RunEventKind::RunQueued(Box::new(head))),
            self.event(RunEventKind::RunStarted),
            self.event(RunEventKind::TasksQueued { tasks }),
        ])
    }

    /// The next task runs for so long; after the last one the run ends. Nothing when it has.
    pub(crate) fn go_on(&mut self, took_us: u64) -> Vec<RunEvent> {
        let Some(task) = self.tasks.get(self.ended).cloned().map(TaskKey::plain) else {
            return Vec::new();
        };
        self.ended += 1;
        let (serial, started) = (self.ended as u32, self.at);
        let mut events = vec![
            self.event(RunEventKind::AttemptDispatched { task, serial, number: 1 }),
            self.event(RunEventKind::AttemptStarted { serial, pid: Some(serial), child: None }),
        ];
        self.at = self.at.plus(std::time::Duration::from_micros(took_us));
        let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, self.at);
        (end.started, end.duration_us) = (Some(started), took_us);
        let then = Then::End { state: TaskState::Succeeded, cause: None };
        events.push(self.event(RunEventKind::AttemptEnded { serial, end: Box::new(end), then }));
        if self.ended == self.tasks.len() {
            let end = RunEventKind::RunEnded { state: RunState::Succeeded, cause: None };
            events.push(self.event(end));
        }
        events
    }

    fn event(&mut self, kind: RunEventKind) -> RunEvent {
        self.seq += 1;
        RunEvent { run: self.run, seq: self.seq, at: self.at, kind }
    }
}
