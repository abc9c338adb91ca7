//! What is changed and not saved: kept within a second, there again at the next start, never asked about.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code, Request};

use crate::world::{SALES, SALES_TEXT, Window};

const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Moves a card, which changes the document.
fn edit(window: &mut Window) {
    let at = window.spot("build_report", None);
    window.drag(at, at + vec2(64.0, 64.0));
}

/// A window that was killed and started again, and the text that it had not saved.
fn killed_with_changes() -> (Window, String) {
    let mut window = Window::sales();
    edit(&mut window);
    window.settle();
    let changed = window.text();
    let mut window = window.again(None);
    window.settle();
    (window, changed)
}

fn kept(window: &Window) -> Vec<String> {
    window.world.borrow().drafts.values().map(|kept| kept.draft.text.clone()).collect()
}

#[test]
fn a_change_is_kept_within_a_second_and_dropped_when_it_is_saved_or_taken_back() {
    let mut window = Window::sales();
    assert_eq!(kept(&window).len(), 0);
    edit(&mut window);
    window.settle();
    assert_eq!(kept(&window), [window.text()]);
    let draft = window.world.borrow().drafts.values().next().unwrap().draft.clone();
    assert_eq!(draft.path.as_deref(), Some(SALES));
    assert!(draft.base_digest.is_some());
    // Two changes within a second: the later one is kept before the second is over.
    edit(&mut window);
    for _ in 0..2 {
        window.settle();
    }
    assert_eq!(kept(&window), [window.text()]);
    window.press(Modifiers::COMMAND, Key::Z);
    window.press(Modifiers::COMMAND, Key::Z);
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(kept(&window).len(), 0, "back to what is in the file");
    edit(&mut window);
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(kept(&window).len(), 1);
    window.press(Modifiers::COMMAND, Key::S);
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(kept(&window).len(), 0, "saved");
}

#[test]
fn a_save_drops_the_draft_at_once() {
    let mut window = Window::sales();
    edit(&mut window);
    window.settle();
    assert_eq!(kept(&window).len(), 1);
    let saves = |window: &Window| window.probe()["document"]["saving"] == true;
    window.press(Modifiers::COMMAND, Key::S);
    while saves(&window) || window.probe()["document"]["dirty"] == true {
        window.harness.step();
    }
    for _ in 0..3 {
        window.harness.step();
    }
    assert_eq!(kept(&window).len(), 0, "a kill now brings nothing back");
}

#[test]
fn what_the_window_was_opened_for_stays_in_view() {
    let mut window = Window::sales();
    edit(&mut window);
    window.settle();
    let other = "/home/ada/workflows/other.json";
    let text_of_other = r#"{ "millrace": 1, "name": "other", "tasks": [] }"#;
    window.world.borrow_mut().files.insert(other.to_owned(), text_of_other.to_owned());
    let mut window = window.again(Some(other));
    window.settle();
    assert_eq!(window.probe()["document"]["path"], other);
    assert_eq!(window.probe()["tabs"].as_array().unwrap().len(), 2, "the changes have their tab");
}

#[test]
fn typing_is_kept_about_once_a_second_and_not_with_every_key() {
    let mut window = Window::sales();
    let time = |window: &Window| window.harness.ctx.input(|input| input.time);
    let start = time(&window);
    window.press(Modifiers::COMMAND, Key::A);
    while time(&window) - start < 4.0 {
        window.harness.key_press_modifiers(Modifiers::NONE, Key::ArrowRight);
        window.harness.run_steps(1);
    }
    let asked = window.world.borrow().asked("keep_draft");
    assert!((4..=6).contains(&asked), "{asked}");
}

#[test]
fn a_killed_window_comes_back_with_its_changes() {
    let (mut window, changed) = killed_with_changes();
    assert_eq!(window.probe()["place"], "editor");
    assert_eq!(window.text(), changed);
    assert_eq!(window.probe()["document"]["dirty"], true);
    window.harness.get_by_label("Unsaved changes were restored");
    window.harness.get_by_label("Discard changes").click();
    window.settle();
    assert_eq!(window.text(), SALES_TEXT);
    assert_eq!(window.probe()["document"]["restored"], false);
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(kept(&window).len(), 0);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.text(), changed, "discarding is a step like any other");
}

