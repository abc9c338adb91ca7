//! Which tasks run again when a run is retried, or rerun from a task.
//!
//! Pure: the plan and the fold of the run so far go in. What becomes of these tasks is the callers' business.

use millrace_model::event::{Cause, TaskRun, TaskState};

use crate::plan::Plan;

/// How a task stood before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    pub(crate) state: TaskState,
    /// A try of its last round, or the run that it was taken over from, got so far as to do something.
    pub(crate) has_run: bool,
}

impl Before {
    /// As the history of its run says.
    pub(crate) fn of(task: &TaskRun) -> Self {
        Self { state: task.state, has_run: has_run(task) }
    }
}

/// For each task of the plan whether it runs again: `from`, everything after them, and the setups without which they
/// would run on what has been torn down already.
pub(crate) fn tasks(
    plan: &Plan,
    before: &dyn Fn(u32) -> Option<Before>,
    from: impl IntoIterator<Item = u32>,
) -> Vec<bool> {
    let mut again = plan.downstream_closure(from);
    let result = |task: u32| before(task).filter(|_| plan.runs(task));
    let torn_down: Vec<(u32, u32)> = (0..plan.count())
        .filter(|teardown| {
            plan.is_teardown(*teardown) && result(*teardown).is_some_and(|of| of.has_run)
        })
        .flat_map(|teardown| plan.setups(teardown).map(move |setup| (setup, teardown)))
        .filter(|(setup, _)| result(*setup).is_some_and(|of| of.state == TaskState::Succeeded))
        .collect();
    loop {
        let needed: Vec<u32> = torn_down
            .iter()
            .filter(|(setup, _)| !again[*setup as usize])
            .filter(|(setup, teardown)| needs_between(plan, *setup, *teardown, &again))
            .map(|(setup, _)| *setup)
            .collect();
        if needed.is_empty() {
            return again;
        }
        for setup in needed {
            again[setup as usize] = true;
            // What is set up again is torn down again, by all who do.
            let teardowns = plan.teardowns(setup);
            for (task, found) in plan.downstream_closure(teardowns).into_iter().enumerate() {
                again[task] |= found;
            }
        }
    }
}

/// Whether a task after the setup and before its teardown runs again.
fn needs_between(plan: &Plan, setup: u32, teardown: u32, again: &[bool]) -> bool {
    let after = plan.downstream_closure([setup]);
    let before = plan.upstream_closure([teardown]);
    (0..plan.len())
        .any(|task| task != teardown as usize && again[task] && after[task] && before[task])
}

fn has_run(of: &TaskRun) -> bool {
    let carried = matches!(of.cause, Some(Cause::CarriedOver { .. }));
    let ended = matches!(of.state, TaskState::Succeeded | TaskState::Failed | TaskState::Error);
    of.tries() > 0 || of.mapped.is_some() || carried && ended
}
