//! Items of mapped tasks by the command line: each asks, waits, is answered and is marked by itself, over a kill of the
//! daemon too.

#![expect(clippy::unwrap_used, reason = "tests")]

use millrace_tests::kitchen::Kitchen;
use millrace_tests::until;
use serde_json::{Value, json};

/// `each`, mapped over three regions, and what comes after.
fn mapped(task: Value) -> Kitchen {
    let mut each = task;
    each["name"] = "each".into();
    each["for_each"] = json!({ "items": "['north', 'south', 'west']" });
    let document = json!({
        "millrace": 1, "name": "regions",
        "tasks": [each, {
            "name": "then", "kind": "command",
            "spec": { "argv": ["echo", "${to_json(tasks.each.outputs)}"] },
        }],
        "dependencies": [{ "from": "each", "to": "then", "on": "finished" }],
    });
    Kitchen::with("regions.json", &[("regions.json".to_owned(), document.to_string())])
}

/// The states of the items.
fn items(kitchen: &Kitchen, run: &str) -> Vec<String> {
    let shown = kitchen.show(run);
    let tasks = shown["tasks"].as_array().unwrap();
    let each = tasks.iter().find(|task| task[0]["task"] == "each").unwrap();
    let runs = each[1]["mapped"]["runs"].as_array().cloned().unwrap_or_default();
    runs.iter().map(|run| run["state"].as_str().unwrap().to_owned()).collect()
}

fn until_items(kitchen: &Kitchen, run: &str, states: [&str; 3]) {
    until(&format!("the items are {states:?}"), || (items(kitchen, run) == states).then_some(()));
}

#[test]
fn each_item_of_an_approval_asks_and_is_answered() {
    let kitchen = mapped(json!({
        "kind": "approval",
        "spec": {
            "message": "Close ${item}?",
            "params": [{ "name": "days", "type": "int", "default": 1 }],
        },
    }));
    let run = kitchen.start(&[]);
    until_items(&kitchen, &run, ["waiting", "waiting", "waiting"]);
    kitchen.ask(&["approve", &run, "each[1]", "-p", "days=7"]);
    until_items(&kitchen, &run, ["waiting", "succeeded", "waiting"]);
    let again = kitchen.command(&["approve", &run, "each[1]"]);
    assert!(!again.status.success(), "it was answered");
    // The next daemon asks what is left.
    kitchen.ask(&["daemon", "stop"]);
    kitchen.ask(&["approve", &run, "each[0]", "--reject"]);
    until_items(&kitchen, &run, ["failed", "succeeded", "waiting"]);
    kitchen.ask(&["mark", &run, "each[2]", "succeeded"]);
    let dish = kitchen.wait(&run);
    assert_eq!(items(&kitchen, &run), ["failed", "succeeded", "succeeded"]);
    assert_eq!(dish.states(&["each", "then"]), ["failed", "succeeded"]);
    let answers = &dish.task("each")["outputs"]["answer"];
    assert_eq!(answers, &json!([null, { "days": 7 }, null]), "{}", dish.printed);
}

#[test]
fn an_item_that_runs_can_be_marked_and_gives_what_is_said() {
    let kitchen = mapped(json!({
        "kind": "shell", "env": { "REGION": "${item}" },
        "spec": { "script": "test \"$REGION\" = west && exec sleep 1000\nmillrace-task output n:=1" },
    }));
    let run = kitchen.start(&[]);
    until_items(&kitchen, &run, ["succeeded", "succeeded", "running"]);
    kitchen.ask(&["mark", &run, "each[2]", "succeeded", "-o", "n=5"]);
    let dish = kitchen.wait(&run);
    assert_eq!(dish.state(), "succeeded");
    assert!(dish.printed.contains("1"), "{}", dish.printed);
    let given = dish.task("each")["outputs"]["n"].as_array().unwrap().clone();
    assert_eq!(given[..2], [json!(1), json!(1)]);
    assert!(given[2] == json!(5) || given[2] == json!("5"), "{given:?}");
    let whole = kitchen.command(&["mark", &run, "each[0]", "succeeded"]);
    assert!(!whole.status.success(), "an item that has ended is not marked");
}

#[test]
fn each_item_of_a_delay_waits_for_itself() {
    let kitchen = mapped(json!({
        "kind": "delay", "spec": { "duration": "${item == 'west' ? '1h' : '10ms'}" },
    }));
    let run = kitchen.start(&[]);
    until_items(&kitchen, &run, ["succeeded", "succeeded", "waiting"]);
    kitchen.ask(&["daemon", "stop"]);
    until_items(&kitchen, &run, ["succeeded", "succeeded", "waiting"]);
    kitchen.ask(&["mark", &run, "each[2]", "succeeded"]);
    assert_eq!(kitchen.wait(&run).state(), "succeeded");
}
