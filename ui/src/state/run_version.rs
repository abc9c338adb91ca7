//! Which version of its workflow a run ran, and what had changed with that.

use std::sync::Arc;

use millrace_api::version::{Version, VersionList, VersionText};
use millrace_model::diff::{Difference, Subject, compare};
use millrace_model::document::Workflow;
use millrace_model::read;
use millrace_model::time::Timestamp;

/// The version that a run ran.
#[derive(Debug, Default)]
pub(crate) struct RunVersion {
    /// Its place among those that are known, from 1; none until that is known, or where it is not.
    pub(crate) number: Option<usize>,
    /// The one before it.
    before: Option<Version>,
    /// What that one meant.
    pub(crate) was: Option<Arc<Workflow>>,
    /// What changed since that one.
    pub(crate) changes: Option<Vec<Difference>>,
}

impl RunVersion {
    /// Takes in the versions, the newest first. A version is kept before the run that runs it is accepted.
    pub(crate) fn take_list(&mut self, list: &VersionList, queued: Timestamp) {
        let place = list.versions.iter().position(|version| version.kept <= queued);
        self.number = place.map(|place| list.versions.len() - place);
        self.before = place.and_then(|place| list.versions.get(place + 1)).cloned();
    }

    /// The version whose text is needed to say what changed.
    pub(crate) fn wanted(&self) -> Option<u64> {
        self.before.as_ref().filter(|_| self.changes.is_none()).map(|version| version.version)
    }

    /// Takes in what the version before meant. One that cannot be read is as one that is not there.
    pub(crate) fn take_before(&mut self, text: Option<&VersionText>, ran: &Workflow) {
        let before = text.and_then(|text| read::Document::parse(text.text.as_bytes()).workflow);
        let Some(before) = before else { return self.before = None };
        let mut changes = compare(&before, ran);
        // Where cards lie changes no meaning, and makes no version.
        changes.retain(|change| change.subject != Subject::Layout);
        self.changes = Some(changes);
        self.was = Some(Arc::new(before));
    }

    /// `v14`
    pub(crate) fn words(&self) -> Option<String> {
        self.number.map(|number| format!("v{number}"))
    }

    /// `2 changes since v13`
    pub(crate) fn change_words(&self) -> Option<String> {
        let (number, changes) = (self.number?, self.changes.as_ref()?);
        let count = crate::words::count(changes.len(), "change", "changes");
        Some(format!("{count} since v{}", number.checked_sub(1)?))
    }
}

#[cfg(test)]
mod tests {
    use millrace_api::version::VersionReason;

    use super::super::fixture::workflow;
    use super::*;

    #[test]
    fn a_run_ran_the_newest_version_that_was_kept_before_it() {
        let version = |(version, kept)| Version {
            version,
            kept: Timestamp(kept),
            reason: VersionReason::Saved,
        };
        let list = VersionList { versions: [(31, 90), (20, 50), (7, 10)].map(version).to_vec() };
        let mut run = RunVersion::default();
        run.take_list(&list, Timestamp(60));
        assert_eq!((run.words().as_deref(), run.wanted()), (Some("v2"), Some(7)));
        let text = millrace_model::write::canonical_text(&workflow(&["a"], &[]));
        run.take_before(Some(&VersionText { text }), &workflow(&["a", "b"], &[("a", "b")]));
        assert_eq!(run.change_words().as_deref(), Some("2 changes since v1"));
        assert_eq!(run.wanted(), None);
        run.take_list(&list, Timestamp(5));
        assert_eq!((run.words(), run.wanted()), (None, None), "older than all that are kept");
    }
}
