//! What is taken out, what is put in its place, and what is refused.

use millrace_model::document::Workflow;
use millrace_model::edit::{NewWorkflow, extract};
use millrace_model::ident::Ident;
use millrace_model::read::Document;
use millrace_model::validate::{Surroundings, validate};
use millrace_model::write::canonical_text;

fn workflow(text: &str) -> Workflow {
    Document::parse(text.as_bytes()).workflow.unwrap()
}

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn taken(workflow: &Workflow, tasks: &[&str]) -> Result<(Workflow, Workflow), String> {
    let tasks: Vec<Ident> = tasks.iter().map(|name| ident(name)).collect();
    let new = NewWorkflow { name: ident("part"), callee: "part.json".to_owned() };
    let taken = extract(workflow, &tasks, &new).map_err(|why| why.join("\n"))?;
    let mut rest = workflow.clone();
    let back = taken.edit.apply(&mut rest).unwrap();
    let mut again = rest.clone();
    back.apply(&mut again).unwrap();
    assert_eq!(again, *workflow, "one step takes it back");
    Ok((rest, taken.child))
}

const SALES: &str = r#"{
  "millrace": 1, "name": "sales",
  "params": [
    { "name": "day", "type": "date", "default": "${date(run.logical_time)}" },
    { "name": "unused", "type": "string" },
    { "name": "limit", "type": "int", "default": 5 }
  ],
  "env": { "DAY": "${params.day}" },
  "defaults": { "retry": { "attempts": 3 } },
  "tasks": [
    { "name": "load", "kind": "shell", "spec": { "script": "true" } },
    { "name": "check", "kind": "shell", "spec": { "script": "true" },
      "env": { "ROWS": "${tasks.load.outputs.rows}", "HOW": "it ${tasks.load.state}" } },
    { "name": "sum", "kind": "shell", "spec": { "script": "true" },
      "env": { "LIMIT": "${params.limit}", "GOOD": "${tasks.check.outputs.good}" } },
    { "name": "report", "kind": "shell", "spec": { "script": "true" },
      "env": { "SUM": "${tasks.sum.outputs.sum} of ${tasks.load.outputs.rows}" } },
    { "name": "alert", "kind": "noop" }
  ],
  "dependencies": [
    { "from": "check", "to": "sum" },
    { "from": "load", "to": "check" },
    { "from": "sum", "to": "report" },
    { "from": "sum", "to": "alert", "on": ["failed", "upstream_failed"] }
  ],
  "layout": { "tasks": { "load": [0, 0], "check": [280, 80], "sum": [560, 80], "report": [840, 0] } }
}"#;

#[test]
fn tasks_move_with_their_values_and_one_stands_for_them() {
    let (rest, child) = taken(&workflow(SALES), &["check", "sum"]).unwrap();
    insta::assert_snapshot!("rest", canonical_text(&rest));
    insta::assert_snapshot!("child", canonical_text(&child));
    for document in [&rest, &child] {
        let problems = validate(document, &Surroundings::default());
        assert!(problems.is_empty(), "{problems:?}");
    }
}

/// `a b c d` and the edges given, as (from, to, on).
fn graph(more: &[(&str, &str)], edges: &[(&str, &str, &str)]) -> Workflow {
    let tasks: Vec<String> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| {
            let extra = more.iter().filter(|(task, _)| task == name).map(|(_, more)| *more);
            format!(
                r#"{{"name": "{name}", "kind": "shell", "spec": {{"script": "true"}}{}}}"#,
                extra.collect::<String>()
            )
        })
        .collect();
    let edges: Vec<String> = edges
        .iter()
        .map(|(from, to, on)| format!(r#"{{"from": "{from}", "to": "{to}", "on": {on}}}"#))
        .collect();
    workflow(&format!(
        r#"{{"millrace": 1, "name": "w", "tasks": [{}], "dependencies": [{}]}}"#,
        tasks.join(","),
        edges.join(",")
    ))
}

#[test]
fn what_would_change_the_meaning_is_refused_with_the_reason() {
    const S: &str = r#"["succeeded"]"#;
    const F: &str = r#"["failed"]"#;
    const ALL: &str = r#""finished""#;
    let chain = [("a", "b", S), ("b", "c", S), ("c", "d", S)];
    let reads = |text: &str| format!(r#", "env": {{"X": "{text}"}}"#);
    let mut told = Vec::new();
    for (what, more, edges, tasks) in [
        ("a circle", vec![], &chain[..], vec!["a", "c"]),
        ("begins", vec![], &[("a", "b", S), ("b", "d", S), ("c", "d", S)], vec!["b", "c"]),
        ("joins later", vec![], &[("a", "c", S), ("b", "c", S)], vec!["b", "c"]),
        ("runs without the first", vec![], &[("a", "b", S), ("b", "c", ALL)], vec!["b", "c"]),
        (
            "conditions differ",
            vec![],
            &[("a", "b", S), ("a", "d", S), ("b", "d", ALL)],
            vec!["a", "b"],
        ),
        ("failed alone", vec![], &[("a", "b", S), ("b", "c", F)], vec!["a", "b"]),
        ("only one of them", vec![], &[("a", "c", S)], vec!["a", "b"]),
        ("may be skipped", vec![("b", r#", "when": "1 > 2""#.to_owned())], &chain[..], vec!["b"]),
        ("a setup outside", vec![("d", r#", "teardown_for": ["a"]"#.to_owned())], &[], vec!["a"]),
        ("state read", vec![("c", reads("${tasks.b.state}"))], &chain[..], vec!["b"]),
        (
            "after a failure",
            vec![("c", reads("${tasks.b.outputs.x}"))],
            &[("a", "b", S), ("b", "c", ALL)],
            vec!["b"],
        ),
        ("asked for", vec![("c", reads("${has(tasks.b.outputs.x)}"))], &chain[..], vec!["b"]),
        ("computed", vec![("b", reads("${tasks[params.x].state}"))], &chain[..], vec!["b"]),
        (
            "the run's id",
            vec![("b", reads("${run.id} ${run.logical_time}"))],
            &chain[..],
            vec!["b"],
        ),
        (
            "files",
            vec![("a", reads("$MILLRACE_RUN_DIR")), ("b", reads("$MILLRACE_RUN_DIR"))],
            &chain[..],
            vec!["b"],
        ),
        ("nothing", vec![], &[], vec![]),
    ] {
        let more: Vec<(&str, &str)> =
            more.iter().map(|(task, more)| (*task, more.as_str())).collect();
        let refused = taken(&graph(&more, edges), &tasks).unwrap_err();
        told.push(format!("{what}: {refused}"));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_keeps_its_meaning_is_taken() {
    const S: &str = r#"["succeeded"]"#;
    const FU: &str = r#"["failed", "upstream_failed"]"#;
    const ALL: &str = r#""finished""#;
    for (edges, tasks) in [
        (&[("a", "b", S), ("b", "c", FU), ("b", "d", S)][..], &["a", "b"][..]),
        (&[("a", "b", S), ("a", "c", S), ("b", "d", S), ("c", "d", S)], &["b", "c"]),
        (&[("a", "b", S), ("a", "c", S), ("b", "c", S), ("c", "d", ALL)], &["b", "c"]),
        (&[("a", "c", ALL), ("b", "d", ALL)], &["a", "b"]),
        (&[], &["a", "b", "c", "d"]),
    ] {
        let (rest, child) = taken(&graph(&[], edges), tasks).unwrap();
        assert_eq!(child.tasks.len(), tasks.len());
        assert_eq!(rest.tasks.len(), 5 - tasks.len());
    }
}
