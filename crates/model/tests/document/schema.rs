//! The JSON Schema says what the parser does: both accept and refuse the same shapes, and at the same places.
//!
//! Two things no schema can say: that `1.0` is no whole number here, and how long a duration may be in all.

use jsonschema::{Validator, draft202012};
use millrace_model::json;
use millrace_model::problem::Code;
use millrace_model::read::Document;
use millrace_model::schema::schema;
use millrace_model::validate::Surroundings;
use millrace_model::write::canonical_text;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::arbitrary;

/// A snapshot, so that a change of the schema is seen in review.
#[test]
fn the_schema_is_as_reviewed() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema()).unwrap());
}

#[test]
fn the_schema_is_a_schema() {
    draft202012::meta::validate(&schema()).unwrap();
}

#[test]
fn every_sample_is_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../workflows");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(refusals(&validator(), &text), Vec::<String>::new(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 5, "only {count} samples");
    let whole = include_str!("sample.json");
    assert_eq!(refusals(&validator(), whole), Vec::<String>::new());
}

/// A sound document that has one of nearly everything.
fn base() -> Value {
    json!({
        "millrace": 1,
        "name": "w",
        "params": [{ "name": "day", "type": "date" }],
        "env": { "A": "x" },
        "defaults": { "retry": { "attempts": 2 } },
        "limits": { "active_runs": 1 },
        "schedules": [{ "name": "nightly", "cron": "@daily" }],
        "triggers": [
            { "name": "call", "http": {} },
            { "name": "drop", "file": { "glob": "*.csv" } },
            { "name": "after", "workflow": { "any": ["other"] } },
        ],
        "hooks": [{ "on": "failure", "notify": "me" }],
        "tasks": [
            {
                "name": "a",
                "kind": "shell",
                "spec": { "script": "true" },
                "retry": { "on": ["failed", "exit:3"] },
                "timeout": "5m",
                "pool": { "name": "db" },
                "cache": { "key": "k" },
            },
            {
                "name": "b",
                "kind": "noop",
                "for_each": { "items": "[1]" },
                "repeat": { "until": "true" },
            },
        ],
        "dependencies": [{ "from": "a", "to": "b", "on": ["succeeded"] }],
        "layout": {
            "tasks": { "a": [0, 0] },
            "notes": [{ "at": [0, 0] }],
            "groups": [{ "name": "g" }],
        },
    })
}

#[test]
fn wrong_documents_are_refused_at_the_same_place() {
    let cases = [
        // Wrong types.
        ("/name", json!(5), Code::WrongType),
        ("/title", json!(null), Code::WrongType),
        ("/millrace", json!("1"), Code::WrongType),
        ("/millrace", json!(2), Code::NewerVersion),
        ("/tasks", json!({}), Code::WrongType),
        ("/tasks/0", json!(5), Code::WrongType),
        ("/tasks/0/priority", json!("high"), Code::WrongType),
        ("/tasks/0/priority", json!(1.5), Code::WrongType),
        ("/tasks/0/priority", json!(1_u64 << 40), Code::WrongType),
        ("/tasks/0/min_succeeded", json!(-1), Code::WrongType),
        ("/tasks/0/disabled", json!("yes"), Code::WrongType),
        ("/tasks/0/timeout", json!(60), Code::WrongType),
        ("/tasks/0/retry", json!(3), Code::WrongType),
        ("/tasks/0/retry/backoff", json!("2"), Code::WrongType),
        ("/tasks/0/join", json!({ "expr": 1 }), Code::WrongType),
        ("/tasks/0/join", json!({ "expr": "a.failed", "and": 1 }), Code::WrongType),
        ("/tasks/0/hooks", json!("me"), Code::WrongType),
        ("/env", json!(["A"]), Code::WrongType),
        ("/env/A", json!(8080), Code::WrongType),
        ("/env/A", json!({ "secret": 1 }), Code::WrongType),
        ("/env/A", json!({ "secret": "s", "more": 1 }), Code::WrongType),
        ("/dependencies/0/on", json!("failed"), Code::WrongType),
        ("/triggers/0/http", json!("yes"), Code::WrongType),
        ("/layout/tasks/a", json!([1]), Code::WrongType),
        ("/layout/tasks/a", json!([1, "2"]), Code::WrongType),
        ("/layout/notes/0/at", json!({ "x": 1, "y": 2 }), Code::WrongType),
        ("/tags", json!([1]), Code::WrongType),
        // Texts of the wrong form.
        ("/name", json!("Daily Sales"), Code::BadName),
        ("/tasks/0/name", json!("2nd"), Code::BadName),
        ("/tasks/0/name", json!("for"), Code::BadName),
        ("/tasks/0/name", json!("x".repeat(129)), Code::BadName),
        ("/layout/tasks/Ä", json!([0, 0]), Code::BadName),
        ("/tasks/0/timeout", json!("10 s"), Code::BadDuration),
        ("/tasks/0/timeout", json!("5m1h"), Code::BadDuration),
        ("/tasks/0/timeout", json!(""), Code::BadDuration),
        ("/tasks/0/join", json!("some"), Code::BadWord),
        ("/limits/overlap", json!("skipp"), Code::BadWord),
        ("/params/0/type", json!("number"), Code::BadWord),
        ("/schedules/0/catch_up", json!("some"), Code::BadWord),
        ("/hooks/0/on", json!("never"), Code::BadWord),
        ("/dependencies/0/on", json!(["ended"]), Code::BadWord),
        ("/tasks/0/retry/on", json!(["exit:256"]), Code::BadWord),
        ("/tasks/0/retry/on", json!(["exit:+1"]), Code::BadWord),
        ("/tasks/0/retry/on", json!(["exit:N"]), Code::BadWord),
        ("/triggers/2/workflow/on", json!(["done"]), Code::BadWord),
        ("/env/2B", json!("x"), Code::BadEnv),
        ("/tasks/0/env", json!({ "A-B": "x" }), Code::BadEnv),
        // One key of several.
        ("/schedules/0/every", json!("5m"), Code::OneOf),
        ("/triggers/1/http", json!({}), Code::OneOf),
        ("/triggers/2/workflow/all", json!(["other"]), Code::OneOf),
        ("/hooks/0/task", json!("a"), Code::OneOf),
        // The fields of a kind.
        ("/tasks/0/spec", json!([]), Code::BadSpec),
        ("/tasks/0/spec/script", json!(5), Code::BadSpec),
        ("/tasks/0/spec/script", json!(null), Code::BadSpec),
        ("/tasks/0/spec/shell", json!(5), Code::BadSpec),
        ("/tasks/0/spec/stop_on_error", json!("yes"), Code::BadSpec),
        ("/tasks/0/spec/args", json!("x"), Code::BadSpec),
        ("/tasks/0/spec/args", json!([1]), Code::BadSpec),
        ("/tasks/0/spec/skip_exit_code", json!(0), Code::BadSpec),
        ("/tasks/0/spec/skip_exit_code", json!(256), Code::BadSpec),
    ];
    let sound = base();
    assert_eq!(shape_problems(&sound.to_string()), []);
    assert_eq!(refusals(&validator(), &sound.to_string()), Vec::<String>::new());
    for (pointer, value, code) in cases {
        let mut wrong = base();
        let name = format!("{pointer} = {value}");
        let (place, key) = pointer.rsplit_once('/').unwrap();
        let holder = wrong.pointer_mut(place).unwrap();
        match key.parse::<usize>() {
            Ok(index) if holder.is_array() => holder[index] = value,
            _ => holder[key] = value,
        }
        refused_alike(&name, &wrong, code);
    }
}

