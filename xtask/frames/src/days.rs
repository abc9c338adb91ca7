//! How a workflow with runs on every day of ten years fared.

use millrace_api::days::{DayFared, DaysFared, WorkflowDays};
use millrace_model::ids::RunId;
use millrace_model::time::Day;

const TODAY: (i32, u32, u32) = (2026, 11, 23);
const YEARS: i64 = 10;

/// The days that are asked for: many runs on each, some of which failed.
pub(crate) fn days(asked: &WorkflowDays) -> DaysFared {
    let today = Day::new(TODAY.0, TODAY.1, TODAY.2).unwrap_or_default();
    let oldest = today.plus(-365 * YEARS);
    let all = std::iter::successors(Some(asked.from), |day| day.next());
    let known = all.take_while(|day| *day <= asked.until.min(today));
    let fared = known.filter(|day| Some(*day) >= oldest).map(|day| {
        let age = today.days_since(day).unsigned_abs();
        let failed = u32::from(age % 9 == 4) * (1 + (age % 5) as u32);
        DayFared {
            day,
            succeeded: 20 + (age % 30) as u32,
            failed,
            median_us: Some(1_000_000 + age * 7_919 % 4_000_000),
            first_failed: (failed > 0).then_some(RunId(age + 1)),
            ..DayFared::default()
        }
    });
    DaysFared { title: None, today, oldest, days: fared.collect() }
}
