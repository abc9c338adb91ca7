//! A document: text, workflow, problems, canonical text, and the same workflow again.

use std::sync::Arc;

use millrace_engine::plan::{Plan, Selection};
use millrace_model::diff::compare;
use millrace_model::document::{Json, Workflow};
use millrace_model::graph;
use millrace_model::problem::Severity;
use millrace_model::read::Document;
use millrace_model::validate::{MAX_PROBLEMS, Surroundings, validate};
use millrace_model::write::{canonical_text, meaning_text, tree};

/// Keys of an input that begin so are known to no version: they must come through.
const UNKNOWN: &str = "x-";

/// Any bytes are read without a panic. Of what may be saved, nothing is lost: written and read again it is the same, and
/// written once more it is the same bytes. What validation passes can run.
pub fn document(data: &[u8]) {
    let document = Document::parse(data);
    let problems = document.check(&Surroundings::default());
    assert!(problems.len() <= 2 * MAX_PROBLEMS);
    let text_length = document.source().map_or(data.len(), |source| source.text().len());
    for problem in &problems {
        let _shown = problem.render("w.json");
        if let Some(place) = problem.place {
            let end = place.offset + place.length;
            assert!(end <= text_length, "{problem:?} stands behind the end of the text");
        }
    }
    let Some(workflow) = &document.workflow else {
        assert!(!problems.is_empty(), "nothing can be shown, and nothing says why");
        return;
    };
    let is_fit = !problems.iter().any(|problem| problem.severity == Severity::Error);
    look_at(workflow);
    if document.read_only.is_some() {
        assert!(!is_fit, "it must not be saved, and nothing says why");
        return;
    }
    let again = round_trip(workflow);
    if let Some(source) = document.source() {
        let (before, after) = (unknown_of(source.tree()), unknown_of(&tree(&again)));
        assert_eq!(before, after, "what this version does not know was not kept");
    }
    if is_fit {
        assert_runs(workflow);
    }
}

/// Written and read again it is the same workflow, and written once more the same text. Gives what was read.
pub(crate) fn round_trip(workflow: &Workflow) -> Workflow {
    let text = canonical_text(workflow);
    let document = Document::parse(text.as_bytes());
    assert_eq!(document.read_only, None, "canonical text cannot be read whole:\n{text}");
    let again = document.workflow.expect("canonical text is a workflow");
    assert_eq!(canonical_text(&again), text, "the second text differs from the first");
    let differences = compare(workflow, &again);
    assert!(differences.is_empty(), "{differences:?}\n{text}");
    assert_eq!(meaning_text(workflow), meaning_text(&again));
    again
}

/// Validation passed it, so it can be started.
pub(crate) fn assert_runs(workflow: &Workflow) {
    let sealed = Plan::seal(Arc::new(workflow.clone()), &Selection::All);
    if let Err(problems) = sealed {
        panic!("validation passed what cannot run: {problems:?}\n{}", canonical_text(workflow));
    }
}

/// What is made of a workflow to be looked at.
fn look_at(workflow: &Workflow) {
    let [_text, _dot, mermaid] =
        [graph::text(workflow), graph::dot(workflow), graph::mermaid(workflow)];
    assert!(!mermaid.contains('<'), "a browser would take it for a tag:\n{mermaid}");
    let _problems = validate(workflow, &Surroundings::default());
    assert!(compare(workflow, workflow).is_empty());
}

/// All members with unknown keys, wherever they stand; sorted.
fn unknown_of(tree: &Json) -> Vec<String> {
    fn collect(tree: &Json, found: &mut Vec<String>) {
        for (key, value) in tree.members() {
            match key.starts_with(UNKNOWN) {
                true => found.push(format!("{key}: {value:?}")),
                false => collect(value, found),
            }
        }
        tree.elements().iter().for_each(|element| collect(element, found));
    }
    let mut found = Vec::new();
    collect(tree, &mut found);
    found.sort();
    found
}
