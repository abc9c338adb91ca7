//! What is read is written back, byte for byte where it was canonical.

use millrace_model::document::Json;
use millrace_model::json;
use millrace_model::read::Document;
use millrace_model::write::{canonical_text, meaning_text};
use proptest::prelude::*;

use super::arbitrary;

const SAMPLE: &str = include_str!("sample.json");

#[test]
fn the_sample_has_no_problems_and_one_canonical_form() {
    let document = Document::parse(SAMPLE.as_bytes());
    assert_eq!(document.problems, []);
    assert_eq!(document.read_only, None);
    let workflow = document.workflow.unwrap();
    let text = canonical_text(&workflow);
    insta::assert_snapshot!("sample_canonical", text);
    let again = Document::parse(text.as_bytes());
    assert_eq!(again.problems, []);
    assert_eq!(canonical_text(&again.workflow.unwrap()), text);
}

#[test]
fn moving_a_card_does_not_change_the_meaning() {
    let mut workflow = Document::parse(SAMPLE.as_bytes()).workflow.unwrap();
    let before = (canonical_text(&workflow), meaning_text(&workflow));
    workflow.layout.tasks.iter_mut().for_each(|(_, at)| at[0] += 10.0);
    assert_ne!(canonical_text(&workflow), before.0);
    assert_eq!(meaning_text(&workflow), before.1);
}

#[test]
fn what_this_version_does_not_know_survives() {
    let text = r#"{
        "millrace": 1, "name": "w", "x-owner": {"team": [1, 2.50, "ä\u0007"]},
        "limits": {"parallel_tasks": "many", "future": null},
        "tasks": [{"name": "a", "kind": "teleport", "spec": {"to": "mars", "n": 12345678901234567890}, "timeout": "soon"}]
    }"#;
    let document = Document::parse(text.as_bytes());
    assert_eq!(document.read_only, None, "{:#?}", document.problems);
    let mut workflow = document.workflow.unwrap();
    workflow.title = Some("edited".to_owned());
    insta::assert_snapshot!("survivors", canonical_text(&workflow));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_workflow_reads_back_as_itself(workflow in arbitrary::workflow()) {
        let text = canonical_text(&workflow);
        let document = Document::parse(text.as_bytes());
        prop_assert_eq!(&document.problems, &vec![], "{}", text);
        let again = document.workflow.unwrap();
        prop_assert_eq!(canonical_text(&again), text);
        let mut sorted = workflow;
        sorted.dependencies.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        prop_assert_eq!(again, sorted);
    }

    #[test]
    fn any_tree_reads_back_as_itself(tree in arbitrary::tree()) {
        let text = json::to_text(&tree);
        let parsed = json::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(parsed.source.tree(), &tree);
    }

    #[test]
    fn any_object_is_read_without_loss(tree in arbitrary::broken_workflow()) {
        let document = Document::parse(json::to_text(&tree).as_bytes());
        let workflow = document.workflow.unwrap();
        if document.read_only.is_none() {
            // Whatever is there is in the saved text too, if only in another order.
            let saved = json::parse(canonical_text(&workflow).as_bytes()).unwrap();
            for (key, value) in tree.members() {
                let is_default = matches!(value, Json::Array(list) if list.is_empty())
                    || matches!(value, Json::Object(members) if members.is_empty());
                let kept = saved.source.tree().get(key);
                prop_assert!(kept == Some(value) || kept.is_none() && is_default, "{key}: {value:?} became {kept:?}");
            }
        }
    }

    #[test]
    fn any_text_is_refused_or_read_without_a_panic(text in ".{0,200}") {
        _ = Document::parse(text.as_bytes());
    }

    #[test]
    fn any_mutation_of_the_sample_is_refused_or_read(at in 0..SAMPLE.len(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let document = Document::parse(&bytes);
        prop_assert!(document.workflow.is_some() || !document.problems.is_empty());
        prop_assert!(document.problems.iter().all(|problem| problem.place.is_some()));
    }
}
