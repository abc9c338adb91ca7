//! Random but fitting events of runs, and stores to put them into.
#![expect(dead_code, reason = "each test file uses its part")]

use std::path::Path;

use millrace_model::Values;
use millrace_model::event::{
    Actor, Artifact, AttemptEnd, Carried, Cause, Exit, LogSummary, Outcome, Run, RunEvent,
    RunEventKind, RunHead, RunState, TaskState, Then, Trigger,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_model::report::Progress;
use millrace_model::time::Timestamp;
use millrace_store::{Options, Store, Writer};

pub(crate) const DOCUMENT: &str = "{\n  \"millrace\": 1,\n  \"name\": \"w\"\n}\n";

pub(crate) fn open(home: &Path) -> (Store, Writer) {
    let store = Store::open(home, Options::default()).unwrap();
    let mut writer = store.writer().unwrap();
    writer.put_snapshot(DOCUMENT).unwrap();
    (store, writer)
}

pub(crate) fn ident(text: &str) -> Ident {
    Ident::new(text).unwrap()
}

pub(crate) fn key(number: usize) -> TaskKey {
    TaskKey::plain(ident(&format!("task_{number}")))
}

pub(crate) fn head(tasks: usize) -> RunHead {
    RunHead {
        workflow: ident("nightly"),
        title: Some("Nightly".into()),
        workflow_id: Some(WorkflowId(7)),
        path: Some("/flows/nightly.json".into()),
        snapshot: millrace_store::snapshot_hash(DOCUMENT),
        trigger: Trigger::Manual,
        logical_time: Timestamp(5),
        params: Values::new(),
        tasks: (0..tasks).map(|number| key(number).task).collect(),
        only: None,
        rerun_of: None,
        failed_before: None,
        origin: None,
        carried: Vec::new(),
    }
}

/// Makes a run's events one after the other, folding along.
pub(crate) struct Script {
    pub(crate) run: RunId,
    pub(crate) fold: Option<Run>,
    pub(crate) events: Vec<RunEvent>,
    at: i64,
    random: u64,
}

impl Script {
    pub(crate) fn new(run: u64, at: i64) -> Self {
        Self { run: RunId(run), fold: None, events: Vec::new(), at, random: run ^ 0xABCD }
    }

    pub(crate) fn push(&mut self, kind: RunEventKind) -> RunEvent {
        self.at += 10;
        let seq = self.events.len() as u64 + 1;
        let event = RunEvent { run: self.run, seq, at: Timestamp(self.at), kind };
        match &mut self.fold {
            None => self.fold = Some(Run::begin(&event).unwrap()),
            Some(fold) => fold.apply(&event).unwrap(),
        }
        self.events.push(event.clone());
        event
    }

    fn below(&mut self, end: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) as usize % end.max(1)
    }

    /// The next event: anything that fits the state.
    pub(crate) fn step(&mut self) -> RunEvent {
        if self.fold.is_none() {
            let mut head = head(1 + self.run.0 as usize % 7);
            // A tick has one run.
            head.logical_time = Timestamp(self.run.0 as i64);
            head.trigger = match self.below(4) {
                0 => Trigger::Schedule { schedule: ident("workdays"), caught_up: false },
                1 => Trigger::Parent { run: RunId(1), task: key(0), detached: false },
                _ => Trigger::Manual,
            };
            if self.below(4) == 0 {
                head.carried.push(Carried {
                    task: key(0),
                    state: TaskState::Succeeded,
                    from: Some(RunId(99)),
                    outputs: values("rows", 3),
                    artifacts: vec![artifact(3)],
                });
            }
            if self.below(5) == 0 {
                head.workflow_id = None;
                head.path = None;
            }
            return self.push(RunEventKind::RunQueued(Box::new(head)));
        }
        let kind = self.pick();
        self.push(kind)
    }

    fn pick(&mut self) -> RunEventKind {
        let fold = self.fold.clone().unwrap();
        let (task, of) = fold.tasks.get_index(self.below(fold.tasks.len())).unwrap();
        // Of a mapped task one of its items, mostly.
        let task = match of.mapped.as_ref().filter(|_| self.below(6) > 0) {
            Some(mapped) => {
                let item = self.below(mapped.runs.len()) as u32;
                TaskKey { task: task.task.clone(), item: Some(item) }
            }
            None => task.clone(),
        };
        let live: Vec<u32> = fold
            .serials
            .iter()
            .flatten()
            .filter_map(|(key, number)| {
                let attempts = &fold.task(key)?.attempts;
                attempts.iter().find(|a| a.number == *number && a.end.is_none()).map(|a| a.serial)
            })
            .collect();
        let some_live = if live.is_empty() { None } else { Some(live[self.below(live.len())]) };
        match (self.below(17), some_live) {
            (14, _)
                if live.is_empty()
                    && fold.tasks.get(&task).is_some_and(|of| of.mapped.is_none()) =>
            {
                let items = (0..=self.below(4)).map(|item| item.into()).collect();
                RunEventKind::TaskMapped { task, items }
            }
            (15, _) if fold.task(&task.whole()).is_some_and(|of| of.mapped.is_some()) => {
                let state = [TaskState::Succeeded, TaskState::Failed][self.below(2)];
                RunEventKind::ItemsEnded { task: task.whole(), state, cause: None }
            }
            (0, _) => RunEventKind::RunStarted,
            (1, _) => RunEventKind::RunPaused { by: Actor::Person },
            (2, _) => RunEventKind::RunResumed { by: Actor::Person },
            (3, _) => RunEventKind::TasksQueued { tasks: vec![task] },
            (4, _) => {
                let cause = Cause::ConditionFalse;
                let state = [TaskState::Skipped, TaskState::UpstreamFailed, TaskState::Canceled]
                    [self.below(3)];
                RunEventKind::TaskEnded { task, state, cause }
            }
            (5, _) => {
                let state =
                    [RunState::Succeeded, RunState::Failed, RunState::Canceled][self.below(3)];
                let cause = match self.below(3) {
                    0 => None,
                    1 => Some(Cause::TasksFailed { first: task, count: 2 }),
                    _ => Some(Cause::TimedOut { after: None }),
                };
                RunEventKind::RunEnded { state, cause }
            }
            (6, _) => {
                let tasks = vec![task];
                RunEventKind::Reopened { round: fold.round + 1, tasks, by: Actor::Person }
            }
            (7, Some(serial)) => RunEventKind::AttemptRecalled { serial },
            (8, Some(serial)) => RunEventKind::AttemptStarted { serial, pid: Some(4), child: None },
            (9..=12, Some(serial)) => self.end(serial),
            (16, Some(serial)) => {
                let progress = Progress { fraction: 0.5, text: "half".to_owned() };
                RunEventKind::AttemptProgressed { serial, progress }
            }
            _ => {
                let serial = fold.serials.len() as u32 + 1;
                let number =
                    fold.task(&task).unwrap().attempts.last().map_or(0, |last| last.number) + 1;
                RunEventKind::AttemptDispatched { task, serial, number }
            }
        }
    }

    pub(crate) fn end(&mut self, serial: u32) -> RunEventKind {
        let at = Timestamp(self.at);
        let failed = Outcome::Failed { exit: Exit::Code(3) };
        let (outcome, then) = match self.below(4) {
            0 => (failed, Then::Retry { due: at }),
            1 => {
                let cause = Some(Cause::Exit { exit: Exit::Code(3) });
                (failed, Then::End { state: TaskState::Failed, cause })
            }
            2 => {
                let message = "no such interpreter".to_owned();
                let cause = Some(Cause::Error { message: message.clone() });
                (Outcome::Error { message }, Then::End { state: TaskState::Error, cause })
            }
            _ => (Outcome::Succeeded, Then::End { state: TaskState::Succeeded, cause: None }),
        };
        let mut end = AttemptEnd { duration_us: 17, ..AttemptEnd::unmeasured(outcome, at) };
        if self.below(2) == 0 {
            end.started = Some(Timestamp(self.at - 5));
            end.outputs = values("rows", self.at);
            end.artifacts = vec![artifact(self.at as u64)];
            end.fingerprint = Some(format!("{:064x}", self.at % 3));
            end.log = Some(LogSummary { bytes: 9, cut: 0, last_line: "ümlaut \"q\"".into() });
        }
        RunEventKind::AttemptEnded { serial, end: Box::new(end), then }
    }
}

pub(crate) fn artifact(number: u64) -> Artifact {
    let sha256 = format!("{number:064x}");
    Artifact { name: "a.csv".to_owned(), bytes: number, sha256, media_type: "text/csv".to_owned() }
}

pub(crate) fn values(name: &str, value: i64) -> Values {
    Values::from_iter([(name.to_owned(), value.into())])
}

/// A run of `tasks` tasks that all succeed, from its first event to its last.
pub(crate) fn smooth(run: u64, tasks: usize, at: i64) -> Vec<RunEvent> {
    let mut script = Script::new(run, at);
    script.push(RunEventKind::RunQueued(Box::new(head(tasks))));
    script.push(RunEventKind::RunStarted);
    for number in 0..tasks {
        let serial = number as u32 + 1;
        script.push(RunEventKind::AttemptDispatched { task: key(number), serial, number: 1 });
        let end = AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(at));
        let then = Then::End { state: TaskState::Succeeded, cause: None };
        script.push(RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
    }
    script.push(RunEventKind::RunEnded { state: RunState::Succeeded, cause: None });
    script.events
}
