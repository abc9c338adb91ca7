//! Hands on edges: move an end, cut, insert, drop a card on one, delete a task and reconnect.

use egui::{Key, Modifiers, Pos2, Rect, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

use crate::world::Window;

/// A point of a wire: `start`, `middle` or `end`.
fn wire(window: &Window, from: &str, to: &str, part: &str) -> Pos2 {
    let wires = window.probe()["canvas"]["wires"].clone();
    let is_it = |wire: &&Value| wire["from"] == from && wire["to"] == to;
    let wire = wires.as_array().unwrap().iter().find(is_it).unwrap();
    let number = |index: usize| wire[part][index].as_f64().unwrap() as f32;
    pos2(number(0), number(1))
}

/// Beside the out port, where the wire's own end is taken.
fn near_start(window: &Window, from: &str, to: &str) -> Pos2 {
    wire(window, from, to, "start") + vec2(20.0, 2.0)
}

fn on(window: &Window, from: &str, to: &str) -> Option<Value> {
    let edges = window.probe()["document"]["dependencies"].clone();
    let is_it = |edge: &&Value| edge["from"] == from && edge["to"] == to;
    edges.as_array().unwrap().iter().find(is_it).map(|edge| edge["on"].clone())
}

fn undo(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Z);
}

fn card(window: &Window, task: &str) -> Rect {
    window.rect_of(&window.probe()["canvas"]["tasks"][task]["rect"])
}

const FAILED: [&str; 2] = ["failed", "upstream_failed"];

#[test]
fn the_end_of_a_wire_is_dragged_to_another_card() {
    let mut window = Window::sales();
    let before = window.text();
    let end = wire(&window, "load_warehouse", "tell_the_team", "end");
    let to = window.spot("build_report", None);
    // Two edges between the same tasks cannot be.
    window.drag(end - vec2(3.0, 0.0), to);
    assert!(window.toasts().contains("already follows"), "{}", window.toasts());
    assert_eq!(window.text(), before);

    let to = window.spot("clean_rows", None);
    window.drag(end - vec2(3.0, 0.0), to);
    assert_eq!(on(&window, "load_warehouse", "tell_the_team"), None);
    assert_eq!(on(&window, "load_warehouse", "clean_rows"), Some(json!(FAILED)), "its condition");
    assert_eq!(
        window.probe()["canvas"]["selected_wire"],
        json!(["load_warehouse", "clean_rows"]),
        "what was moved is what is shown"
    );
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
}

#[test]
fn the_start_of_a_wire_is_dragged_to_another_card_or_to_another_port() {
    let mut window = Window::sales();
    let before = window.text();
    let start = near_start(&window, "load_warehouse", "tell_the_team");
    let to = window.spot("clean_rows", None);
    window.drag(start, to);
    assert_eq!(on(&window, "load_warehouse", "tell_the_team"), None);
    assert_eq!(on(&window, "clean_rows", "tell_the_team"), Some(json!(FAILED)));
    undo(&mut window);
    let start = near_start(&window, "load_warehouse", "tell_the_team");
    let port = window.spot("load_warehouse", Some("succeeded"));
    window.drag(start, port);
    assert_eq!(on(&window, "load_warehouse", "tell_the_team"), Some(json!(["succeeded"])));
    undo(&mut window);
    assert_eq!(window.text(), before);
}

#[test]
fn a_circle_is_refused_at_the_pointer_and_a_slip_changes_nothing() {
    let mut window = Window::sales();
    let before = window.text();
    let end = wire(&window, "clean_rows", "build_report", "end");
    let to = window.spot("fetch_exports", None);
    window.drag(end - vec2(3.0, 0.0), to);
    assert!(window.toasts().contains("circle"), "{}", window.toasts());
    let end = wire(&window, "load_warehouse", "tell_the_team", "end");
    window.drag(end - vec2(3.0, 0.0), end - vec2(12.0, 10.0));
    assert_eq!(window.text(), before);
}

#[test]
fn a_wire_that_is_let_go_on_nothing_is_gone_and_escape_lets_it_be() {
    let mut window = Window::sales();
    let before = window.text();
    let end = wire(&window, "load_warehouse", "tell_the_team", "end") - vec2(3.0, 0.0);
    let to = window.nowhere();
    window.drag_over(end, to);
    assert_eq!(window.probe()["canvas"]["dragging"], true);
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.probe()["canvas"]["dragging"], false);
    window.harness.drop_at(to);
    window.settle();
    assert_eq!(window.text(), before);
    window.drag(end, to);
    assert_eq!(on(&window, "load_warehouse", "tell_the_team"), None);
    undo(&mut window);
    assert_eq!(window.text(), before);
}

