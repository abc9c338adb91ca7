//! From the history of a workflow to what is worth telling of a run of it.

use std::time::Duration;

use millrace_model::event::{RunEventKind, RunHead, RunState, Trigger};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{Reader, RunFilter, RunRow, StoreError, WorkflowKey};

use super::message::{Kind, Message};

/// So many runs that ended lately are looked through for the one before.
const LATELY: usize = 20;
/// So many runs that succeeded say how long one usually takes.
const USUAL: usize = 20;
/// Fewer say nothing.
const LEAST: usize = 5;
/// However short runs usually are, so much longer is not unusual yet.
const SLACK: Duration = Duration::from_secs(60);

/// A run as far as its row and its first event tell: cheap to have, however large it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glance {
    pub(super) row: RunRow,
    pub(super) head: RunHead,
}

impl Glance {
    /// Looks at a run.
    pub(super) fn at(reader: &Reader, run: RunId) -> Result<Self, StoreError> {
        let row = reader.run_row(run)?;
        match reader.events(run, 0, 1)?.into_iter().next().map(|event| event.kind) {
            Some(RunEventKind::RunQueued(head)) => Ok(Self { row, head: *head }),
            _ => Err(StoreError::Malformed {
                what: format!("run {run}"),
                detail: "its first event is missing".to_owned(),
            }),
        }
    }

    /// Whether another run tells of its end: the one whose task it is, unless somebody has taken it up by itself since.
    pub(super) fn is_told_by_parent(&self) -> bool {
        matches!(self.head.trigger, Trigger::Parent { detached: false, .. }) && self.row.round == 1
    }

    /// What its end at `at` is worth telling; of a failure, whose reasons are in the whole run, without them. `before`:
    /// how the run before it ended.
    pub(super) fn end(&self, before: Option<RunState>, at: Timestamp) -> Option<Message> {
        let kind = match self.row.state {
            RunState::Failed => Kind::Failure,
            RunState::Succeeded if before == Some(RunState::Failed) => Kind::Recovery,
            RunState::Succeeded => Kind::Success,
            RunState::Canceled => Kind::Canceled,
            // It goes on again by now: then its next end is told.
            RunState::Queued | RunState::Running | RunState::Paused => return None,
        };
        Some(Message::of_run(kind, self.row.run, &self.head, at))
    }

    /// What it is worth telling that it takes longer than `limit`.
    pub(super) fn slow(&self, limit: Duration, at: Timestamp) -> Message {
        let mut message = Message::of_run(Kind::Slow, self.row.run, &self.head, at);
        message.reason =
            format!("under way for more than {}, longer than it usually takes", in_words(limit));
        message
    }

    /// How the run that ended before this one ended, of those that succeeded or failed; of a run that was taken up again,
    /// its own end before.
    pub(super) fn ended_before(&self, reader: &Reader) -> Result<Option<RunState>, StoreError> {
        if self.row.round > 1 {
            let events = reader.events(self.row.run, 0, usize::MAX)?;
            let mut ends = events.iter().rev().filter_map(|event| match event.kind {
                RunEventKind::RunEnded { state, .. } => Some(state),
                _ => None,
            });
            if let Some(own @ (RunState::Failed | RunState::Succeeded)) = ends.nth(1) {
                return Ok(Some(own));
            }
        }
        let lately = self.others(reader, vec![RunState::Succeeded, RunState::Failed], LATELY)?;
        let before = lately.iter().filter(|row| row.ended <= self.row.ended);
        Ok(before.max_by_key(|row| (row.ended, row.queued)).map(|row| row.state))
    }

    /// From when on a run of this workflow is unusually long.
    pub(super) fn usual(&self, reader: &Reader) -> Result<Option<Duration>, StoreError> {
        let rows = self.others(reader, vec![RunState::Succeeded], USUAL)?;
        let took = |row: &RunRow| Some(row.ended?.since(row.started?));
        Ok(slow_after(rows.iter().filter_map(took).collect()))
    }

    /// The newest other runs of its workflow in these states.
    fn others(
        &self,
        reader: &Reader,
        states: Vec<RunState>,
        count: usize,
    ) -> Result<Vec<RunRow>, StoreError> {
        let workflow = Some(match self.head.workflow_id {
            Some(id) => WorkflowKey::Id(id),
            None => WorkflowKey::Name(self.head.workflow.to_string()),
        });
        let filter = RunFilter { workflow, states, ..RunFilter::default() };
        let mut rows = reader.list_runs(&filter, None, count)?;
        rows.retain(|row| row.run != self.row.run);
        Ok(rows)
    }
}

/// From when on a run is unusually long, by how long those took that succeeded; none where too few are known.
fn slow_after(mut durations: Vec<Duration>) -> Option<Duration> {
    if durations.len() < LEAST {
        return None;
    }
    durations.sort_unstable();
    let long = *durations.get((durations.len() * 9).div_ceil(10) - 1)?;
    Some((long * 2).max(long + SLACK))
}

/// Such as `2 h 5 min`.
fn in_words(duration: Duration) -> String {
    let minutes = duration.as_secs().div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests;
