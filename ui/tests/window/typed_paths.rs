//! Paths where the system has no dialogs, as in a browser: they are typed.

use egui::{Key, Modifiers, vec2};
use millrace_ui::ThemeChoice;

use crate::inspector::SIZE;
use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

const COPY: &str = "/home/ada/workflows/copy.json";

fn window(theme: ThemeChoice) -> Window {
    Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
        world.has_no_dialogs = true;
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.files.insert(COPY.to_owned(), SALES_TEXT.replace("daily_sales", "copy"));
    })
}

#[test]
fn a_document_is_opened_by_its_path() {
    let mut window = window(ThemeChoice::Dark);
    window.press(Modifiers::COMMAND, Key::O);
    assert_eq!(window.value("Path"), "/home/ada/workflows/");
    window.fill("Path", "copy.json");
    window.push("Open");
    assert_eq!(window.probe()["document"]["path"], SALES, "a part of a path is none");
    window.fill("Path", COPY);
    window.press(Modifiers::NONE, Key::Enter);
    window.did(&["File::TakePath"]);
    assert_eq!(window.probe()["document"]["path"], COPY);
    assert!(window.world.borrow().picked.is_empty(), "no dialog was asked for");
}

#[test]
fn a_document_is_saved_where_it_was_typed() {
    let mut window = window(ThemeChoice::Dark);
    let at = window.spot("build_report", None);
    window.drag(at, at + vec2(64.0, 64.0));
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    window.fill("Path", "/home/ada/workflows/third");
    window.push("Save");
    assert!(window.world.borrow().files.contains_key("/home/ada/workflows/third.json"));
}

#[test]
fn a_field_gets_the_path_that_was_typed() {
    let mut window = window(ThemeChoice::Dark);
    window.select("build_report");
    window.push("Environment");
    window.push("Browse: Working folder");
    window.fill("Path", "/srv/data");
    window.push("Choose");
    let task = window.workflow().task("build_report").unwrap().clone();
    assert_eq!(task.workdir.as_deref(), Some("/srv/data"));
    window.push("Browse: Working folder");
    window.push("Cancel");
    assert!(!window.has("Path"));
}

#[test]
fn pictures_of_a_typed_path() {
    for (theme, word) in themes() {
        let mut window = window(theme);
        window.press(Modifiers::COMMAND, Key::O);
        check(&mut window, &format!("typed_path_{word}"));
    }
}
