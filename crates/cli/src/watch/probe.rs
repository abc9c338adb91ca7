//! What the live view asks for beside the events: the last line of what runs, how far child runs are, and why the rest waits.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use millrace_api::run::{GetRun, WhyRun};
use millrace_model::event::{Run, TaskState};
use millrace_model::ids::{RunId, TaskKey};

use super::end::last_lines;
use crate::link::Link;

/// Between two looks. The answers are for reading: a person reads no faster.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Of at most so many running tasks the last line is asked for.
const MAX_LOGS: usize = 20;

/// Asks in the background.
pub(super) struct Probe {
    remarks: BTreeMap<TaskKey, String>,
    last: Option<Instant>,
    answers: mpsc::Receiver<BTreeMap<TaskKey, String>>,
    sender: mpsc::Sender<BTreeMap<TaskKey, String>>,
    asking: bool,
}

impl Probe {
    pub(super) fn new() -> Self {
        let (sender, answers) = mpsc::channel(1);
        Self { remarks: BTreeMap::new(), last: None, answers, sender, asking: false }
    }

    /// What is known of tasks that have not ended.
    pub(super) fn remarks(&self) -> &BTreeMap<TaskKey, String> {
        &self.remarks
    }

    /// Takes in an answer, and asks again where it is time to.
    pub(super) fn look(&mut self, run: &Run, link: &Link) {
        if let Ok(remarks) = self.answers.try_recv() {
            self.remarks = remarks;
            self.asking = false;
        }
        let due = self.last.is_none_or(|last| last.elapsed() >= LOOK_AGAIN);
        if self.asking || !due || run.state.is_final() {
            return;
        }
        self.last = Some(Instant::now());
        self.asking = true;
        let running: Vec<(TaskKey, Option<RunId>)> = run
            .tasks
            .iter()
            .filter(|(_, task)| task.state == TaskState::Running)
            .map(|(key, task)| (key.clone(), task.attempts.last().and_then(|last| last.child)))
            .take(MAX_LOGS)
            .collect();
        let waits = run
            .tasks
            .values()
            .any(|task| matches!(task.state, TaskState::Queued | TaskState::Waiting));
        let (link, run, sender) = (link.clone(), run.run, self.sender.clone());
        tokio::spawn(async move {
            let mut remarks = BTreeMap::new();
            for (key, child) in running {
                if let Some(child) = child {
                    remarks.extend(how_far(child, &link).await.map(|remark| (key, remark)));
                    continue;
                }
                // A task that has printed nothing, or ended meanwhile, has no line.
                let lines = last_lines(run, &key, 1, &link).await.unwrap_or_default();
                if let Some(line) = lines.lines().rev().find(|line| !line.trim().is_empty()) {
                    remarks.insert(key, line.trim().to_owned());
                }
            }
            if waits && let Ok(reply) = link.backend().why_run(WhyRun { run }).await {
                remarks.extend(reply.waits.into_iter().map(|wait| (wait.task, wait.why)));
            }
            // The view may have gone.
            let _unheard = sender.send(remarks).await;
        });
    }
}

/// How far a child run is.
async fn how_far(child: RunId, link: &Link) -> Option<String> {
    let child = link.backend().get_run(GetRun { run: child, snapshot: false }).await.ok()?.run;
    let ended = child.tasks.values().filter(|task| task.state.is_final()).count();
    Some(format!("run {:.8} {}: {ended} of {} tasks", child.run, child.state, child.tasks.len()))
}
