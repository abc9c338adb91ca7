//! A mapped task: its form, how far it is on the canvas, and its items with their logs.

use egui::{Key, Modifiers, Vec2};
use millrace_model::event::{Cause, RunEventKind, RunState, TaskState};
use millrace_model::ids::RunId;
use millrace_ui::ThemeChoice;
use serde_json::{Value, json};

use crate::pictures::{check, themes};
use crate::world::{Window, key};

const IMAGES: &str = "/home/ada/workflows/images.json";

const IMAGES_TEXT: &str = r#"{
  "millrace": 1, "name": "images", "title": "Shrink all pictures",
  "tasks": [
    { "name": "find", "title": "Find the pictures", "kind": "shell", "spec": { "script": "./find.sh" } },
    { "name": "shrink", "title": "Shrink one", "kind": "shell", "env": { "FILE": "${item}" },
      "spec": { "script": "./shrink.sh \"$FILE\"" },
      "for_each": { "items": "tasks.find.outputs.files", "max_parallel": 4 } },
    { "name": "pack", "title": "Pack them", "kind": "shell", "spec": { "script": "./pack.sh" } }
  ],
  "dependencies": [{ "from": "find", "to": "shrink" }, { "from": "shrink", "to": "pack" }],
  "layout": { "tasks": { "find": [0, 0], "shrink": [300, 0], "pack": [600, 0] } }
}"#;

fn window_with(theme: ThemeChoice) -> Window {
    Window::with(theme, Vec2::new(1440.0, 900.0), 1.0, Some(IMAGES), |world| {
        world.files.insert(IMAGES.to_owned(), IMAGES_TEXT.to_owned());
    })
}

fn window() -> Window {
    window_with(ThemeChoice::Dark)
}

fn for_each(window: &Window) -> Value {
    let task = window.workflow().task("shrink").cloned().unwrap();
    task.for_each.map_or(Value::Null, |map| {
        json!({ "items": map.items, "max_parallel": map.max_parallel, "fail_fast": map.fail_fast })
    })
}

/// A run of which so many of 100 items have ended, item 7 and 9 with a failure.
fn run(window: &mut Window, ended: u32) -> RunId {
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs.last().unwrap().run;
    {
        let mut world = window.world.borrow_mut();
        world.succeed(run, "find", 300);
        let items = (0..100).map(|n| json!(format!("pictures/{n:03}.png"))).collect();
        world.happen(run, RunEventKind::TaskMapped { task: key("shrink"), items });
        let tasks = (0..100).map(|n| key(&format!("shrink[{n}]"))).collect();
        world.happen(run, RunEventKind::TasksQueued { tasks });
        for item in 0..ended {
            let name = format!("shrink[{item}]");
            if item == 7 || item == 9 {
                world.print(run, &name, &[("cannot read it", true)]);
                world.fail(run, &name, 40, 2, "cannot read it");
            } else {
                world.succeed(run, &name, 40);
            }
        }
        if ended < 100 {
            world.start(run, &format!("shrink[{ended}]"));
        }
    }
    window.settle();
    run
}

fn finish(window: &mut Window, run: RunId) {
    let mut world = window.world.borrow_mut();
    let state = TaskState::Failed;
    let cause = Some(Cause::Items { first: 7, count: 2, total: 100, state });
    world.happen(run, RunEventKind::ItemsEnded { task: key("shrink"), state, cause });
    let cause = Cause::UpstreamFailed { task: key("shrink").task };
    world.skip(run, "pack", TaskState::UpstreamFailed, cause);
    world.finish(run, RunState::Failed, Some("shrink[7]"));
}

#[test]
fn a_task_is_mapped_and_unmapped_in_its_form() {
    let mut window = window();
    window.select("shrink");
    window.push("Control");
    window.fill("Items at a time", "2");
    assert_eq!(for_each(&window)["max_parallel"], 2);
    window.push("Stop at the first failed item");
    assert_eq!(for_each(&window)["fail_fast"], true);
    window.fill("For each item of", "range(3)");
    assert_eq!(for_each(&window)["items"], "range(3)");
    window.push("Reset For each item of");
    assert_eq!(for_each(&window), Value::Null);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_ne!(for_each(&window), Value::Null);
}

#[test]
fn the_card_says_how_far_it_is_and_the_panel_opens_an_item_and_its_log() {
    let mut window = window();
    let run = run(&mut window, 37);
    window.select("shrink");
    window.settle();
    assert!(window.says("37 of 100, 2 failed"));
    assert!(window.has("All 100") && window.has("Failed 2") && window.has("Waiting 62"));
    window.push("Failed 2");
    assert!(window.has("Item 7, failed") && !window.has("Item 8, succeeded"));
    window.push("Item 9, failed");
    assert!(window.says("Exit code 2"));
    window.push("Log of try 1");
    assert!(window.says("cannot read it"));
    assert_eq!(window.probe()["log"]["task"], "shrink[9]");
    finish(&mut window, run);
    window.settle();
    assert!(window.says("2 of 100 items failed, the first is item 7"));
}

#[test]
fn the_list_of_tasks_unfolds_to_items() {
    let mut window = window();
    let run = run(&mut window, 100);
    finish(&mut window, run);
    window.settle();
    window.push("Last run");
    assert!(!window.has("Shrink one [7], failed"));
    window.push("Show the items of Shrink one");
    assert!(window.has("Shrink one [0], succeeded"));
    window.push("Shrink one [1], succeeded");
    assert!(window.has("Item 1, succeeded"), "the panel shows it");
    window.push("Hide the items of Shrink one");
    assert!(!window.has("Shrink one [0], succeeded"));
}

#[test]
fn pictures_of_mapped_tasks() {
    for (theme, name) in themes() {
        let mut window = window_with(theme);
        let run = run(&mut window, 37);
        window.select("shrink");
        window.settle();
        check(&mut window, &format!("mapped_running_{name}"));
        finish(&mut window, run);
        window.settle();
        window.push("Last run");
        window.push("Show the items of Shrink one");
        window.push("Failed 2");
        window.push("Item 9, failed");
        check(&mut window, &format!("mapped_failed_{name}"));
    }
    let mut window = window();
    window.select("shrink");
    window.push("Control");
    check(&mut window, "mapped_form_dark");
}
