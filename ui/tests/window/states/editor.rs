//! The editor: nothing in a document, one that is on its way, one that cannot be read, thousands of tasks, and while nobody
//! answers.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_ui::ThemeChoice;

use super::{HAN, can, han, in_han, large};
use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window, World};

fn editor(theme: ThemeChoice, text: &str, make: impl FnOnce(&mut World)) -> Window {
    Window::with(theme, SMALL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text.to_owned());
        make(world);
    })
}

#[test]
fn a_workflow_without_tasks_says_how_to_begin() {
    let text = r#"{ "millrace": 1, "name": "daily_sales", "tasks": [] }"#;
    for (theme, name) in themes() {
        let mut window = editor(theme, text, |_| {});
        window.harness.get_by_label("No tasks yet");
        assert!(!can(&window, "Run"));
        check(&mut window, &format!("editor_empty_{name}"));
    }
}

#[test]
fn a_document_that_is_on_its_way_says_so() {
    for (theme, name) in themes() {
        let mut window = editor(theme, SALES_TEXT, |world| world.held = Some("read_document"));
        window.harness.get_by_label("Opening daily_sales.json");
        check(&mut window, &format!("editor_loading_{name}"));
    }
}

#[test]
fn a_document_that_cannot_be_read_says_where_and_what_to_do() {
    for (theme, name) in themes() {
        let mut window = editor(theme, &SALES_TEXT[..600], |_| {});
        window.harness.get_by_label("This document cannot be shown");
        assert!(!can(&window, "Run"));
        window.push("Problems");
        assert!(!window.has("No problems"));
        check(&mut window, &format!("editor_error_{name}"));
    }
}

#[test]
fn five_thousand_tasks_are_far_away_and_near() {
    let mut window = Window::with(ThemeChoice::Dark, FULL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), large(5_000));
    });
    window.harness.get_by_label("5,000 tasks · 4,960 edges · saved");
    check(&mut window, "editor_huge_far");
    window.press(Modifiers::NONE, Key::Num0);
    for _ in 0..4 {
        window.settle();
    }
    check(&mut window, "editor_huge_near");
}

#[test]
fn long_titles_in_another_script_are_cut_with_an_ellipsis() {
    let mut window = editor(ThemeChoice::Light, &in_han(), han);
    for _ in 0..4 {
        window.settle();
    }
    window.select("fetch_exports");
    check(&mut window, "editor_cjk");
}

#[test]
fn while_nobody_answers_it_is_drawn_on_and_saved_and_kept_afterwards() {
    for (theme, name) in themes() {
        let mut window = editor(theme, SALES_TEXT, |_| {});
        assert!(can(&window, "Run"));
        window.leave();
        window.press(Modifiers::COMMAND, Key::A);
        window.press(Modifiers::NONE, Key::D);
        assert_eq!(window.probe()["document"]["dirty"], true, "an edit needs nobody");
        assert!(!can(&window, "Run") && !can(&window, "Save") && can(&window, "Undo"));
        window.press(Modifiers::COMMAND, Key::Enter);
        assert_eq!(window.world.borrow().asked("start_run"), 0);
        assert!(window.says("The engine does not answer"));
        check(&mut window, &format!("editor_disconnected_{name}"));
        window.come_back();
        for _ in 0..6 {
            window.settle();
        }
        assert_eq!(window.world.borrow().drafts.len(), 1, "what was changed meanwhile is kept");
        window.press(Modifiers::COMMAND, Key::S);
        assert_eq!(window.probe()["document"]["dirty"], false);
        assert!(can(&window, "Run"));
    }
}

#[test]
fn what_is_mended_while_nobody_answers_can_be_run_when_the_engine_is_back() {
    let spec = r#""spec": { "script": "exec ./report.sh" }"#;
    let env = r#""env": { "DAY": "${params.nothing}" }"#;
    let text = SALES_TEXT.replace(spec, &format!("{env}, {spec}"));
    let mut window = editor(ThemeChoice::Dark, &text, |_| {});
    let problems = |window: &Window| window.probe()["problems"].as_array().unwrap().len();
    let at_first = problems(&window);
    window.select("build_report");
    window.leave();
    window.press(Modifiers::NONE, Key::Delete);
    window.come_back();
    assert!(problems(&window) < at_first, "{:?}", window.probe()["problems"]);
}

#[test]
fn the_document_as_text_is_long_and_in_another_script() {
    let text = r#"{ "millrace": 1, "name": "daily_sales", "tasks": [] }"#;
    let mut window = editor(ThemeChoice::Light, text, |_| {});
    window.push("JSON");
    assert!(window.says("daily_sales"));
    check(&mut window, "json_empty");
    let text = large(400).replace("\"Large\"", &format!("\"{HAN} 🎉\""));
    let mut window = editor(ThemeChoice::Dark, &text, han);
    window.push("JSON");
    for _ in 0..6 {
        window.settle();
    }
    check(&mut window, "json_huge_cjk");
}
