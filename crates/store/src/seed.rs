//! Fills a history with plausible runs, for measuring and for trying things out.
//!
//! They go through the same commit as real ones, in large batches. The same seed gives the same history.

use millrace_model::Values;
use millrace_model::event::{
    Actor, AttemptEnd, Cause, Exit, LogSummary, Outcome, RunEvent, RunEventKind, RunHead, RunState,
    TaskState, Then, Trigger,
};
use millrace_model::ident::{Ident, IdentError};
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_model::time::Timestamp;

use crate::{Persist, StoreError, Writer};

/// Events in one transaction, about.
const BATCH_EVENTS: usize = 8_000;

/// What to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// How many runs.
    pub runs: u64,
    /// How many tasks each has; at least 1.
    pub tasks: u32,
    /// Another seed gives other runs.
    pub seed: u64,
    /// When the last of them ends, about. They are ten minutes apart.
    pub until: Timestamp,
}

/// Adds the runs; `progress` is told how many are stored.
///
/// # Errors
/// When they cannot be written; what was reported by `progress` is stored.
pub fn fill(
    writer: &mut Writer,
    fill: &Fill,
    mut progress: impl FnMut(u64),
) -> Result<(), StoreError> {
    let mut random = Random(fill.seed ^ 0x9E37_79B9_7F4A_7C15);
    let mut workflows = Vec::new();
    for (name, title, trigger) in WORKFLOWS {
        let workflow = SeedWorkflow::new(name, title, trigger, fill.tasks, &mut random)
            .map_err(|error| StoreError::Sql(error.to_string()))?;
        writer.put_snapshot(&workflow.text)?;
        workflows.push(workflow);
    }
    let mut batch = Vec::with_capacity(BATCH_EVENTS + 8 * fill.tasks as usize);
    for number in 0..fill.runs {
        let which = random.below(workflows.len() as u64);
        let Some(workflow) = usize::try_from(which).ok().and_then(|at| workflows.get(at)) else {
            continue;
        };
        let age = (fill.runs - number).saturating_mul(600_000_000);
        let at = fill.until.0.saturating_sub(i64::try_from(age).unwrap_or(i64::MAX));
        SeedRun { run: RunId(random.next()), at, seq: 0, batch: &mut batch, random: &mut random }
            .play(workflow);
        if batch.len() >= BATCH_EVENTS || number + 1 == fill.runs {
            writer.commit(&batch, Persist::Soon)?;
            batch.clear();
            progress(number + 1);
        }
    }
    writer.sync()
}

const WORKFLOWS: [(&str, &str, &str); 8] = [
    ("daily_sales", "Daily sales report", "workdays"),
    ("backup_photos", "Back up the photo library", "nightly"),
    ("site_health", "Health of the web sites", "every_ten_minutes"),
    ("train_model", "Train the forecast", ""),
    ("sync_contacts", "Synchronise contacts", "hourly"),
    ("clean_inbox", "File the inbox", "hourly"),
    ("render_video", "Render the holiday video", ""),
    ("mirror_repos", "Mirror the repositories", "nightly"),
];

const TASKS: [&str; 12] = [
    "fetch",
    "check",
    "unpack",
    "convert",
    "validate",
    "load",
    "aggregate",
    "compare",
    "render",
    "upload",
    "notify",
    "clean_up",
];

const LINES: [&str; 4] = [
    "error: connection refused (os error 111)",
    "curl: (28) Operation timed out after 30001 milliseconds",
    "KeyError: 'total'",
    "rsync error: some files could not be transferred (code 23)",
];

struct SeedWorkflow {
    id: WorkflowId,
    name: Ident,
    title: &'static str,
    schedule: Option<Ident>,
    tasks: Vec<Ident>,
    text: String,
    snapshot: String,
}

impl SeedWorkflow {
    fn new(
        name: &str,
        title: &'static str,
        schedule: &str,
        tasks: u32,
        random: &mut Random,
    ) -> Result<Self, IdentError> {
        let mut idents = Vec::new();
        for number in 0..tasks.max(1) as usize {
            let word = TASKS[number % TASKS.len()];
            let round = number / TASKS.len();
            idents.push(Ident::new(&match round {
                0 => word.to_owned(),
                _ => format!("{word}_{round}"),
            })?);
        }
        let nodes: Vec<String> = idents
            .iter()
            .map(|task| {
                format!("    {{ \"name\": \"{task}\", \"kind\": \"noop\", \"spec\": {{}} }}")
            })
            .collect();
        let edges: Vec<String> = idents
            .windows(2)
            .map(|pair| format!("    {{ \"from\": \"{}\", \"to\": \"{}\" }}", pair[0], pair[1]))
            .collect();
        let text = format!(
            "{{\n  \"millrace\": 1,\n  \"name\": \"{name}\",\n  \"title\": \"{title}\",\n  \"tasks\": [\n{}\n  ],\n  \
             \"dependencies\": [\n{}\n  ]\n}}\n",
            nodes.join(",\n"),
            edges.join(",\n")
        );
        Ok(Self {
            id: WorkflowId(random.next()),
            name: Ident::new(name)?,
            title,
            schedule: if schedule.is_empty() { None } else { Some(Ident::new(schedule)?) },
            tasks: idents,
            snapshot: crate::snapshot_hash(&text),
            text,
        })
    }
}

