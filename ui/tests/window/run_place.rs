//! The tabs of the run place: timeline, table of tasks, events.

use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::usual::{Usual, UsualLength, UsualTask};
use millrace_api::{ApiError, Code};
use millrace_model::event::{Cause, Exit, Outcome, RunEventKind, RunState, TaskState, Then};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_ui::ThemeChoice;
use serde_json::json;

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, START, Window, World, key};

fn length(median_us: u64) -> UsualLength {
    UsualLength { runs: 12, median_us, p90_us: median_us * 3 / 2 }
}

fn usual() -> Usual {
    let tasks =
        [("build_report", 900_000), ("clean_rows", 3_800_000), ("fetch_exports", 1_100_000)];
    let task = |(name, us)| UsualTask { task: key(name).task, length: length(us) };
    Usual { runs: 12, whole: Some(length(4_400_000)), tasks: tasks.map(task).into() }
}

/// A run of the daily sales in which a task was tried three times and failed.
fn failed(world: &mut World) -> RunId {
    world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    world.usual = usual();
    let run = world.begin(SALES_TEXT);
    world.happen(run, RunEventKind::TasksQueued { tasks: vec![key("fetch_exports")] });
    world.pass(300);
    world.succeed(run, "fetch_exports", 1_200);
    world.succeed(run, "clean_rows", 4_000);
    world.print(run, "load_warehouse", &[("connecting", false), ("no unique index", true)]);
    world.happen(run, RunEventKind::TasksQueued { tasks: vec![key("load_warehouse")] });
    for wait in [1_000, 2_300] {
        let serial = world.start(run, "load_warehouse");
        world.pass(600);
        let due = Timestamp(world.time().0 + wait * 1_000);
        let outcome = Outcome::Failed { exit: Exit::Code(3) };
        world.end_with(run, serial, 600, outcome, "no unique index", Then::Retry { due });
        world.pass(wait as u64);
    }
    world.fail(run, "load_warehouse", 600, 3, "no unique index");
    let cause = Cause::UpstreamFailed { task: key("load_warehouse").task };
    world.skip(run, "build_report", TaskState::UpstreamFailed, cause);
    world.finish(run, RunState::Failed, Some("load_warehouse"));
    run
}

#[test]
fn the_menu_of_a_run_acts_on_the_selected_task() {
    let mut window = open(ThemeChoice::Dark, |world| _ = failed(world));
    // What failed is selected: it can be marked, and the run goes on from there.
    window.push("More to do with this run");
    window.push("Mark as succeeded");
    assert_eq!(window.world.borrow().marks[0].task, key("load_warehouse"));
    window.push("More to do with this run");
    window.push("Rerun from here");
    let from = window.world.borrow().requests.iter().find_map(|request| match request {
        millrace_api::Request::Rerun(rerun) => rerun.from.clone(),
        _ => None,
    });
    assert_eq!(from.map(|task| task.to_string()), Some("load_warehouse".to_owned()));
}

fn open(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, Vec2::new(1440.0, 900.0), 1.0, None, make);
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_all_by_label_contains("Daily sales report, ").next().unwrap().click();
    window.settle();
    window.settle();
    window
}

fn dark(make: impl FnOnce(&mut World)) -> Window {
    open(ThemeChoice::Dark, make)
}

#[test]
fn the_timeline_has_a_row_for_each_task_and_selects_for_all_tabs() {
    let mut window = dark(|world| _ = failed(world));
    window.push("Timeline");
    window.did(&["ShowRun::Timeline"]);
    assert!(window.has("Fetch exports, succeeded, 1.2 s"));
    assert!(window.says("Build report, upstream failed"));
    window.harness.get_by_label_contains("Clean rows, succeeded").click();
    window.settle();
    assert_eq!(window.probe()["canvas"]["selected"], json!(["clean_rows"]));
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.push("Canvas");
    window.did(&["ShowRun::Canvas"]);
    assert_eq!(window.probe()["canvas"]["selected"].as_array().unwrap().len(), 1);
}

