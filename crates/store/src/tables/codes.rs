//! The numbers by which states and triggers are stored. They never change their meaning.

use millrace_model::event::{RunState, TaskState, Trigger, TriggerKind};
use millrace_model::ids::TaskKey;

/// Which item of a mapped task; -1 for the task itself.
pub(crate) fn item(key: &TaskKey) -> i64 {
    key.item.map_or(-1, i64::from)
}

pub(crate) const fn run_state(state: RunState) -> i64 {
    match state {
        RunState::Queued => 0,
        RunState::Running => 1,
        RunState::Paused => 2,
        RunState::Succeeded => 3,
        RunState::Failed => 4,
        RunState::Canceled => 5,
    }
}

pub(crate) fn run_state_of(code: i64) -> Option<RunState> {
    RunState::ALL.into_iter().find(|state| run_state(*state) == code)
}

pub(crate) const fn task_state(state: TaskState) -> i64 {
    match state {
        TaskState::Pending => 0,
        TaskState::Queued => 1,
        TaskState::Running => 2,
        TaskState::Waiting => 3,
        TaskState::UpForRetry => 4,
        TaskState::Succeeded => 5,
        TaskState::Failed => 6,
        TaskState::Error => 7,
        TaskState::Skipped => 8,
        TaskState::UpstreamFailed => 9,
        TaskState::Canceled => 10,
    }
}

pub(crate) fn task_state_of(code: i64) -> Option<TaskState> {
    TaskState::ALL.into_iter().find(|state| task_state(*state) == code)
}

pub(crate) const fn trigger_kind(kind: TriggerKind) -> i64 {
    match kind {
        TriggerKind::Manual => 0,
        TriggerKind::Schedule => 1,
        TriggerKind::Event => 2,
        TriggerKind::Api => 3,
        TriggerKind::Backfill => 4,
        TriggerKind::Parent => 5,
    }
}

pub(crate) fn trigger_kind_of(code: i64) -> Option<TriggerKind> {
    TriggerKind::ALL.into_iter().find(|kind| trigger_kind(*kind) == code)
}

/// Which schedule, trigger or parent started a run.
pub(crate) fn trigger_name(trigger: &Trigger) -> Option<String> {
    match trigger {
        Trigger::Manual => None,
        Trigger::Schedule { schedule, .. } | Trigger::Backfill { schedule, .. } => {
            Some(schedule.to_string())
        }
        Trigger::Event { trigger, .. } | Trigger::Api { trigger } => Some(trigger.to_string()),
        Trigger::Parent { run, task, .. } => Some(format!("{run} {task}")),
    }
}

/// Ids are 64 bits without sign; SQLite's integers have one. The bits stay the same.
pub(crate) const fn signed(id: u64) -> i64 {
    id.cast_signed()
}

pub(crate) const fn unsigned(stored: i64) -> u64 {
    stored.cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_is_already_on_disks() {
        assert_eq!(RunState::ALL.map(run_state), [0, 1, 2, 3, 4, 5]);
        assert_eq!(TaskState::ALL.map(task_state), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(TriggerKind::ALL.map(trigger_kind), [0, 1, 2, 3, 4, 5]);
        for state in RunState::ALL {
            // The indexes `runs_unfinished` and `runs_unseen` rely on these two.
            assert_eq!(state.is_final(), run_state(state) >= 3);
            assert_eq!(state == RunState::Failed, run_state(state) == 4);
            assert_eq!(run_state_of(run_state(state)), Some(state));
        }
        for state in TaskState::ALL {
            assert_eq!(task_state_of(task_state(state)), Some(state));
        }
        for kind in TriggerKind::ALL {
            assert_eq!(trigger_kind_of(trigger_kind(kind)), Some(kind));
        }
        assert_eq!(unsigned(signed(u64::MAX - 5)), u64::MAX - 5);
    }
}
