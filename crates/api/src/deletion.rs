//! Deleting runs, and having them back.

use serde::{Deserialize, Serialize};

use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

use crate::run::RunRow;

/// Deletes runs that have ended: all of them, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeleteRuns {
    /// Which. Those that are deleted already are passed over.
    pub runs: Vec<RunId>,
}

/// Runs that are out of sight now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedRuns {
    /// How many.
    pub count: u64,
    /// Until then they can be put back.
    pub until: Timestamp,
}

/// Puts deleted runs back: all of them, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestoreRuns {
    /// Which. Those that are back already are passed over.
    pub runs: Vec<RunId>,
}

/// Asks for the deleted runs that can be put back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListDeleted {}

/// Deleted runs that can be put back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeletedList {
    /// Those that were deleted last first, at most 1,000.
    pub runs: Vec<DeletedRun>,
}

/// A deleted run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeletedRun {
    /// As lists showed it.
    #[serde(flatten)]
    pub row: RunRow,
    /// When it was deleted.
    pub deleted: Timestamp,
    /// Until then it can be put back.
    pub until: Timestamp,
}