#[test]
fn a_double_click_in_the_timeline_opens_the_log() {
    let mut window = dark(|world| _ = failed(world));
    window.push("Timeline");
    let at = window.harness.get_by_label_contains("Load warehouse, failed").rect().center();
    window.double_click(at);
    assert_eq!(window.probe()["drawer"], "log");
    assert_eq!(window.probe()["log"]["task"], "load_warehouse");
}

#[test]
fn the_timeline_zooms_pans_and_fits() {
    let mut window = dark(|world| _ = failed(world));
    window.push("Timeline");
    let part = |window: &Window| window.probe()["timeline"].clone();
    let span =
        |value: &serde_json::Value| value["to"].as_f64().unwrap() - value["from"].as_f64().unwrap();
    let all = part(&window);
    window.press(Modifiers::NONE, Key::Plus);
    let near = part(&window);
    assert!(span(&near) < span(&all) * 0.7, "{near}");
    window.press(Modifiers::NONE, Key::ArrowRight);
    assert!(part(&window)["from"].as_f64() > near["from"].as_f64());
    window.press(Modifiers::NONE, Key::Num1);
    assert_eq!(part(&window), all);
    let middle = window.harness.get_by_label_contains("Clean rows, succeeded").rect().center();
    window.harness.hover_at(middle);
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, 4.0),
        modifiers: Modifiers::COMMAND,
        phase: egui::TouchPhase::Move,
    });
    window.settle();
    window.settle();
    let wheel = part(&window);
    assert!(span(&wheel) < span(&all), "{wheel}");
    assert!(wheel["from"].as_f64() > Some(0.0), "at the pointer, not at the left");
    let before = part(&window);
    window.drag(middle, middle - egui::vec2(60.0, 0.0));
    assert!(part(&window)["from"].as_f64() > before["from"].as_f64());
}

#[test]
fn the_critical_path_can_be_left_out() {
    let mut window = dark(|world| _ = failed(world));
    window.push("Timeline");
    window.push("Critical path");
    window.did(&["OfRun::ToggleCritical"]);
    assert_eq!(window.probe()["timeline"]["critical"], false);
    window.push("Critical path");
    assert_eq!(window.probe()["timeline"]["critical"], true);
}

#[test]
fn a_run_that_took_longer_than_usual_says_so() {
    let window = dark(|world| _ = failed(world));
    assert!(window.says("+6."), "beyond nine of ten");
    let mut few = dark(|world| {
        failed(world);
        world.usual = Usual::default();
    });
    assert!(!few.says("+6."));
    few.push("Timeline");
    assert!(few.says("Fetch exports"));
}

#[test]
fn the_table_of_tasks_is_sorted_and_filtered() {
    let mut window = dark(|world| _ = failed(world));
    window.push("Tasks");
    window.did(&["ShowRun::Tasks"]);
    let top =
        |window: &Window, words: &str| window.harness.get_by_label_contains(words).rect().top();
    assert!(top(&window, "Fetch exports, succeeded") < top(&window, "Clean rows, succeeded"));
    window.push("Sort by Took");
    assert!(top(&window, "Clean rows, succeeded") < top(&window, "Fetch exports, succeeded"));
    assert!(window.has("Sort by Took, sorted from the largest"));
    window.fill("Filter tasks", "upstream");
    assert!(window.says("Build report, upstream failed"));
    assert!(!window.says("Fetch exports, succeeded"));
    window.fill("Filter tasks", "no such thing");
    assert!(window.has("No task fits"));
    window.push("Show all tasks");
    window.harness.get_by_label_contains("Clean rows, succeeded").click();
    window.settle();
    assert_eq!(window.probe()["canvas"]["selected"], json!(["clean_rows"]));
}

