//! How a workflow fared: its runs beside each other, and each task in each of them.

use std::fmt;

use millrace_model::event::{RunState, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One request gives at most so many runs.
pub const MAX_GRID: u32 = 500;

/// Asks for the newest runs of a workflow, task by task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WorkflowGrid {
    /// Its name. Where several have it and no identity is given: the runs of all of them.
    pub workflow: String,
    /// Its identity, which it keeps when it gets another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// Only runs that come after this one in the order from new to old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<RunId>,
    /// At most so many runs, and never more than [`MAX_GRID`].
    pub limit: u32,
}

/// Runs beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grid {
    /// The title of the workflow in its newest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The tasks: those of the newest run in the order of its document, then those that only older ones of these runs have.
    pub tasks: Vec<GridTask>,
    /// The runs, newest first.
    pub runs: Vec<GridRun>,
    /// Give this as `before` for the next ones; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RunId>,
}

/// A row of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridTask {
    /// Which.
    pub task: Ident,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The newest run does not have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// A column of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridRun {
    /// Which.
    pub run: RunId,
    /// Where it stands.
    pub state: RunState,
    /// When it was accepted.
    pub queued: Timestamp,
    /// From its start to its end, in microseconds; none while it has not ended or when it never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_us: Option<u64>,
    /// Where each task stands, as many as there are rows.
    pub states: GridStates,
    /// How long each task took, in microseconds, as many as there are rows; 0 where that is not known.
    pub tasks_us: Vec<u64>,
}

/// The states of a column; none where the run does not have the task, or that of it is not known yet. On the wire a letter
/// each.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct GridStates(pub Vec<Option<TaskState>>);

/// For [`TaskState::ALL`], in that order.
const LETTERS: &[u8; 11] = b"pqrwtsfekuc";
/// For no state.
const NO_STATE: u8 = b'-';

impl GridStates {
    fn letters(&self) -> String {
        let letter = |state: &Option<TaskState>| char::from(state.map_or(NO_STATE, letter_of));
        self.0.iter().map(letter).collect()
    }
}

impl fmt::Debug for GridStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.letters())
    }
}

impl Serialize for GridStates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.letters())
    }
}

impl<'de> Deserialize<'de> for GridStates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // A state that a later Millrace knows is one that is not known here.
        Ok(Self(text.bytes().map(state_of).collect()))
    }
}

fn letter_of(state: TaskState) -> u8 {
    LETTERS[state as usize]
}

fn state_of(letter: u8) -> Option<TaskState> {
    let at = LETTERS.iter().position(|known| *known == letter)?;
    Some(TaskState::ALL[at])
}

/// What runs beside each other have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fared {
    /// How many ended by themselves: succeeded or failed.
    pub ended: u32,
    /// How many of those succeeded.
    pub succeeded: u32,
    /// Half of those that succeeded took no longer, in microseconds.
    pub median_us: Option<u64>,
}

impl Fared {
    /// Of these runs.
    #[must_use]
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a GridRun>) -> Self {
        let mut fared = Self::default();
        let mut lengths_us = Vec::new();
        for run in runs {
            match run.state {
                RunState::Succeeded => {
                    fared.succeeded += 1;
                    lengths_us.extend(run.took_us);
                }
                RunState::Failed => {}
                _ => continue,
            }
            fared.ended += 1;
        }
        lengths_us.sort_unstable();
        fared.median_us = millrace_model::quantile::median(&lengths_us);
        fared
    }

    /// How many of a hundred succeeded; none where none has ended. Only where all did, it is 100.
    #[must_use]
    pub fn percent(&self) -> Option<u32> {
        (self.ended > 0).then(|| self.succeeded * 100 / self.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(state: RunState, took_us: Option<u64>) -> GridRun {
        let states = GridStates(vec![Some(TaskState::Failed), None, Some(TaskState::Skipped)]);
        GridRun {
            run: RunId(1),
            state,
            queued: Timestamp(0),
            took_us,
            states,
            tasks_us: vec![0; 3],
        }
    }

    #[test]
    fn states_are_a_letter_each() {
        let all = GridStates(TaskState::ALL.into_iter().map(Some).chain([None]).collect());
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(json, r#""pqrwtsfekuc-""#);
        assert_eq!(serde_json::from_str::<GridStates>(&json).unwrap(), all);
        let later: GridStates = serde_json::from_str(r#""s§""#).unwrap();
        assert_eq!(later.0[..2], [Some(TaskState::Succeeded), None]);
    }

    #[test]
    fn a_rate_is_of_what_ended_by_itself() {
        let runs = [
            run(RunState::Succeeded, Some(30)),
            run(RunState::Succeeded, Some(10)),
            run(RunState::Failed, Some(1)),
            run(RunState::Canceled, Some(1)),
            run(RunState::Running, None),
        ];
        let fared = Fared::of(&runs);
        assert_eq!(fared, Fared { ended: 3, succeeded: 2, median_us: Some(20) });
        assert_eq!(fared.percent(), Some(66));
        assert_eq!(Fared::of(&[]).percent(), None);
    }
}
