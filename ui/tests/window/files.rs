//! New documents, opening, and the place where one is saved.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::host::HostEvent;
use millrace_ui::bridge::{FileKind, Pick};

use crate::world::{SALES, SALES_TEXT, Window};

const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const FOLDER: &str = "/home/ada/workflows";

fn tabs(window: &Window) -> Vec<String> {
    let probe = window.probe();
    let tabs = probe["tabs"].as_array().unwrap();
    tabs.iter().map(|tab| tab["title"].as_str().unwrap().to_owned()).collect()
}

fn new_from(window: &mut Window, card: &str) {
    window.press(Modifiers::COMMAND, Key::N);
    window.harness.get_by_label(card).click();
    window.settle();
}

#[test]
fn a_new_workflow_is_saved_where_the_person_says() {
    let mut window = Window::sales();
    new_from(&mut window, "New from Hello");
    assert_eq!(tabs(&window), ["Daily sales report", "Hello"]);
    assert_eq!(window.probe()["document"]["path"], serde_json::Value::Null);
    assert_eq!(window.probe()["dialog"], false);
    let place = format!("{FOLDER}/greeting");
    window.world.borrow_mut().picks.push_back(place);
    window.press(Modifiers::COMMAND, Key::S);
    let asked = Pick::Save {
        folder: Some(FOLDER.to_owned()),
        file_name: "hello.json".to_owned(),
        kind: FileKind::Document,
    };
    assert_eq!(window.world.borrow().picked, [asked]);
    let saved = format!("{FOLDER}/greeting.json");
    assert_eq!(window.probe()["document"]["path"], saved);
    assert_eq!(window.probe()["document"]["dirty"], false);
    assert!(window.world.borrow().files[&saved].contains("\"name\": \"hello\""));
    assert_eq!(window.harness.state().settings().recent_documents, [saved, SALES.to_owned()]);
}

#[test]
fn a_second_one_has_a_name_of_its_own_and_nothing_is_written_where_no_place_was_chosen() {
    let mut window = Window::sales();
    new_from(&mut window, "New from Empty");
    new_from(&mut window, "New from Empty");
    assert_eq!(window.probe()["document"]["name"], "untitled_2");
    window.press(Modifiers::COMMAND, Key::S);
    assert_eq!(window.world.borrow().asked("save_document"), 0);
    assert_eq!(window.probe()["document"]["dirty"], true);
    assert_eq!(window.world.borrow().drafts.len(), 0, "nobody touched it");
    window.press(Modifiers::NONE, Key::N);
    window.press(Modifiers::NONE, Key::Enter);
    for _ in 0..3 {
        window.settle();
    }
    assert_eq!(window.world.borrow().drafts.len(), 1);
    let window = window.again(None);
    assert_eq!(tabs(&window), ["untitled_2"]);
    assert_eq!(window.probe()["document"]["tasks"].as_array().unwrap().len(), 1);
}

#[test]
fn a_file_that_is_there_is_not_replaced_unasked() {
    let mut window = Window::sales();
    let other = format!("{FOLDER}/other.json");
    window.world.borrow_mut().files.insert(other.clone(), "{}".to_owned());
    window.world.borrow_mut().picks.push_back(other.clone());
    window.press(CTRL_SHIFT, Key::S);
    assert_eq!(window.world.borrow().files[&other], "{}");
    window.harness.get_by_label("Replace other.json?");
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.probe()["document"]["path"], SALES);
    window.world.borrow_mut().picks.push_back(other.clone());
    window.press(CTRL_SHIFT, Key::S);
    window.harness.get_by_label("Replace").click();
    window.settle();
    assert_eq!(window.world.borrow().files[&other], SALES_TEXT);
    assert_eq!(window.probe()["document"]["path"], other);
    assert_eq!(window.world.borrow().files[SALES], SALES_TEXT);
    window.did(&["File::ReplaceFile"]);
}

