//! The known workflows.

use millrace_api::document::WorkflowRow;

/// The known workflows as last answered.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// By name; none until the first answer.
    pub(crate) rows: Option<Vec<WorkflowRow>>,
    /// The folders that were looked into.
    pub(crate) folders: Vec<String>,
    /// Why they could not be read.
    pub(crate) error: Option<String>,
    /// Shown rows have this in their name or title.
    pub(crate) search: String,
    /// Something happened since it was asked for.
    pub(crate) stale: bool,
}

impl Library {
    /// The rows that fit the search.
    pub(crate) fn shown(&self) -> Vec<&WorkflowRow> {
        let wanted = self.search.trim().to_lowercase();
        let fits = |row: &&WorkflowRow| {
            wanted.is_empty()
                || row.name.to_lowercase().contains(&wanted)
                || row.title.as_ref().is_some_and(|title| title.to_lowercase().contains(&wanted))
        };
        self.rows.iter().flatten().filter(fits).collect()
    }
}
