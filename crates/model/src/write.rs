//! From a workflow to its canonical text.
//!
//! Keys stand in the order of the declarations, tasks in order of creation, dependencies sorted by (from, to), and
//! defaults are left out. Canonical text that is read and written again does not change by a byte.

use crate::document::{Json, Workflow};
use crate::json::to_text;
use crate::record::write_record;

/// The tree that the workflow is written as.
#[must_use]
pub fn tree(workflow: &Workflow) -> Json {
    let mut tree = write_record(workflow);
    let is_typed = !workflow.extra.iter().any(|(key, _)| key == "dependencies");
    if is_typed
        && let Json::Object(members) = &mut tree
        && let Some((_, Json::Array(edges))) =
            members.iter_mut().find(|(key, _)| key == "dependencies")
    {
        fn end<'j>(edge: &'j Json, key: &str) -> &'j str {
            edge.get(key).and_then(Json::as_str).unwrap_or_default()
        }
        edges.sort_by(|a, b| (end(a, "from"), end(a, "to")).cmp(&(end(b, "from"), end(b, "to"))));
    }
    tree
}

/// The same with the dependencies in the order of the workflow, so that their paths are those of the workflow.
pub(crate) fn tree_as_is(workflow: &Workflow) -> Json {
    write_record(workflow)
}

/// The canonical text: what is saved after an edit.
#[must_use]
pub fn canonical_text(workflow: &Workflow) -> String {
    to_text(&tree(workflow))
}

/// The canonical text of what the workflow means, without its layout: what a run pins and what its version is a digest
/// of.
#[must_use]
pub fn meaning_text(workflow: &Workflow) -> String {
    canonical_text(&workflow.meaning())
}
