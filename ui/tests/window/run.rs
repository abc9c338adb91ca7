//! Running: start, live states, failure, log, stop, retry, rerun.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::document::Source;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::{Cause, Outcome, RunEventKind, RunState, TaskState, Then};
use millrace_model::ids::RunId;

use crate::world::{SALES, SALES_TEXT, Window, key};

fn start(window: &mut Window) -> RunId {
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs.last().unwrap().run;
    assert_eq!(window.probe()["run"]["run"], run.to_string());
    run
}

#[test]
fn a_run_goes_green_live() {
    let mut window = Window::sales();
    let run = start(&mut window);
    window.world.borrow_mut().succeed(run, "fetch_exports", 1_200);
    window.settle();
    assert_eq!(window.probe()["run"]["tasks"]["fetch_exports"], "succeeded");
    assert_eq!(window.probe()["run"]["tasks"]["clean_rows"], "pending");
    window.harness.get_by_label("Task Fetch exports, succeeded");
    {
        let mut world = window.world.borrow_mut();
        for task in ["clean_rows", "load_warehouse", "build_report"] {
            world.succeed(run, task, 500);
        }
        world.finish(run, RunState::Succeeded, None);
    }
    window.settle();
    assert_eq!(window.probe()["run"]["state"], "succeeded");
    assert_eq!(window.probe()["runs"][0]["state"], "succeeded");
}

#[test]
fn a_task_that_did_not_have_to_run_is_shown_as_reused() {
    let mut window = Window::sales();
    let run = start(&mut window);
    {
        let mut world = window.world.borrow_mut();
        let task = key("fetch_exports");
        world.happen(run, RunEventKind::AttemptDispatched { task, serial: 1, number: 1 });
        let from = Some(RunId(0xab));
        let then = Then::End {
            state: TaskState::Succeeded,
            cause: Some(Cause::Reused { from, cached: false }),
        };
        world.end_with(run, 1, 0, Outcome::Reused { from, cached: false }, "", then);
    }
    window.settle();
    window.harness.get_by_label("Task Fetch exports, succeeded");
    let words = "Reused: what it produces was there; outputs of run 00000000";
    window.harness.get_by_label(&format!("Fetch exports: {words}"));
    window.select("fetch_exports");
    window.harness.get_by_label(words);
    window.harness.get_by_label("Log of try 1");
}

#[test]
fn an_event_that_was_missed_is_fetched() {
    let mut window = Window::sales();
    let run = start(&mut window);
    let kind = RunEventKind::TasksQueued { tasks: vec![key("fetch_exports")] };
    window.world.borrow_mut().happen_unheard(run, kind);
    window.world.borrow_mut().succeed(run, "fetch_exports", 100);
    window.settle();
    assert_eq!(window.probe()["run"]["tasks"]["fetch_exports"], "succeeded");
}

#[test]
fn a_failure_is_shown_mended_and_run_again_from_there() {
    let mut window = Window::sales();
    let run = start(&mut window);
    {
        let mut world = window.world.borrow_mut();
        world.succeed(run, "fetch_exports", 100);
        world.print(
            run,
            "load_warehouse",
            &[("begin", false), ("\u{1b}[31mno index\u{1b}[0m", true)],
        );
        world.fail(run, "load_warehouse", 200, 3, "no index");
        world.finish(run, RunState::Failed, Some("load_warehouse"));
    }
    window.settle();
    window.settle();
    let probe = window.probe();
    assert_eq!(probe["canvas"]["selected"][0], "load_warehouse");
    assert_eq!(probe["drawer"], "log");
    assert_eq!(probe["log"]["lines"], serde_json::json!(["begin", "no index"]));
    window.harness.get_by_label("Failed: exit code 3");

    window.harness.get_all_by_label("Script").last().unwrap().focus();
    window.settle();
    window.harness.get_all_by_label("Script").last().unwrap().type_text("true #");
    window.settle();
    window.harness.get_by_label("Rerun from here").click();
    window.settle();
    let world = window.world.borrow();
    let rerun = world.requests.iter().find_map(|request| match request {
        Request::Rerun(rerun) => Some(rerun.clone()),
        _ => None,
    });
    let rerun = rerun.unwrap();
    assert_eq!((rerun.run, rerun.from.unwrap().as_str()), (run, "load_warehouse"));
    assert!(matches!(rerun.source, Some(Source::Text { text, .. }) if text.contains("true #")));
    drop(world);
    assert_ne!(window.probe()["run"]["run"], run.to_string());
    window.did(&["RerunFrom"]);
}

