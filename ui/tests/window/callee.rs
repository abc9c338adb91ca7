//! A task that runs another workflow: its form, and the ways to that workflow and to its child run.

use egui::Vec2;
use egui_kittest::kittest::Queryable as _;
use millrace_model::event::{Cause, Outcome, RunEventKind, RunState, TaskState, Then, Trigger};
use millrace_model::ids::{AttemptId, RunId};
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{Window, key};

const OUTER: &str = "/home/ada/workflows/nightly.json";
const INNER: &str = "/home/ada/workflows/clean_up.json";

const OUTER_TEXT: &str = r#"{
  "millrace": 1, "name": "nightly", "title": "Nightly",
  "params": [{ "name": "source", "type": "string", "default": "/srv/data" }],
  "tasks": [
    { "name": "clean", "title": "Clean up", "kind": "workflow",
      "spec": { "workflow": "clean_up.json", "params": { "folder": "${params.source}" } } },
    { "name": "load", "kind": "shell", "spec": { "script": "./load.sh" } }
  ],
  "dependencies": [{ "from": "clean", "to": "load" }],
  "layout": { "tasks": { "clean": [0, 0], "load": [280, 0] } }
}"#;

const INNER_TEXT: &str = r#"{
  "millrace": 1, "name": "clean_up", "title": "Clean up a folder",
  "params": [
    { "name": "folder", "type": "directory", "required": true, "description": "What is cleaned." },
    { "name": "keep", "type": "int", "default": 30, "description": "Days that files are kept." },
    { "name": "dry_run", "type": "bool", "default": false }
  ],
  "tasks": [
    { "name": "find", "kind": "shell", "spec": { "script": "find" } },
    { "name": "remove", "kind": "shell", "spec": { "script": "rm" } }
  ],
  "dependencies": [{ "from": "find", "to": "remove" }],
  "layout": { "tasks": { "find": [0, 0], "remove": [280, 0] } }
}"#;

fn window_with(theme: ThemeChoice) -> Window {
    Window::with(theme, Vec2::new(1180.0, 900.0), 1.0, Some(OUTER), |world| {
        world.files.insert(OUTER.to_owned(), OUTER_TEXT.to_owned());
        world.files.insert(INNER.to_owned(), INNER_TEXT.to_owned());
    })
}

fn window() -> Window {
    window_with(ThemeChoice::Dark)
}

impl Window {
    /// What the task `clean` says in its spec.
    fn spec(&self) -> serde_json::Value {
        self.workflow().task("clean").unwrap().spec.to_value()
    }

    /// Runs the document until the task `clean` has its child run.
    fn run_with_child(&mut self) -> (RunId, RunId) {
        self.press(egui::Modifiers::COMMAND, egui::Key::Enter);
        let run = self.world.borrow().runs.last().unwrap().run;
        let child = AttemptId { run, serial: 1 }.child();
        {
            let mut world = self.world.borrow_mut();
            world.begin_as(child, INNER_TEXT);
            let known = world.runs.last_mut().unwrap();
            known.head.trigger = Trigger::Parent { run, task: key("clean"), detached: false };
            known.head.path = Some(INNER.to_owned());
            let task = key("clean");
            world.happen(run, RunEventKind::AttemptDispatched { task, serial: 1, number: 1 });
            let started = RunEventKind::AttemptStarted { serial: 1, pid: None, child: Some(child) };
            world.happen(run, started);
        }
        self.settle();
        (run, child)
    }
}

#[test]
fn enter_opens_the_workflow_that_the_selected_task_runs() {
    let mut window = window();
    window.select("clean");
    window.press(egui::Modifiers::NONE, egui::Key::Enter);
    window.settle();
    assert_eq!(window.probe()["document"]["path"], INNER);
}

#[test]
fn a_double_click_opens_it_as_well() {
    let mut window = window();
    let at = window.spot("clean", None);
    window.double_click(at);
    window.settle();
    assert_eq!(window.probe()["document"]["path"], INNER);
}

