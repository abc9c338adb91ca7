//! Hooks that run tasks, against a real daemon, a real keeper and real processes.

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "this file needs a part of it")]
mod support;

use std::path::Path;

use serde_json::Value;
use support::{Home, Watched};

fn sample() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/clean_up.json");
    path.canonicalize().expect("a sample").display().to_string()
}

/// The states of what a task's hooks ran.
fn states(home: &Home, task: &str) -> Vec<String> {
    let shown = home.json(&["show", "last", "--task", task, "--json"]);
    let runs = shown["run"]["mapped"]["runs"].as_array().expect("what hooks ran");
    runs.iter().map(|run| run["state"].as_str().expect("a state").to_owned()).collect()
}

#[test]
fn they_run_after_a_failure_and_after_a_success() {
    let home = Home::new();
    let file = sample();
    let called = home.call(&["run", &file]);
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    let shown = home.call(&["show", "last"]).stdout;
    assert!(shown.contains("tidy[0]") && !shown.contains("report[0]"), "{shown}");
    assert_eq!(home.call(&["logs", "last", "tidy[0]"]).stdout, "the run has succeeded\n");
    let listed = home.json(&["runs", "--json"]);
    let row = &listed["runs"][0];
    assert_eq!(
        (&row["tasks"], &row["succeeded"]),
        (&2.into(), &2.into()),
        "hooks do not count: {row}"
    );

    let failed = home.call(&["run", &file, "-p", "fails=true"]);
    assert_eq!(failed.code, Some(1), "{}{}", failed.stdout, failed.stderr);
    for line in [
        "hook.fired            note[0]  on retry of add",
        "run.hooks             clean_up  it will be failed: add failed",
        "hook.fired            tidy[0]  on finish",
        "hook.fired            report[0]  on failure",
    ] {
        assert!(failed.stdout.contains(line), "{line}: {}", failed.stdout);
    }
    assert_eq!(home.call(&["logs", "last", "note[0]"]).stdout, "try 1 of add: exit code 3\n");
    assert_eq!(home.call(&["logs", "last", "report[0]"]).stdout, "add failed, after 3 numbers\n");
    assert_eq!(home.call(&["logs", "last", "tidy[0]"]).stdout, "the run has failed\n");
    let table = home.call(&["show", "last"]).stdout;
    assert!(table.contains("on failure") && table.contains("on retry of add"), "{table}");
    let whole = home.call(&["logs", "last", "report"]);
    assert!(whole.stderr.contains("hooks run report: each time has a log"), "{}", whole.stderr);
    let shown = home.json(&["show", "last", "--json"]);
    home.kill_daemon();
    assert_eq!(
        home.json(&["show", "last", "--json"])["run"],
        shown["run"],
        "as the history has it"
    );

    // Anew, and beside what was.
    let retried = home.call(&["retry", "last"]);
    assert_eq!(retried.code, Some(1), "{}{}", retried.stdout, retried.stderr);
    assert_eq!(states(&home, "tidy"), ["succeeded", "succeeded"]);
    assert_eq!(states(&home, "note"), ["succeeded", "succeeded"]);

    let planned = home.call(&["run", &file, "--dry-run"]).stdout;
    assert!(planned.contains("retry of add") && planned.contains("HOOK RUNS"), "{planned}");
    let plan = home.json(&["run", &file, "--dry-run", "--json"]);
    assert_eq!(plan["hooks"].as_array().map(Vec::len), Some(3), "{plan}");
    assert_eq!(plan["tasks"].as_array().map(Vec::len), Some(2), "{plan}");
}

/// `work` exits with `code`; hooks run `last`, which waits at a gate and says why it runs.
fn gated(home: &Home, code: u8) -> String {
    let script =
        "millrace-task input hook.state\nuntil [ -e \"$GATE\" ]; do sleep 0.05; done\necho done";
    let script = serde_json::to_string(script).expect("JSON");
    let gate = home.path("gate").display().to_string();
    home.write(
        "gated.json",
        &format!(
            r#"{{"millrace": 1, "name": "gated",
                "hooks": [{{"on": "finish", "task": "last"}}, {{"on": "recovery", "task": "again"}}],
                "tasks": [{{"name": "work", "kind": "shell", "spec": {{"script": "exit {code}"}}}},
                          {{"name": "last", "kind": "shell", "spec": {{"script": {script}}}, "env": {{"GATE": "{gate}"}}}},
                          {{"name": "again", "kind": "shell", "spec": {{"script": "echo it works again"}}}}]}}"#
        ),
    )
}

#[test]
fn a_daemon_that_dies_between_the_outcome_and_the_hook_changes_neither() {
    let home = Home::new();
    let file = gated(&home, 3);
    let mut watched = Watched::start(&home, &["run", &file]);
    watched.until("task.started          last[0]");
    let decided = home.json(&["show", "last", "--json"]);
    assert_eq!(decided["run"]["decided"]["state"], "failed");
    assert_eq!(decided["run"]["state"], "running");
    home.kill_daemon();
    home.write("gate", "");
    let called = watched.end();
    assert_eq!(called.code, Some(1), "{}{}", called.stdout, called.stderr);
    assert_eq!(states(&home, "last"), ["succeeded"], "it went on under its keeper");
    assert_eq!(home.call(&["logs", "last", "last[0]"]).stdout, "failed\ndone\n");

    // The next run works again.
    let file = gated(&home, 0);
    let called = home.call(&["run", &file]);
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    assert_eq!(home.call(&["logs", "last", "again[0]"]).stdout, "it works again\n");
    let called = home.call(&["run", &file]);
    assert!(!called.stdout.contains("again[0]"), "{}", called.stdout);
}

#[test]
fn a_cancel_while_hooks_run_ends_them_and_leaves_the_outcome() {
    let home = Home::new();
    let file = gated(&home, 0);
    let mut watched = Watched::start(&home, &["run", &file]);
    watched.until("task.started          last[0]");
    let canceled = home.call(&["cancel", "last"]);
    assert_eq!(canceled.code, Some(0), "{}{}", canceled.stdout, canceled.stderr);
    let called = watched.end();
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    assert_eq!(states(&home, "last"), ["canceled"]);
}

#[test]
fn what_hooks_run_can_be_run_by_hand() {
    let home = Home::new();
    home.write("gate", "");
    let file = gated(&home, 0);
    let called = home.call(&["run", &file, "--only", "last"]);
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    assert_eq!(home.call(&["logs", "last", "last"]).stdout, "running\ndone\n");
    let run: Value = home.json(&["show", "last", "--json"]);
    assert_eq!(run["run"]["tasks"].as_array().map(Vec::len), Some(1), "{run}");
}
