//! Where a run was accepted: by what and on which machine.

use serde::{Deserialize, Serialize};

/// By what and where a run was accepted. Runs of older histories do not have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// Millrace's version.
    pub version: String,
    /// The machine's name.
    pub machine: String,
    /// Its system and architecture: `Linux 6.1 x86_64`.
    pub system: String,
    /// The user whose tasks these are.
    pub user: String,
    /// The names of the variables that tasks take over from the environment of Millrace, in order; never their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
    /// How its document stood in git; none where it lies in no repository, or that could not be found out in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<Box<InGit>>,
}

/// How a document stood in its git repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InGit {
    /// The whole name of the commit that was checked out; none where there was none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The branch; none where no branch was checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// How what ran differed from the commit.
    pub document: Committed,
}

/// How what ran differed from the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Committed {
    /// It was as in the commit.
    Unchanged,
    /// It had changes that were not committed.
    Changed,
    /// The commit did not have the document at all.
    Absent,
}

impl InGit {
    /// So much of a commit's name tells it from all others, mostly.
    const SHORT: usize = 8;

    /// `1f3c9a20 on main, with changes that are not committed`
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.remark() {
            None => self.name(),
            Some(remark) => format!("{}, {remark}", self.name()),
        }
    }

    /// `1f3c9a20 on main`
    #[must_use]
    pub fn name(&self) -> String {
        let mut words = match &self.commit {
            Some(commit) => commit.get(..Self::SHORT).unwrap_or(commit).to_owned(),
            None => "no commit yet".to_owned(),
        };
        if let Some(branch) = &self.branch {
            words.push_str(" on ");
            words.push_str(branch);
        }
        words
    }

    /// What is remarkable of it: that what ran is not in the commit.
    #[must_use]
    pub fn remark(&self) -> Option<&'static str> {
        match self.document {
            Committed::Unchanged => None,
            Committed::Changed => Some("with changes that are not committed"),
            Committed::Absent => Some("the document is not in it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_told_short_with_what_was_not_in_it() {
        let mut git = InGit {
            commit: Some("1f3c9a20".repeat(5)),
            branch: Some("main".to_owned()),
            document: Committed::Unchanged,
        };
        assert_eq!(git.in_words(), "1f3c9a20 on main");
        git.document = Committed::Changed;
        assert_eq!(git.in_words(), "1f3c9a20 on main, with changes that are not committed");
        git = InGit { commit: None, branch: None, document: Committed::Absent };
        assert_eq!(git.in_words(), "no commit yet, the document is not in it");
    }

    #[test]
    fn an_origin_of_an_older_history_says_nothing_of_git() {
        let old = r#"{"version":"0.1.0","machine":"m","system":"s","user":"u"}"#;
        let origin: Origin = serde_json::from_str(old).unwrap();
        assert_eq!(origin.git, None);
        assert_eq!(serde_json::to_string(&origin).unwrap(), old);
        let git = InGit { commit: None, branch: None, document: Committed::Absent };
        let origin = Origin { git: Some(Box::new(git)), ..origin };
        let text = serde_json::to_string(&origin).unwrap();
        assert!(text.ends_with(r#","git":{"document":"absent"}}"#), "{text}");
        assert_eq!(serde_json::from_str::<Origin>(&text).unwrap(), origin);
    }
}
