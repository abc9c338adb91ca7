//! Commands that change the document.

use egui::{Event, Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_model::document::Workflow;

use super::Way;
use crate::arrange::select;
use crate::world::Window;

fn tasks(window: &Window) -> Vec<String> {
    window.workflow().tasks.iter().map(|task| task.name.to_string()).collect()
}

/// The document after the command with this task selected.
fn with(way: &Way, task: &str) -> Workflow {
    let mut window = Window::sales();
    window.select(task);
    way.go(&mut window);
    window.workflow()
}

fn has_edge(workflow: &Workflow, from: &str, to: &str) -> bool {
    let mut edges = workflow.dependencies.iter();
    edges.any(|edge| edge.from.as_str() == from && edge.to.as_str() == to)
}

fn move_a_card(window: &mut Window) {
    let at = window.spot("clean_rows", None);
    window.drag(at, at + vec2(48.0, 0.0));
}

pub(super) fn undo(way: &Way) {
    let mut window = Window::sales();
    let before = window.workflow();
    move_a_card(&mut window);
    assert_ne!(window.workflow(), before);
    way.go(&mut window);
    assert_eq!(window.workflow(), before);
}

pub(super) fn redo(way: &Way) {
    let mut window = Window::sales();
    move_a_card(&mut window);
    let after = window.workflow();
    window.press(Modifiers::COMMAND, Key::Z);
    assert_ne!(window.workflow(), after);
    way.go(&mut window);
    assert_eq!(window.workflow(), after);
}

pub(super) fn add_task(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    window.harness.get_by_label("Search tasks to add").type_text("python");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(tasks(&window).len(), 6);
    assert_eq!(window.selected(), ["python"]);
}

pub(super) fn rename(way: &Way) {
    let mut window = Window::sales();
    window.select("clean_rows");
    way.go(&mut window);
    window.harness.event(Event::Text("!".to_owned()));
    window.settle();
    let workflow = window.workflow();
    let title = workflow.task("clean_rows").unwrap().title.clone().unwrap();
    assert!(title.contains('!'), "{title}: what is typed goes into the title");
}

pub(super) fn open_task(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    assert!(window.probe()["toasts"].to_string().contains("elect one task"));
    window.select("clean_rows");
    way.go(&mut window);
    assert_eq!(window.probe()["form"]["large"], true);
    window.press(Modifiers::NONE, Key::Escape);
    // It has no code: its form gets the keyboard.
    window.select("fetch_exports");
    way.go(&mut window);
    window.harness.event(Event::Text("Fetch".to_owned()));
    window.settle();
    assert_eq!(window.workflow().task("fetch_exports").unwrap().title.as_deref(), Some("Fetch"));
}

pub(super) fn duplicate(way: &Way) {
    assert!(with(way, "clean_rows").task("clean_rows_2").is_some());
}

pub(super) fn disable(way: &Way) {
    assert!(with(way, "clean_rows").task("clean_rows").unwrap().disabled);
}

pub(super) fn delete(way: &Way) {
    let workflow = with(way, "load_warehouse");
    assert!(workflow.task("load_warehouse").is_none());
    assert_eq!(workflow.dependencies.len(), 2);
}

pub(super) fn delete_and_reconnect(way: &Way) {
    let workflow = with(way, "load_warehouse");
    assert!(workflow.task("load_warehouse").is_none());
    assert!(has_edge(&workflow, "fetch_exports", "build_report"));
}

pub(super) fn note(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    window.harness.event(Event::Text("Mind the gap".to_owned()));
    window.settle();
    let notes = window.workflow().layout.notes;
    assert_eq!((notes.len(), notes[0].text.as_str()), (1, "Mind the gap"));
}

pub(super) fn group(way: &Way) {
    let mut window = Window::sales();
    select(&mut window, &["clean_rows", "load_warehouse"]);
    way.go(&mut window);
    window.harness.event(Event::Text("Load".to_owned()));
    window.settle();
    let groups = window.workflow().layout.groups;
    assert_eq!((groups.len(), groups[0].tasks.len()), (1, 2));
    assert_eq!(groups[0].name, "Load", "it is named at once");
}

pub(super) fn ungroup(way: &Way) {
    let mut window = Window::sales();
    select(&mut window, &["clean_rows", "load_warehouse"]);
    window.press(Modifiers::COMMAND, Key::G);
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.workflow().layout.groups.len(), 1);
    way.go(&mut window);
    assert!(window.workflow().layout.groups.is_empty());
    assert_eq!(tasks(&window).len(), 5);
}

pub(super) fn to_sub_workflow(way: &Way) {
    let mut window = Window::sales();
    window.select("clean_rows");
    way.go(&mut window);
    window.fill("Name", "part");
    window.push("Create");
    window.settle();
    assert_eq!(window.workflow().task("part").unwrap().kind, "workflow");
}
