//! Commands about the library as a whole: its folders, and what is in its documents.

use serde::{Deserialize, Serialize};

use millrace_model::ident::Ident;

/// A folder of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderRow {
    /// Its canonical path.
    pub path: String,
    /// Its name; of a folder that the settings name, its whole path where another has the same name.
    pub name: String,
    /// The path of the folder that it lies in; none for one that the settings name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// Makes a folder in one of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MakeFolder {
    /// By absolute path; the folder above it is one of the library.
    pub path: String,
}

/// Gives a folder of the library another name; what lies below it keeps its history, schedules, trust and versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RenameFolder {
    /// By absolute path.
    pub path: String,
    /// Its new name.
    pub name: String,
}

/// Removes a folder of the library in which nothing is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoveFolder {
    /// By absolute path.
    pub path: String,
}

/// A folder as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangedFolder {
    /// Its canonical path.
    pub path: String,
    /// The documents outside of it that were changed with it: their tasks run what lies below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callers: Vec<String>,
    /// What still names it as it was called before, and why, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

/// Looks for words in all known documents: names, titles, descriptions, scripts, values of fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchWorkflows {
    /// Words that all have to fit; `kind:sql`, `is:invalid` and `is:disabled` ask what a task is.
    pub text: String,
    /// At most so many workflows, from 1 to 500.
    #[serde(default = "most_found")]
    pub limit: u32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundWorkflows {
    /// Those with the words in their name or title first, then by name.
    pub workflows: Vec<FoundWorkflow>,
    /// How many there are in all.
    pub found: u32,
    /// How many documents were looked through.
    pub searched: u32,
}

/// A workflow in which something was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundWorkflow {
    /// Its file.
    pub path: String,
    /// Its name; of a document that cannot be read, the file's.
    pub name: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where; at most eight.
    pub hits: Vec<SearchHit>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_hits: u32,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchHit {
    /// The task; none where it is a text of the workflow itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Ident>,
    /// The task's title, or its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The task's kind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The field, such as `spec.script`; within the task where it is one of a task. Empty where only the kind of task fits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// The line of the text, from 1; 0 where only the kind of task fits.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line_number: u32,
    /// That line; a long one is cut, with `…`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line: String,
    /// The first letter of `line` that was looked for, from 0.
    #[serde(default)]
    pub from: u32,
    /// The letter after it.
    #[serde(default)]
    pub to: u32,
}

const fn most_found() -> u32 {
    100
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