#[test]
fn the_plus_on_a_wire_inserts_a_task_and_the_neighbours_make_room() {
    let mut window = Window::sales();
    let before = window.text();
    let middle = wire(&window, "clean_rows", "build_report", "middle");
    window.harness.hover_at(middle);
    window.settle();
    window.harness.get_by_label("Insert a task between Clean rows and Build report");
    window.click(middle);
    window.harness.get_by_label("Search tasks to add").type_text("join");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(on(&window, "clean_rows", "build_report"), None);
    assert_eq!(on(&window, "clean_rows", "noop"), Some(json!(["succeeded"])));
    assert_eq!(on(&window, "noop", "build_report"), Some(json!(["succeeded"])));
    let names = ["fetch_exports", "clean_rows", "load_warehouse", "build_report", "tell_the_team"];
    let new = card(&window, "noop");
    for name in names {
        assert!(!card(&window, name).intersects(new), "{name} is covered");
    }
    let order = ["clean_rows", "noop", "build_report"].map(|task| card(&window, task).left());
    assert!(order.is_sorted(), "{order:?}");
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
}

#[test]
fn a_wire_is_reached_and_filled_by_keyboard() {
    let mut window = Window::sales();
    let label = "Dependency Load warehouse → Tell the team, on failure";
    window.harness.get_by_label(label).focus();
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    let ends = json!(["load_warehouse", "tell_the_team"]);
    assert_eq!(window.probe()["canvas"]["selected_wire"], ends);
    window.press(Modifiers::NONE, Key::N);
    window.harness.get_by_label("Search tasks to add").type_text("join");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(on(&window, "load_warehouse", "noop"), Some(json!(FAILED)));
    assert_eq!(on(&window, "noop", "tell_the_team"), Some(json!(["succeeded"])));
}

#[test]
fn a_wire_has_a_menu() {
    let mut window = Window::sales();
    let middle = wire(&window, "clean_rows", "build_report", "middle");
    window.right_click(middle);
    window.harness.get_by_label("When finished").click();
    window.settle();
    let all = ["succeeded", "failed", "skipped", "upstream_failed", "canceled"];
    assert_eq!(on(&window, "clean_rows", "build_report"), Some(json!(all)));
}

#[test]
fn a_card_without_wires_that_is_dropped_on_a_wire_goes_in_between() {
    let mut window = Window::sales();
    let row = window.harness.get_by_label("Add Shell script").rect().center();
    let to = window.nowhere();
    window.drag(row, to);
    let before = window.text();
    let (from, to) =
        (window.spot("shell", None), wire(&window, "load_warehouse", "tell_the_team", "middle"));
    window.drag(from, to);
    assert_eq!(on(&window, "load_warehouse", "tell_the_team"), None);
    assert_eq!(on(&window, "load_warehouse", "shell"), Some(json!(FAILED)));
    assert_eq!(on(&window, "shell", "tell_the_team"), Some(json!(["succeeded"])));
    undo(&mut window);
    assert_eq!(window.text(), before, "the move and the wires are one step");
}

#[test]
fn a_card_with_wires_is_moved_across_others_and_nothing_else() {
    let mut window = Window::sales();
    let edges = window.probe()["document"]["dependencies"].clone();
    let (from, to) = (
        window.spot("clean_rows", None),
        wire(&window, "load_warehouse", "tell_the_team", "middle"),
    );
    window.drag(from, to);
    assert!(window.spot("clean_rows", None).distance(to) < 24.0);
    assert_eq!(window.probe()["document"]["dependencies"], edges);
}

#[test]
fn ctrl_delete_reconnects_what_is_left() {
    let mut window = Window::sales();
    let before = window.text();
    let at = window.spot("load_warehouse", None);
    window.click(at);
    window.press(Modifiers::COMMAND, Key::Delete);
    assert!(!window.probe()["document"]["tasks"].to_string().contains("load_warehouse"));
    assert_eq!(on(&window, "fetch_exports", "build_report"), Some(json!(["succeeded"])));
    // It was for the failure of what is gone; the failure that is left is the one before.
    assert_eq!(on(&window, "fetch_exports", "tell_the_team"), Some(json!(FAILED)));
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
}
