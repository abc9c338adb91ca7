//! Other keys for a command: given, taken from another one, put back, and kept.

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

fn tasks(window: &Window) -> usize {
    window.probe()["canvas"]["tasks"].as_object().unwrap().len()
}

fn click(window: &mut Window, label: &str) {
    window.harness.get_by_label(label).scroll_to_me();
    window.settle();
    window.harness.get_by_label(label).click();
    window.settle();
}

/// Opens the settings with the keys of one command alone.
fn keys_of(window: &mut Window, command: &str) {
    window.press(Modifiers::COMMAND, Key::Comma);
    window.push("Keys");
    window.harness.get_by_label("Search keys").focus();
    window.settle();
    window.harness.get_by_label("Search keys").type_text(command);
    window.settle();
}

/// Back to the document, with one task selected.
fn to_the_canvas(window: &mut Window) {
    let dirty = window.harness.query_by_label("Daily sales report, not saved").is_some();
    click(window, if dirty { "Daily sales report, not saved" } else { "Daily sales report" });
    let at = window.spot("clean_rows", None);
    window.click(at);
}

#[test]
fn a_new_key_works_beside_the_old_one_and_after_the_next_start() {
    let mut window = Window::sales();
    keys_of(&mut window, "duplicate");
    click(&mut window, "Add a key for Duplicate");
    // As a browser tells of it: first the keys that are held.
    window.press(Modifiers::COMMAND, Key::ControlLeft);
    window.press(CTRL_SHIFT, Key::ShiftLeft);
    window.press(CTRL_SHIFT, Key::J);
    assert!(window.harness.query_by_label("Take Ctrl+Shift+J from Duplicate").is_some());

    to_the_canvas(&mut window);
    let before = tasks(&window);
    window.press(CTRL_SHIFT, Key::J);
    assert_eq!(tasks(&window), before + 1);
    window.press(Modifiers::COMMAND, Key::D);
    assert_eq!(tasks(&window), before + 2);

    let mut window = window.again(Some(SALES));
    let at = window.spot("clean_rows", None);
    window.click(at);
    let before = tasks(&window);
    window.press(CTRL_SHIFT, Key::J);
    assert_eq!(tasks(&window), before + 1);
}

#[test]
fn a_key_of_another_command_is_asked_for_and_can_be_put_back() {
    let mut window = Window::sales();
    keys_of(&mut window, "duplicate");
    click(&mut window, "Add a key for Duplicate");
    window.press(Modifiers::COMMAND, Key::Z);
    assert!(window.harness.query_by_label("Ctrl+Z already does “Undo”.").is_some());
    assert!(window.harness.state().settings().keys.is_empty(), "nothing is done yet");
    click(&mut window, "Move it here");

    to_the_canvas(&mut window);
    let before = tasks(&window);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(tasks(&window), before + 1, "it duplicates");

    window.press(Modifiers::COMMAND, Key::Comma);
    window.push("Keys");
    click(&mut window, "Reset all shortcuts");
    assert!(window.harness.state().settings().keys.is_empty());
    to_the_canvas(&mut window);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(tasks(&window), before, "it takes back");
}

#[test]
fn what_cannot_be_a_key_is_refused_and_escape_leaves_it() {
    let mut window = Window::sales();
    keys_of(&mut window, "duplicate");
    click(&mut window, "Add a key for Duplicate");
    window.harness.event(Event::Copy);
    window.settle();
    let refusal = "These keys belong to the clipboard. Press others.";
    assert!(window.harness.query_by_label(refusal).is_some());
    window.press(Modifiers::NONE, Key::Enter);
    let refusal = "This key presses buttons. Press another one.";
    assert!(window.harness.query_by_label(refusal).is_some());
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("Press the keys").is_none());
    assert!(window.harness.state().settings().keys.is_empty());
}

#[test]
fn a_command_without_keys_is_still_found_by_its_name() {
    let mut window = Window::sales();
    keys_of(&mut window, "duplicate");
    click(&mut window, "Take Ctrl+D from Duplicate");
    to_the_canvas(&mut window);
    let before = tasks(&window);
    window.press(Modifiers::COMMAND, Key::D);
    assert_eq!(tasks(&window), before, "the key does nothing any more");
    window.press(Modifiers::COMMAND, Key::K);
    window.harness.get_by_label("Find anything").type_text("duplicate");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(tasks(&window), before + 1);
}

#[test]
fn pictures_of_a_key_that_is_taken() {
    for (theme, word) in themes() {
        let size = egui::vec2(1180.0, 720.0);
        let mut window = Window::with(theme, size, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        });
        keys_of(&mut window, "select");
        click(&mut window, "Add a key for Select all");
        window.press(CTRL_SHIFT, Key::J);
        click(&mut window, "Add a key for Select nothing");
        window.press(Modifiers::COMMAND, Key::Z);
        check(&mut window, &format!("keys_{word}"));
    }
}
