//! What is shown of the items of mapped tasks: which task is unfolded, which items, which one in full.

use std::collections::HashSet;

use millrace_model::event::{Mapped, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;

/// Which items are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ItemFilter {
    /// All of them.
    #[default]
    All,
    /// Failed, or could not be run.
    Failed,
    /// Under way, or about to be tried again.
    Running,
    /// Not yet.
    Waiting,
    /// Succeeded.
    Succeeded,
    /// Skipped or cancelled.
    LeftOut,
}

impl ItemFilter {
    /// All of them, in the order in which they are offered.
    pub(crate) const EVERY: [Self; 6] =
        [Self::All, Self::Failed, Self::Running, Self::Waiting, Self::Succeeded, Self::LeftOut];

    /// The word on its chip.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Failed => "Failed",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::Succeeded => "Succeeded",
            Self::LeftOut => "Left out",
        }
    }

    /// Whether an item in this state is listed.
    pub(crate) fn lists(self, state: TaskState) -> bool {
        match self {
            Self::All => true,
            Self::Failed => matches!(state, TaskState::Failed | TaskState::Error),
            Self::Running => matches!(state, TaskState::Running | TaskState::UpForRetry),
            Self::Waiting => {
                matches!(state, TaskState::Pending | TaskState::Queued | TaskState::Waiting)
            }
            Self::Succeeded => state == TaskState::Succeeded,
            Self::LeftOut => matches!(
                state,
                TaskState::Skipped | TaskState::UpstreamFailed | TaskState::Canceled
            ),
        }
    }

    /// How many items it lists.
    pub(crate) fn count(self, mapped: &Mapped) -> usize {
        mapped.runs.iter().filter(|run| self.lists(run.state)).count()
    }
}

/// What is shown of items.
#[derive(Debug, Default)]
pub(crate) struct ItemsView {
    /// Tasks whose items are listed below them.
    pub(crate) open: HashSet<Ident>,
    /// Which items are listed.
    pub(crate) filter: ItemFilter,
    /// The one that is shown in full.
    pub(crate) chosen: Option<TaskKey>,
}

impl ItemsView {
    /// The items of a task that are listed, by their indices.
    pub(crate) fn listed(&self, mapped: &Mapped) -> Vec<u32> {
        let runs = mapped.runs.iter().zip(0..);
        runs.filter(|(run, _)| self.filter.lists(run.state)).map(|(_, item)| item).collect()
    }
}
