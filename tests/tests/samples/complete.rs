//! What a kind of task consists of, and that none lacks any of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use millrace_model::document::{Json, Task};
use millrace_model::ident::Ident;
use millrace_model::{action::Action, kinds};
use millrace_tests::programs::program;
use serde_json::Value;

use crate::samples;

fn say(argument: &[&str]) -> Value {
    let output = Command::new(program("millrace")).args(argument).output().unwrap();
    assert!(output.status.success(), "{argument:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The ids that `millrace kinds --json` lists.
fn ids() -> Vec<String> {
    let listed = say(&["kinds", "--json"]);
    let kinds = listed["kinds"].as_array().unwrap();
    kinds.iter().map(|kind| kind["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_kind_is_listed() {
    let ids = ids();
    assert_eq!(ids, kinds::all().iter().map(|kind| kind.id).collect::<Vec<_>>());
    assert!(ids.len() >= 16, "{ids:?}");
}

#[test]
fn every_kind_is_in_the_schema() {
    let schema = say(&["schema"]).to_string();
    for id in ids() {
        assert!(schema.contains(&format!("\"const\":\"{id}\"")), "the schema does not know {id}");
    }
}

#[test]
fn every_kind_has_a_page_that_the_index_leads_to() {
    let index = fs::read_to_string(repository("docs/README.md")).unwrap();
    for id in ids() {
        let page = repository(&format!("docs/kinds/{id}.md"));
        let text = fs::read_to_string(&page).unwrap_or_default();
        assert!(text.contains(&format!("`\"kind\": \"{id}\"`")), "{}", page.display());
        assert!(
            text.contains("```json") && text.contains("## Fields of `spec`") || id == "noop",
            "{id}"
        );
        let link = format!("(kinds/{id}.md)");
        assert!(index.contains(&link), "docs/README.md does not lead to {id}");
    }
}

/// What its page shows can be lowered, and is done by somebody.
#[test]
fn every_example_of_a_page_lowers() {
    for kind in kinds::all() {
        let examples: Vec<&str> = kind
            .docs
            .split("```json")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(!examples.is_empty(), "{}: no example", kind.id);
        for example in examples {
            let document: Value = serde_json::from_str(example).unwrap();
            let mut task = Task::new(Ident::new("t").unwrap(), kind.id);
            if let Some(spec) = document.get("spec") {
                task.spec = Json::from_value(spec);
            }
            let action = Action::for_task(&task);
            let action = action.unwrap_or_else(|problems| panic!("{}: {problems:?}", kind.id));
            assert_eq!(does(&action), expected(kind.id), "{example}");
        }
    }
}

/// What runners see of an action.
fn does(action: &Action) -> &'static str {
    match action {
        Action::Noop => "nothing",
        Action::Process(_) => "a process",
        Action::Container(_) => "a container",
        Action::Http(_) => "a request",
        Action::Sql(_) => "a statement",
        Action::Files(_) => "files",
        Action::Mail(_) => "a mail",
        Action::Notify(_) => "a message",
        Action::SubWorkflow(_) => "a run",
        Action::Branch(_) => "a choice",
        Action::Wait(_) => "a wait",
    }
}

fn expected(kind: &str) -> &'static str {
    match kind {
        "shell" | "command" | "python" | "notebook" => "a process",
        "container" => "a container",
        "http" => "a request",
        "sql" => "a statement",
        "files" => "files",
        "mail" => "a mail",
        "notify" => "a message",
        "branch" => "a choice",
        "workflow" => "a run",
        "approval" | "wait_for" | "delay" => "a wait",
        "noop" => "nothing",
        other => panic!("say here what the kind {other} does"),
    }
}

/// The samples and recipes are all run by tests of their names.
#[test]
fn every_kind_stands_in_a_sample_that_is_run() {
    let mut used = BTreeSet::new();
    for path in samples() {
        let document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let tasks = document["tasks"].as_array().unwrap();
        used.extend(tasks.iter().map(|task| task["kind"].as_str().unwrap().to_owned()));
    }
    let missing: Vec<String> = ids().into_iter().filter(|id| !used.contains(id)).collect();
    assert!(missing.is_empty(), "no sample has a task of these kinds: {missing:?}");
}

/// Pictures of the forms are made by `ui/tests/window/forms.rs`.
#[test]
fn every_kind_has_a_picture_of_its_form_in_both_themes() {
    for id in ids() {
        for theme in ["dark", "light"] {
            let picture = repository(&format!("ui/tests/snapshots/kind_{id}_{theme}.png"));
            let size = fs::metadata(&picture).map_or(0, |it| it.len());
            assert!(size > 1_000, "{} is missing", picture.display());
        }
    }
}