#[test]
fn a_failure_without_a_log_offers_none_and_leads_to_the_script() {
    let mut window = Window::with(
        millrace_ui::ThemeChoice::Dark,
        egui::vec2(1440.0, 900.0),
        1.0,
        None,
        |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            let run = world.begin(SALES_TEXT);
            world.succeed(run, "fetch_exports", 100);
            world.fail(run, "load_warehouse", 200, 3, "");
            world.finish(run, RunState::Failed, Some("load_warehouse"));
        },
    );
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, failed").click();
    window.settle();
    window.settle();
    assert!(window.has("Open the workflow to mend the script, then rerun from here."));
    assert!(window.has("No log") && !window.has("Open log"));
    window.push("Open the workflow");
    window.settle();
    assert_eq!(window.probe()["document"]["path"], SALES);
}

#[test]
fn the_form_of_a_run_can_only_be_read() {
    let mut window = Window::with(
        millrace_ui::ThemeChoice::Dark,
        egui::vec2(1440.0, 900.0),
        1.0,
        None,
        |world| {
            let run = world.begin(SALES_TEXT);
            world.succeed(run, "fetch_exports", 100);
            world.finish(run, RunState::Succeeded, None);
        },
    );
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, succeeded").click();
    window.settle();
    window.settle();
    window.push("Parameters");
    assert!(window.has("Parameter day") && !window.has("Add parameter"));
    window.select("load_warehouse");
    window.push("Control");
    assert!(window.has("Up to 3 tries, 10 s apart, doubling"));
    assert!(!window.has("More: Tries") && !window.has("Reset Tries"));
    window.push("Environment");
    window.harness.get_by_label("Nothing is set here.");
    window.press(Modifiers::NONE, Key::F2);
    assert!(!window.has("Title"));
}

#[test]
fn stop_asks_once_gently_and_then_at_once() {
    let mut window = Window::sales();
    let run = start(&mut window);
    window.harness.get_by_label("Stop").click();
    window.settle();
    window.harness.get_by_label("Stop now").click();
    window.settle();
    let world = window.world.borrow();
    let kills: Vec<bool> = world
        .requests
        .iter()
        .filter_map(|request| match request {
            Request::CancelRun(cancel) if cancel.run == run => Some(cancel.kill),
            _ => None,
        })
        .collect();
    assert_eq!(kills, [false, true]);
}

#[test]
fn parameters_are_asked_for_checked_and_given() {
    let text = SALES_TEXT.replace(
        "\"name\": \"day\", \"type\": \"date\", \"default\": \"${date(run.logical_time)}\"",
        "\"name\": \"day\", \"type\": \"date\", \"required\": true",
    );
    let mut window = Window::with(
        millrace_ui::ThemeChoice::Dark,
        egui::vec2(1280.0, 720.0),
        1.0,
        Some(SALES),
        |world| {
            world.files.insert(SALES.to_owned(), text);
        },
    );
    window.press(Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.probe()["dialog"], true);
    window.harness.get_by_label("Run now").click();
    window.settle();
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    window.harness.get_all_by_label("day").last().unwrap().focus();
    window.settle();
    window.harness.get_all_by_label("day").last().unwrap().type_text("2026-02-30");
    window.settle();
    window.harness.get_by_label_contains("date such as");
    window.press(Modifiers::NONE, Key::Backspace);
    window.press(Modifiers::NONE, Key::Backspace);
    window.harness.get_all_by_label("day").last().unwrap().type_text("28");
    window.settle();
    window.harness.get_by_label("Run now").click();
    window.settle();
    let world = window.world.borrow();
    let start = world.requests.iter().find_map(|request| match request {
        Request::StartRun(start) => Some(start.param_texts.clone()),
        _ => None,
    });
    let expected = std::collections::BTreeMap::from([("day".to_owned(), "2026-02-28".to_owned())]);
    assert_eq!(start, Some(expected));
}

