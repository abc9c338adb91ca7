//! The library's files: rename, move, duplicate, delete and take that back.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;

use crate::world::{SALES, SALES_TEXT, Window};

const WEEKLY: &str = "/home/ada/workflows/weekly.json";

/// Chooses from the menu of the workflow in the library.
fn choose(window: &mut Window, words: &str) {
    window.press(Modifiers::COMMAND, Key::Num1);
    window.settle();
    window.harness.get_by_label("More about Daily sales report").click();
    window.settle();
    window.harness.get_by_label(words).click();
    window.settle();
    window.settle();
}

#[test]
fn a_rename_takes_the_file_and_the_open_tab_along() {
    let mut window = Window::sales();
    choose(&mut window, "Rename…");
    window.fill("Name", "not a name");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.world.borrow().asked("move_document"), 0);
    window.fill("Name", "weekly");
    window.harness.get_by_label("The file becomes weekly.json; its history goes along.");
    window.fill("Title", "Weekly report");
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    let files: Vec<String> = window.world.borrow().files.keys().cloned().collect();
    assert_eq!(files, [WEEKLY]);
    let probe = window.probe();
    assert_eq!(probe["tabs"][0]["path"], WEEKLY);
    assert_eq!(probe["tabs"][0]["title"], "Weekly report");
    assert_eq!(probe["tabs"][0]["dirty"], false);
    assert_eq!(window.harness.state().settings().recent_documents, [WEEKLY]);
    window.did(&["File::AskName", "File::Rename"]);
}

#[test]
fn a_rename_says_which_other_workflows_follow_and_which_cannot() {
    let mut window = Window::sales();
    let left = "/home/ada/night.json still names it as before: it is read-only";
    window.world.borrow_mut().callers =
        (vec!["/home/ada/day.json".to_owned()], vec![left.to_owned()]);
    choose(&mut window, "Rename…");
    window.fill("Name", "weekly");
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    let toasts = window.probe()["toasts"].to_string();
    assert!(toasts.contains("1 workflow that runs it follows"), "{toasts}");
    assert!(toasts.contains("night.json still names it as before"), "{toasts}");
}

#[test]
fn a_move_goes_where_the_person_says() {
    let mut window = Window::sales();
    let place = "/home/ada/other/sales.json".to_owned();
    window.world.borrow_mut().picks.push_back(place.clone());
    choose(&mut window, "Move…");
    assert_eq!(window.world.borrow().files[&place], SALES_TEXT);
    assert_eq!(window.probe()["tabs"][0]["path"], place);
    choose(&mut window, "Move…");
    assert_eq!(window.world.borrow().asked("move_document"), 1, "the person changed their mind");
    window.did(&["File::Move"]);
}

#[test]
fn a_document_with_changes_is_not_moved_away_under_them() {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.drag(at, at + egui::vec2(64.0, 64.0));
    choose(&mut window, "Rename…");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.world.borrow().asked("move_document"), 0);
    let toasts = window.probe()["toasts"].clone();
    assert_eq!(toasts[0], "This workflow has changes that are not saved");
}

#[test]
fn delete_asks_nothing_and_can_be_taken_back_for_ten_seconds() {
    let mut window = Window::sales();
    choose(&mut window, "Delete");
    assert!(window.world.borrow().files.is_empty());
    assert_eq!(window.probe()["tabs"].as_array().unwrap().len(), 0);
    assert!(window.harness.query_by_label("Daily sales report").is_none());
    window.harness.get_by_label("Undo").click();
    window.settle();
    window.settle();
    assert_eq!(window.world.borrow().files[SALES], SALES_TEXT);
    window.harness.get_by_label("Daily sales report");
    choose(&mut window, "Delete");
    for _ in 0..18 {
        window.settle();
    }
    window.harness.get_by_label("Undo");
    for _ in 0..12 {
        window.settle();
    }
    assert!(window.harness.query_by_label("Undo").is_none());
    window.did(&["File::Trash", "File::Restore"]);
}

#[test]
fn what_is_deleted_with_changes_in_a_tab_leaves_them_there() {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.drag(at, at + egui::vec2(64.0, 64.0));
    let text = window.probe()["document"]["text"].clone();
    choose(&mut window, "Delete");
    window.harness.get_by_label("Daily sales report, not saved").click();
    for _ in 0..6 {
        window.settle();
    }
    assert_eq!(window.probe()["document"]["text"], text);
    window.harness.get_by_label("The file is gone: deleted or moved elsewhere");
}

#[test]
fn a_duplicate_and_a_path_come_from_the_same_menu() {
    let mut window = Window::sales();
    choose(&mut window, "Duplicate");
    assert_eq!(window.probe()["document"]["name"], "daily_sales_copy");
    assert_eq!(window.probe()["document"]["path"], serde_json::Value::Null);
    choose(&mut window, "Copy path");
    let world = window.world.borrow();
    let read = |request: &&Request| matches!(request, Request::ReadDocument(_));
    assert_eq!(world.requests.iter().filter(read).count(), 2);
    drop(world);
    assert_eq!(window.probe()["toasts"][0], "Copied");
    window.did(&["File::DuplicateFile", "Copy"]);
}

#[test]
fn a_message_is_gone_from_the_very_frame_in_which_its_time_is_up() {
    let mut window = Window::sales();
    choose(&mut window, "Copy path");
    window.harness.get_by_label("Copied");
    // A page that rests draws no frame after it.
    let steps = (0..200).take_while(|_| {
        window.harness.step();
        let is_kept = !window.probe()["toasts"].as_array().unwrap().is_empty();
        assert_eq!(window.harness.query_by_label("Copied").is_some(), is_kept);
        is_kept
    });
    let shown = steps.count();
    assert!((60..100).contains(&shown), "{shown} frames of 50 ms");
}

#[test]
fn the_right_button_opens_the_same_menu() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Num1);
    window.settle();
    // On the row, left of its button.
    let more = window.harness.get_by_label("More about Daily sales report").rect();
    window.right_click(more.left_center() - egui::vec2(500.0, 0.0));
    for words in ["Open", "Duplicate", "Rename…", "Move…", "Copy path", "Delete"] {
        assert!(window.has(words), "{words}");
    }
    window.push("Open");
    assert_eq!(window.probe()["place"], "editor");
}
