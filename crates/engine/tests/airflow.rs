//! The thirteen trigger rules of Airflow as `on` and `join`, against a table made by a real Airflow.
//!
//! `tests/data/airflow_trigger_rules.py` makes the table and says how.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_model::document::{Join, Workflow};
use serde_json::Value;
use support::*;

/// The table of docs/semantics.md: rule, `on`, join, `min_succeeded`.
const RULES: [(&str, &str, Join, u32); 12] = [
    ("all_success", "S", Join::All, 0),
    ("all_failed", "FU", Join::All, 0),
    ("all_done", "SFKUC", Join::All, 0),
    ("all_done_min_one_success", "SFU", Join::All, 1),
    ("one_success", "S", Join::Any, 0),
    ("one_failed", "FU", Join::Any, 0),
    ("one_done", "SF", Join::Any, 0),
    ("none_failed", "SK", Join::All, 0),
    ("none_failed_min_one_success", "SK", Join::All, 1),
    ("none_skipped", "SFU", Join::All, 0),
    ("all_skipped", "K", Join::All, 0),
    ("always", "SFKUC", Join::None, 0),
];

/// Upstreams in the given states, made by real tasks: `u0`, `u1`, …; `x` has the rule.
fn build(rule: &str, upstreams: &[&str], setups: &[bool]) -> Workflow {
    let mut tasks = vec!["bad".to_owned()];
    let mut edges = Vec::new();
    let row = RULES.iter().find(|row| row.0 == rule);
    let on = row.map_or("SFKUC", |row| row.1);
    for (at, state) in upstreams.iter().enumerate() {
        tasks.push(format!("u{at}"));
        if *state == "upstream_failed" {
            edges.push(format!("bad>u{at}"));
        }
        edges.push(format!("u{at}-{on}>x"));
    }
    tasks.push("x".to_owned());
    let mut flow = workflow(&tasks.join(" "), &edges.join(" "));
    let x = task(&mut flow, "x");
    match row {
        Some((_, _, join, min)) => {
            x.join = join.clone();
            x.min_succeeded = (*min > 0).then_some(*min);
        }
        None => {
            let named = setups.iter().enumerate().filter(|(_, setup)| **setup);
            x.teardown_for = named.map(|(at, _)| ident(&format!("u{at}"))).collect();
        }
    }
    flow
}

fn decide(rule: &str, upstreams: &[&str], setups: &[bool]) -> &'static str {
    let flow = build(rule, upstreams, setups);
    let mut home = Home::new(64);
    let run = home.submit(1, &flow);
    home.end(run, "bad", 'F');
    for (at, state) in upstreams.iter().enumerate() {
        let end = match *state {
            "success" => 'S',
            "failed" => 'F',
            "skipped" => 'K',
            "upstream_failed" | "none" => continue,
            other => panic!("no state {other}"),
        };
        if home.core.is_active(run) {
            home.end(run, &format!("u{at}"), end);
        }
    }
    match home.state(run, "x").word() {
        "pending" => "wait",
        "queued" => "run",
        "upstream_failed" => "upstream_failed",
        "skipped" => "skipped",
        other => panic!("{rule} {upstreams:?}: x is {other}"),
    }
}

#[test]
fn the_rules_mean_what_airflow_means() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/airflow_trigger_rules.json");
    let text = std::fs::read_to_string(path).unwrap();
    let table: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!table.is_empty());
    let mut different = Vec::new();
    let mut rules = std::collections::BTreeSet::new();
    for row in &table {
        let rule = row["rule"].as_str().unwrap();
        let upstreams: Vec<&str> = row["upstreams"]
            .as_array()
            .unwrap()
            .iter()
            .map(|state| state.as_str().unwrap())
            .collect();
        let setups: Vec<bool> =
            row["setup"].as_array().unwrap().iter().map(|setup| setup.as_bool().unwrap()).collect();
        let expected = row["expected"].as_str().unwrap();
        rules.insert(rule);
        let got = decide(rule, &upstreams, &setups);
        if got != expected && !is_on_purpose(rule, &upstreams, expected, got) {
            different.push(format!("{rule} {upstreams:?} {setups:?}: {got}, Airflow {expected}"));
        }
    }
    assert_eq!(rules.len(), 13, "{rules:?}");
    assert!(
        different.is_empty(),
        "{} of {}:\n{}",
        different.len(),
        table.len(),
        different.join("\n")
    );
}

/// Where we differ because the semantics say so, always while an upstream is pending; once all have ended there is no
/// difference.
fn is_on_purpose(rule: &str, upstreams: &[&str], expected: &str, got: &str) -> bool {
    upstreams.contains(&"none")
        && match rule {
            // Decided as soon as no setup can succeed any more; Airflow waits for the other upstreams.
            "all_done_setup_success" => expected == "wait",
            // After a skip the other upstream may still fail; Airflow's answer depends on who ends first.
            "all_success" => expected == "skipped" && got == "wait",
            _ => false,
        }
}
