//! The pages of the documentation agree with the program.

use std::path::Path;

use millrace_model::problem::{Code, Severity};
use millrace_model::read::Document;
use millrace_model::validate::Surroundings;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn table() -> String {
    let mut table = String::from("| code | severity | what it means |\n|---|---|---|\n");
    for code in Code::ALL {
        table.push_str(&format!("| {code} | {} | {} |\n", code.severity().word(), code.title()));
    }
    table
}

/// With `UPDATE_DOCS=1` the table in the page is written anew.
#[test]
fn the_page_of_errors_has_every_code() {
    const START: &str = "<!-- model codes: begin (UPDATE_DOCS=1 cargo test -p millrace-model --test document docs) -->\n";
    const END: &str = "<!-- model codes: end -->";
    let text = page("errors.md");
    let (before, rest) = text.split_once(START).expect("the page has the mark before the table");
    let (found, after) = rest.split_once(END).expect("the page has the mark after the table");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
        std::fs::write(path, format!("{before}{START}{}{END}{after}", table())).unwrap();
        return;
    }
    assert_eq!(
        found,
        table(),
        "run UPDATE_DOCS=1 cargo test -p millrace-model --test document docs"
    );
}

#[test]
fn numbers_of_codes_rise_and_are_in_our_range() {
    let numbers: Vec<u16> = Code::ALL.iter().map(|code| code.number()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(numbers.iter().all(|number| (1000..2000).contains(number)));
}

#[test]
fn the_example_of_the_page_is_valid_and_canonical() {
    let text = page("document.md");
    let example = text.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let document = Document::parse(example.as_bytes());
    let errors: Vec<_> = document
        .check(&Surroundings::default())
        .into_iter()
        .filter(|problem| problem.severity != Severity::Notice)
        .collect();
    assert_eq!(errors, []);
    assert_eq!(millrace_model::write::canonical_text(&document.workflow.unwrap()), example);
}

/// Every key of every type stands on the page.
#[test]
fn the_page_of_the_document_has_every_key() {
    let text = page("document.md");
    let schema = millrace_model::schema::schema();
    let mut missing = Vec::new();
    let records = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for record in records {
        for key in record["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            if !text.contains(&format!("`{key}`")) {
                missing.push(key.clone());
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}
