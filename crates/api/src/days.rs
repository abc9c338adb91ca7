//! How a workflow fared from day to day.

use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::time::Day;
use serde::{Deserialize, Serialize};

/// One request may ask for at most so many days: ten years and a week to fill them up with.
pub const MAX_DAYS: i64 = 3_660;

/// Asks how the runs of a workflow ended, day by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowDays {
    /// Its name. Where several have it and no identity is given: the runs of all of them.
    pub workflow: String,
    /// Its identity, which it keeps when it gets another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// The first day.
    pub from: Day,
    /// The last one. At most [`MAX_DAYS`] days in all.
    pub until: Day,
}

/// How a workflow fared from day to day. A day begins and ends by the clock of the machine that the runs ran on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DaysFared {
    /// The title of the workflow in its newest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Which day it is there now.
    pub today: Day,
    /// The day of its oldest run; none where it has no runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Day>,
    /// The days that have runs, in order.
    pub days: Vec<DayFared>,
}

/// The runs that were accepted on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DayFared {
    /// Which.
    pub day: Day,
    /// How many succeeded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub succeeded: u32,
    /// How many failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: u32,
    /// How many were cancelled.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub canceled: u32,
    /// How many have not ended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub under_way: u32,
    /// Half of those that succeeded took no longer, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_us: Option<u64>,
    /// The first one that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_failed: Option<RunId>,
}

impl DayFared {
    /// How many runs it has.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.succeeded + self.failed + self.canceled + self.under_way
    }

    /// How many ended by themselves.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.succeeded + self.failed
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_says_only_what_it_has() {
        let day = Day::new(2026, 11, 23).unwrap();
        let fared =
            DayFared { day, failed: 2, first_failed: Some(RunId(7)), ..DayFared::default() };
        let json = serde_json::to_value(fared).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "day": "2026-11-23", "failed": 2, "first_failed": RunId(7) })
        );
        assert_eq!(serde_json::from_value::<DayFared>(json).unwrap(), fared);
        assert_eq!((fared.runs(), fared.ended()), (2, 2));
    }
}
