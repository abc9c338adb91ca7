//! Alt+X: selected tasks become a workflow of their own, and a task that runs it.

use egui::{Key, Modifiers, Vec2};
use millrace_model::read::Document;
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{SALES, Window};

const TEXT: &str = r#"{
  "millrace": 1, "name": "daily_sales",
  "params": [{ "name": "day", "type": "string", "default": "today" }],
  "tasks": [
    { "name": "load", "kind": "shell", "spec": { "script": "true" } },
    { "name": "check", "kind": "shell", "spec": { "script": "true" },
      "env": { "ROWS": "${tasks.load.outputs.rows}", "DAY": "${params.day}" } },
    { "name": "sum", "kind": "shell", "spec": { "script": "true" } },
    { "name": "report", "kind": "shell", "spec": { "script": "true" },
      "env": { "SUM": "${tasks.sum.outputs.sum}" } }
  ],
  "dependencies": [
    { "from": "check", "to": "sum" },
    { "from": "load", "to": "check" },
    { "from": "sum", "to": "report" }
  ],
  "layout": { "tasks": { "load": [0, 0], "check": [280, 0], "sum": [560, 0], "report": [840, 0] } }
}"#;

const PART: &str = "/home/ada/workflows/sales_part.json";

/// The document open, with these tasks selected.
fn selected_in(theme: ThemeChoice, tasks: &[&str]) -> Window {
    let mut window = Window::with(theme, Vec2::new(1440.0, 900.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), TEXT.to_owned());
    });
    crate::arrange::select(&mut window, tasks);
    assert_eq!(window.selected(), tasks);
    window
}

fn selected(tasks: &[&str]) -> Window {
    selected_in(ThemeChoice::Dark, tasks)
}

#[test]
fn tasks_move_into_a_file_beside_this_one_and_undo_takes_them_back() {
    let mut window = selected(&["check", "sum"]);
    let before = window.workflow();
    window.press(Modifiers::ALT, Key::X);
    window.fill("Name", "sales_part");
    window.push("Create");
    window.settle();
    let written = window.world.borrow().files[PART].clone();
    let child = Document::parse(written.as_bytes()).workflow.unwrap();
    let names: Vec<&str> = child.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, ["check", "sum"]);
    let params: Vec<&str> = child.params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!(params, ["day", "load_rows"]);
    let rest = window.workflow();
    let names: Vec<&str> = rest.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, ["load", "report", "sales_part"]);
    assert_eq!(window.selected(), ["sales_part"]);
    let spec = rest.task("sales_part").unwrap().spec.to_value();
    assert_eq!(spec["workflow"], "sales_part.json");
    assert_eq!(spec["params"]["load_rows"], "${tasks.load.outputs.rows}");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.workflow(), before, "one step");
    assert!(window.world.borrow().files.contains_key(PART), "the file stays");
    window.did(&["Extract"]);
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let mut window = selected(&["check", "sum"]);
    window.world.borrow_mut().files.insert(PART.to_owned(), "{}".to_owned());
    let before = window.workflow();
    window.press(Modifiers::ALT, Key::X);
    window.fill("Name", "sales_part");
    window.push("Create");
    window.settle();
    assert!(window.has(&format!("{PART} exists already; choose another name")));
    assert_eq!(window.world.borrow().files[PART], "{}");
    assert_eq!(window.workflow(), before);
    window.fill("Name", "Sales Part");
    window.push("Create");
    assert_eq!(window.workflow(), before, "that is no name");
    window.fill("Name", "other_part");
    window.push("Create");
    window.settle();
    assert!(window.workflow().task("other_part").is_some());
}

#[test]
fn what_would_change_the_meaning_is_refused_with_the_reason() {
    let mut window = selected(&["check", "report"]);
    window.press(Modifiers::ALT, Key::X);
    assert!(window.has(
        "“sum” runs between the selected tasks: select it as well, or leave out what is after it."
    ));
    assert!(!window.has("Create"));
    window.push("Close");
    assert!(window.workflow().task("check").is_some());
}

#[test]
fn pictures_of_the_sheet() {
    for (theme, name) in themes() {
        for (tasks, what) in
            [(["check", "sum"], "extract"), (["check", "report"], "extract_refused")]
        {
            let mut window = selected_in(theme, &tasks);
            window.press(Modifiers::ALT, Key::X);
            check(&mut window, &format!("{what}_{name}"));
        }
    }
}
