//! New tasks: from the palette, from the search box, at the end of a wire, on an edge.

use egui::{Key, Modifiers, pos2};
use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

use crate::world::Window;

fn names(window: &Window) -> Vec<String> {
    let tasks = window.probe()["document"]["tasks"].clone();
    serde_json::from_value(tasks).unwrap()
}

fn edge(window: &Window, from: &str, to: &str) -> Option<Value> {
    let edges = window.probe()["document"]["dependencies"].clone();
    let is_it = |edge: &&Value| edge["from"] == from && edge["to"] == to;
    edges.as_array().unwrap().iter().find(is_it).map(|edge| edge["on"].clone())
}

#[test]
fn a_click_in_the_palette_adds_a_task_after_the_selected_one() {
    let mut window = Window::sales();
    let before = window.probe()["document"]["text"].clone();
    let at = window.spot("build_report", None);
    window.click(at);
    window.harness.get_by_label("Add Python").click();
    window.settle();
    assert!(names(&window).contains(&"python".to_owned()));
    assert_eq!(edge(&window, "build_report", "python"), Some(json!(["succeeded"])));
    assert_eq!(window.probe()["canvas"]["selected"], json!(["python"]));
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.probe()["document"]["text"], before, "one step");
}

#[test]
fn a_kind_is_dragged_from_the_palette_to_its_place() {
    let mut window = Window::sales();
    let row = window.harness.get_by_label("Add Shell script").rect().center();
    let to = window.nowhere();
    window.drag(row, to);
    assert!(names(&window).contains(&"shell".to_owned()));
    let middle = window.spot("shell", None);
    assert!(middle.distance(to) < 24.0, "{middle} {to}");
    window.did(&["AddTask"]);
}

#[test]
fn a_kind_that_is_dropped_on_an_edge_goes_in_between() {
    let mut window = Window::sales();
    let row = window.harness.get_by_label("Add Shell script").rect().center();
    let from = window.spot("fetch_exports", Some("succeeded"));
    let to = window.spot("clean_rows", Some("in"));
    window.drag(row, from + (to - from) / 2.0);
    assert_eq!(edge(&window, "fetch_exports", "shell"), Some(json!(["succeeded"])));
    assert_eq!(edge(&window, "shell", "clean_rows"), Some(json!(["succeeded"])));
    assert_eq!(edge(&window, "fetch_exports", "clean_rows"), None);
}

#[test]
fn a_wire_that_is_let_go_on_nothing_asks_for_the_next_task() {
    let mut window = Window::sales();
    let at = window.spot("load_warehouse", None);
    window.click(at);
    let port = window.spot("load_warehouse", Some("failed"));
    let to = window.nowhere();
    window.drag(port, to);
    window.harness.get_by_label("Search tasks to add").type_text("comm");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(
        edge(&window, "load_warehouse", "command"),
        Some(json!(["failed", "upstream_failed"]))
    );
    let end = window.spot("command", Some("in"));
    assert!(end.distance(to) < 24.0, "the card's in port is where the wire was dropped");
}

#[test]
fn a_double_click_and_a_key_open_the_search_box_and_escape_closes_it() {
    let mut window = Window::sales();
    let at = window.nowhere();
    window.double_click(at);
    window.harness.get_by_label("Search tasks to add");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("Search tasks to add").is_none());
    window.press(Modifiers::NONE, Key::N);
    window.harness.get_by_label("Search tasks to add").type_text("no such kind");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.get_by_label("Nothing fits");
    let before = names(&window);
    window.click(pos2(at.x, at.y - 200.0));
    assert!(window.harness.query_by_label("Search tasks to add").is_none());
    assert_eq!(names(&window), before);
}

#[test]
fn what_is_used_most_is_offered_first_and_favourites_stay_at_the_top() {
    let mut window = Window::sales();
    for _ in 0..2 {
        window.press(Modifiers::NONE, Key::N);
        window.harness.get_by_label("Search tasks to add").type_text("join");
        window.settle();
        window.press(Modifiers::NONE, Key::Enter);
    }
    assert!(names(&window).contains(&"noop_2".to_owned()), "{:?}", names(&window));
    window.press(Modifiers::NONE, Key::N);
    window.press(Modifiers::NONE, Key::Enter);
    assert!(names(&window).contains(&"noop_3".to_owned()));
    window.harness.get_all_by_label("Make Command a favourite").next().unwrap().click();
    window.settle();
    window.harness.get_by_label("FAVOURITES");
    assert!(window.harness.get_all_by_label("Add Command").count() > 1);
}

#[test]
fn every_kind_is_added_from_the_palette_by_its_name() {
    let mut window = Window::sales();
    for kind in millrace_model::kinds::all() {
        let before = names(&window);
        window.push(&format!("Add {}", kind.title));
        let workflow = window.workflow();
        let mut added =
            workflow.tasks.iter().filter(|task| !before.contains(&task.name.to_string()));
        let added = added.next().map(|task| task.kind.as_str());
        assert_eq!(added, Some(kind.id), "{}", kind.title);
        window.press(Modifiers::NONE, Key::Escape);
    }
}
