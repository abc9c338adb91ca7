//! Sizes and depths at which a document is refused, and how fast.

use std::fmt::Write as _;
use std::time::Instant;

use millrace_model::problem::{Code, Severity};
use millrace_model::read::Document;
use millrace_model::validate::{MAX_PROBLEMS, Surroundings};
use millrace_model::write::canonical_text;

fn only_code(bytes: &[u8]) -> Code {
    let document = Document::parse(bytes);
    assert!(document.workflow.is_none());
    assert_eq!(document.problems.len(), 1);
    document.problems[0].code
}

#[test]
fn depth_100_000_is_a_clean_error() {
    for open in ["[", "{\"a\":"] {
        assert_eq!(only_code(open.repeat(100_000).as_bytes()), Code::TooDeep);
    }
    let nested = |depth: usize| {
        format!(
            "{{\"millrace\": 1, \"name\": \"w\", \"x\": {}{}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    assert!(Document::parse(nested(127).as_bytes()).workflow.is_some());
    assert_eq!(only_code(nested(128).as_bytes()), Code::TooDeep);
    let objects = format!("{}1{}", "{\"a\":".repeat(128), "}".repeat(128));
    assert!(Document::parse(objects.as_bytes()).workflow.is_some());
}

#[test]
fn two_hundred_megabytes_are_refused_at_once() {
    let bytes = vec![b'['; 200 * 1024 * 1024];
    let start = Instant::now();
    assert_eq!(only_code(&bytes), Code::TooLarge);
    // Reading them would take several; a busy machine is slow.
    assert!(start.elapsed().as_secs() < 1);
}

#[test]
fn more_values_than_fit_into_memory_are_refused_before_they_are_read() {
    for few in ["0,", "[],", "{},", "\"\","] {
        let text =
            format!("{{\"millrace\": 1, \"name\": \"w\", \"x\": [{}0]}}", few.repeat(4_000_000));
        assert_eq!(only_code(text.as_bytes()), Code::TooLarge, "{few}");
    }
    let text = format!(
        "{{\"millrace\": 1, \"name\": \"w\", \"description\": \"{}\"}}",
        ",:[{".repeat(2_000_000)
    );
    let document = Document::parse(text.as_bytes());
    assert_eq!(document.problems, []);
}

#[test]
fn of_a_million_elements_that_are_no_tasks_some_are_told_of() {
    let text = format!(
        "{{\"millrace\": 1, \"name\": \"w\", \"odd\": 1, \"tasks\": [{}{{\"name\": \"t\", \"kind\": \"oops\", \"odd\": 1}}]}}",
        "0,".repeat(1_000_000)
    );
    let document = Document::parse(text.as_bytes());
    let of = |severity| document.problems.iter().filter(|it| it.severity == severity).count();
    assert_eq!(of(Severity::Error), MAX_PROBLEMS);
    assert_eq!(of(Severity::Warning), 2, "no error hides a warning");
    let cut = document.problems.iter().find(|it| it.code == Code::TooMany).unwrap();
    assert_eq!(cut.message, format!("{} more problems are not listed", 1_000_000 - MAX_PROBLEMS));
    // What is found in the typed view is where it is in the text.
    let problems = document.check(&Surroundings::default());
    let unknown = problems.iter().find(|it| it.code == Code::UnknownKind).unwrap();
    assert_eq!(unknown.path.to_string(), "tasks[1000000].kind");
}

#[test]
fn a_hundred_thousand_tasks_are_read_and_written() {
    let mut text = String::from("{\"millrace\": 1, \"name\": \"w\", \"tasks\": [");
    for n in 0..100_000 {
        let comma = if n == 0 { "" } else { "," };
        write!(text, "{comma}{{\"name\": \"t{n}\", \"kind\": \"noop\"}}").unwrap();
    }
    text.push_str("]}");
    let document = Document::parse(text.as_bytes());
    assert_eq!(document.problems, []);
    let workflow = document.workflow.unwrap();
    assert_eq!(workflow.tasks.len(), 100_000);
    assert_eq!(canonical_text(&workflow).lines().count(), 100_000 + 6);
}