#[test]
fn unknown_keys_are_refused_in_every_object_that_has_known_ones() {
    for place in [
        "",
        "/params/0",
        "/defaults",
        "/defaults/retry",
        "/limits",
        "/schedules/0",
        "/triggers/0",
        "/triggers/0/http",
        "/triggers/1/file",
        "/triggers/2/workflow",
        "/hooks/0",
        "/tasks/0",
        "/tasks/0/spec",
        "/tasks/0/retry",
        "/tasks/0/pool",
        "/tasks/0/cache",
        "/tasks/1",
        "/tasks/1/for_each",
        "/tasks/1/repeat",
        "/dependencies/0",
        "/layout",
        "/layout/notes/0",
        "/layout/groups/0",
    ] {
        let mut wrong = base();
        wrong.pointer_mut(place).unwrap()["odd"] = json!(1);
        refused_alike(&format!("{place}/odd"), &wrong, Code::UnknownKey);
    }
}

#[test]
fn missing_keys_are_refused() {
    for (place, key, code) in [
        ("", "millrace", Code::MissingKey),
        ("", "name", Code::MissingKey),
        ("/params/0", "name", Code::MissingKey),
        ("/params/0", "type", Code::MissingKey),
        ("/schedules/0", "name", Code::MissingKey),
        ("/schedules/0", "cron", Code::OneOf),
        ("/triggers/0", "name", Code::MissingKey),
        ("/triggers/0", "http", Code::OneOf),
        ("/triggers/1/file", "glob", Code::MissingKey),
        ("/triggers/2/workflow", "any", Code::OneOf),
        ("/hooks/0", "on", Code::MissingKey),
        ("/hooks/0", "notify", Code::OneOf),
        ("/tasks/0", "name", Code::MissingKey),
        ("/tasks/0", "kind", Code::MissingKey),
        ("/tasks/0/spec", "script", Code::BadSpec),
        ("/tasks/0/pool", "name", Code::MissingKey),
        ("/tasks/1/for_each", "items", Code::MissingKey),
        ("/tasks/1/repeat", "until", Code::MissingKey),
        ("/dependencies/0", "from", Code::MissingKey),
        ("/dependencies/0", "to", Code::MissingKey),
        ("/layout/notes/0", "at", Code::MissingKey),
    ] {
        let mut wrong = base();
        wrong.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        refused_alike(&format!("{place} without {key}"), &wrong, code);
    }
    // Without a spec it is the field that is missing, two steps down.
    let mut wrong = base();
    wrong["tasks"][0].as_object_mut().unwrap().remove("spec").unwrap();
    let text = wrong.to_string();
    assert_eq!(shape_problems(&text), [(Code::BadSpec, "tasks[0].spec.script".to_owned())]);
    assert_eq!(refusals(&validator(), &text), ["tasks[0]"]);
}

