//! How the files of workflows stand in their git repositories.

use serde::{Deserialize, Serialize};

/// The most documents that are asked for by their paths.
pub const MAX_GIT_DOCUMENTS: usize = 50;

/// Asks how documents stand. Only reads; no program of a repository is run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadGit {
    /// Only these, by their absolute paths, at most [`MAX_GIT_DOCUMENTS`]; none = all that are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<Vec<String>>,
}

/// How they stand. Empty where there is no `git`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GitReport {
    /// The repositories, by path.
    pub repositories: Vec<Repository>,
    /// The documents that lie in one, by path.
    pub documents: Vec<DocumentGit>,
}

/// A repository in which documents lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// The folder that it is about.
    pub path: String,
    /// The branch; none where no branch is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The start of the name of the commit that is checked out; none where there is no commit yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Why nothing more is known of it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// A document in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentGit {
    /// Its canonical path.
    pub path: String,
    /// Which of the repositories, from 0.
    pub repository: u32,
    /// How it stands.
    pub state: GitState,
}

/// How a file stands in its repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GitState {
    /// As it is in the commit.
    Unchanged,
    /// Other than in the commit.
    Modified,
    /// New; the next commit leaves it out.
    Untracked,
    /// Left out on purpose.
    Ignored,
    /// A merge left two versions of it.
    Conflict,
}

impl GitState {
    /// Its name in lists.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Modified => "modified",
            Self::Untracked => "untracked",
            Self::Ignored => "ignored",
            Self::Conflict => "conflict",
        }
    }
}
