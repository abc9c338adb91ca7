//! Copy, cut, paste and duplicate on the canvas.

use egui::{Event, Key, Modifiers, OutputCommand, vec2};
use serde_json::{Value, json};

use crate::pictures::{FULL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

fn names(window: &Window) -> Vec<String> {
    serde_json::from_value(window.probe()["document"]["tasks"].clone()).unwrap()
}

fn edges_of(window: &Window, task: &str) -> Vec<Value> {
    let edges = window.probe()["document"]["dependencies"].clone();
    let edges = edges.as_array().unwrap().clone();
    edges.into_iter().filter(|edge| edge["from"] == task || edge["to"] == task).collect()
}

impl Window {
    /// What a press or a click of just now hands to the system's clipboard.
    pub fn copied(&mut self) -> Option<String> {
        let mut text = None;
        for _ in 0..8 {
            self.harness.step();
            for command in &self.harness.output().platform_output.commands {
                if let OutputCommand::CopyText(copied) = command {
                    text = Some(copied.clone());
                }
            }
        }
        text
    }
}

/// What a copy or a cut hands to it.
pub(super) fn copied(window: &mut Window, event: Event) -> String {
    window.harness.event(event);
    window.copied().unwrap()
}

#[test]
fn a_copy_travels_as_a_workflow_and_comes_back_under_a_free_name() {
    let mut window = Window::sales();
    let at = window.spot("clean_rows", None);
    window.click(at);
    let text = copied(&mut window, Event::Copy);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["tasks"][0]["name"], "clean_rows");

    let rect = window.rect_of(&window.probe()["canvas"]["rect"]);
    let to = rect.left_bottom() + vec2(320.0, -150.0);
    window.harness.hover_at(to);
    window.settle();
    window.harness.event(Event::Paste(text));
    window.settle();
    assert!(names(&window).contains(&"clean_rows_2".to_owned()));
    assert_eq!(window.probe()["canvas"]["selected"], json!(["clean_rows_2"]));
    assert!(edges_of(&window, "clean_rows_2").is_empty());
    let corner = window.rect_of(&window.probe()["canvas"]["tasks"]["clean_rows_2"]["rect"]).min;
    assert!(corner.distance(to) < 24.0, "{corner} {to}");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.did(&["CopyTasks", "PasteTasks"]);
}

#[test]
fn cut_tasks_are_gone_and_come_back_with_their_links() {
    let mut window = Window::sales();
    let before = edges_of(&window, "clean_rows");
    let at = window.spot("clean_rows", None);
    window.click(at);
    let text = copied(&mut window, Event::Cut);
    window.settle();
    assert!(!names(&window).contains(&"clean_rows".to_owned()));
    window.harness.event_modifiers(Event::Paste(text), Modifiers::COMMAND | Modifiers::SHIFT);
    window.settle();
    assert_eq!(edges_of(&window, "clean_rows"), before);
    window.did(&["CutTasks"]);
}

#[test]
fn a_duplicate_lies_beside_its_original() {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.click(at);
    window.press(Modifiers::COMMAND, Key::D);
    assert!(names(&window).contains(&"build_report_2".to_owned()));
    let beside = window.spot("build_report_2", None);
    assert!(beside.distance(at) > 16.0 && beside.distance(at) < 64.0);
}

#[test]
fn what_holds_no_tasks_is_refused_with_the_reason() {
    let mut window = Window::sales();
    window.harness.event(Event::Paste("just some text".to_owned()));
    window.settle();
    assert_eq!(window.probe()["toasts"], json!(["The clipboard holds no tasks"]));
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn what_can_be_read_in_part_is_refused_with_the_place() {
    for (theme, name) in themes() {
        let mut window = Window::with(theme, FULL, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        });
        let part = json!({
            "millrace": 1,
            "name": "part",
            "tasks": [{ "name": "a", "kind": "noop", "pool": { "slots": 2 } }],
        });
        window.harness.event(Event::Paste(part.to_string()));
        window.settle();
        let toasts = window.probe()["toasts"].to_string();
        assert!(toasts.contains("tasks[0].pool: the key “name” is missing"), "{toasts}");
        assert_eq!(window.probe()["document"]["dirty"], false);
        check(&mut window, &format!("paste_refused_{name}"));
    }
}