#[test]
fn odd_documents_that_are_right_are_accepted_by_both() {
    for (pointer, value) in [
        ("/tasks/0/spec/shell", json!(null)),
        ("/tasks/0/spec/args", json!(null)),
        ("/tasks/0/spec/skip_exit_code", json!(null)),
        ("/tasks/0/retry/on", json!(["exit:007", "exit:255", "exit:0"])),
        ("/tasks/1/kind", json!("of_another_version")),
        ("/tasks/1/spec", json!({})),
        ("/dependencies/0/on", json!(["failed", "failed"])),
        ("/dependencies/0/on", json!("finished")),
        ("/params/0/default", json!({ "any": ["thing"] })),
    ] {
        let mut odd = base();
        let (place, key) = pointer.rsplit_once('/').unwrap();
        odd.pointer_mut(place).unwrap()[key] = value;
        assert_eq!(shape_problems(&odd.to_string()), [], "{pointer}");
        assert_eq!(refusals(&validator(), &odd.to_string()), Vec::<String>::new(), "{pointer}");
    }
}

#[test]
fn a_document_that_is_no_object_is_refused_by_both() {
    for text in ["[]", "5", "null", "\"w\""] {
        assert_eq!(shape_problems(text), [(Code::NotAnObject, String::new())]);
        assert_eq!(refusals(&validator(), text), [""]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_document_that_is_accepted_is_valid(workflow in arbitrary::workflow()) {
        let text = canonical_text(&workflow);
        if shape_problems(&text).is_empty() {
            prop_assert_eq!(refusals(&validator(), &text), Vec::<String>::new(), "{}", text);
        }
    }

    #[test]
    fn any_spec_that_is_accepted_is_valid((kind, spec) in arbitrary::spec()) {
        let mut text = String::from("{\"millrace\": 1, \"name\": \"w\", \"tasks\": [");
        text += &format!("{{\"name\": \"a\", \"kind\": \"{kind}\", \"spec\": {}}}]}}", json::to_text(&spec));
        if shape_problems(&text).is_empty() {
            prop_assert_eq!(refusals(&validator(), &text), Vec::<String>::new(), "{}", text);
        }
    }

    #[test]
    fn any_broken_object_is_valid_just_where_it_is_accepted(tree in arbitrary::broken_workflow()) {
        let text = json::to_text(&tree);
        let (found, refused) = (shape_problems(&text), refusals(&validator(), &text));
        prop_assert_eq!(found.is_empty(), refused.is_empty(), "{}: {:?}, {:?}", text, found, refused);
    }
}

fn validator() -> Validator {
    draft202012::new(&schema()).unwrap()
}

/// Where the schema refuses a text, as problems name places: `tasks[0].spec`.
fn refusals(validator: &Validator, text: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(text).unwrap();
    let places = validator.iter_errors(&value).map(|error| {
        let pointer = error.instance_path().to_string();
        pointer.split('/').skip(1).fold(String::new(), |place, step| match step.parse::<u32>() {
            Ok(index) => format!("{place}[{index}]"),
            Err(_) if place.is_empty() => step.to_owned(),
            Err(_) => format!("{place}.{step}"),
        })
    });
    places.collect()
}

/// What our own validation says of a text's shape: code and place.
fn shape_problems(text: &str) -> Vec<(Code, String)> {
    const SHAPE: [Code; 12] = [
        Code::NotAnObject,
        Code::WrongType,
        Code::MissingKey,
        Code::UnknownKey,
        Code::BadName,
        Code::BadDuration,
        Code::BadWord,
        Code::OneOf,
        Code::NewerVersion,
        Code::BadVersion,
        Code::BadEnv,
        Code::BadSpec,
    ];
    let problems = Document::parse(text.as_bytes()).check(&Surroundings::default());
    let of_shape = problems.into_iter().filter(|problem| SHAPE.contains(&problem.code));
    of_shape.map(|problem| (problem.code, problem.path.to_string())).collect()
}

/// That both refuse a document, ours with this code, the schema at the same place or, of a key or one element, at the
/// object or list that has it.
#[track_caller]
fn refused_alike(name: &str, wrong: &Value, code: Code) {
    let text = wrong.to_string();
    let ours = shape_problems(&text);
    let (_, place) = ours.iter().find(|(found, _)| *found == code).unwrap_or_else(|| {
        panic!("{name}: {code} is expected, and {ours:?} is found");
    });
    let above = place.rfind(['.', '[']).map_or("", |end| &place[..end]);
    let theirs = refusals(&validator(), &text);
    assert!(!theirs.is_empty(), "{name}: the schema accepts it");
    assert!(
        theirs.iter().all(|found| found == place || found == above),
        "{name}: {place}, {theirs:?}"
    );
}
