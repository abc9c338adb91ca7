//! How long runs of a workflow usually take, and their tasks.

use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use serde::{Deserialize, Serialize};

/// So many runs at most say what is usual.
pub const USUAL_OF: u32 = 50;
/// Of fewer runs nothing is usual.
pub const USUAL_FROM: u32 = 3;

/// Asks what was usual when a run was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsualRun {
    /// Which.
    pub run: RunId,
}

/// What is usual, by the last [`USUAL_OF`] runs of the same workflow that were accepted before the run and succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usual {
    /// How many runs were looked at.
    pub runs: u32,
    /// How long all of it takes; none where fewer than [`USUAL_FROM`] runs did all of it. Runs that began with results of
    /// others do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<UsualLength>,
    /// How long its tasks take, in order of name; those that succeeded in fewer runs are left out. What was reused, carried
    /// over or marked does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<UsualTask>,
}

/// How long something usually takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualLength {
    /// How many runs this is of.
    pub runs: u32,
    /// Half of them took no longer, in microseconds.
    pub median_us: u64,
    /// Nine of ten took no longer, in microseconds.
    pub p90_us: u64,
}

/// How long a task usually takes, from its first try's start to its last one's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualTask {
    /// Which.
    pub task: Ident,
    /// How long.
    pub length: UsualLength,
}

impl UsualLength {
    /// Of these lengths; none of too few.
    #[must_use]
    pub fn of(mut lengths_us: Vec<u64>) -> Option<Self> {
        lengths_us.sort_unstable();
        let runs = u32::try_from(lengths_us.len()).unwrap_or(u32::MAX);
        if runs < USUAL_FROM {
            return None;
        }
        Some(Self {
            runs,
            median_us: millrace_model::quantile::median(&lengths_us)?,
            p90_us: millrace_model::quantile::quantile(&lengths_us, 0.9)?,
        })
    }

    /// How much longer than usual this is, where it is longer than nine of ten: beyond the median, in microseconds.
    #[must_use]
    pub fn beyond(&self, length_us: u64) -> Option<u64> {
        (length_us > self.p90_us).then(|| length_us.saturating_sub(self.median_us))
    }
}

impl Usual {
    /// How long a task usually takes.
    #[must_use]
    pub fn task(&self, task: &str) -> Option<&UsualLength> {
        let at = self.tasks.binary_search_by(|known| known.task.as_str().cmp(task)).ok()?;
        Some(&self.tasks[at].length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_runs_nothing_is_usual() {
        assert_eq!(UsualLength::of(vec![5, 3]), None);
        let usual = UsualLength::of(vec![40, 10, 20]).unwrap();
        assert_eq!(usual, UsualLength { runs: 3, median_us: 20, p90_us: 36 });
    }

    #[test]
    fn what_is_slower_than_nine_of_ten_is_compared_with_the_median() {
        let usual = UsualLength { runs: 9, median_us: 20, p90_us: 36 };
        assert_eq!(usual.beyond(36), None);
        assert_eq!(usual.beyond(37), Some(17));
    }
}
