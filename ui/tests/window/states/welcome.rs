//! The first start, a document from elsewhere, and the library, while nobody answers; and what was asked for before the engine
//! came.

use egui::vec2;
use egui_kittest::kittest::Queryable as _;
use millrace_api::draft::{Draft, KeptDraft};
use millrace_ui::{Settings, ThemeChoice};

use super::can;
use crate::pictures::{SMALL, check, themes};
use crate::schedules::starters;
use crate::world::{SALES, SALES_TEXT, START, Window, World};

fn first(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    let settings = Settings { theme, reduced_motion: true, ..Settings::default() };
    Window::with_settings(settings, vec2(1280.0, 800.0), 1.0, None, make)
}

#[test]
fn at_the_first_start_the_workflow_is_there_before_the_engine() {
    for (theme, name) in themes() {
        let mut window = first(theme, |world| world.is_silent = true);
        assert_eq!(window.probe()["tabs"][0]["title"], "Hello");
        assert!(window.has("Connecting…"));
        check(&mut window, &format!("welcome_loading_{name}"));
    }
    let mut window = first(ThemeChoice::Dark, World::leave);
    assert_eq!(window.probe()["tabs"][0]["title"], "Hello");
    assert!(!can(&window, "Run") && window.says("The engine does not answer"));
    check(&mut window, "welcome_disconnected");
    window.come_back();
    assert!(can(&window, "Run"));
}

#[test]
fn a_document_that_was_asked_for_is_opened_when_the_engine_answers() {
    let mut window = Window::with(ThemeChoice::Light, SMALL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.leave();
    });
    window.harness.get_by_label("Opening daily_sales.json");
    assert!(window.says("It is opened as soon as it does."));
    check(&mut window, "editor_opening_disconnected");
    window.come_back();
    assert_eq!(window.probe()["document"]["path"], SALES);
}

#[test]
fn drafts_of_an_earlier_window_come_when_the_engine_does() {
    let text = SALES_TEXT.replace("Clean rows", "Clean");
    let mut window = Window::with(ThemeChoice::Dark, SMALL, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let draft = Draft {
            draft: "1-1".to_owned(),
            path: Some(SALES.to_owned()),
            text,
            base_digest: None,
            is_trusted: true,
        };
        world.drafts.insert("1-1".to_owned(), KeptDraft { draft, kept: START });
        world.leave();
    });
    assert_eq!(window.probe()["tabs"], serde_json::json!([]));
    window.come_back();
    assert_eq!(window.probe()["tabs"][0]["path"], SALES);
}

#[test]
fn while_nobody_answers_a_document_from_elsewhere_stays_restricted() {
    for (theme, name) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            world.starters.untrusted.insert(SALES.to_owned());
        });
        assert!(can(&window, "Trust this workflow"));
        window.leave();
        assert!(!can(&window, "Trust this workflow") && !can(&window, "Trust its folder"));
        check(&mut window, &format!("restricted_disconnected_{name}"));
    }
}

#[test]
fn while_nobody_answers_nothing_is_run_from_the_library() {
    let mut window = Window::with(ThemeChoice::Dark, SMALL, 1.0, None, starters);
    assert!(can(&window, "Run Daily sales report"));
    window.leave();
    for words in ["Run Daily sales report", "Schedules of Daily sales report", "New folder"] {
        assert!(!can(&window, words), "{words}");
    }
    window.push("More about Daily sales report");
    for (words, possible) in [("Run", false), ("Delete", false), ("Copy path", true)] {
        assert_eq!(can(&window, words), possible, "{words}");
    }
    check(&mut window, "workflows_disconnected_menu");
}
