//! Every recipe of `docs/cookbook.md` is run as it stands there, by the command line and a daemon of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod page;
mod recipes;

use millrace_model::problem::Severity;
use millrace_model::read::Document;
use millrace_model::validate::Surroundings;
use millrace_tests::kitchen::Kitchen;
use page::recipes;

/// Makes a test of each recipe, named after it, and a list of those that have one.
macro_rules! cooked {
    ($($name:ident),+ $(,)?) => {
        const COOKED: &[&str] = &[$(stringify!($name)),+];

        $(#[test]
        fn $name() {
            recipes::$name(&kitchen(stringify!($name)));
        })+
    };
}

cooked! {
    compute_only_what_is_missing,
    try_again_then_go_another_way,
    clean_up_whatever_happens,
    handle_every_file_of_a_folder,
    the_same_workflow_for_each_region,
    ask_before_what_cannot_be_undone,
    ask_a_service_and_decide_by_its_answer,
    keep_a_packed_copy_of_each_day,
    look_into_a_database_and_keep_what_was_found,
    ask_again_until_it_is_done,
}

/// A kitchen with the documents of this recipe, each in a file of its workflow's name.
fn kitchen(name: &str) -> Kitchen {
    let recipe = recipes().into_iter().find(|recipe| recipe.name == name);
    let documents = recipe.unwrap_or_else(|| panic!("no recipe {name}")).documents;
    let file = |text: String| {
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        (format!("{}.json", document["name"].as_str().unwrap()), text)
    };
    let files: Vec<(String, String)> = documents.into_iter().map(file).collect();
    Kitchen::with(&files[0].0, &files)
}

#[test]
fn every_recipe_is_run() {
    let titles: Vec<String> = recipes().into_iter().map(|recipe| recipe.name).collect();
    assert_eq!(titles, COOKED);
}

#[test]
fn every_recipe_is_valid() {
    for recipe in recipes() {
        assert!(!recipe.documents.is_empty(), "{} has no document", recipe.name);
        for text in &recipe.documents {
            let problems = Document::parse(text.as_bytes()).check(&Surroundings::default());
            let bad: Vec<_> = problems.iter().filter(|it| it.severity == Severity::Error).collect();
            assert!(bad.is_empty(), "{}: {bad:?}", recipe.name);
        }
    }
}
