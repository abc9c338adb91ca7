//! The box that finds everything, and the sheet of shortcuts.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_model::event::RunState;
use millrace_ui::ThemeChoice;
use serde_json::json;

use crate::world::{SALES, SALES_TEXT, Window};

const CTRL: Modifiers = Modifiers::COMMAND;

fn window() -> Window {
    let size = egui::vec2(1440.0, 900.0);
    Window::with(ThemeChoice::Dark, size, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let other = SALES_TEXT
            .replace("daily_sales", "backup")
            .replace("Daily sales report", "Nightly backup");
        world.files.insert("/home/ada/workflows/backup.json".to_owned(), other);
        let run = world.begin(SALES_TEXT);
        world.finish(run, RunState::Succeeded, None);
    })
}

fn find(window: &mut Window, text: &str) {
    window.press(CTRL, Key::K);
    window.harness.get_by_label("Find anything").type_text(text);
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
}

#[test]
fn tasks_commands_workflows_and_runs_are_found() {
    let mut window = window();
    find(&mut window, "clean");
    assert_eq!(window.probe()["canvas"]["selected"], json!(["clean_rows"]));
    find(&mut window, "disab");
    assert!(window.probe()["document"]["text"].as_str().unwrap().contains("disabled"));
    find(&mut window, "nightly");
    assert_eq!(window.probe()["document"]["path"], "/home/ada/workflows/backup.json");
    find(&mut window, "run succeeded");
    assert_eq!(window.probe()["place"], "run");
    window.did(&["OpenFile", "OpenRun", "Reveal"]);
}

#[test]
fn the_box_opens_by_its_field_too_and_closes_by_escape() {
    let mut window = window();
    window.harness.get_by_label("Search or run a command").click();
    window.settle();
    window.harness.get_by_label("Find anything").type_text("no such thing");
    window.settle();
    // What is called so by nothing may stand in a document.
    window.harness.get_by_label("Search all workflows for “no such thing”");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.has("Search all workflows for “no such thing”"));
}

#[test]
fn the_sheet_shows_every_key_and_closes_by_escape() {
    let mut window = window();
    window.press(Modifiers::NONE, Key::Questionmark);
    window.harness.get_by_label("Keyboard shortcuts");
    window.harness.get_by_label("Ctrl+Shift+Z, Ctrl+Y");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("Keyboard shortcuts").is_none());
    window.harness.get_by_label("Search kinds of tasks").focus();
    window.settle();
    window.press(Modifiers::NONE, Key::Questionmark);
    assert!(window.harness.query_by_label("Keyboard shortcuts").is_none(), "not while typing");
}
