//! Documents of another time, and numbers that do not fit: errors with a place, and nothing that is lost on the way.

use millrace_model::document::Param;
use millrace_model::outputs;
use millrace_model::params;
use millrace_model::problem::{Code, Severity};
use millrace_model::read::{Document, ReadOnly};
use millrace_model::validate::Surroundings;

#[test]
fn a_newer_document_can_be_looked_at_and_neither_run_nor_changed() {
    // What it means by these is its own affair; no other problem is told of it.
    let text = r#"{
        "millrace": 2, "name": "w", "planets": ["mars"], "limits": {"parallel_tasks": "many"},
        "tasks": [{"name": "a", "kind": "teleport", "timeout": 5}, {"name": "b", "kind": "noop"}],
        "dependencies": [{"from": "a", "to": "nobody"}]
    }"#;
    let document = Document::parse(text.as_bytes());
    assert_eq!(document.read_only, Some(ReadOnly::Newer { version: 2 }));
    let problems = document.check(&Surroundings::default());
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((problem.code, problem.severity), (Code::NewerVersion, Severity::Error));
    assert!(problem.place.is_some_and(|place| place.line == 2) && problem.help.is_some());
    let workflow = document.workflow.unwrap();
    assert_eq!(workflow.tasks.len(), 2, "what is understood of it is shown");
}

#[test]
fn numbers_that_do_not_fit_are_errors_wherever_they_stand() {
    let task = |field: &str| {
        format!(
            "{{\"millrace\": 1, \"name\": \"w\", \"tasks\": [\n{{\"name\": \"a\", \"kind\": \"noop\", {field}}}]}}"
        )
    };
    for (field, code) in [
        ("\"priority\": 1e999", Code::NumberRange),
        ("\"priority\": -1e999", Code::NumberRange),
        ("\"pinned_outputs\": {\"n\": [1e999]}", Code::NumberRange),
        ("\"odd\": {\"n\": 1e400}", Code::NumberRange),
        ("\"retry\": {\"backoff\": 1e309}", Code::NumberRange),
        ("\"priority\": 2147483648", Code::WrongType),
        ("\"priority\": -2147483649", Code::WrongType),
        ("\"priority\": 99999999999999999999", Code::WrongType),
        ("\"min_succeeded\": 4294967296", Code::WrongType),
        ("\"min_succeeded\": -1", Code::WrongType),
        ("\"retry\": {\"attempts\": 18446744073709551616}", Code::WrongType),
        ("\"timeout\": \"99999999999999999999d\"", Code::BadDuration),
        ("\"timeout\": \"18446744073709551615ms1d\"", Code::BadDuration),
    ] {
        let document = Document::parse(task(field).as_bytes());
        let found = document.problems.iter().find(|problem| problem.code == code);
        let found = found.unwrap_or_else(|| panic!("{field}: {:?}", document.problems));
        assert!(found.place.is_some_and(|place| place.line == 2), "{field}: {found:?}");
        assert_eq!(found.severity, Severity::Error, "{field}");
    }
}

#[test]
fn numbers_that_do_not_fit_are_errors_in_parameters_and_outputs() {
    let param = |kind: &str| -> Param {
        let text = format!(
            "{{\"millrace\": 1, \"name\": \"w\", \"params\": [{{\"name\": \"n\", \"type\": \"{kind}\"}}]}}"
        );
        Document::parse(text.as_bytes()).workflow.unwrap().params.remove(0)
    };
    for (kind, text) in [
        ("int", "9223372036854775808"),
        ("int", "-9223372036854775809"),
        ("int", "1e3"),
        ("float", "1e999"),
        ("float", "-1e999"),
        ("float", "nan"),
        ("float", "inf"),
        ("list", "[1e999]"),
        ("list", "[118446744073709551616]"),
        ("json", "{\"n\": -118446744073709551616}"),
        ("json", "{\"n\": 1e999}"),
    ] {
        assert!(params::parse_text(&param(kind), text).is_err(), "{kind} {text}");
    }
    let error = outputs::parse(b"{\"good\": 1}\n{\"n\": 1e999}\n").unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    assert!(outputs::parse(b"{\"n\": 118446744073709551616}").is_err());
}

#[test]
fn two_of_one_name_are_errors_that_name_both_places() {
    let text = r#"{
        "millrace": 1, "name": "w",
        "params": [{"name": "p", "type": "int"}, {"name": "p", "type": "int"}],
        "tasks": [{"name": "a", "kind": "noop"},
                  {"name": "a", "kind": "noop"}]
    }"#;
    let problems = Document::parse(text.as_bytes()).check(&Surroundings::default());
    let twice: Vec<_> =
        problems.iter().filter(|problem| problem.code == Code::DuplicateName).collect();
    assert_eq!(twice.len(), 2, "{problems:?}");
    assert!(twice.iter().all(|problem| problem.severity == Severity::Error));
    let two_keys = "{\n\"millrace\": 1,\n\"name\": \"a\",\n\"name\": \"b\"\n}";
    let document = Document::parse(two_keys.as_bytes());
    assert_eq!(document.problems[0].code, Code::DuplicateKey);
    assert_eq!(document.problems[0].place.map(|place| place.line), Some(4));
}
