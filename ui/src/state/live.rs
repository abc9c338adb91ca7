//! A run as the ui follows it: the fold of its events, refetched when one is missing.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_api::ApiError;
use millrace_api::run::{RunDetail, Wait};
use millrace_model::document::Workflow;
use millrace_model::event::{Attempt, Run, RunEvent, TaskRun, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};

/// A run that is followed.
#[derive(Debug)]
pub(crate) struct LiveRun {
    /// Which.
    pub(crate) id: RunId,
    /// Its state; none until the first answer.
    pub(crate) run: Option<Arc<Run>>,
    /// Why its tasks wait, as last answered.
    waits: HashMap<TaskKey, String>,
    /// Its pinned document, where that was asked for.
    pub(crate) snapshot: Option<Arc<Workflow>>,
    /// Why it cannot be shown.
    pub(crate) error: Option<ApiError>,
    /// Changes when what is made of the above has to be made anew; see [`Self::settle`].
    pub(crate) revision: u64,
    /// Something of the above changed after that.
    has_changed: bool,
    /// When the revision changed last, in seconds.
    settled_at: f64,
    /// The newest event that was seen on the stream, taken in or not.
    newest: u64,
}

/// A run with so many events is shown anew only every [`PACE_SECS`].
const MANY_EVENTS: u64 = 1_500;
const PACE_SECS: f64 = 0.1;

/// What has to be done after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is of another run, or was known already.
    Nothing,
    /// The run changed.
    Changed,
    /// An event is missing: ask for the whole run.
    Refetch,
}

impl LiveRun {
    pub(crate) fn new(id: RunId) -> Self {
        Self {
            id,
            run: None,
            waits: HashMap::new(),
            snapshot: None,
            error: None,
            revision: 0,
            has_changed: false,
            settled_at: f64::NEG_INFINITY,
            newest: 0,
        }
    }

    /// Takes in the whole run. Says whether it must be asked for again, because newer events went by meanwhile.
    pub(crate) fn take(&mut self, detail: RunDetail) -> bool {
        self.has_changed = true;
        self.error = None;
        self.take_waits(&detail.waits);
        if let Some(text) = detail.snapshot {
            let parsed = millrace_model::read::Document::parse(text.as_bytes());
            self.snapshot = parsed.workflow.map(Arc::new);
        }
        // An answer that was on its way while events came in may be older than what they made.
        if self.run.as_ref().is_none_or(|run| run.seq <= detail.run.seq) {
            self.run = Some(Arc::new(detail.run));
        }
        self.run.as_ref().is_some_and(|run| run.seq < self.newest)
    }

    /// Takes in an event.
    pub(crate) fn apply(&mut self, event: &RunEvent) -> Taken {
        if event.run != self.id {
            return Taken::Nothing;
        }
        self.newest = self.newest.max(event.seq);
        let Some(run) = &mut self.run else { return Taken::Nothing };
        if event.seq <= run.seq {
            return Taken::Nothing;
        }
        // Nobody else holds it between two frames.
        match Arc::make_mut(run).apply(event) {
            Ok(()) => {
                self.has_changed = true;
                Taken::Changed
            }
            Err(_) => Taken::Refetch,
        }
    }

    /// What changed is shown from this frame on. Of a run with many events all that is shown is large, and made anew only so
    /// often.
    pub(crate) fn settle(&mut self, time: f64) {
        if self.settles_in(time).is_some_and(|secs| secs <= 0.0) {
            self.revision += 1;
            self.has_changed = false;
            self.settled_at = time;
        }
    }

    /// In how many seconds what changed is shown; none where nothing did.
    pub(crate) fn settles_in(&self, time: f64) -> Option<f64> {
        let is_fast = |run: &Run| run.seq < MANY_EVENTS || run.state.is_final();
        let waits = !self.run.as_ref().is_none_or(|run| is_fast(run));
        let secs = if waits { (self.settled_at + PACE_SECS - time).max(0.0) } else { 0.0 };
        self.has_changed.then_some(secs)
    }

    /// Takes in why its tasks wait.
    pub(crate) fn take_waits(&mut self, waits: &[Wait]) {
        self.waits = waits.iter().map(|wait| (wait.task.clone(), wait.why.clone())).collect();
    }

    /// Why a task waits; none where it does not, whatever was true when that was asked.
    pub(crate) fn why(&self, key: &TaskKey) -> Option<&str> {
        let waits = matches!(
            self.run.as_ref()?.task(key)?.state,
            TaskState::Pending | TaskState::Queued | TaskState::Waiting | TaskState::UpForRetry
        );
        self.waits.get(key).filter(|_| waits).map(String::as_str)
    }

    /// Whether something of it may still change.
    pub(crate) fn is_active(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.state.is_final())
    }

    /// The run's task of this name.
    pub(crate) fn task(&self, name: &Ident) -> Option<(&TaskKey, &TaskRun)> {
        self.run.as_ref()?.tasks.get_key_value(&TaskKey::plain(name.clone()))
    }

    /// The first task that failed by itself, in the order of its end.
    pub(crate) fn first_failed(&self) -> Option<&TaskKey> {
        let failed = |task: &TaskRun| matches!(task.state, TaskState::Failed | TaskState::Error);
        self.run
            .as_ref()?
            .tasks
            .iter()
            .filter(|(_, task)| failed(task))
            .min_by_key(|(_, task)| task.ended)
            .map(|(key, _)| key)
    }
}

/// The attempt that a person means by "the task's last".
pub(crate) fn last_attempt(task: &TaskRun) -> Option<&Attempt> {
    task.attempts.last()
}

/// When the current attempt started, as far as that is known; of a mapped task, when its items were.
pub(crate) fn running_since(task: &TaskRun) -> Option<millrace_model::time::Timestamp> {
    if task.mapped.is_some() {
        return task.queued;
    }
    let attempt = task.attempts.last()?;
    Some(attempt.started.unwrap_or(attempt.dispatched))
}
