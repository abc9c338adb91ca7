//! Commands about runs.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::version::VersionReason;
use millrace_model::event::{Actor, RunEventKind, RunState};
use millrace_ui::ThemeChoice;

use super::Way;
use crate::world::{SALES, SALES_TEXT, Window, scheduled};

pub(super) fn run(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    assert_eq!(window.world.borrow().asked("start_run"), 1);
    assert_eq!(window.probe()["run"]["state"], "running");
}

pub(super) fn run_with(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    assert_eq!(window.probe()["dialog"], true);
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    window.push("Run now");
    assert_eq!(window.world.borrow().asked("start_run"), 1);
    window.did(&["RunNow"]);
}

pub(super) fn stop(way: &Way) {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    way.go(&mut window);
    assert_eq!(window.world.borrow().asked("cancel_run"), 1);
}

/// The editor, after a run of its document failed.
fn failed() -> Window {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        world.fail(run, "fetch_exports", 100, 3, "no");
        world.finish(run, RunState::Failed, Some("fetch_exports"));
    }
    window.settle();
    window
}

pub(super) fn retry(way: &Way) {
    let mut window = failed();
    way.go(&mut window);
    assert_eq!(window.world.borrow().asked("retry_run"), 1);
}

pub(super) fn rerun(way: &Way) {
    let mut window = failed();
    let before = window.probe()["run"]["run"].clone();
    way.go(&mut window);
    assert_eq!(window.world.borrow().asked("rerun"), 1);
    assert_ne!(window.probe()["run"]["run"], before);
}

