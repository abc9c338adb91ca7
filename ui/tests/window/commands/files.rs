//! Commands about documents and their tabs.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;

use super::Way;
use crate::world::{SALES, SALES_TEXT, Window};

const OTHER: &str = "/home/ada/workflows/other.json";

fn tabs(window: &Window) -> usize {
    window.probe()["tabs"].as_array().unwrap().len()
}

/// The daily sales with a card that was moved.
fn changed() -> Window {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.drag(at, at + vec2(64.0, 64.0));
    assert_eq!(window.probe()["document"]["dirty"], true);
    window
}

pub(super) fn new_workflow(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    window.push("New from Empty");
    assert_eq!(window.probe()["document"]["name"], "untitled");
    window.did(&["File::NewFrom"]);
}

pub(super) fn new_folder(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    window.fill("Name", "team");
    window.push("Make");
    window.settle();
    let made = "/home/ada/workflows/team";
    assert!(window.world.borrow().empty_folders.contains(made));
}

pub(super) fn open(way: &Way) {
    let mut window = Window::sales();
    window.world.borrow_mut().files.insert(OTHER.to_owned(), SALES_TEXT.to_owned());
    window.world.borrow_mut().picks.push_back(OTHER.to_owned());
    way.go(&mut window);
    assert_eq!(window.probe()["document"]["path"], OTHER);
}

pub(super) fn import(way: &Way) {
    const MAKEFILE: &str = "/home/ada/site/Makefile";
    let mut window = Window::sales();
    let text = "all: page\npage:\n\techo page\n";
    window.world.borrow_mut().files.insert(MAKEFILE.to_owned(), text.to_owned());
    window.world.borrow_mut().path_picked = Some(MAKEFILE.to_owned());
    way.go(&mut window);
    assert_eq!(window.probe()["document"]["name"], "site");
    assert_eq!(window.workflow().tasks.len(), 2);
    assert_eq!(window.probe()["document"]["dirty"], true);
    assert_eq!(tabs(&window), 2);
}

pub(super) fn save(way: &Way) {
    let mut window = changed();
    way.go(&mut window);
    assert_eq!(window.world.borrow().files[SALES], window.text());
    assert_eq!(window.probe()["document"]["dirty"], false);
}

pub(super) fn save_as(way: &Way) {
    let mut window = changed();
    window.world.borrow_mut().picks.push_back(OTHER.to_owned());
    way.go(&mut window);
    assert_eq!(window.world.borrow().files[OTHER], window.text());
    assert_eq!(window.world.borrow().files[SALES], SALES_TEXT);
    assert_eq!(window.probe()["document"]["path"], OTHER);
}

pub(super) fn duplicate_workflow(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    assert_eq!(window.probe()["document"]["name"], "daily_sales_copy");
    assert_eq!(tabs(&window), 2);
}

pub(super) fn compare(way: &Way) {
    let mut window = changed();
    way.go(&mut window);
    window.harness.get_by_label("~ Canvas: 1 card moved");
}

pub(super) fn discard(way: &Way) {
    let mut window = changed();
    way.go(&mut window);
    assert_eq!(window.text(), SALES_TEXT);
    assert_eq!(window.probe()["document"]["dirty"], false);
}

pub(super) fn export(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    window.harness.get_by_label("Save picture…");
}

/// Three documents, the middle one in view.
fn three() -> Window {
    let mut window = Window::sales();
    for card in ["New from Hello", "New from Empty"] {
        window.press(Modifiers::COMMAND, Key::N);
        window.push(card);
    }
    window.push("Hello, not saved");
    assert_eq!(window.probe()["document"]["name"], "hello");
    window.did(&["ShowTab"]);
    window
}

pub(super) fn next_tab(way: &Way) {
    let mut window = three();
    way.go(&mut window);
    assert_eq!(window.probe()["document"]["name"], "untitled");
}

pub(super) fn previous_tab(way: &Way) {
    let mut window = three();
    way.go(&mut window);
    assert_eq!(window.probe()["document"]["name"], "daily_sales");
}

pub(super) fn close_tab(way: &Way) {
    let mut window = three();
    way.go(&mut window);
    let titles = window.probe()["tabs"].to_string();
    assert!(tabs(&window) == 2 && !titles.contains("Hello"), "{titles}");
}

pub(super) fn reopen_tab(way: &Way) {
    let mut window = changed();
    let before = window.text();
    window.press(Modifiers::COMMAND, Key::W);
    assert_eq!(tabs(&window), 0);
    way.go(&mut window);
    assert_eq!(window.text(), before);
}
