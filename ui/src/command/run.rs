//! What the run place shows, and what can be done with the run in it.

/// A tab of the run place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RunTab {
    /// The graph.
    #[default]
    Canvas,
    /// What happened when.
    Timeline,
    /// A table of the tasks.
    Tasks,
    /// All that happened, in order.
    Events,
}

impl RunTab {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 4] = [Self::Canvas, Self::Timeline, Self::Tasks, Self::Events];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Canvas => "Canvas",
            Self::Timeline => "Timeline",
            Self::Tasks => "Tasks",
            Self::Events => "Events",
        }
    }

    /// The command that shows it, as a person reads it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Canvas => "Canvas of the run",
            Self::Timeline => "Timeline of the run",
            Self::Tasks => "Tasks of the run",
            Self::Events => "Events of the run",
        }
    }
}

/// A thing to do with the run that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunCommand {
    /// Start no new tries from here on.
    Pause,
    /// Start new tries again.
    Resume,
    /// Ask for parameters, filled in with those of the run, and run everything again.
    AskRerun,
    /// Copy the command line that starts such a run.
    CopyLine,
    /// Write it as a page, where the person chooses.
    SaveReport,
    /// Delete it; that can be taken back for a while.
    Delete,
    /// Show how its workflow fares.
    ShowGrid,
    /// Show where it came from.
    ShowOrigin,
    /// Compare it with the run before it.
    CompareBefore,
    /// Compare it with the last one before it that succeeded.
    CompareSucceeded,
    /// Show what had changed in the workflow with the version that it ran.
    ShowChanges,
    /// Mark what determined the run's end in its timeline, or no more.
    ToggleCritical,
}

impl RunCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Pause => "Pause the run",
            Self::Resume => "Resume the run",
            Self::AskRerun => "Rerun with changes…",
            Self::CopyLine => "Copy as a command line",
            Self::SaveReport => "Save report…",
            Self::Delete => "Delete the run",
            Self::ShowGrid => "How the workflow fares",
            Self::ShowOrigin => "Where the run came from",
            Self::CompareBefore => "Compare with the run before",
            Self::CompareSucceeded => "Compare with the last success",
            Self::ShowChanges => "What had changed before the run",
            Self::ToggleCritical => "Mark the critical path",
        }
    }

    /// What stands in the list of commands and has no key of its own.
    pub(super) fn without_keys() -> impl Iterator<Item = Self> {
        [
            Self::Pause,
            Self::Resume,
            Self::AskRerun,
            Self::CopyLine,
            Self::SaveReport,
            Self::Delete,
            Self::ShowGrid,
            Self::ShowOrigin,
            Self::CompareBefore,
            Self::CompareSucceeded,
            Self::ShowChanges,
            Self::ToggleCritical,
        ]
        .into_iter()
    }
}