#[test]
fn events_are_in_words_by_pages_and_live() {
    let mut window = dark(|world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.page = Some(3);
        let run = world.begin(SALES_TEXT);
        world.succeed(run, "fetch_exports", 1_200);
        world.succeed(run, "clean_rows", 1_200);
    });
    window.push("Events");
    window.did(&["ShowRun::Events"]);
    window.settle();
    assert!(window.has("Accepted, started by hand") && window.has("The run started"));
    assert!(window.has("Clean rows: succeeded"), "of the last page");
    let asked = window.world.borrow().asked("read_events");
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        world.fail(run, "load_warehouse", 100, 3, "no");
    }
    window.settle();
    assert!(window.has("Load warehouse: exit code 3"));
    assert_eq!(window.world.borrow().asked("read_events"), asked, "it came by the stream");
    window.push("Clean rows: succeeded");
    assert_eq!(window.probe()["canvas"]["selected"], json!(["clean_rows"]));
    window.push("Only the selected task");
    assert!(window.has("Clean rows: succeeded") && !window.has("The run started"));
    window.push("Only the selected task");
    window.push("Run");
    assert!(window.has("The run started") && !window.has("Clean rows: succeeded"));
}

#[test]
fn an_event_is_copied_as_a_line_of_json() {
    let mut window = dark(|world| _ = failed(world));
    window.push("Events");
    window.settle();
    let at = window.harness.get_by_label("The run started").rect().left_center();
    window.right_click(at + egui::vec2(40.0, 0.0));
    window.harness.get_by_label("Copy as a line of JSON").click();
    let line = window.copied().unwrap();
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["seq"], 2, "{line}");
    assert_eq!(line.lines().count(), 1);
    window.did(&["Copy"]);
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut window = dark(|world| {
        failed(world);
        let error = ApiError::new(Code::Internal, "the history has a hole");
        world.refuse.insert("read_events", error.clone());
        world.refuse.insert("usual_run", error);
    });
    window.push("Events");
    window.settle();
    assert!(window.has("The events cannot be read"));
    window.push("Timeline");
    assert!(window.says("Fetch exports, succeeded"), "without what is usual");
    window.world.borrow_mut().refuse.clear();
    window.push("Events");
    window.settle();
    assert!(window.has("The run started"), "opened again it is asked for again");
}

#[test]
fn a_run_that_cannot_come_says_so() {
    let window = dark(|world| {
        failed(world);
        world.refuse.insert("get_run", ApiError::new(Code::Unreachable, "nobody answers"));
    });
    assert!(window.has("This run cannot be shown"));
    assert!(window.says("Nobody answers. It is asked for again when the engine answers."));
}

#[test]
fn a_task_of_ten_thousand_items_is_folded_and_unfolds() {
    let text = SALES_TEXT.replace("Fetch exports", "输出 📦 exports");
    let mut window = dark(|world| {
        world.files.insert(SALES.to_owned(), text.clone());
        let run = world.begin(&text);
        let items = (0..10_000).map(|n| json!(format!("写真/{n:05} 🌊.png"))).collect();
        world.happen(run, RunEventKind::TaskMapped { task: key("fetch_exports"), items });
        let tasks = (0..10_000).map(|n| key(&format!("fetch_exports[{n}]"))).collect();
        world.happen(run, RunEventKind::TasksQueued { tasks });
        for item in 0..40 {
            world.succeed(run, &format!("fetch_exports[{item}]"), 10);
        }
    });
    for tab in ["Timeline", "Tasks"] {
        window.push(tab);
        assert!(window.says("输出 📦 exports, running"));
        window.push("Show the items of 输出 📦 exports");
        assert!(window.says("输出 📦 exports [3], succeeded"));
        assert!(!window.says("输出 📦 exports [9999]"), "only what is in view is drawn");
        window.push("Hide the items of 输出 📦 exports");
    }
}

#[test]
fn bars_grow_only_while_the_run_goes_on() {
    let mut window = dark(|world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.now = Some(START);
        let run = world.begin(SALES_TEXT);
        world.start(run, "fetch_exports");
        world.pass(2_000);
    });
    window.push("Timeline");
    assert!(window.has("Fetch exports, running, 2 s"));
    let to = |window: &Window| window.probe()["timeline"]["to"].as_f64().unwrap();
    let before = to(&window);
    window.world.borrow_mut().pass(3_000);
    window.settle();
    assert!(window.has("Fetch exports, running, 5 s") && to(&window) > before);
}

