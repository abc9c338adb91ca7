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
        let is_paced = |run: &Run| run.seq >= MANY_EVENTS && !run.state.is_final();
        let secs = match &self.run {
            Some(run) if is_paced(run) => (self.settled_at + PACE_SECS - time).max(0.0),
            _ => 0.0,
        };
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

#[cfg(test)]
mod tests {
    use millrace_model::event::{Actor, RunEventKind, RunState, Trigger};
    use millrace_model::time::Timestamp;
    use serde_json::json;

    use super::*;

    const RUN: RunId = RunId(1);

    fn event(seq: u64, kind: RunEventKind) -> RunEvent {
        RunEvent { run: RUN, seq, at: Timestamp(0), kind }
    }

    /// A run that goes on, with so many events.
    fn live(events: u64) -> LiveRun {
        let head = json!({
            "workflow": "w", "snapshot": "", "trigger": Trigger::Manual, "logical_time": 0, "tasks": [],
        });
        let head = serde_json::from_value(head).unwrap();
        let mut run = Run::begin(&event(1, RunEventKind::RunQueued(head))).unwrap();
        run.apply(&event(2, RunEventKind::RunStarted)).unwrap();
        run.seq = events;
        let mut live = LiveRun::new(RUN);
        assert!(!live.take(RunDetail { run, snapshot: None, waits: Vec::new() }));
        live.settle(10.0);
        assert_eq!(live.revision, 1, "what comes first is shown at once");
        live
    }

    #[test]
    fn a_run_with_few_events_is_shown_anew_in_every_frame() {
        let mut live = live(10);
        live.settle(10.0);
        assert_eq!((live.revision, live.settles_in(10.0)), (1, None), "nothing happened");
        let moved = RunEventKind::RunMoved { rank: 1, by: Actor::Person };
        assert_eq!(live.apply(&event(11, moved)), Taken::Changed);
        assert_eq!(live.settles_in(10.01), Some(0.0));
        live.settle(10.01);
        assert_eq!(live.revision, 2);
    }

    #[test]
    fn one_with_many_waits_a_little_but_not_with_its_end() {
        let mut live = live(MANY_EVENTS);
        let moved = |rank| RunEventKind::RunMoved { rank, by: Actor::Person };
        assert_eq!(live.apply(&event(MANY_EVENTS + 1, moved(1))), Taken::Changed);
        live.settle(10.04);
        assert_eq!(live.revision, 1);
        let left = live.settles_in(10.04).unwrap();
        assert!((left - 0.06).abs() < 1e-9, "{left}");
        live.settle(10.11);
        assert_eq!((live.revision, live.settles_in(10.11)), (2, None));
        let end = RunEventKind::RunEnded { state: RunState::Canceled, cause: None };
        assert_eq!(live.apply(&event(MANY_EVENTS + 2, end)), Taken::Changed);
        live.settle(10.12);
        assert_eq!(live.revision, 3);
    }
}
