//! Commands about documents and the library.

use serde::{Deserialize, Serialize};

use millrace_model::event::RunState;
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::problem::Path;
use millrace_model::time::Timestamp;

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A file, by absolute path.
    Path(String),
    /// A workflow of the library, by name.
    Name(String),
    /// A text that is not (or not yet) in a file.
    Text {
        /// The JSON.
        text: String,
        /// The file that it is a draft of: relative paths start in its folder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
}

/// A problem of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Its row in `docs/errors.md`.
    pub code: String,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// From 1; 0 where the problem has no place.
    pub line: u32,
    /// In characters, from 1; 0 where the problem has no place.
    pub column: u32,
    /// Where in the document, such as `tasks[3].retry.delay`.
    pub field: String,
    /// The task that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Notice,
    /// It runs, but maybe not as meant.
    Warning,
    /// It does not run, or not by itself where the error is in a schedule or trigger.
    Error,
}

impl Problem {
    /// Whether it keeps the workflow from running, whoever starts it. An error in a schedule or trigger keeps only these from
    /// starting runs.
    #[must_use]
    pub fn blocks_running(&self) -> bool {
        let is_about_starting = |path: Path| path.is_about_starting();
        self.severity == Severity::Error && !self.field.parse().is_ok_and(is_about_starting)
    }
}

/// Asks for a document's text and problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadDocument {
    /// Which.
    pub source: Source,
}

/// A document's text and problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentText {
    /// The canonical path of its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The text, byte for byte.
    pub text: String,
    /// The SHA-256 of the text, in hexadecimal: hand it back on saving.
    pub digest: String,
    /// It cannot be saved, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<String>,
    /// Its problems.
    pub problems: Vec<Problem>,
    /// It was made here, or somebody said that it may run. One that is not is looked at first.
    #[serde(default = "yes")]
    pub is_trusted: bool,
}

/// Writes a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveDocument {
    /// The file, by absolute path.
    pub path: String,
    /// The text.
    pub text: String,
    /// The digest of the text that was read; none = the file must not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_digest: Option<String>,
    /// Write even though the file changed outside.
    #[serde(default)]
    pub overwrite: bool,
    /// The text was made here, and not from a document that is not trusted.
    #[serde(default = "yes")]
    pub is_trusted: bool,
}

/// The document as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedDocument {
    /// The canonical path of its file.
    pub path: String,
    /// The SHA-256 of the text, in hexadecimal.
    pub digest: String,
    /// The other documents that were changed with it: their tasks run it, and name it as it is called now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callers: Vec<String>,
    /// What still names it as it was called before, and why, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

impl SavedDocument {
    /// A document that nothing else was changed with.
    #[must_use]
    pub fn new(path: String, digest: String) -> Self {
        Self { path, digest, callers: Vec::new(), left: Vec::new() }
    }
}

/// Gives a document another place or another name. Its history goes along, and tasks of other
/// documents that run it follow, as far as they are known: those of the library, and those that ran from elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveDocument {
    /// The file, by absolute path.
    pub path: String,
    /// The new file, which must not exist; none: the same, or in the same folder with the new name where the file is named
    /// after the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The new name; none: the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Ident>,
    /// The new title; none: the same; empty: no title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Puts a document into the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrashDocument {
    /// The file, by absolute path.
    pub path: String,
}

/// A document in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrashedDocument {
    /// Its name in the trash: hand it to [`RestoreDocument`].
    pub trashed: String,
}

/// Puts a document back from the trash to where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreDocument {
    /// Its name in the trash.
    pub trashed: String,
}

/// Asks what is in files, cheaply enough to be asked again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatDocuments {
    /// The files, by absolute path.
    pub paths: Vec<String>,
}

/// What is in files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentStats {
    /// One for each path that was asked for, in the same order.
    pub documents: Vec<DocumentStat>,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentStat {
    /// The path as it was asked for.
    pub path: String,
    /// How it stands.
    pub state: FileState,
}

/// How a file stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It is there; the SHA-256 of its text, in hexadecimal.
    Digest(String),
    /// There is no such file.
    Gone,
    /// It cannot be read, and why.
    Unreadable(String),
}

/// Asks for the problems of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validate {
    /// Which.
    pub source: Source,
}

/// The problems of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// All of them, by line.
    pub problems: Vec<Problem>,
}

/// Asks for the known workflows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListWorkflows {}

/// The known workflows, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkflowList {
    /// Each once.
    pub workflows: Vec<WorkflowRow>,
    /// The folders that were looked into.
    pub library: Vec<String>,
    /// These, and all folders below them, each after the one that it lies in.
    #[serde(default)]
    pub folders: Vec<crate::library::FolderRow>,
}

/// A known workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkflowRow {
    /// Its identity; none where it never ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// Its name; of a document that cannot be read, the file's.
    pub name: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its file; none where that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The folder of the library in which it was found; none where it ran from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The SHA-256 of its text, in hexadecimal; none where it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// How many tasks it has.
    pub tasks: u32,
    /// How many errors it has.
    pub errors: u32,
    /// Its newest runs, newest first, at most 20.
    pub recent: Vec<RecentRun>,
}

impl WorkflowRow {
    /// How much it wants to be looked at: more for one with errors, then for one that failed last, that runs, that ran.
    #[must_use]
    pub fn concern(&self) -> u8 {
        match (self.errors, self.recent.first().map(|run| run.state)) {
            (1.., _) => 6,
            (0, Some(RunState::Failed)) => 5,
            (0, Some(RunState::Canceled)) => 4,
            (0, Some(RunState::Running | RunState::Paused)) => 3,
            (0, Some(RunState::Queued)) => 2,
            (0, Some(RunState::Succeeded)) => 1,
            (0, None) => 0,
        }
    }

    /// How long its newest runs took that ended, in microseconds: their median.
    #[must_use]
    pub fn usual_us(&self) -> Option<u64> {
        let mut took: Vec<u64> = self.recent.iter().filter_map(|run| run.duration_us).collect();
        took.sort_unstable();
        millrace_model::quantile::median(&took)
    }
}

/// A bar in a workflow's strip of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecentRun {
    /// Which.
    pub run: RunId,
    /// How it stands.
    pub state: RunState,
    /// When it was accepted.
    pub queued: Timestamp,
    /// How long it took, in microseconds, where it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
}

impl From<&millrace_model::problem::Problem> for Problem {
    fn from(found: &millrace_model::problem::Problem) -> Self {
        use millrace_model::problem::Severity as Found;
        let (line, column) = found.place.map_or((0, 0), |place| (place.line, place.column));
        Self {
            severity: match found.severity {
                Found::Error => Severity::Error,
                Found::Warning => Severity::Warning,
                Found::Notice => Severity::Notice,
            },
            code: found.code.to_string(),
            message: found.message.clone(),
            help: found.help.clone(),
            line,
            column,
            field: found.path.to_string(),
            task: found.task.clone(),
        }
    }
}

fn yes() -> bool {
    true
}