#[test]
fn a_file_is_opened_by_the_systems_dialog_and_again_from_what_was_open_lately() {
    let mut window = Window::sales();
    let other = format!("{FOLDER}/other.json");
    let text = SALES_TEXT.replace("Daily sales report", "Other");
    window.world.borrow_mut().files.insert(other.clone(), text);
    window.world.borrow_mut().picks.push_back(other.clone());
    window.press(Modifiers::COMMAND, Key::O);
    assert_eq!(window.probe()["document"]["path"], other);
    assert_eq!(tabs(&window), ["Daily sales report", "Other"]);
    window.press(Modifiers::COMMAND, Key::O);
    assert_eq!(tabs(&window).len(), 2, "the person changed their mind");
    let mut window = window.again(None);
    window.harness.get_by_label("Open other again").click();
    window.settle();
    assert_eq!(window.probe()["document"]["path"], other);
    // One that is gone is forgotten.
    window.world.borrow_mut().files.remove(SALES);
    window.press(Modifiers::COMMAND, Key::N);
    window.harness.get_by_label("daily_sales.json").click();
    window.settle();
    window.settle();
    assert_eq!(window.harness.state().settings().recent_documents, [other]);
}

#[test]
fn each_of_two_documents_that_are_opened_at_once_has_its_own_answer() {
    let mut window = Window::sales();
    let gone = format!("{FOLDER}/gone.json");
    window.world.borrow_mut().files.insert(gone.clone(), SALES_TEXT.to_owned());
    window.world.borrow_mut().picks.push_back(gone.clone());
    window.press(Modifiers::COMMAND, Key::O);
    assert_eq!(
        window.harness.state().settings().recent_documents,
        [gone.clone(), SALES.to_owned()]
    );
    let mut window = window.again(None);
    window.world.borrow_mut().files.remove(&gone);
    window.host(HostEvent::Open { documents: vec![SALES.to_owned(), gone] });
    window.settle();
    assert_eq!(window.harness.state().settings().recent_documents, [SALES]);
    assert_eq!(window.probe()["document"]["path"], SALES);
}

#[test]
fn a_copy_is_a_document_of_its_own() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::K);
    window.harness.get_by_label("Find anything").type_text("duplicate workflow");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    let probe = window.probe();
    assert_eq!(probe["document"]["name"], "daily_sales_copy");
    assert_eq!(probe["document"]["path"], serde_json::Value::Null);
    assert_eq!(tabs(&window), ["Daily sales report", "Daily sales report (copy)"]);
}

#[test]
fn more_tabs_than_there_is_room_for_are_scrolled_and_the_buttons_stay() {
    let mut window = Window::sales();
    for number in 0..12 {
        let path = format!("{FOLDER}/other_{number}.json");
        let text = SALES_TEXT.replace("Daily sales report", &format!("Another workflow {number}"));
        window.world.borrow_mut().files.insert(path.clone(), text);
        window.world.borrow_mut().picks.push_back(path);
        window.press(Modifiers::COMMAND, Key::O);
    }
    assert_eq!(tabs(&window).len(), 13);
    let seen = |window: &Window, label: &str| window.harness.get_by_label(label).rect();
    let more = seen(&window, "New workflow");
    let last = seen(&window, "Close Another workflow 11");
    assert!(last.right() <= more.left(), "the open tab is in view: {last:?}, {more:?}");
    assert!(more.right() <= seen(&window, "Undo").left());
    assert!(seen(&window, "Close Daily sales report").right() < 0.0);
    window.press(Modifiers::COMMAND, Key::Tab);
    let first = seen(&window, "Close Daily sales report");
    assert!(first.left() > 0.0 && first.right() <= more.left(), "{first:?}");
}

#[test]
fn a_file_that_is_open_has_one_tab() {
    let mut window = Window::sales();
    let other = format!("{FOLDER}/other.json");
    window.world.borrow_mut().files.insert(other.clone(), SALES_TEXT.replace("sales", "other"));
    for path in [&*other, SALES, &*other] {
        window.world.borrow_mut().picks.push_back(path.to_owned());
        window.press(Modifiers::COMMAND, Key::O);
        assert_eq!(window.probe()["document"]["path"], path);
    }
    assert_eq!(tabs(&window).len(), 2);
}
