//! Commands for many runs at once.

use serde::{Deserialize, Serialize};

use millrace_model::event::RunState;
use millrace_model::ids::RunId;

/// Reopens runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryRuns {
    /// Which.
    pub runs: Vec<RunId>,
}

/// Stops runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelRuns {
    /// Which.
    pub runs: Vec<RunId>,
    /// At once, without grace.
    #[serde(default)]
    pub kill: bool,
}

/// What was done with each of many runs. Every one is in one of the lists.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Steered {
    /// With these it was done.
    pub done: Vec<RunId>,
    /// With these it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
}

/// Runs with which it was not done, for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// Why, as it goes on after a number: `still under way`.
    pub why: String,
    /// Which.
    pub runs: Vec<RunId>,
}

/// Asks which runs a query finds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SelectRuns {
    /// As that of a list of runs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The `mark` of a page of them: without what was accepted after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<u64>,
    /// Without so many at the start of the list.
    #[serde(default)]
    pub skip: u64,
    /// At most so many; none = all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// The runs that a query finds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SelectedRuns {
    /// By how they stand, each newest first.
    pub states: Vec<RunsOfState>,
}

/// Runs that stand alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunsOfState {
    /// How.
    pub state: RunState,
    /// Which.
    pub runs: Vec<RunId>,
}

impl SelectedRuns {
    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.states.iter().map(|of| of.runs.len()).sum()
    }

    /// All of them.
    pub fn ids(&self) -> impl Iterator<Item = RunId> {
        self.states.iter().flat_map(|of| of.runs.iter().copied())
    }
}

impl Steered {
    /// What happened, in half a sentence: `12 retried, 3 still under way`.
    #[must_use]
    pub fn words(&self, done: &str) -> String {
        let mut parts = Vec::new();
        if !self.done.is_empty() || self.left.is_empty() {
            parts.push(format!("{} {done}", self.done.len()));
        }
        parts.extend(self.left.iter().map(|left| format!("{} {}", left.runs.len(), left.why)));
        parts.join(", ")
    }

    /// Takes in what was done with further runs.
    pub fn add(&mut self, more: Self) {
        self.done.extend(more.done);
        for left in more.left {
            match self.left.iter_mut().find(|known| known.why == left.why) {
                Some(known) => known.runs.extend(left.runs),
                None => self.left.push(left),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_in_words() {
        let left = |why: &str, runs: &[u64]| Left {
            why: why.to_owned(),
            runs: runs.iter().copied().map(RunId).collect(),
        };
        let mut all = Steered { done: vec![RunId(1)], left: vec![left("still under way", &[2])] };
        assert_eq!(all.words("retried"), "1 retried, 1 still under way");
        all.add(Steered {
            done: vec![RunId(3)],
            left: vec![left("still under way", &[4]), left("not here", &[5])],
        });
        assert_eq!(all.words("retried"), "2 retried, 2 still under way, 1 not here");
        assert_eq!(Steered::default().words("retried"), "0 retried");
        let none = Steered { done: Vec::new(), left: vec![left("over already", &[1, 2])] };
        assert_eq!(none.words("cancelled"), "2 over already");
    }
}
