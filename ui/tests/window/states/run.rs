//! A run in each of its tabs: without tasks, on its way, gone, with thousands of tasks, in other scripts, and while nobody
//! answers.

use egui::{Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::host::HostEvent;
use millrace_api::{ApiError, Code};
use millrace_model::event::{RunEventKind, RunState};
use millrace_ui::ThemeChoice;
use serde_json::json;

use super::{can, han, in_han, large};
use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window, World, key};

const TABS: [&str; 4] = ["Canvas", "Timeline", "Tasks", "Events"];

/// The newest run of a world, in its place.
pub(super) fn open(theme: ThemeChoice, size: Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, size, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        make(world);
    });
    let run = window.world.borrow().runs.last().unwrap().run;
    window.host(HostEvent::ShowRun { run: run.to_string(), task: None });
    window.settle();
    window.settle();
    assert_eq!(window.probe()["place"], "run");
    window
}

/// A run under way: a task was done, one runs, one is to come.
pub(super) fn under_way(world: &mut World, text: &str) {
    let run = world.begin(text);
    world.succeed(run, "fetch_exports", 1_200);
    world.start(run, "clean_rows");
    world.pass(2_300);
}

#[test]
fn a_run_without_tasks_says_so_in_every_tab() {
    let text = r#"{ "millrace": 1, "name": "daily_sales", "title": "Nothing to do", "tasks": [] }"#;
    let mut window = open(ThemeChoice::Light, SMALL, |world| {
        let run = world.begin(text);
        world.finish(run, RunState::Succeeded, None);
    });
    check(&mut window, "run_empty");
    for tab in ["Canvas", "Timeline", "Tasks"] {
        window.push(tab);
        assert!(window.has("No tasks") && window.has("This run has none."), "{tab}");
    }
    window.push("Events");
    assert!(window.has("The run started"));
}

#[test]
fn a_run_that_is_on_its_way_says_so() {
    for (theme, name) in themes() {
        let mut window = open(theme, SMALL, |world| {
            under_way(world, SALES_TEXT);
            world.held = Some("get_run");
        });
        window.harness.get_by_label("Loading the run");
        check(&mut window, &format!("run_loading_{name}"));
    }
    let mut window = open(ThemeChoice::Dark, SMALL, |world| {
        under_way(world, SALES_TEXT);
        world.held = Some("read_events");
    });
    window.push("Events");
    window.harness.get_by_label("Loading the events");
}

#[test]
fn a_run_that_is_gone_says_why_and_is_asked_for_again() {
    let gone = ApiError::new(Code::NotFound, "there is no run 8f2c41d9");
    for (theme, name) in themes() {
        let mut window = open(theme, SMALL, |world| {
            under_way(world, SALES_TEXT);
            world.refuse.insert("get_run", gone.clone());
        });
        window.harness.get_by_label("This run cannot be shown");
        assert!(window.says("There is no run 8f2c41d9. It was deleted, or removed"));
        check(&mut window, &format!("run_error_{name}"));
        window.world.borrow_mut().refuse.clear();
        window.push("Try again");
        window.settle();
        assert_eq!(window.probe()["run"]["tasks"]["clean_rows"], "running");
        window.did(&["Refresh"]);
    }
}

#[test]
fn events_that_cannot_be_read_are_asked_for_again() {
    let broken = ApiError::new(Code::Internal, "the history has a hole");
    let mut window = open(ThemeChoice::Dark, SMALL, |world| {
        under_way(world, SALES_TEXT);
        world.refuse.insert("read_events", broken);
    });
    window.push("Events");
    window.settle();
    window.harness.get_by_label("The events cannot be read");
    check(&mut window, "run_events_error");
    window.world.borrow_mut().refuse.clear();
    window.push("Try again");
    window.settle();
    assert!(window.has("The run started"));
}

/// Two thousand tasks, one of which has ten thousand items.
fn huge(world: &mut World) {
    let run = world.begin(&large(2_000));
    for at in 1..1_900 {
        world.succeed(run, &format!("task_{at}"), 20 + at * 7919 % 400);
    }
    let items = (0..10_000).map(|n| json!(format!("写真/{n:05} 🌊.png"))).collect();
    world.happen(run, RunEventKind::TaskMapped { task: key("task_1900"), items });
    world.start(run, "task_1901");
}

#[test]
fn thousands_of_tasks_are_drawn_where_they_are_seen() {
    let mut window = open(ThemeChoice::Dark, FULL, huge);
    check(&mut window, "run_huge_canvas");
    for tab in ["Timeline", "Tasks", "Events"] {
        window.push(tab);
        for _ in 0..6 {
            window.settle();
        }
        let rows = window.harness.query_all_by_label_contains("Task 1").count();
        assert!((3..120).contains(&rows), "{rows} rows of {tab} are drawn");
        check(&mut window, &format!("run_huge_{}", tab.to_lowercase()));
    }
}

#[test]
fn other_scripts_are_shown_in_every_tab() {
    let mut window = open(ThemeChoice::Light, SMALL, |world| {
        han(world);
        under_way(world, &in_han());
    });
    for tab in TABS {
        window.push(tab);
        for _ in 0..4 {
            window.settle();
        }
        if tab != "Canvas" {
            assert!(window.says("清理数据 🎉"), "{tab}");
        }
        check(&mut window, &format!("run_cjk_{}", tab.to_lowercase()));
    }
}

#[test]
fn while_nobody_answers_the_run_stays_and_nothing_can_be_asked_of_it() {
    for (theme, name) in themes() {
        let mut window = open(theme, SMALL, |world| under_way(world, SALES_TEXT));
        assert!(can(&window, "Stop"));
        window.leave();
        assert!(!can(&window, "Stop"));
        assert!(window.says("The engine does not answer: nobody listens at"));
        assert!(window.says("an open workflow can be drawn on"));
        assert_eq!(window.probe()["run"]["tasks"]["clean_rows"], "running");
        window.push("Timeline");
        check(&mut window, &format!("run_disconnected_{name}"));
        window.push("Events");
        window.settle();
        window.harness.get_by_label("The events cannot be read");
        assert!(!can(&window, "Try again"));
        window.push("More to do with this run");
        for (words, possible) in
            [("Pause the run", false), ("Delete the run", false), ("Copy as a command line", true)]
        {
            assert_eq!(can(&window, words), possible, "{words}");
        }
        {
            let mut world = window.world.borrow_mut();
            let run = world.runs[0].run;
            world.happen_unheard(
                run,
                RunEventKind::RunPaused { by: millrace_model::event::Actor::Person },
            );
        }
        window.come_back();
        assert_eq!(window.probe()["run"]["state"], "paused", "what was missed is known");
        assert!(can(&window, "Stop") && window.has("The run started"));
    }
}

#[test]
fn a_run_that_was_never_seen_comes_when_the_engine_does() {
    let mut window = open(ThemeChoice::Dark, vec2(1280.0, 720.0), |world| {
        under_way(world, SALES_TEXT);
        world.leave();
    });
    window.harness.get_by_label_contains("It is asked for again when the engine answers.");
    window.come_back();
    assert_eq!(window.probe()["run"]["tasks"]["clean_rows"], "running");
}