#[test]
fn a_run_says_where_it_came_from_while_nothing_is_selected() {
    let mut window = dark(|world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let run = world.begin(SALES_TEXT);
        world.finish(run, RunState::Succeeded, None);
        let run = &mut world.runs[0];
        let given = json!({ "day": "2026-11-20", "limit": 7 });
        run.head.params = given.as_object().cloned().unwrap();
        run.head.rerun_of = Some(RunId(0xabcd_0000_0000_0000));
    });
    for words in ["MACHINE", "workshop", "ada", "Linux 6.1.0 x86_64", "2026-11-20", "7"] {
        assert!(window.has(words), "{words}");
    }
    assert!(window.says("HOME LANG PATH"));
    window.push("Rerun of abcd0000");
    window.did(&["OpenRun"]);

    let old = dark(|world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let run = world.begin(SALES_TEXT);
        world.finish(run, RunState::Succeeded, None);
        world.runs[0].head.origin = None;
    });
    assert!(old.says("Not recorded: this run is older than that."));
}

#[test]
fn two_tries_stand_beside_each_other() {
    let mut window = dark(|world| _ = failed(world));
    window.push("Compare tries…");
    window.did(&["CompareTries"]);
    window.settle();
    assert!(window.has("Tries of Load warehouse"));
    assert!(window.says("State: failed, failed") && window.says("Exit: 3"));
    assert!(window.has("connecting") && window.has("no unique index"));
    let asked = |window: &Window, number: u32| {
        let world = window.world.borrow();
        world.requests.iter().any(|request| match request {
            millrace_api::Request::ReadLog(read) => read.log.number == Some(number),
            _ => false,
        })
    };
    assert!(asked(&window, 2) && asked(&window, 3) && !asked(&window, 1));
    window.push("Left: try 1");
    window.settle();
    assert!(asked(&window, 1));
    check(&mut window, "run_tries_dark");
    window.push("Close");
    assert!(!window.has("Tries of Load warehouse"));
}

#[test]
fn a_log_of_a_try_that_cannot_be_read_says_why() {
    let mut window = dark(|world| {
        failed(world);
        world.refuse.insert("read_log", ApiError::new(Code::File, "the log is gone"));
    });
    window.push("Compare tries…");
    window.settle();
    assert!(window.has("The log is gone"));
    assert!(window.says("Exit: 3"), "the rest is known");
}

#[test]
fn a_task_says_what_is_usual() {
    let mut window = dark(|world| _ = failed(world));
    window.select("clean_rows");
    assert!(window.has("Usually 3.8 s"));
}

#[test]
fn pictures_of_the_run_place() {
    for (theme, name) in themes() {
        let mut window = open(theme, |world| _ = failed(world));
        window.push("Timeline");
        check(&mut window, &format!("run_timeline_{name}"));
        window.push("Tasks");
        window.push("Sort by Took");
        check(&mut window, &format!("run_tasks_{name}"));
        window.push("Events");
        check(&mut window, &format!("run_events_{name}"));
        window.push("Timeline");
        window.press(Modifiers::NONE, Key::Escape);
        check(&mut window, &format!("run_origin_{name}"));
    }
}

#[test]
fn the_cross_of_a_documents_tab_closes_that_tab_while_a_run_is_in_view() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_all_by_label_contains("Daily sales report, ").next().unwrap().click();
    window.settle();
    assert_eq!(window.probe()["place"], "run");
    // That of the run has the same name and stands behind it.
    let name = "Close Daily sales report";
    window.harness.get_all_by_label_contains(name).next().unwrap().click_accesskit();
    window.settle();
    assert_eq!(window.probe()["tabs"], json!([]));
    assert_eq!(window.probe()["place"], "run", "it is still looked at");
}