#[test]
fn a_refused_start_says_why() {
    let mut window = Window::sales();
    let error = ApiError::new(Code::Environment, "no shell named zsh").help("install zsh");
    window.world.borrow_mut().refuse.insert("start_run", error);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.harness.get_by_label("No shell named zsh");
    window.harness.get_by_label("Install zsh");
    window.harness.get_by_label("Dismiss message").click();
    window.settle();
    assert_eq!(window.probe()["toasts"], serde_json::json!([]));
}

#[test]
fn one_task_or_all_up_to_it_run_from_its_menu() {
    let mut window = Window::sales();
    for (words, expected) in
        [("Run this task", (Some("clean_rows"), None)), ("Run to here", (None, Some("clean_rows")))]
    {
        let at = window.spot("clean_rows", None);
        window.right_click(at);
        window.harness.get_by_label(words).click();
        window.settle();
        let started =
            window.world.borrow().requests.iter().rev().find_map(|request| match request {
                Request::StartRun(start) => Some(start.clone()),
                _ => None,
            });
        let started = started.unwrap();
        let one = |tasks: Option<Vec<_>>| {
            tasks.map(|tasks: Vec<millrace_model::ident::Ident>| tasks[0].to_string())
        };
        assert_eq!((one(started.only).as_deref(), one(started.until).as_deref()), expected);
        let run = window.world.borrow().runs.last().unwrap().run;
        window.world.borrow_mut().finish(run, RunState::Succeeded, None);
        window.settle();
    }
    window.press(Modifiers::COMMAND, Key::Enter);
    let requests = window.world.borrow().requests.clone();
    let last = requests.iter().rev().find(|request| request.name() == "start_run").unwrap();
    assert!(
        matches!(last, Request::StartRun(start) if start.only.is_none() && start.until.is_none())
    );
    window.did(&["RunOnly", "RunUntil"]);
}

#[test]
fn a_run_that_asks_for_parameters_can_be_called_off() {
    let mut window = Window::sales();
    for way in [None, Some("Cancel")] {
        window.harness.get_by_label("Run with parameters…").click();
        window.settle();
        assert_eq!(window.probe()["dialog"], true);
        match way {
            Some(name) => window.push(name),
            None => window.press(Modifiers::NONE, Key::Escape),
        }
        assert_eq!(window.probe()["dialog"], false);
    }
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    window.did(&["CloseDialog"]);
}

#[test]
fn the_editor_goes_on_with_the_run_and_the_task_that_were_looked_at() {
    // Nothing is open; the run was started by somebody else.
    let mut window = Window::with(
        millrace_ui::ThemeChoice::Dark,
        egui::vec2(1280.0, 720.0),
        1.0,
        None,
        |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            let run = world.begin(SALES_TEXT);
            world.succeed(run, "fetch_exports", 800);
            world.fail(run, "clean_rows", 300, 3, "boom");
            world.finish(run, RunState::Failed, Some("clean_rows"));
        },
    );
    let run = window.world.borrow().runs[0].run;
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, failed").click();
    window.settle();
    window.select("fetch_exports");
    window.push("Open in editor");
    window.settle();
    let probe = window.probe();
    assert_eq!(probe["place"], "editor");
    assert_eq!(probe["run"]["run"], run.to_string());
    assert_eq!(probe["run"]["tasks"]["clean_rows"], "failed");
    assert_eq!(probe["canvas"]["selected"], serde_json::json!(["fetch_exports"]));
    assert!(window.has("Rerun from here"));
    // Back and there again with another task: the document is open already.
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, failed").click();
    window.settle();
    window.select("clean_rows");
    window.push("Open in editor");
    window.settle();
    assert_eq!(window.probe()["canvas"]["selected"], serde_json::json!(["clean_rows"]));
}
