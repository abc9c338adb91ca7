//! Files that others change while they are open.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use serde_json::json;

use crate::world::{SALES, SALES_TEXT, Window};

/// Somebody else writes the file; the window looks every two seconds.
fn write(window: &mut Window, text: &str) {
    window.world.borrow_mut().files.insert(SALES.to_owned(), text.to_owned());
    look(window);
}

fn look(window: &mut Window) {
    for _ in 0..6 {
        window.settle();
    }
}

fn edit(window: &mut Window) {
    let at = window.spot("build_report", None);
    window.drag(at, at + vec2(64.0, 64.0));
}

fn theirs() -> String {
    SALES_TEXT.replace("exec ./report.sh", "exec ./theirs.sh")
}

#[test]
fn a_document_without_changes_follows_its_file_and_keeps_the_view() {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.click(at);
    window.press(Modifiers::NONE, Key::Minus);
    let view = window.probe()["canvas"]["zoom"].clone();
    write(&mut window, &theirs());
    let probe = window.probe();
    assert_eq!(probe["document"]["text"], theirs());
    assert_eq!(probe["document"]["dirty"], false);
    assert_eq!(probe["canvas"]["selected"], json!(["build_report"]));
    assert_eq!(probe["canvas"]["zoom"], view);
    window.press(Modifiers::COMMAND, Key::Z);
    assert!(window.text().contains("exec ./report.sh"), "it is a step that can be taken back");
    assert_eq!(window.probe()["document"]["dirty"], true);
}

#[test]
fn a_file_that_stays_as_it_is_is_asked_for_and_not_read_again() {
    let mut window = Window::sales();
    look(&mut window);
    let world = window.world.borrow();
    assert!(world.watches("stat_documents"));
    assert_eq!(world.asked("read_document"), 1);
}

#[test]
fn mine_can_be_kept() {
    let mut window = Window::sales();
    edit(&mut window);
    let mine = window.text();
    write(&mut window, &theirs());
    assert_eq!(window.probe()["document"]["conflict"], true);
    assert_eq!(window.text(), mine);
    window.press(Modifiers::COMMAND, Key::S);
    assert_eq!(window.world.borrow().files[SALES], theirs(), "nothing is overwritten unasked");
    window.harness.get_by_label("Keep mine").click();
    look(&mut window);
    assert_eq!(window.world.borrow().files[SALES], mine);
    assert_eq!(window.probe()["document"]["conflict"], false);
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.did(&["SaveOver"]);
}

#[test]
fn theirs_can_be_taken_and_mine_is_a_document_of_its_own() {
    let mut window = Window::sales();
    edit(&mut window);
    write(&mut window, &theirs());
    window.harness.get_by_label("Use the file").click();
    look(&mut window);
    assert_eq!(window.text(), theirs());
    assert_eq!(window.probe()["document"]["dirty"], false);
    let tabs = window.probe()["tabs"].clone();
    assert_eq!(tabs[1]["title"], "Daily sales report (my changes)");
    assert_eq!(tabs[1]["dirty"], true);
    let drafts = window.world.borrow().drafts.clone();
    let texts: Vec<_> = drafts.values().map(|kept| &kept.draft).collect();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].path.is_none() && texts[0].text.contains("exec ./report.sh"));
    window.did(&["Reload"]);
}

#[test]
fn both_sides_can_be_compared() {
    let mut window = Window::sales();
    edit(&mut window);
    write(&mut window, &theirs());
    window.harness.get_by_label("Compare").click();
    look(&mut window);
    window.harness.get_by_label("spec.script");
    window.harness.get_by_label("− exec ./theirs.sh");
    window.harness.get_by_label("+ exec ./report.sh");
    window.harness.get_by_label("~ Canvas: 1 card moved");
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.probe()["place"], "editor");
    assert_eq!(window.probe()["document"]["conflict"], true, "looking decides nothing");
}

#[test]
fn a_conflict_that_went_away_is_none() {
    let mut window = Window::sales();
    edit(&mut window);
    write(&mut window, &theirs());
    assert_eq!(window.probe()["document"]["conflict"], true);
    write(&mut window, SALES_TEXT);
    assert_eq!(window.probe()["document"]["conflict"], false);
}

#[test]
fn a_file_that_is_gone_leaves_its_document() {
    let mut window = Window::sales();
    window.world.borrow_mut().files.clear();
    look(&mut window);
    assert_eq!(window.text(), SALES_TEXT);
    assert_eq!(window.probe()["document"]["dirty"], true);
    assert_eq!(window.world.borrow().drafts.len(), 1);
    window.harness.get_by_label("Save again").click();
    look(&mut window);
    assert_eq!(window.world.borrow().files[SALES], SALES_TEXT);
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn a_file_that_cannot_be_read_any_more_shows_its_problems_and_comes_back() {
    let mut window = Window::sales();
    write(&mut window, "{ half");
    assert!(window.probe()["document"]["errors"].as_u64().unwrap() > 0);
    write(&mut window, SALES_TEXT);
    assert_eq!(window.probe()["document"]["errors"], 0);
    assert_eq!(window.text(), SALES_TEXT);
}