/// How a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Smooth,
    /// The task of this number fails.
    Fails(u64),
    /// Cancelled while the task of this number runs.
    Canceled(u64),
}

struct SeedRun<'a> {
    run: RunId,
    at: i64,
    seq: u64,
    batch: &'a mut Vec<RunEvent>,
    random: &'a mut Random,
}

impl SeedRun<'_> {
    fn play(mut self, workflow: &SeedWorkflow) {
        let count = workflow.tasks.len() as u64;
        let course = match self.random.below(100) {
            0..6 => Course::Fails(self.random.below(count)),
            6..8 => Course::Canceled(self.random.below(count)),
            _ => Course::Smooth,
        };
        let trigger = match &workflow.schedule {
            Some(schedule) if self.random.below(10) > 0 => {
                Trigger::Schedule { schedule: schedule.clone(), caught_up: false }
            }
            _ => Trigger::Manual,
        };
        self.push(RunEventKind::RunQueued(Box::new(RunHead {
            workflow: workflow.name.clone(),
            title: Some(workflow.title.to_owned()),
            workflow_id: Some(workflow.id),
            path: None,
            snapshot: workflow.snapshot.clone(),
            trigger,
            logical_time: Timestamp(self.at),
            params: Values::new(),
            tasks: workflow.tasks.clone(),
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        })));
        self.push(RunEventKind::RunStarted);
        let mut serial = 0;
        for (number, task) in (0..).zip(&workflow.tasks) {
            let key = TaskKey::plain(task.clone());
            match course {
                Course::Fails(failing) if number > failing => {
                    let before = &workflow.tasks[usize::try_from(number - 1).unwrap_or(0)];
                    self.push(RunEventKind::TaskEnded {
                        task: key,
                        state: TaskState::UpstreamFailed,
                        cause: Cause::UpstreamFailed { task: before.clone() },
                    });
                }
                Course::Canceled(stop) if number > stop => self.push(RunEventKind::TaskEnded {
                    task: key,
                    state: TaskState::Canceled,
                    cause: Cause::RunCanceled,
                }),
                Course::Fails(failing) if number == failing => {
                    self.attempt(&key, &mut serial, 1, Ending::Again);
                    self.attempt(&key, &mut serial, 2, Ending::Fails);
                }
                Course::Canceled(stop) if number == stop => {
                    self.attempt(&key, &mut serial, 1, Ending::Stopped);
                }
                Course::Smooth | Course::Fails(_) | Course::Canceled(_) => {
                    self.attempt(&key, &mut serial, 1, Ending::Succeeds);
                }
            }
        }
        let (state, cause) = match course {
            Course::Smooth => (RunState::Succeeded, None),
            Course::Canceled(_) => (RunState::Canceled, Some(Cause::RunCanceled)),
            Course::Fails(failing) => {
                let first = workflow.tasks[usize::try_from(failing).unwrap_or(0)].clone();
                let first = TaskKey::plain(first);
                (RunState::Failed, Some(Cause::TasksFailed { first, count: 1 }))
            }
        };
        self.push(RunEventKind::RunEnded { state, cause });
    }

    fn attempt(&mut self, key: &TaskKey, serial: &mut u32, number: u32, ending: Ending) {
        *serial += 1;
        let serial = *serial;
        self.push(RunEventKind::AttemptDispatched { task: key.clone(), serial, number });
        let started = Timestamp(self.at);
        let duration_us = 20_000 + self.random.below(4_000_000);
        if ending == Ending::Stopped {
            self.push(RunEventKind::CancelRequested { by: Actor::Person, kill: false });
        }
        self.at += i64::try_from(duration_us).unwrap_or(0);
        let line = match ending {
            Ending::Succeeds | Ending::Stopped => format!("{} rows", self.random.below(100_000)),
            Ending::Again | Ending::Fails => {
                LINES[usize::try_from(self.random.below(4)).unwrap_or(0)].to_owned()
            }
        };
        let failed = Outcome::Failed { exit: Exit::Code(1) };
        let (outcome, then) = match ending {
            Ending::Succeeds => {
                (Outcome::Succeeded, Then::End { state: TaskState::Succeeded, cause: None })
            }
            Ending::Again => (failed, Then::Retry { due: Timestamp(self.at + 1_000_000) }),
            Ending::Fails => {
                let cause = Some(Cause::Exit { exit: Exit::Code(1) });
                (failed, Then::End { state: TaskState::Failed, cause })
            }
            Ending::Stopped => {
                let cause = Some(Cause::RunCanceled);
                (Outcome::Canceled, Then::End { state: TaskState::Canceled, cause })
            }
        };
        let bytes = 40 + self.random.below(20_000);
        let end = AttemptEnd {
            started: Some(started),
            duration_us,
            log: Some(LogSummary { bytes, cut: 0, last_line: line }),
            cpu_us: duration_us / 3,
            max_rss: (2 + self.random.below(200)) << 20,
            ..AttemptEnd::unmeasured(outcome, Timestamp(self.at))
        };
        self.push(RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
    }

    fn push(&mut self, kind: RunEventKind) {
        self.seq += 1;
        self.at += 1_000;
        let (run, seq, at) = (self.run, self.seq, Timestamp(self.at));
        self.batch.push(RunEvent { run, seq, at, kind });
    }
}

/// How an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Succeeds,
    Again,
    Fails,
    Stopped,
}

/// SplitMix64: small, even, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}
