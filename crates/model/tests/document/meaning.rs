//! What a workflow means, checked: every rule with the problem that it gives.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use millrace_model::problem::{Code, Severity};
use millrace_model::read::Document;
use millrace_model::validate::{Surroundings, validate};

fn report(text: &str) -> String {
    let pools = BTreeMap::from([("db".to_owned(), 4)]);
    let channels = ["desktop", "mail", "ops"].map(str::to_owned).into();
    let document = Document::parse(text.as_bytes());
    let problems = document.check(&Surroundings {
        pools: Some(&pools),
        channels: Some(&channels),
        ..Surroundings::default()
    });
    let lines: Vec<String> = problems.iter().map(|problem| problem.render("bad.json")).collect();
    lines.join("\n")
}

macro_rules! reports {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(report(include_str!(concat!("meaning/", $file))));
            }
        )*
    };
}

reports! {
    edges_and_names: "edges.json",
    joins_and_teardowns: "joins.json",
    ranges_and_pools: "ranges.json",
    expressions: "expressions.json",
    what_comes_later: "later.json",
    branches: "branches.json",
    files_that_tasks_make: "produces.json",
    results_that_are_taken_over: "cache.json",
    tasks_that_wait: "waits.json",
    mapped_tasks: "mapped.json",
    schedules_and_hooks: "schedules.json",
    hooks_that_notify: "hooks.json",
    hooks_that_run_tasks: "hook_tasks.json",
}

#[test]
fn a_hello_has_no_problems() {
    assert_eq!(report(include_str!("meaning/hello.json")), "");
}

/// An edited workflow has no text, and still every problem that its document had, by path.
#[test]
fn problems_do_not_depend_on_the_text() {
    for text in [
        include_str!("meaning/edges.json"),
        include_str!("meaning/ranges.json"),
        include_str!("meaning/schedules.json"),
        r#"{"millrace": 1, "name": "w", "x": 1, "tasks": [{"name": "a", "kind": "noop", "timeout": 5, "y": 2}]}"#,
    ] {
        let pools = BTreeMap::new();
        let surroundings = Surroundings { pools: Some(&pools), ..Surroundings::default() };
        let document = Document::parse(text.as_bytes());
        let key = |problem: &millrace_model::problem::Problem| {
            (problem.code, problem.path.clone(), problem.task.clone(), problem.message.clone())
        };
        let mut of_text: Vec<_> = document.check(&surroundings).iter().map(key).collect();
        let workflow = document.workflow.unwrap();
        let mut of_types: Vec<_> = validate(&workflow, &surroundings).iter().map(key).collect();
        of_text.sort();
        of_types.sort();
        assert_eq!(of_types, of_text);
    }
}

/// Places are right although tasks before them could not be read.
#[test]
fn indices_are_those_of_the_text() {
    let text = "{\"millrace\": 1, \"name\": \"w\", \"tasks\": [\n5,\n{\"kind\": \"noop\"},\n{\"name\": \"a\", \"kind\": \"noop\"},\n{\"name\": \"b\", \"kind\": \"noop\", \"when\": \"params.x\"}]}";
    let document = Document::parse(text.as_bytes());
    let problems = document.check(&Surroundings::default());
    let problem = problems.iter().find(|problem| problem.code == Code::NoSuchParam).unwrap();
    assert_eq!(problem.place.unwrap().line, 5);
    assert_eq!(problem.path.to_string(), "tasks[3].when");
    assert_eq!(problem.task.as_deref(), Some("b"));
}

#[test]
fn a_hundred_thousand_tasks_are_checked_in_seconds() {
    let count = 100_000;
    let mut text = String::from("{\"millrace\": 1, \"name\": \"w\", \"tasks\": [");
    for n in 0..count {
        let comma = if n == 0 { "" } else { "," };
        // Many name a task far before them.
        let far = n / 2;
        write!(text, "{comma}{{\"name\": \"t{n}\", \"kind\": \"noop\"").unwrap();
        if n > 0 && n % 50 == 0 {
            write!(text, ", \"when\": \"tasks.t{far}.state == 'succeeded'\"").unwrap();
        }
        text.push('}');
    }
    text.push_str("], \"dependencies\": [");
    for n in 1..count {
        let comma = if n == 1 { "" } else { "," };
        write!(text, "{comma}{{\"from\": \"t{}\", \"to\": \"t{n}\"}}", n - 1).unwrap();
    }
    text.push_str("]}");
    let document = Document::parse(text.as_bytes());
    assert_eq!(document.problems, []);
    let start = Instant::now();
    assert_eq!(document.check(&Surroundings::default()), []);
    // Seconds even without optimisation on a busy machine; quadratic work would take minutes.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn very_many_problems_are_cut_with_a_word() {
    let mut text = String::from("{\"millrace\": 1, \"name\": \"w\", \"dependencies\": [");
    for n in 0..20_000 {
        let comma = if n == 0 { "" } else { "," };
        write!(text, "{comma}{{\"from\": \"a{n}\", \"to\": \"b{n}\"}}").unwrap();
    }
    text.push_str("]}");
    let problems = Document::parse(text.as_bytes()).check(&Surroundings::default());
    assert_eq!(problems.len(), 10_001);
    let cut = problems.iter().find(|problem| problem.code == Code::TooMany).unwrap();
    assert_eq!(cut.severity, Severity::Notice);
    assert!(cut.message.starts_with("30000 more"), "{}", cut.message);
}
