//! Notes on the canvas: put down, typed in, dragged, sized, coloured, copied, found, deleted.

use egui::{Event, Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

use crate::clipboard::copied;
use crate::world::{SALES, SALES_TEXT, Window};

/// A window with a note on the canvas.
fn with_note(text: &str) -> Window {
    let note = json!({ "at": [0, 288], "size": [240, 128], "text": text });
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["layout"]["notes"] = json!([note]);
    Window::with(millrace_ui::ThemeChoice::Dark, vec2(1440.0, 900.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), document.to_string());
    })
}

fn notes(window: &Window) -> Vec<Value> {
    let document: Value = serde_json::from_str(&window.text()).unwrap();
    document["layout"]["notes"].as_array().cloned().unwrap_or_default()
}

fn rect(window: &Window, note: usize) -> Rect {
    window.rect_of(&window.probe()["canvas"]["notes"][note]["rect"])
}

fn undo(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Z);
}

#[test]
fn a_note_is_put_down_at_the_pointer_and_typed_in_at_once() {
    let mut window = Window::sales();
    let before = window.text();
    let at = window.nowhere();
    window.harness.hover_at(at);
    window.settle();
    window.press(Modifiers::SHIFT, Key::S);
    window.harness.get_by_label("Text of the note").type_text("# Mind the gap");
    window.settle();
    assert_eq!(notes(&window)[0]["text"], "# Mind the gap");
    assert!(rect(&window, 0).center().distance(at) < 24.0);
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("Text of the note").is_none());
    window.harness.get_by_label("Note Mind the gap");
    undo(&mut window);
    assert_eq!(notes(&window)[0].get("text"), None, "the typing is one step");
    undo(&mut window);
    assert_eq!(window.text(), before, "and the note another");
}

#[test]
fn a_double_click_or_a_key_edits_a_note_in_place() {
    let mut window = with_note("old");
    let middle = rect(&window, 0).center();
    window.double_click(middle);
    window.harness.get_by_label("Text of the note").type_text(" and new");
    window.settle();
    let elsewhere = window.nowhere() + vec2(300.0, 0.0);
    window.click(elsewhere);
    assert_eq!(notes(&window)[0]["text"], "old and new");
    assert_eq!(window.probe()["canvas"]["edited"], Value::Null);
    window.click(middle);
    window.press(Modifiers::NONE, Key::F2);
    window.harness.get_by_label("Text of the note");
    // In a field the keys of the canvas are letters.
    window.press(Modifiers::NONE, Key::Delete);
    assert_eq!(notes(&window).len(), 1);
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.probe()["canvas"]["edited"], Value::Null);
}

#[test]
fn the_panel_shows_and_changes_the_selected_note() {
    let mut window = with_note("old");
    window.harness.get_by_label("Note old").focus();
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.get_by_label("Note text").focus();
    window.settle();
    window.harness.get_by_label("Note text").type_text("er");
    window.settle();
    assert_eq!(notes(&window)[0]["text"], "older");
    window.harness.get_by_label("Colour blue").click();
    window.settle();
    assert_eq!(notes(&window)[0]["colour"], "blue");
    assert_eq!(window.probe()["canvas"]["notes"][0]["colour"], "blue");
    let high = rect(&window, 0).height();
    window.harness.get_by_label("Fit to text").click();
    window.settle();
    assert_eq!(notes(&window)[0].get("size"), None);
    assert!(rect(&window, 0).height() < high);
    for _ in 0..3 {
        undo(&mut window);
    }
    assert_eq!(notes(&window)[0]["text"], "old");
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.did(&["Piece::FitNote"]);
}

#[test]
fn a_note_is_dragged_and_sized_and_moves_with_what_is_selected() {
    let mut window = with_note("here");
    let before = window.text();
    let start = rect(&window, 0);
    window.drag(start.center(), start.center() + vec2(50.0, 30.0));
    assert_eq!(rect(&window, 0).min - start.min, vec2(48.0, 32.0));
    let moved = rect(&window, 0);
    window.drag(moved.max - vec2(1.0, 1.0), moved.max + vec2(46.0, 30.0));
    assert_eq!(rect(&window, 0).size() - moved.size(), vec2(48.0, 32.0));
    assert_eq!(rect(&window, 0).min, moved.min);
    undo(&mut window);
    undo(&mut window);
    assert_eq!(window.text(), before);

    window.press(Modifiers::COMMAND, Key::A);
    let (task, note) = (window.spot("fetch_exports", None), rect(&window, 0).min);
    window.press(Modifiers::NONE, Key::ArrowRight);
    assert_eq!(window.spot("fetch_exports", None) - task, vec2(16.0, 0.0));
    assert_eq!(rect(&window, 0).min - note, vec2(16.0, 0.0));
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
}

