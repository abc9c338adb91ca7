//! Logs: opened from a task's menu and from the list of a run, read from further up; the tabs they lie in.

use egui::{Event, Key, Modifiers, MouseWheelUnit, TouchPhase, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;
use millrace_api::log::LogFrom;
use millrace_model::event::RunState;

use crate::world::Window;

/// A run is over in which one task printed more than is loaded at once, and another a line.
fn window() -> Window {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        let long = "x".repeat(1_000);
        let many: Vec<(&str, bool)> = (0..400).map(|_| (long.as_str(), false)).collect();
        world.print(run, "fetch_exports", &many);
        world.succeed(run, "fetch_exports", 900);
        world.print(run, "clean_rows", &[("1204 rows", false)]);
        world.succeed(run, "clean_rows", 100);
        world.finish(run, RunState::Succeeded, None);
    }
    window.settle();
    window
}

fn lines(window: &Window) -> usize {
    window.probe()["log"]["lines"].as_array().unwrap().len()
}

#[test]
fn a_tasks_menu_opens_its_log() {
    let mut window = window();
    let at = window.spot("clean_rows", None);
    window.right_click(at);
    window.push("Open log");
    window.settle();
    let probe = window.probe();
    assert_eq!((&probe["drawer"], &probe["log"]["task"]), (&"log".into(), &"clean_rows".into()));
    assert_eq!(probe["log"]["lines"], serde_json::json!(["1204 rows"]));
    window.did(&["OpenLog"]);
}

#[test]
fn the_list_of_the_last_run_shows_a_task_by_a_click_and_its_log_by_two() {
    let mut window = window();
    window.push("Last run");
    assert_eq!(window.probe()["drawer"], "last_run");
    let row = window.harness.get_by_label("Clean rows, succeeded").rect().center();
    window.click(row);
    assert_eq!(window.selected(), ["clean_rows"]);
    for _ in 0..12 {
        window.settle();
    }
    window.double_click(row);
    assert_eq!(window.probe()["log"]["lines"], serde_json::json!(["1204 rows"]));
    window.did(&["Drawer::LastRun", "Reveal", "OpenLog"]);
}

#[test]
fn the_tab_shows_the_log_of_the_selected_task() {
    let mut window = window();
    window.select("clean_rows");
    window.push("Log");
    assert_eq!(window.probe()["log"]["task"], "clean_rows");
    assert_eq!(window.probe()["log"]["lines"], serde_json::json!(["1204 rows"]));
    window.did(&["Drawer::Log"]);
}

#[test]
fn what_was_printed_before_is_loaded_when_asked_for() {
    let mut window = window();
    window.select("fetch_exports");
    window.push("Log");
    window.settle();
    assert_eq!(lines(&window), 200, "the last ones");
    let log = window.harness.get_by_label("Copy log").rect();
    window.harness.hover_at(log.left_bottom() + vec2(-200.0, 30.0));
    let up = |window: &mut Window| {
        window.harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, 20_000.0),
            phase: TouchPhase::Move,
            modifiers: Modifiers::NONE,
        });
        for _ in 0..8 {
            window.settle();
        }
    };
    up(&mut window);
    window.harness.get_by_label_contains("Load what was printed before").click();
    window.settle();
    window.settle();
    let asked = window.world.borrow().requests.iter().rev().find_map(|request| match request {
        Request::ReadLog(read) => Some(read.from),
        _ => None,
    });
    assert_eq!(asked, Some(LogFrom::Offset(0)));
    up(&mut window);
    let more = window.harness.query_by_label_contains("Load what was printed before");
    assert!(more.is_none(), "that was all");
    window.did(&["LogEarlier"]);
}

#[test]
fn a_line_is_copied_from_its_menu_and_all_of_them_by_the_button() {
    let mut window = window();
    window.select("clean_rows");
    window.push("Log");
    let copied = |window: &mut Window| {
        for _ in 0..4 {
            window.harness.step();
            for command in &window.harness.output().platform_output.commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    return text.clone();
                }
            }
        }
        String::new()
    };
    let at = window.harness.get_by_label("1204 rows").rect().left_center() + vec2(30.0, 0.0);
    window.right_click(at);
    window.harness.get_by_label_contains("Copy line").click();
    assert_eq!(copied(&mut window), "1204 rows");
    window.settle();
    window.harness.get_by_label("Copy log").click();
    assert_eq!(copied(&mut window), "1204 rows");
}
