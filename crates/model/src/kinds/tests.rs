//! Tests of the registry and of every kind.

use std::path::Path;

use super::*;
use crate::action::{Program, PythonEnv, ResolvedProcess, ResolvedPython};
use crate::document::Task;
use crate::expr::Scope;
use crate::ident::Ident;
use serde_json::json;

fn spec(value: &serde_json::Value) -> Json {
    Json::from_value(value)
}

fn resolved(kind_id: &str, value: &serde_json::Value) -> ResolvedProcess {
    match (kind(kind_id).unwrap().lower)(&spec(value)).unwrap() {
        Action::Process(process) => process.resolve(&Scope::default()).unwrap(),
        other => panic!("{kind_id} is no process: {other:?}"),
    }
}

fn argv(kind_id: &str, value: &serde_json::Value) -> Vec<String> {
    resolved(kind_id, value).argv
}

fn problems(kind_id: &str, value: &serde_json::Value) -> String {
    let problems = kind(kind_id).unwrap().check(&spec(value));
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn declarations_are_complete() {
    let mut ids: Vec<&str> = all().iter().map(|kind| kind.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all().len(), "an id stands twice");
    for kind in all() {
        assert!(Ident::new(kind.id).is_ok());
        for text in [kind.title, kind.icon, kind.summary, kind.docs] {
            assert!(!text.trim().is_empty(), "{}", kind.id);
        }
        assert!(kind.summary.ends_with('.') && kind.docs.contains("```json"), "{}", kind.id);
        for field in kind.fields {
            assert!(
                field.help.ends_with('.') && !field.title.is_empty(),
                "{}.{}",
                kind.id,
                field.key
            );
        }
    }
}

/// Every example of a docs page is a task whose spec has no problems.
#[test]
fn examples_in_docs_are_valid() {
    for kind in all() {
        let examples =
            kind.docs.split("```json").skip(1).filter_map(|rest| rest.split("```").next());
        for example in examples {
            let task: serde_json::Value = serde_json::from_str(example).unwrap();
            assert_eq!(task["kind"], kind.id);
            let spec = task.get("spec").cloned().unwrap_or_else(|| json!({}));
            assert_eq!(problems(kind.id, &spec), "", "{example}");
        }
    }
}

#[test]
fn docs_pages_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/kinds");
    for kind in all() {
        crate::docs_test::compare(&root.join(format!("{}.md", kind.id)), &page(kind));
    }
}

#[test]
fn shell_lowers() {
    let two = "cd x\nmake";
    assert_eq!(argv("shell", &json!({"script": two})), ["sh", "-e", "-c", two, "sh"]);
    assert_eq!(
        argv(
            "shell",
            &json!({"script": two, "shell": "/opt/bin/zsh", "stop_on_error": false, "args": ["a b", "${1+1}"]})
        ),
        ["/opt/bin/zsh", "-c", two, "zsh", "a b", "2"]
    );
    assert_eq!(
        argv(
            "shell",
            &json!({"script": "echo ${params.x} $${y}", "shell": "fish", "stop_on_error": false, "args": ["a"]})
        ),
        ["fish", "-c", "echo ${params.x} $${y}", "a"]
    );
    assert_eq!(
        argv("shell", &json!({"script": " /bin/true\n"})),
        ["sh", "-e", "-c", "exec /bin/true\n", "sh"]
    );
    assert_eq!(
        argv("shell", &json!({"script": "make", "shell": "elvish"})),
        ["elvish", "-e", "-c", "make", "elvish"]
    );
    let long = resolved("shell", &json!({"script": "#".repeat(130_000), "args": ["a"]}));
    assert_eq!(
        (long.argv, long.script.map(|file| file.argv_index)),
        (vec!["sh".into(), "-e".into(), "a".into()], Some(2))
    );
}

#[test]
fn command_lowers() {
    let resolved =
        resolved("command", &json!({"argv": ["echo", "${'a b'}", "*"], "skip_exit_code": 99}));
    assert_eq!(
        (resolved.argv, resolved.skip_exit_code),
        (vec!["echo".into(), "a b".into(), "*".into()], Some(99))
    );
}

#[test]
fn python_lowers() {
    assert_eq!(
        argv("python", &json!({"code": "print(1)", "args": ["x"]})),
        ["python3", "-u", "-c", "print(1)", "x"]
    );
    assert_eq!(
        argv(
            "python",
            &json!({"file": "a.py", "interpreter": "/usr/bin/python3.11", "unbuffered": false})
        ),
        ["/usr/bin/python3.11", "a.py"]
    );
    assert_eq!(
        argv("python", &json!({"file": "${'-cimport os'}", "args": ["-x"]})),
        ["python3", "-u", "--", "-cimport os", "-x"]
    );
    let venv = resolved("python", &json!({"module": "pytest", "venv": "env/"}));
    assert_eq!(venv.argv, ["env/bin/python", "-u", "-m", "pytest"]);
    assert_eq!(venv.python, Some(ResolvedPython::Venv("env/".into())));
    let made = resolved("python", &json!({"code": "1", "requirements": ["b", "a"]}));
    assert_eq!(made.python, Some(ResolvedPython::Requirements(vec!["a".into(), "b".into()])));
    assert_eq!(made.argv[0], "python");
    let long = resolved("python", &json!({"code": "#".repeat(130_000)}));
    assert_eq!(
        (long.argv, long.script.map(|file| (file.argv_index, file.suffix))),
        (vec!["python3".into(), "-u".into()], Some((2, ".py")))
    );
}