#[test]
fn a_note_is_copied_and_deleted_with_tasks() {
    let mut window = with_note("take me along");
    let middle = rect(&window, 0).center();
    window.click(middle);
    let before = window.text();
    let copied = copied(&mut window, Event::Copy);
    let to = window.nowhere() + vec2(240.0, -60.0);
    window.harness.hover_at(to);
    window.settle();
    window.harness.event(Event::Paste(copied));
    window.settle();
    assert_eq!(notes(&window)[1]["text"], "take me along");
    assert!(rect(&window, 1).min.distance(to) < 24.0, "where the pointer is");
    window.press(Modifiers::COMMAND, Key::D);
    assert_eq!(notes(&window).len(), 3);
    undo(&mut window);
    undo(&mut window);
    assert_eq!(window.text(), before);
    window.press(Modifiers::COMMAND, Key::A);
    window.press(Modifiers::NONE, Key::Delete);
    assert_eq!(notes(&window).len(), 0);
    assert_eq!(window.probe()["document"]["tasks"], json!([]));
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
}

#[test]
fn a_link_opens_outside_when_it_is_clicked_and_not_before() {
    let mut window = with_note("[the docs of the warehouse](https://x.example/docs)");
    let at = rect(&window, 0).min + vec2(40.0, 19.0);
    window.harness.hover_at(at);
    window.settle();
    assert!(window.world.borrow().opened.is_empty());
    window.click(at);
    assert_eq!(window.world.borrow().opened, ["https://x.example/docs"]);
    let mut window = with_note("[a file of this machine](file:///etc/passwd)");
    let at = rect(&window, 0).min + vec2(40.0, 19.0);
    window.click(at);
    assert!(window.world.borrow().opened.is_empty());
    assert!(window.probe()["toasts"].to_string().contains("was not opened"));
    window.did(&["Piece::OpenLink"]);
}

#[test]
fn notes_are_found() {
    let mut window = with_note("Mind the *gap*");
    window.press(Modifiers::COMMAND, Key::F);
    window.harness.get_by_label("Find in workflow").type_text("gap");
    window.settle();
    window.harness.get_by_label("1 found");
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.get_by_label("Note text");
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::COMMAND, Key::K);
    window.harness.get_by_label("Find anything").type_text("mind the");
    window.settle();
    window.harness.get_by_label("Mind the gap");
}

#[test]
fn a_note_of_another_hand_stays_as_it_is() {
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["layout"]["notes"] = json!([{ "at": [1e300, -5], "colour": "mauve", "text": "x", "by": "hand" }, { "at": [0, 0] }]);
    let open = |document: &Value| {
        Window::with(
            millrace_ui::ThemeChoice::Light,
            vec2(1280.0, 720.0),
            1.0,
            Some(SALES),
            |world| {
                world.files.insert(SALES.to_owned(), document.to_string());
            },
        )
    };
    let mut window = open(&document);
    assert_eq!(window.probe()["canvas"]["notes"][0]["colour"], "yellow");
    window.press(Modifiers::COMMAND, Key::A);
    window.press(Modifiers::NONE, Key::D);
    let saved = notes(&window);
    assert_eq!((&saved[0]["colour"], &saved[0]["by"]), (&json!("mauve"), &json!("hand")));
}

#[test]
fn a_note_has_a_menu() {
    let mut window = with_note("old");
    let choose = |window: &mut Window, words: &str| {
        let at = rect(window, 0).center();
        window.right_click(at);
        window.push(words);
    };
    choose(&mut window, "Edit note");
    assert!(window.has("Text of the note"));
    window.press(Modifiers::NONE, Key::Escape);
    choose(&mut window, "As large as its text");
    assert_eq!(notes(&window)[0].get("size"), None);
    choose(&mut window, "Colour blue");
    assert_eq!(notes(&window)[0]["colour"], "blue");
    choose(&mut window, "Duplicate");
    assert_eq!(notes(&window).len(), 2);
    choose(&mut window, "Delete");
    assert_eq!(notes(&window).len(), 1);
}