/// A run of the history, open.
fn of_history() -> Window {
    let size = egui::vec2(1440.0, 900.0);
    let mut window = Window::with(millrace_ui::ThemeChoice::Dark, size, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let run = world.begin(SALES_TEXT);
        world.finish(run, RunState::Succeeded, None);
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, succeeded").click();
    window.settle();
    window.settle();
    assert_eq!(window.probe()["place"], "run");
    window
}

/// A run of the history, with something else in view.
fn beside_history() -> Window {
    let mut window = of_history();
    window.press(Modifiers::COMMAND, Key::Num1);
    assert_eq!(window.probe()["place"], "workflows");
    window
}

pub(super) fn show_canvas(way: &Way) {
    let mut window = beside_history();
    way.go(&mut window);
    assert_eq!(window.probe()["place"], "run");
    assert!(window.has("Zoom to 100 %"));
}

pub(super) fn show_timeline(way: &Way) {
    let mut window = beside_history();
    way.go(&mut window);
    assert_eq!(window.probe()["place"], "run");
    assert!(window.has("Critical path"));
}

pub(super) fn show_tasks(way: &Way) {
    let mut window = beside_history();
    way.go(&mut window);
    assert!(window.has("Sort by Took"));
}

pub(super) fn show_events(way: &Way) {
    let mut window = beside_history();
    way.go(&mut window);
    window.settle();
    assert!(window.has("The run started"));
}

/// A run of the daily sales that goes on, open in its place; paused or not.
fn under_way(paused: bool) -> Window {
    let size = egui::vec2(1440.0, 900.0);
    let mut window = Window::with(ThemeChoice::Dark, size, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let run = world.begin(SALES_TEXT);
        world.start(run, "fetch_exports");
        if paused {
            world.happen(run, RunEventKind::RunPaused { by: Actor::Person });
        }
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_all_by_label_contains("Daily sales report, ").next().unwrap().click();
    window.settle();
    window.settle();
    window
}

pub(super) fn pause_run(way: &Way) {
    let mut window = under_way(false);
    way.go(&mut window);
    assert_eq!(window.world.borrow().asked("pause_run"), 1);
    // What has ended is not paused.
    let mut ended = of_history();
    way.go(&mut ended);
    assert_eq!(ended.world.borrow().asked("pause_run"), 0);
    assert!(ended.probe()["toasts"].to_string().contains("run has ended"));
}

pub(super) fn resume_run(way: &Way) {
    let mut window = under_way(true);
    way.go(&mut window);
    assert_eq!(window.world.borrow().asked("resume_run"), 1);
}

pub(super) fn rerun_with_changes(way: &Way) {
    let mut window = of_history();
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        assert!(world.runs[0].state.is_final());
        let given = serde_json::json!({ "day": "2026-11-20" });
        world.runs[0].head.params = given.as_object().cloned().unwrap();
        world.snapshots.insert(run, SALES_TEXT.to_owned());
    }
    way.go(&mut window);
    assert_eq!(window.probe()["dialog"], true);
    window.push("Run now");
    let world = window.world.borrow();
    assert_eq!(world.asked("rerun"), 1);
    let rerun = world.requests.iter().find_map(|request| match request {
        millrace_api::Request::Rerun(rerun) => Some(rerun.clone()),
        _ => None,
    });
    assert!(!rerun.unwrap().param_texts.is_empty(), "all that stands in the form is given");
}

pub(super) fn copy_command_line(way: &Way) {
    let mut window = of_history();
    way.go(&mut window);
    assert!(window.probe()["toasts"].to_string().contains("Command line copied"));
}

pub(super) fn save_report(way: &Way) {
    let mut window = of_history();
    window.world.borrow_mut().picks.push_back("/home/ada/sales".to_owned());
    way.go(&mut window);
    window.settle();
    let world = window.world.borrow();
    let report = world.requests.iter().find_map(|request| match request {
        millrace_api::Request::SaveReport(report) => Some(report.clone()),
        _ => None,
    });
    let report = report.unwrap();
    assert_eq!(report.path, "/home/ada/sales.html");
    assert!(report.svg.unwrap().starts_with("<svg"), "with the graph");
    drop(world);
    assert!(window.probe()["toasts"].to_string().contains("Report saved"));
}

pub(super) fn delete_run(way: &Way) {
    let mut window = of_history();
    way.go(&mut window);
    assert_eq!(window.world.borrow().asked("delete_runs"), 1);
    assert_eq!(window.probe()["place"], "runs");
    window.push("Undo");
    assert_eq!(window.world.borrow().asked("restore_runs"), 1);
    // What goes on is not deleted.
    let mut going = under_way(false);
    way.go(&mut going);
    assert_eq!(going.world.borrow().asked("delete_runs"), 0);
    assert_eq!(going.probe()["place"], "run");
}

pub(super) fn where_from(way: &Way) {
    let mut window = of_history();
    window.select("clean_rows");
    assert!(!window.has("MACHINE"));
    way.go(&mut window);
    assert!(window.has("MACHINE"));
}

pub(super) fn how_it_fares(way: &Way) {
    let mut window = of_history();
    way.go(&mut window);
    assert_eq!(window.probe()["place"], "workflow");
    assert_eq!(window.probe()["grid"]["workflow"], "daily_sales");
}

/// How the workflow of a run of the history fares.
fn faring() -> Window {
    let mut window = of_history();
    window.push("More to do with this run");
    window.push("How the workflow fares");
    window
}

fn shows_fares(way: &Way, tab: &str) -> Window {
    let mut window = faring();
    way.go(&mut window);
    assert_eq!(window.probe()["grid"]["tab"], tab);
    window
}

pub(super) fn grid_of_workflow(way: &Way) {
    let mut window = faring();
    window.push("Calendar");
    way.go(&mut window);
    assert_eq!(window.probe()["grid"]["tab"], "Grid");
}

pub(super) fn calendar_of_workflow(way: &Way) {
    shows_fares(way, "Calendar");
}

pub(super) fn durations_of_workflow(way: &Way) {
    shows_fares(way, "Durations");
}

pub(super) fn durations_of_runs(way: &Way) {
    let window = shows_fares(way, "Durations");
    assert!(window.has("Fit"));
}

pub(super) fn durations_by_task(way: &Way) {
    let window = shows_fares(way, "Durations");
    window.harness.get_by_label("Durations of the runs");
}

pub(super) fn what_had_changed(way: &Way) {
    let size = egui::vec2(1440.0, 900.0);
    let mut window = Window::with(ThemeChoice::Dark, size, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let before = SALES_TEXT.replace("Clean rows", "Tidy rows");
        for (ms, text) in [(10, before), (20, SALES_TEXT.to_owned())] {
            world.pass(ms);
            world.versions.push((world.time(), VersionReason::Saved, text));
        }
        let run = world.begin(SALES_TEXT);
        world.finish(run, RunState::Succeeded, None);
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, succeeded").click();
    window.settle();
    window.settle();
    assert!(window.has("v2") && window.has("1 change since v1"));
    way.go(&mut window);
    window.settle();
    assert_eq!(window.probe()["changes"]["rows"], serde_json::json!(["~ Clean rows: title"]));
    assert!(window.has("− Tidy rows") && window.has("Newer: v2, as it ran"));
    window.push("Close the comparison");
    assert_eq!(window.probe()["place"], "run");
    // Of a run whose versions nobody knows there is nothing to show.
    let mut other = of_history();
    way.go(&mut other);
    let toasts = other.probe()["toasts"].to_string();
    assert!(toasts.contains("No version before that of this run is known"), "{toasts}");
}

/// The newest of three runs of a workflow in view: the first of them went well, the second failed.
fn third() -> Window {
    let size = egui::vec2(1440.0, 900.0);
    let mut window = Window::with(ThemeChoice::Dark, size, 1.0, None, |world| {
        for state in [RunState::Succeeded, RunState::Failed, RunState::Succeeded] {
            let run = world.begin(SALES_TEXT);
            world.succeed(run, "fetch_exports", 100);
            world.finish(run, state, None);
            world.pass(1_000);
        }
    });
    open(&mut window, 1);
    window
}

/// Opens the run in this row of the list.
fn open(window: &mut Window, row: usize) {
    window.press(Modifiers::COMMAND, Key::Num2);
    window.settle();
    window.settle();
    window.press(Modifiers::NONE, Key::Home);
    for _ in 1..row {
        window.press(Modifiers::NONE, Key::ArrowDown);
    }
    window.press(Modifiers::NONE, Key::Enter);
    window.settle();
    window.settle();
    assert_eq!(window.probe()["place"], "run");
}

pub(super) fn compare_before(way: &Way) {
    let mut window = third();
    way.go(&mut window);
    window.settle();
    let runs: Vec<_> = window.world.borrow().runs.iter().map(|run| run.run).collect();
    assert_eq!(window.probe()["two_runs"]["runs"], serde_json::json!([runs[1], runs[2]]));
    // Before the first there is none.
    open(&mut window, 3);
    way.go(&mut window);
    window.settle();
    assert!(window.probe()["toasts"].to_string().contains("first run"));
}

pub(super) fn compare_succeeded(way: &Way) {
    let mut window = third();
    way.go(&mut window);
    window.settle();
    let runs: Vec<_> = window.world.borrow().runs.iter().map(|run| run.run).collect();
    assert_eq!(window.probe()["two_runs"]["runs"], serde_json::json!([runs[0], runs[2]]));
    open(&mut window, 3);
    way.go(&mut window);
    window.settle();
    assert!(window.probe()["toasts"].to_string().contains("succeeded"));
}

pub(super) fn critical_path(way: &Way) {
    let mut window = of_history();
    way.go(&mut window);
    assert_eq!(window.probe()["timeline"]["critical"], false);
}

pub(super) fn close_run(way: &Way) {
    let mut window = of_history();
    way.go(&mut window);
    assert_eq!(window.probe()["place"], "runs");
    assert_eq!(window.probe()["run"], serde_json::Value::Null);
}

pub(super) fn open_in_editor(way: &Way) {
    let mut window = of_history();
    way.go(&mut window);
    assert_eq!(window.probe()["place"], "editor");
    assert_eq!(window.probe()["document"]["path"], SALES);
}

pub(super) fn refresh(way: &Way) {
    let mut window = Window::sales();
    let asked = |window: &Window| window.world.borrow().asked("list_runs");
    let before = asked(&window);
    for _ in 0..6 {
        window.settle();
    }
    assert_eq!(asked(&window), before, "nobody asks by themselves");
    way.go(&mut window);
    assert_eq!(asked(&window), before + 1);
}

pub(super) fn show_schedules(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    assert_eq!(window.probe()["form"]["workflow"], "Schedules");
    assert!(window.has("Add schedule"));
}

pub(super) fn backfill(way: &Way) {
    let text = scheduled(SALES_TEXT, r#"[{"name": "nightly", "cron": "0 6 * * *"}]"#);
    let size = egui::vec2(1440.0, 900.0);
    let mut window = Window::with(ThemeChoice::Dark, size, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text);
    });
    way.go(&mut window);
    assert!(window.has("First day"));
}