#[test]
fn a_task_has_an_action() {
    let mut task = Task::new(Ident::new("a").unwrap(), "noop");
    assert_eq!(Action::for_task(&task), Ok(Action::Noop));
    task.kind = "pyhton".to_owned();
    let problems = Action::for_task(&task).unwrap_err();
    assert_eq!(problems[0].kind, SpecProblemKind::UnknownKind);
    insta::assert_snapshot!(
        problems[0],
        @"there is no kind `pyhton`; did you mean `python`? (this version has `shell`, `command`, `python`, `notebook`, `container`, `http`, `sql`, `files`, `mail` and 7 more)"
    );
}

#[test]
fn references_of_an_action() {
    let action = (kind("command").unwrap().lower)(&spec(
        &json!({"argv": ["a", "${params.x}", "${tasks.b.outputs.c}"]}),
    ))
    .unwrap();
    let read = action.references();
    assert_eq!(read.params.keys().collect::<Vec<_>>(), ["x"]);
    assert!(read.tasks["b"].outputs.contains("c"));
}

#[test]
fn problems_name_field_and_remedy() {
    let cases = [
        ("shell", json!({})),
        ("shell", json!({"script": "  "})),
        (
            "shell",
            json!({"scirpt": "x", "script": 3, "stop_on_error": "yes", "args": "a", "skip_exit_code": 300}),
        ),
        ("shell", json!({"script": "x", "args": [1, "${params.", "${parms.x}"]})),
        ("shell", json!({"script": "x", "shell": "fish"})),
        ("shell", json!({"script": "x", "shell": ""})),
        ("shell", json!([1])),
        ("command", json!({"argv": []})),
        ("command", json!({"argv": [""]})),
        ("command", json!({"argv": "ls -l"})),
        ("python", json!({})),
        ("python", json!({"code": "1", "file": "a.py"})),
        ("python", json!({"module": "a/b.py"})),
        ("python", json!({"code": "1", "venv": "v", "requirements": ["-r x.txt"]})),
        ("noop", json!({"script": "x"})),
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|(kind, value)| format!("{kind} {value}\n{}\n", problems(kind, value)))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn schemas_have_every_field() {
    for kind in all() {
        let schema = spec_schema(kind);
        for field in kind.fields {
            assert!(
                schema["properties"][field.key]["description"].is_string(),
                "{}.{}",
                kind.id,
                field.key
            );
        }
    }
    insta::assert_json_snapshot!(spec_schema(kind("shell").unwrap()));
}

#[test]
fn program_types_stay_small_enough_to_clone_per_attempt() {
    let action = (kind("python").unwrap().lower)(&spec(&json!({"code": "1"}))).unwrap();
    let Action::Process(process) = &action else { panic!("not a process") };
    assert!(matches!(process.program, Program::Script(_)));
    assert_eq!(process.python, Some(PythonEnv::Interpreter("python3".to_owned())));
}

#[test]
fn requests_that_cannot_be_sent_are_refused() {
    for (value, what) in [
        (json!({}), "url: missing"),
        (json!({"url": "http://h", "method": "get"}), "`get` is not one of"),
        (json!({"url": "http://h", "expect": "2xx"}), "expect: `2xx` is no status"),
        (json!({"url": "http://h", "headers": {"a b": "x"}}), "`a b` cannot be the name"),
        (json!({"url": "http://h", "headers": {"Content-Length": "3"}}), "leave it out"),
        (json!({"url": "http://h", "headers": {"X": {"sercet": "x"}}}), "headers: X: a text or"),
        (json!({"url": "http://h", "headers": {"X": 3}}), "headers: X: a text or"),
        (json!({"url": "http://h", "json": "1", "form": {}}), "form: `json` is sent already"),
        (json!({"url": "http://h", "json": "1 +"}), "json: "),
        (json!({"url": "http://h", "auth": "basic", "secret": "x"}), "user: missing"),
        (json!({"url": "http://h", "auth": "bearer"}), "secret: missing"),
        (json!({"url": "http://h", "secret": "x"}), "has no effect without `auth`"),
        (json!({"url": "http://h", "redirects": 21}), "redirects: 21 is not"),
    ] {
        let found = problems("http", &value);
        assert!(found.contains(what), "{value}: {found}");
    }
}

#[test]
fn secrets_of_a_request_have_places() {
    let value = json!({
        "url": "http://h", "auth": "basic", "user": "me", "secret": "${params.which}",
        "headers": {"A": "x", "B": {"secret": "key"}},
    });
    let action = (kind("http").unwrap().lower)(&spec(&value)).unwrap();
    assert!(action.references().params.contains_key("which"), "{:?}", action.references());
    let Action::Http(http) = &action else { panic!("not a request") };
    let secrets: Vec<_> = http.secrets().map(|(place, name)| (place, name.source())).collect();
    assert_eq!(
        secrets,
        [("headers.B".to_owned(), "key"), ("secret".to_owned(), "${params.which}")]
    );
}