#[test]
fn a_draft_that_its_file_has_all_of_opens_no_tab_and_goes() {
    let (window, changed) = killed_with_changes();
    // As when the window ends between the save and the end of its draft.
    window.world.borrow_mut().files.insert(SALES.to_owned(), changed);
    let mut window = window.again(None);
    window.settle();
    assert_eq!(window.probe()["tabs"], serde_json::json!([]));
    assert_eq!(kept(&window), [""; 0]);
}

#[test]
fn closing_a_tab_keeps_at_once_and_asks_nothing() {
    let mut window = Window::sales();
    edit(&mut window);
    edit(&mut window);
    let changed = window.text();
    window.press(Modifiers::COMMAND, Key::W);
    assert_eq!(window.probe()["place"], "workflows");
    assert_eq!(window.probe()["dialog"], false);
    assert_eq!(kept(&window), std::slice::from_ref(&changed));
    // From the library the same document comes back as it was.
    window.harness.get_by_label("Daily sales report").click();
    window.settle();
    assert_eq!(window.text(), changed);
    assert_eq!(window.probe()["document"]["restored"], true);
    window.press(Modifiers::COMMAND, Key::W);
    window.press(CTRL_SHIFT, Key::T);
    assert_eq!(window.text(), changed);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_ne!(window.text(), changed, "its steps are still there");
}

#[test]
fn a_draft_of_a_file_that_changed_meanwhile_is_a_conflict_and_of_one_that_is_gone_stays() {
    let mut window = Window::sales();
    edit(&mut window);
    window.settle();
    let changed = window.text();
    window.world.borrow_mut().files.insert(SALES.to_owned(), SALES_TEXT.replace("full", "whole"));
    let window = window.again(None);
    assert_eq!(window.probe()["document"]["conflict"], true);
    assert_eq!(window.text(), changed);
    window.world.borrow_mut().files.clear();
    let mut window = window.again(None);
    assert_eq!(window.text(), changed);
    window.harness.get_by_label("The file is gone; unsaved changes were restored");
    window.harness.get_by_label("Discard changes").click();
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(window.probe()["tabs"].as_array().unwrap().len(), 0);
    assert_eq!(kept(&window).len(), 0);
    window.press(CTRL_SHIFT, Key::T);
    assert_eq!(window.text(), changed);
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(kept(&window), [changed]);
}

#[test]
fn what_could_not_be_kept_is_said_once_and_tried_until_it_is() {
    let mut window = Window::sales();
    let full = ApiError::new(Code::File, "cannot keep the draft: no space left");
    window.world.borrow_mut().refuse.insert("keep_draft", full);
    edit(&mut window);
    for _ in 0..6 {
        window.settle();
    }
    assert!(window.world.borrow().asked("keep_draft") >= 2);
    assert_eq!(window.probe()["toasts"].as_array().unwrap().len(), 1);
    window.world.borrow_mut().refuse.clear();
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(kept(&window), [window.text()]);
}

#[test]
fn a_drop_never_overtakes_what_it_drops() {
    let mut window = Window::sales();
    window.world.borrow_mut().is_silent = true;
    edit(&mut window);
    window.press(Modifiers::COMMAND, Key::Z);
    for _ in 0..3 {
        window.settle();
    }
    let asked = |window: &Window| {
        let world = window.world.borrow();
        let about_drafts = world.requests.iter().filter_map(|request| match request {
            Request::KeepDraft(_) => Some("keep"),
            Request::DropDraft(_) => Some("drop"),
            _ => None,
        });
        about_drafts.collect::<Vec<_>>()
    };
    assert_eq!(asked(&window), ["keep"], "its answer has not come");
    window.world.borrow_mut().is_silent = false;
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(asked(&window), ["keep", "drop"]);
}

#[test]
fn the_line_about_changes_that_came_back_can_be_dismissed() {
    let (mut window, changed) = killed_with_changes();
    window.harness.get_by_label("Dismiss").click();
    window.settle();
    assert_eq!(window.probe()["document"]["restored"], false);
    assert!(!window.has("Unsaved changes were restored"));
    assert_eq!(window.text(), changed);
    window.did(&["File::Restored"]);
}
