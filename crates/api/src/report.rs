//! Reports: a run as one page that anybody can read without Millrace.

use serde::{Deserialize, Serialize};

use millrace_model::ids::RunId;

/// The largest picture that goes into a report, in bytes.
pub const MAX_REPORT_PICTURE: usize = 8 << 20;

/// Writes a report: a single file of HTML that holds everything it shows, without scripts.
///
/// A file that is there already is replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveReport {
    /// Of which run.
    pub run: RunId,
    /// Where to: an absolute path that ends in `.html` or `.htm`.
    pub path: String,
    /// A picture of the graph that a window drew, as SVG; none = without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub svg: Option<String>,
}

/// A report that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedReport {
    /// Where it is.
    pub path: String,
    /// Its size, in bytes.
    pub bytes: u64,
}
