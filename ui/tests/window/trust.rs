//! A document from elsewhere: restricted until a person says that it may run.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code, Request};
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

fn with(theme: ThemeChoice) -> Window {
    Window::with(theme, vec2(1280.0, 720.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.starters.untrusted.insert(SALES.to_owned());
    })
}

fn window() -> Window {
    with(ThemeChoice::Dark)
}

const LINE: &str = "This workflow came from elsewhere. Look at it before you let it run.";

#[test]
fn it_can_be_edited_and_saved_and_not_run() {
    let mut window = window();
    assert!(window.has(LINE));
    window.select("clean_rows");
    window.fill("Title", "Clean");
    window.press(Modifiers::COMMAND, Key::S);
    let world = window.world.borrow();
    let saved = world.requests.iter().rev().find_map(|request| match request {
        Request::SaveDocument(save) => Some(save.is_trusted),
        _ => None,
    });
    assert_eq!(saved, Some(false), "what was made elsewhere does not become trusted by saving it");
    drop(world);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.harness.get_by_label_contains("Not run: this workflow came from elsewhere");
    assert_eq!(window.world.borrow().asked("start_run"), 0);
}

#[test]
fn it_is_trusted_and_runs() {
    let mut window = window();
    window.push("Trust this workflow");
    assert!(!window.has(LINE));
    window.press(Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.world.borrow().asked("start_run"), 1);
    window.did(&["Trust::Document"]);
}

#[test]
fn trust_is_withdrawn_by_the_message_that_offers_it() {
    let mut window = window();
    window.push("Trust this workflow");
    window.harness.get_by_label("daily_sales.json is trusted");
    // The newest button of this name is the message's.
    let undo = window
        .harness
        .get_all_by_label("Undo")
        .map(|node| node.rect())
        .max_by(|a, b| a.top().total_cmp(&b.top()));
    window.click(undo.unwrap().center());
    assert!(window.has(LINE));
    assert!(window.world.borrow().starters.untrusted.contains(SALES));
    window.did(&["Trust::Withdraw"]);
}

#[test]
fn its_folder_is_trusted_with_all_that_is_in_it() {
    let mut window = window();
    window.push("Trust its folder");
    assert!(!window.has(LINE));
    let world = window.world.borrow();
    let trusted = world.requests.iter().find_map(|request| match request {
        Request::Trust(trust) => Some(trust.clone()),
        _ => None,
    });
    assert_eq!(trusted.map(|it| it.path).as_deref(), Some("/home/ada/workflows"));
    drop(world);
    window.did(&["Trust::Folder"]);
}

#[test]
fn the_line_is_closed_and_comes_back_with_the_next_try_to_run() {
    let mut window = window();
    window.push("Dismiss");
    assert!(!window.has(LINE));
    window.push("Run");
    assert!(window.has(LINE));
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    window.did(&["Trust::Dismiss"]);
}

#[test]
fn what_would_run_it_looks_refused_and_says_what_to_do() {
    let mut window = window();
    let run = window.harness.get_by_label("Run").rect().center();
    window.harness.hover_at(run);
    window.harness.run_steps(20);
    let why = "is not trusted yet: look at what its tasks do";
    let said = window.harness.query_all_by_label_contains(why).count();
    assert_eq!(said, 2, "beside the button, and where the last run would be");
    assert!(window.harness.query_by_label_contains("runs the workflow").is_none());
    window.right_click(window.spot("clean_rows", None));
    assert!(!window.has("Run this task") && !window.has("Run to here"));
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Trust this workflow");
    window.push("Last run");
    window.harness.get_by_label_contains("Ctrl+Enter runs the workflow");
}

#[test]
fn the_first_steps_begin_with_trust() {
    let settings = millrace_ui::Settings { greeted: true, ..millrace_ui::Settings::default() };
    let size = vec2(1440.0, 900.0);
    let mut window = Window::with_settings(settings, size, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.starters.untrusted.insert(SALES.to_owned());
    });
    assert!(window.has("Trust it, then run it"));
    window.push("Trust this workflow");
    assert!(window.has("Run it with Ctrl+Enter"));
}

#[test]
fn a_rerun_that_the_engine_refuses_says_why_and_what_to_do() {
    let mut window = window();
    let run = {
        let mut world = window.world.borrow_mut();
        let run = world.begin(SALES_TEXT);
        world.finish(run, millrace_model::event::RunState::Failed, None);
        let error = ApiError::new(Code::WrongState, "daily_sales is not trusted");
        let error = error.help("look at it, and let it run with `millrace trust`");
        world.refuse.insert("rerun", error);
        run
    };
    let show = millrace_api::host::HostEvent::ShowRun { run: run.to_string(), task: None };
    window.world.borrow_mut().tell(show);
    window.settle();
    window.push("Rerun");
    assert!(window.has("daily_sales is not trusted"));
    assert!(window.has("Look at it, and let it run with “millrace trust”"));
    assert_eq!(window.probe()["place"], "run");
}

#[test]
fn a_draft_whose_file_is_gone_is_as_trusted_as_it_was_kept() {
    for (mut window, is_from_elsewhere) in [(window(), true), (Window::sales(), false)] {
        window.select("clean_rows");
        window.fill("Title", "Clean");
        for _ in 0..3 {
            window.settle();
        }
        assert_eq!(window.world.borrow().drafts.len(), 1);
        window.world.borrow_mut().files.clear();
        let mut window = window.again(None);
        window.settle();
        if is_from_elsewhere {
            // What comes first is said first.
            window.harness.get_by_label_contains("once it is saved, you can let it run");
            window.push("Dismiss");
        }
        assert!(window.has("The file is gone; unsaved changes were restored"));
        window.press(Modifiers::COMMAND, Key::Enter);
        let why = "Not run: this workflow came from elsewhere";
        let said = window.harness.query_by_label_contains(why).is_some();
        assert_eq!(said, is_from_elsewhere);
        let vouched: Vec<bool> = window
            .world
            .borrow()
            .requests
            .iter()
            .filter_map(|request| match request {
                Request::StartRun(start) => Some(start.vouched),
                _ => None,
            })
            .collect();
        let expected = if is_from_elsewhere { vec![] } else { vec![true] };
        assert_eq!(vouched, expected, "what was made here is vouched for");
    }
}

#[test]
fn from_the_library_it_is_looked_at_before_it_runs() {
    let mut window = window();
    window.press(Modifiers::COMMAND, Key::Num1);
    window.push("Run Daily sales report");
    window.settle();
    assert_eq!(window.probe()["place"], "editor");
    assert!(window.has(LINE));
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    window.push("Trust this workflow");
    window.press(Modifiers::COMMAND, Key::Num1);
    window.push("Run Daily sales report");
    window.settle();
    assert_eq!(window.world.borrow().asked("start_run"), 1);
}

#[test]
fn pictures_of_a_document_from_elsewhere() {
    for (theme, word) in themes() {
        let mut window = with(theme);
        check(&mut window, &format!("restricted_{word}"));
    }
}
