//! Pinned outputs: kept from a run, used by the next, changed and taken away by hand.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;
use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use serde_json::{Value, json};

use crate::world::Window;

fn run(window: &mut Window) -> RunId {
    window.press(Modifiers::COMMAND, Key::Enter);
    window.world.borrow().runs.last().unwrap().run
}

/// What the document that ran last has pinned for the task, and whether the run was asked to use it.
fn asked(window: &Window) -> (Value, bool) {
    let world = window.world.borrow();
    let start = world.requests.iter().rev().find_map(|request| match request {
        Request::StartRun(start) => Some(start.clone()),
        _ => None,
    });
    let start = start.unwrap();
    let text = world.snapshots[&world.runs.last().unwrap().run].clone();
    let document: Value = serde_json::from_str(&text).unwrap();
    (document["tasks"][0]["pinned_outputs"].clone(), start.pinned)
}

#[test]
fn outputs_are_pinned_changed_and_taken_away() {
    let mut window = Window::sales();
    let first = run(&mut window);
    {
        let mut world = window.world.borrow_mut();
        let serial = world.start(first, "fetch_exports");
        world.give(first, serial, json!({ "rows": 3 }).as_object().unwrap().clone());
        world.finish(first, RunState::Succeeded, None);
    }
    window.settle();
    window.select("fetch_exports");
    window.push("Pin outputs");
    assert!(!window.has("Pin outputs"), "they are pinned");
    run(&mut window);
    assert_eq!(asked(&window), (json!({ "rows": 3 }), true));
    window.world.borrow_mut().finish_last();
    window.settle();

    window.push("Control");
    window.fill("Pinned outputs", "{\"rows\": 4}");
    window.press(Modifiers::NONE, Key::Tab);
    run(&mut window);
    assert_eq!(asked(&window).0, json!({ "rows": 4 }));
    window.world.borrow_mut().finish_last();
    window.settle();

    window.push("Reset Pinned outputs");
    run(&mut window);
    assert_eq!(asked(&window).0, Value::Null);
    window.world.borrow_mut().finish_last();
    window.settle();
    window.press(Modifiers::COMMAND, Key::Z);
    window.press(Modifiers::COMMAND, Key::Z);
    run(&mut window);
    assert_eq!(asked(&window).0, json!({ "rows": 3 }));
    window.harness.get_by_label("Task Fetch exports, pending");
}
