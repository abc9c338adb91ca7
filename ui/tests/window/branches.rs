//! A branch task: its form, its labels on wires, and the ways of a run that were not taken.

use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_model::event::{Cause, RunState, TaskState};
use millrace_model::ident::Ident;
use millrace_ui::ThemeChoice;
use serde_json::{Value, json};

use crate::pictures::{check, themes};
use crate::world::{Window, key};

const WAYS: &str = "/home/ada/workflows/ways.json";

const WAYS_TEXT: &str = r#"{
  "millrace": 1, "name": "ways", "title": "Three ways",
  "params": [{ "name": "mode", "type": "string", "default": "full" }],
  "tasks": [
    { "name": "which", "title": "Which way?", "kind": "branch",
      "spec": { "branches": { "full": "params.mode == 'full'", "delta": "params.mode == 'delta'" }, "otherwise": "none" } },
    { "name": "load_all", "title": "Load all", "kind": "shell", "spec": { "script": "./load.sh" } },
    { "name": "load_new", "title": "Load what is new", "kind": "shell", "spec": { "script": "./load.sh --new" } },
    { "name": "rest", "title": "Do nothing", "kind": "noop" }
  ],
  "dependencies": [
    { "from": "which", "to": "load_all", "branch": "full" },
    { "from": "which", "to": "load_new", "branch": "delta" }
  ],
  "layout": { "tasks": { "which": [0, 120], "load_all": [320, 0], "load_new": [320, 120], "rest": [320, 240] } }
}"#;

fn window_with(theme: ThemeChoice) -> Window {
    Window::with(theme, Vec2::new(1440.0, 900.0), 1.0, Some(WAYS), |world| {
        world.files.insert(WAYS.to_owned(), WAYS_TEXT.to_owned());
    })
}

fn window() -> Window {
    window_with(ThemeChoice::Dark)
}

/// The label of the dependency, in a list; an empty list where there is no such dependency.
fn label(window: &Window, from: &str, to: &str) -> Vec<Option<String>> {
    let edges = window.workflow().dependencies;
    let of = edges.into_iter().filter(|edge| edge.from.as_str() == from && edge.to.as_str() == to);
    of.map(|edge| edge.branch).collect()
}

fn connect_rest(window: &mut Window) {
    let (from, to) = (window.spot("which", Some("succeeded")), window.spot("rest", None));
    window.drag(from, to);
}

#[test]
fn a_wire_from_a_branch_task_asks_for_the_label() {
    let mut window = window();
    connect_rest(&mut window);
    assert_eq!(label(&window, "which", "rest"), [], "nothing is drawn before it is said");
    window.harness.get_by_label("After Which way?, where it chose");
    window.push("none");
    assert_eq!(label(&window, "which", "rest"), [Some("none".to_owned())]);
    window.harness.get_by_label("Dependency Which way? → Do nothing, on success, branch none");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(label(&window, "which", "rest"), [], "one step");

    connect_rest(&mut window);
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.has("After Which way?, where it chose"));
    assert_eq!(label(&window, "which", "rest"), []);
    connect_rest(&mut window);
    window.push("Whichever is chosen");
    assert_eq!(label(&window, "which", "rest"), [None]);
}

#[test]
fn a_new_task_behind_a_branch_task_gets_the_label_that_is_free() {
    let mut window = window();
    let from = window.spot("which", Some("succeeded"));
    window.drag(from, from + Vec2::new(60.0, 200.0));
    window.harness.get_by_label("Search tasks to add").type_text("join");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(label(&window, "which", "noop"), [Some("none".to_owned())]);
}

#[test]
fn the_label_is_chosen_in_the_form_of_the_dependency() {
    let mut window = window();
    window.push("Dependency Which way? → Load all, on success, branch full");
    window.push("Branch");
    window.push("none");
    assert_eq!(label(&window, "which", "load_all"), [Some("none".to_owned())]);
    window.push("Branch");
    window.push("Whichever is chosen");
    assert_eq!(label(&window, "which", "load_all"), [None]);
}

#[test]
fn wires_follow_a_label_that_gets_another_name() {
    let mut window = window();
    window.select("which");
    window.settle();
    window.fill("Branches 1 name", "everything");
    let spec = window.workflow().task("which").unwrap().spec.to_value();
    assert_eq!(spec["branches"]["everything"], json!("params.mode == 'full'"));
    assert_eq!(label(&window, "which", "load_all"), [Some("everything".to_owned())]);
    assert_eq!(label(&window, "which", "load_new"), [Some("delta".to_owned())]);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(label(&window, "which", "load_all"), [Some("full".to_owned())]);
}

/// A run that went the way of `full`.
fn run(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs.last().unwrap().run;
    {
        let mut world = window.world.borrow_mut();
        let serial = world.start(run, "which");
        let outputs = json!({ "branches": ["full"] });
        world.give(run, serial, outputs.as_object().unwrap().clone());
        world.succeed(run, "load_all", 1_200);
        let task = Ident::new("which").unwrap();
        let cause = Cause::NotChosen { task, branch: "delta".to_owned() };
        world.skip(run, "load_new", TaskState::Skipped, cause);
        world.succeed(run, "rest", 1);
        world.finish(run, RunState::Succeeded, None);
        assert_eq!(
            world.runs.last().unwrap().tasks[&key("which")].outputs["branches"],
            json!(["full"])
        );
    }
    window.settle();
}

#[test]
fn a_run_says_which_way_it_took_and_why_the_others_were_skipped() {
    let mut window = window();
    run(&mut window);
    window.select("load_new");
    window.settle();
    let words = "did not choose the branch delta";
    assert!(window.harness.query_all_by_label_contains(words).next().is_some());
    let wires: Value = window.probe()["canvas"]["wires"].clone();
    assert_eq!(wires.as_array().unwrap().len(), 2);
}

#[test]
fn pictures_of_branches() {
    for (theme, name) in themes() {
        let mut window = window_with(theme);
        window.select("which");
        window.settle();
        check(&mut window, &format!("branch_{name}"));
    }
    let mut window = window();
    run(&mut window);
    check(&mut window, "branch_run_dark");
    let mut window = self::window();
    connect_rest(&mut window);
    check(&mut window, "branch_choice_dark");
}