#[test]
fn the_parameters_of_the_other_workflow_are_fields() {
    let mut window = window();
    window.select("clean");
    window.settle();
    assert_eq!(window.value("Workflow"), "clean_up.json");
    assert_eq!(window.value("Parameter folder"), "${params.source}");
    window.fill("Parameter keep", "7");
    assert_eq!(
        window.spec()["params"],
        serde_json::json!({"folder": "${params.source}", "keep": "7"})
    );
    window.push("Reset keep");
    assert_eq!(window.spec()["params"], serde_json::json!({"folder": "${params.source}"}));
}

#[test]
fn other_parameters_that_it_takes_meanwhile_are_fields_when_the_engine_is_back() {
    let mut window = window();
    window.select("clean");
    window.settle();
    assert!(window.has("Parameter keep"));
    window.leave();
    let text = INNER_TEXT.replace("\"keep\"", "\"days\"");
    window.world.borrow_mut().files.insert(INNER.to_owned(), text);
    window.come_back();
    assert!(window.has("Parameter days") && !window.has("Parameter keep"));
}

#[test]
fn a_workflow_is_chosen_from_the_library_or_as_a_file_beside_this_one() {
    let mut window = window();
    window.select("clean");
    window.push("Choose: Workflow");
    assert!(!window.has("nightly"), "itself is not offered");
    window.push("clean_up");
    assert_eq!(window.spec()["workflow"], "clean_up");
    window.settle();
    assert!(window.has("Parameter keep"), "found by its name");
    window.world.borrow_mut().path_picked = Some("/home/ada/other/load.json".to_owned());
    window.push("Browse: Workflow");
    assert_eq!(window.spec()["workflow"], "../other/load.json");
    window.settle();
    // What is given stays, though nobody knows whether it is taken.
    assert_eq!(window.spec()["params"], serde_json::json!({"folder": "${params.source}"}));
}

#[test]
fn ways_lead_to_the_workflow_to_the_child_run_and_back() {
    let mut window = window();
    let (run, child) = window.run_with_child();
    let at = window.spot("clean", None);
    window.right_click(at);
    window.push("Open the child run");
    assert_eq!(window.probe()["run"]["run"], child.to_string());
    window.push(&format!("clean of run {run:.8}"));
    assert_eq!(window.probe()["run"]["run"], run.to_string());
    window.select("clean");
    window.push("Open the workflow");
    assert_eq!(window.probe()["document"]["path"], INNER);
    window.did(&["OpenCallee"]);
}

#[test]
fn a_child_that_failed_is_a_click_away() {
    let mut window = window();
    let (run, child) = window.run_with_child();
    {
        let mut world = window.world.borrow_mut();
        world.fail(child, "find", 100, 1, "no such folder");
        world.finish(child, RunState::Failed, Some("find"));
        let reason = Some(Box::new(Cause::TasksFailed { first: key("find"), count: 1 }));
        let state = RunState::Failed;
        let outcome = Outcome::Child { run: child, state, reason: reason.clone() };
        let cause = Some(Cause::Child { run: child, state, reason });
        let then = Then::End { state: TaskState::Failed, cause };
        world.end_with(run, 1, 200, outcome, "", then);
        world.finish(run, RunState::Failed, Some("clean"));
    }
    window.settle();
    window.select("clean");
    window.harness.get_by_label(&format!("Failed: its run {child:.8} failed: find failed"));
    assert!(!window.has("Open log"), "it has none of its own");
    window.push("Run of try 1");
    assert_eq!(window.probe()["run"]["run"], child.to_string());
}

#[test]
fn pictures_of_a_task_that_runs_a_workflow() {
    for (theme, name) in themes() {
        let mut window = window_with(theme);
        window.run_with_child();
        window.select("clean");
        window.settle();
        check(&mut window, &format!("callee_{name}"));
    }
}
