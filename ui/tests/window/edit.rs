//! The document: opening, editing in the form, saving, what is wrong with it.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;

use crate::world::{SALES, SALES_TEXT, Window};

#[test]
fn an_edit_of_the_script_is_saved_canonically() {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.click(at);
    let field = window.harness.get_all_by_label("Script").last().unwrap();
    field.focus();
    window.settle();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.settle();
    window.harness.get_all_by_label("Script").last().unwrap().type_text("exec ./report.sh --fast");
    window.settle();
    assert_eq!(window.probe()["document"]["dirty"], true);
    window.press(Modifiers::COMMAND, Key::S);
    let probe = window.probe();
    assert_eq!(probe["document"]["dirty"], false);
    let saved = window.world.borrow().files[SALES].clone();
    assert!(saved.contains("exec ./report.sh --fast"), "{saved}");
    assert_eq!(saved, probe["document"]["text"].as_str().unwrap());
    assert!(window.world.borrow().asked("validate") >= 1);
}

#[test]
fn an_unchanged_document_is_not_written() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::S);
    assert_eq!(window.world.borrow().asked("save_document"), 0);
    assert_eq!(window.probe()["document"]["text"], SALES_TEXT);
}

#[test]
fn a_file_that_changed_outside_is_not_overwritten_unasked() {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.drag(at, at + egui::vec2(64.0, 64.0));
    let theirs = SALES_TEXT.replace("full", "whole");
    window.world.borrow_mut().files.insert(SALES.to_owned(), theirs);
    window.press(Modifiers::COMMAND, Key::S);
    assert_eq!(window.probe()["document"]["conflict"], true);
    assert_eq!(window.probe()["document"]["dirty"], true);
    window.harness.get_by_label("Keep mine").click();
    window.settle();
    let world = window.world.borrow();
    let save = world.requests.iter().rev().find_map(|request| match request {
        Request::SaveDocument(save) => Some(save),
        _ => None,
    });
    assert!(save.unwrap().overwrite);
    drop(world);
    assert_eq!(window.probe()["document"]["conflict"], false);
}

#[test]
fn documents_that_cannot_be_read_show_their_problems() {
    for text in ["", "{", "[]", "{\"millrace\": 1}", "\u{feff}{}", "<<<<<<< ours\n{}", "nul\0l"] {
        let window = Window::with(
            millrace_ui::ThemeChoice::Dark,
            egui::vec2(1280.0, 720.0),
            1.0,
            Some(SALES),
            |world| {
                world.files.insert(SALES.to_owned(), text.to_owned());
            },
        );
        let probe = window.probe();
        assert_eq!(probe["place"], "editor", "{text:?}");
        assert!(probe["document"]["errors"].as_u64().unwrap() > 0, "{text:?}");
    }
}

#[test]
fn a_circle_in_the_file_is_shown_and_cannot_run() {
    let text = SALES_TEXT.replace(
        "\"dependencies\": [",
        "\"dependencies\": [{ \"from\": \"build_report\", \"to\": \"fetch_exports\" },",
    );
    let mut window = Window::with(
        millrace_ui::ThemeChoice::Light,
        egui::vec2(1280.0, 720.0),
        1.0,
        Some(SALES),
        |world| {
            world.files.insert(SALES.to_owned(), text);
        },
    );
    assert!(window.probe()["document"]["errors"].as_u64().unwrap() > 0);
    window.press(Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    assert_eq!(window.probe()["drawer"], "problems");
}

#[test]
fn an_unknown_kind_is_a_placeholder_that_survives_saving() {
    let text = SALES_TEXT.replace("\"kind\": \"command\"", "\"kind\": \"teleport\"");
    let mut window = Window::with(
        millrace_ui::ThemeChoice::Dark,
        egui::vec2(1280.0, 720.0),
        1.0,
        Some(SALES),
        |world| {
            world.files.insert(SALES.to_owned(), text);
        },
    );
    let at = window.spot("fetch_exports", None);
    window.click(at);
    window.harness.get_by_label_contains("does not know the kind");
    let at = window.spot("build_report", None);
    window.drag(at, at + egui::vec2(64.0, 64.0));
    window.press(Modifiers::COMMAND, Key::S);
    assert!(window.world.borrow().files[SALES].contains("\"kind\": \"teleport\""));
}

#[test]
fn tasks_are_switched_off_together_and_in_one_step() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::A);
    window.press(Modifiers::NONE, Key::D);
    let text = window.probe()["document"]["text"].as_str().unwrap().to_owned();
    assert_eq!(text.matches("\"disabled\": true").count(), 5);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.probe()["document"]["dirty"], false);
}
