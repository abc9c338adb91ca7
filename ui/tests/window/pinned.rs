//! Pinned outputs: kept from a run, used by the next, changed and taken away by hand.

use egui::{Event, Key, Modifiers, MouseWheelUnit, TouchPhase};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;
use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use serde_json::{Value, json};

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

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

/// Runs it once: `fetch_exports` gives three rows, and is selected.
fn run_with_outputs(window: &mut Window) {
    let first = run(window);
    {
        let mut world = window.world.borrow_mut();
        let serial = world.start(first, "fetch_exports");
        world.give(first, serial, json!({ "rows": 3 }).as_object().unwrap().clone());
        world.finish(first, RunState::Succeeded, None);
    }
    window.settle();
    window.select("fetch_exports");
}

#[test]
fn outputs_are_pinned_changed_and_taken_away() {
    let mut window = Window::sales();
    run_with_outputs(&mut window);
    window.push("Pin outputs");
    assert!(!window.has("Pin outputs"), "they are pinned");
    window.push("Unpin outputs");
    assert!(!window.has("Unpin outputs"));
    window.push("Pin outputs");
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

#[test]
fn pictures_of_pinned_outputs() {
    for (theme, word) in themes() {
        let size = egui::vec2(1180.0, 960.0);
        let mut window = Window::with(theme, size, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        });
        run_with_outputs(&mut window);
        check(&mut window, &format!("outputs_{word}"));
        window.push("Pin outputs");
        window.push("Control");
        window.harness.hover_at(egui::pos2(1010.0, 600.0));
        window.harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Page,
            delta: egui::vec2(0.0, -4.0),
            phase: TouchPhase::Move,
            modifiers: Modifiers::NONE,
        });
        window.settle();
        check(&mut window, &format!("pinned_{word}"));
    }
}
