//! The versions of a document: the list, and the texts as far as they were asked for.

use std::collections::BTreeMap;

use millrace_api::version::{Version, VersionList, VersionText};
use millrace_model::diff::{compare, summary};
use millrace_model::document::Workflow;
use millrace_model::read;

/// The versions of an open document.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    /// The newest first; none until the first answer.
    pub(crate) list: Option<Vec<Version>>,
    /// Why they could not be read.
    pub(crate) error: Option<String>,
    /// Something happened since they were asked for.
    pub(crate) stale: bool,
    /// What each version is as a workflow; none where its text cannot be read.
    workflows: BTreeMap<u64, Option<Workflow>>,
    /// What changed with each version, in one line.
    changes: BTreeMap<u64, String>,
    /// Rows that were in view last.
    pub(crate) seen: std::ops::Range<usize>,
}

impl Versions {
    /// Takes in the list.
    pub(crate) fn take_list(&mut self, list: VersionList) {
        self.error = None;
        self.list = Some(list.versions);
    }

    /// Takes in the text of a version.
    pub(crate) fn take_text(&mut self, version: u64, text: &VersionText) {
        let workflow = read::Document::parse(text.text.as_bytes()).workflow;
        self.workflows.insert(version, workflow);
    }

    /// The version whose text is needed next for what is in view.
    pub(crate) fn wanted(&self) -> Option<u64> {
        let list = self.list.as_ref()?;
        // Each is told by what was before it.
        let end = (self.seen.end + 1).min(list.len());
        let seen = list.get(self.seen.start.min(end)..end)?;
        seen.iter().map(|row| row.version).find(|version| !self.workflows.contains_key(version))
    }

    /// What changed with the version in this row of the list; none while that is not known.
    pub(crate) fn change(&mut self, row: usize) -> Option<String> {
        let list = self.list.as_ref()?;
        let version = list.get(row)?.version;
        if let Some(change) = self.changes.get(&version) {
            return Some(change.clone());
        }
        let words = match list.get(row + 1) {
            None => "The first version that is known".to_owned(),
            Some(before) => {
                match (self.workflows.get(&before.version)?, self.workflows.get(&version)?) {
                    (Some(before), Some(after)) => summary(&compare(before, after)),
                    _ => "cannot be compared".to_owned(),
                }
            }
        };
        self.changes.insert(version, words.clone());
        Some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::version::VersionReason;
    use millrace_model::time::Timestamp;

    fn text(title: &str) -> VersionText {
        let text = format!(r#"{{"millrace":1,"name":"w","title":"{title}","tasks":[]}}"#);
        VersionText { text }
    }

    #[test]
    fn texts_are_wanted_for_what_is_in_view_and_what_was_before_it() {
        let mut versions = Versions::default();
        assert_eq!(versions.wanted(), None);
        let version = |version| Version { version, kept: Timestamp(1), reason: VersionReason::Run };
        versions.take_list(VersionList { versions: [9, 8, 7, 6].map(version).to_vec() });
        versions.seen = 0..1;
        assert_eq!((versions.wanted(), versions.change(0)), (Some(9), None));
        versions.take_text(9, &text("New"));
        assert_eq!((versions.wanted(), versions.change(0)), (Some(8), None));
        versions.take_text(8, &text("Old"));
        assert_eq!((versions.wanted(), versions.change(0)), (None, Some("title".to_owned())));
        versions.seen = 2..4;
        assert_eq!(versions.wanted(), Some(7));
        assert_eq!(versions.change(3).as_deref(), Some("The first version that is known"));
    }
}
