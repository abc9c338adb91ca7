//! What can be done in the list of all runs.

use millrace_model::ids::RunId;

/// A thing to do with the list of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RunsCommand {
    /// Show the runs that this finds.
    Filter(String),
    /// Show the runs of this workflow.
    OfWorkflow(String),
    /// Show what is new, at the top.
    Top,
    /// Select the run at this place, or no more.
    Toggle(u64),
    /// Select all from where the last click was to this place.
    SelectTo(u64),
    /// Select all that the query finds.
    SelectAll,
    /// Select nothing.
    SelectNone,
    /// Try the selected runs again that failed; or these.
    Retry(Vec<RunId>),
    /// Stop the selected runs, or these.
    Cancel(Vec<RunId>),
    /// Delete the selected runs, or these.
    Delete(Vec<RunId>),
    /// Compare the two selected runs.
    Compare,
    /// Put deleted runs back.
    Restore(Vec<RunId>),
    /// Keep the query by this name.
    KeepFilter(String),
    /// Give a kept query another name.
    RenameFilter {
        /// Its name now.
        from: String,
        /// The new one.
        to: String,
    },
    /// Forget a kept query.
    ForgetFilter(String),
}

impl RunsCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Filter(_) => "Filter",
            Self::OfWorkflow(_) => "Show its runs",
            Self::Top => "Show new runs",
            Self::Toggle(_) => "Select",
            Self::SelectTo(_) => "Select up to here",
            Self::SelectAll => "Select all",
            Self::SelectNone => "Select nothing",
            Self::Retry(_) => "Retry failed",
            Self::Cancel(_) => "Cancel",
            Self::Delete(_) => "Delete",
            Self::Compare => "Compare",
            Self::Restore(_) => "Undo",
            Self::KeepFilter(_) => "Keep this filter",
            Self::RenameFilter { .. } => "Rename filter",
            Self::ForgetFilter(_) => "Forget filter",
        }
    }
}
