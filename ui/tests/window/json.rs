//! The document as text, in the drawer.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::world::{SALES, SALES_TEXT, Window};

const FIELD: &str = "Workflow as JSON";

fn open(window: &mut Window) {
    window.harness.get_by_label("JSON").click();
    window.settle();
}

/// Types a text in place of what is in the field.
fn type_in(window: &mut Window, text: &str) {
    window.harness.get_by_label(FIELD).focus();
    window.settle();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.settle();
    window.harness.get_by_label(FIELD).type_text(text);
    window.settle();
}

fn shown(window: &Window) -> String {
    window.harness.get_by_label(FIELD).value().unwrap()
}

#[test]
fn typed_text_is_applied_as_one_step_and_changes_elsewhere_are_followed() {
    let mut window = Window::sales();
    open(&mut window);
    assert!(shown(&window).contains("\"build_report\""));
    type_in(&mut window, &SALES_TEXT.replace("Build report", "Write report"));
    let text = window.probe()["document"]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("Write report"));
    let at = window.spot("build_report", None);
    window.click(at);
    assert_eq!(shown(&window), text, "written canonically once the typing is over");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.probe()["document"]["text"], SALES_TEXT);
    assert!(shown(&window).contains("Build report"));
    window.press(Modifiers::NONE, Key::Delete);
    assert!(!shown(&window).contains("\"build_report\""));
    window.did(&["Drawer::Json", "File::EditText"]);
}

#[test]
fn broken_text_stays_with_its_first_problem_and_nothing_is_lost() {
    let mut window = Window::sales();
    open(&mut window);
    type_in(&mut window, "{\n  \"millrace\": 1,,\n}");
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.harness.get_by_label_contains("Line 2, column 17");
    let at = window.spot("clean_rows", None);
    window.click(at);
    window.press(Modifiers::NONE, Key::Delete);
    assert_eq!(shown(&window), "{\n  \"millrace\": 1,,\n}");
    window.harness.get_by_label_contains("The workflow was changed elsewhere meanwhile.");
    window.harness.get_by_label("Drop this text").click();
    window.settle();
    assert!(shown(&window).contains("\"build_report\"") && !shown(&window).contains("clean_rows"));
    window.did(&["File::EndText", "File::DropText"]);
}

#[test]
fn a_file_that_cannot_be_shown_is_mended_and_saved() {
    let broken = SALES_TEXT.replacen(',', ",,", 1);
    let size = egui::vec2(1280.0, 720.0);
    let theme = millrace_ui::ThemeChoice::Dark;
    let mut window = Window::with(theme, size, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), broken.clone());
    });
    open(&mut window);
    assert_eq!(shown(&window), broken);
    type_in(&mut window, SALES_TEXT);
    assert_eq!(window.probe()["document"]["tasks"].as_array().unwrap().len(), 5);
    window.press(Modifiers::COMMAND, Key::S);
    assert_eq!(window.probe()["document"]["dirty"], false);
    assert!(window.world.borrow().files[SALES].contains("build_report"));
}
