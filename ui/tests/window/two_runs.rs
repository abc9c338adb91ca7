//! Two runs compared: what leads there, what is said of them, and what a task printed and gave in both.

use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code};
use millrace_model::document::{Task, Workflow};
use millrace_model::event::{Committed, InGit, Outcome, RunState};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_model::write::canonical_text;
use millrace_ui::ThemeChoice;
use serde_json::json;

use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window, World};

/// A run that went well, and one of another script in which a task failed and another took long.
fn two(world: &mut World) {
    world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    let run = world.begin(SALES_TEXT);
    world.succeed(run, "fetch_exports", 1_200);
    let serial = world.start(run, "clean_rows");
    world.give(run, serial, json!({"rows": 18_000, "day": "mon"}).as_object().unwrap().clone());
    world.print(
        run,
        "load_warehouse",
        &[
            ("connecting to warehouse", false),
            ("begin", false),
            ("insert 18000 rows in 120 ms", false),
            ("commit", false),
        ],
    );
    world.succeed(run, "load_warehouse", 300);
    world.succeed(run, "build_report", 800);
    world.finish(run, RunState::Succeeded, None);
    world.pass(3_600_000);
    let text = SALES_TEXT.replace("exec ./report.sh", "exec ./report.sh --all");
    let run = world.begin(&text);
    world.succeed(run, "fetch_exports", 9_400);
    let serial = world.start(run, "clean_rows");
    world.give(run, serial, json!({"rows": 17_999, "day": "mon"}).as_object().unwrap().clone());
    world.print(
        run,
        "load_warehouse",
        &[
            ("connecting to warehouse", false),
            ("begin", false),
            ("insert 17999 rows in 80 ms", false),
            ("ERROR: no unique index", true),
            ("rollback", false),
        ],
    );
    world.fail(run, "load_warehouse", 450, 3, "rollback");
    world.finish(run, RunState::Failed, Some("load_warehouse"));
}

pub fn wait(window: &mut Window) {
    for _ in 0..4 {
        window.settle();
    }
}

/// The list of all runs, of a world.
pub fn list(theme: ThemeChoice, size: Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, size, 1.0, None, make);
    window.press(Modifiers::COMMAND, Key::Num2);
    wait(&mut window);
    window
}

/// The two newest runs of a world, selected in the list and compared.
pub fn compared(theme: ThemeChoice, size: Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = list(theme, size, make);
    select_two(&mut window);
    window.push("Compare");
    wait(&mut window);
    window
}

fn select_two(window: &mut Window) {
    window.press(Modifiers::NONE, Key::Home);
    window.press(Modifiers::NONE, Key::Space);
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::Space);
    window.settle();
}

#[test]
fn the_older_of_two_that_are_not_listed_any_more_comes_first() {
    let (older, newer) = (RunId(0xb), RunId(0xa));
    let mut window = list(ThemeChoice::Dark, FULL, |world| {
        for run in [older, newer] {
            world.begin_as(run, SALES_TEXT);
            world.finish(run, RunState::Succeeded, None);
            world.pass(60_000);
        }
    });
    select_two(&mut window);
    window.fill("Find runs", "state:queued");
    wait(&mut window);
    window.push("Compare");
    wait(&mut window);
    assert_eq!(window.probe()["two_runs"]["runs"], json!([older, newer]));
}

/// Gives a command by its name.
fn give(window: &mut Window, command: &str) {
    window.press(Modifiers::COMMAND, Key::K);
    window.harness.get_by_label("Find anything").type_text(command);
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    wait(window);
}

#[test]
fn the_box_that_finds_everything_offers_what_can_be_done_here() {
    let mut window = compared(ThemeChoice::Dark, FULL, two);
    give(&mut window, "Swap the runs");
    let runs = window.world.borrow().runs.iter().rev().map(|run| run.run).collect::<Vec<_>>();
    assert_eq!(window.probe()["two_runs"]["runs"], json!(runs));
    give(&mut window, "What differs in what they ran");
    assert_eq!(window.probe()["place"], "changes");
    give(&mut window, "Close the comparison");
    assert_eq!(window.probe()["place"], "two_runs");
    give(&mut window, "Close the comparison");
    assert_eq!(window.probe()["place"], "runs");
}

#[test]
fn two_selected_runs_stand_beside_each_other() {
    let mut window = compared(ThemeChoice::Dark, FULL, two);
    let probe = window.probe();
    let runs = window.world.borrow().runs.iter().map(|run| run.run).collect::<Vec<_>>();
    assert_eq!(probe["two_runs"]["runs"], json!(runs), "the older one first");
    let tasks = &probe["two_runs"]["tasks"];
    assert_eq!((&tasks[0], &probe["two_runs"]["selected"]), (&json!("load_warehouse"), &tasks[0]));
    let has = |window: &Window, text: &str| {
        assert!(window.harness.get_all_by_label_contains(text).next().is_some(), "{text}");
    };
    has(&window, "succeeded, failed");
    has(&window, "Fetch exports: succeeded, succeeded, +8.2 s · 7.8×");
    has(&window, "Load warehouse: succeeded, failed, +0.1 s · 1.5×");
    has(&window, "exit code 3");
    has(&window, "Script of Build report");
    // What it printed: numbers alone make no difference.
    window.harness.get_by_label("− commit");
    window.harness.get_by_label("+ ERROR: no unique index");
    window.harness.get_all_by_label("insert 17999 rows in 80 ms").next().unwrap();
    window.push("Numbers");
    wait(&mut window);
    window.harness.get_by_label("− insert 18000 rows in 120 ms");
    window.did(&["Runs::Compare", "TwoRuns::ToggleNumbers"]);
    // What it gave.
    let clean = window.harness.get_by_label_contains("Clean rows: succeeded").rect().center();
    window.click(clean);
    wait(&mut window);
    window.push("Outputs: 1 differ");
    wait(&mut window);
    window.harness.get_by_label("− 18000");
    window.harness.get_by_label("+ 17999");
    let selected = window.probe()["two_runs"]["selected"].clone();
    window.press(Modifiers::NONE, Key::P);
    assert_ne!(window.probe()["two_runs"]["selected"], selected);
    window.did(&["TwoRuns::Show", "TwoRuns::Step"]);
}

#[test]
fn what_they_ran_is_shown_on_a_canvas_and_a_run_is_opened() {
    let mut window = compared(ThemeChoice::Dark, FULL, two);
    window.push("Show what differs");
    wait(&mut window);
    assert_eq!(window.probe()["changes"]["rows"], json!(["~ Build report: script"]));
    window.press(Modifiers::NONE, Key::Escape);
    wait(&mut window);
    assert_eq!(window.probe()["place"], "two_runs");
    let before = window.probe()["two_runs"]["runs"].clone();
    window.push("Swap");
    wait(&mut window);
    let after = window.probe()["two_runs"]["runs"].clone();
    assert_eq!((&after[0], &after[1]), (&before[1], &before[0]));
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.probe()["place"], "runs");
    window.did(&["TwoRuns::Changes", "TwoRuns::Swap", "TwoRuns::Close"]);
    let mut window = compared(ThemeChoice::Dark, FULL, two);
    window.push("Open the newer run");
    wait(&mut window);
    assert_eq!(window.probe()["place"], "run");
}

#[test]
fn the_commits_of_both_are_told_here_and_in_a_run() {
    let mut window = compared(ThemeChoice::Dark, FULL, |world| {
        let git = |commit: &str, document| InGit {
            commit: Some(commit.repeat(5)),
            branch: Some("main".to_owned()),
            document,
        };
        let first = git("1f3c9a20", Committed::Unchanged);
        let second = git("8e02b7d1", Committed::Changed);
        world.commits = vec![Some(Box::new(first)), Some(Box::new(second))];
        two(world);
    });
    let said = "Commit: 1f3c9a20 on main, 8e02b7d1 on main, with changes that are not committed";
    window.harness.get_by_label(said);
    window.push("Open the newer run");
    wait(&mut window);
    // Where it came from is told while no task is selected.
    window.push("More to do with this run");
    window.push("Where the run came from");
    wait(&mut window);
    window.harness.get_by_label("8e02b7d1 on main");
    window.harness.get_by_label("With changes that are not committed.");
}

#[test]
fn only_two_can_be_compared() {
    let mut window = list(ThemeChoice::Dark, FULL, two);
    window.press(Modifiers::NONE, Key::Home);
    window.press(Modifiers::NONE, Key::Space);
    window.push("Compare");
    wait(&mut window);
    assert_eq!(window.probe()["place"], "runs");
}

#[test]
fn a_run_that_ends_meanwhile_is_read_again() {
    let mut window = compared(ThemeChoice::Dark, FULL, |world| {
        two(world);
        let run = world.begin(SALES_TEXT);
        world.succeed(run, "fetch_exports", 1_000);
    });
    window.harness.get_all_by_label_contains("failed, running").next().unwrap();
    let run = window.world.borrow().runs[2].run;
    window.world.borrow_mut().finish(run, RunState::Canceled, None);
    wait(&mut window);
    window.harness.get_all_by_label_contains("failed, canceled").next().unwrap();
}

#[test]
fn where_nothing_can_be_shown_it_says_why() {
    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut window = compared(ThemeChoice::Dark, SMALL, |world| {
        two(world);
        world.refuse.insert("get_run", gone.clone());
    });
    window.harness.get_by_label("These runs cannot be compared");
    check(&mut window, "two_runs_error");
    window.world.borrow_mut().refuse.clear();
    window.world.borrow_mut().relist();
    wait(&mut window);
    assert_eq!(window.probe()["two_runs"]["selected"], "load_warehouse");
    // What is there stays while the engine is away; only what is asked for anew says so.
    window.world.borrow_mut().refuse.insert("read_log", gone);
    window.press(Modifiers::NONE, Key::N);
    wait(&mut window);
    window.harness.get_by_label("No daemon answers");
    check(&mut window, "two_runs_disconnected");

    let mut window = compared(ThemeChoice::Light, SMALL, |world| {
        two(world);
        world.held = Some("get_run");
    });
    window.harness.get_by_label("Loading");
    check(&mut window, "two_runs_loading");

    // Two runs of which nothing differs.
    let mut window = compared(ThemeChoice::Light, SMALL, |world| {
        for _ in 0..2 {
            let run = world.begin(SALES_TEXT);
            world.succeed(run, "fetch_exports", 1_000);
            world.finish(run, RunState::Succeeded, None);
        }
    });
    window.harness.get_by_label("The same in both.");
    check(&mut window, "two_runs_same");
}

#[test]
fn pictures_of_two_runs() {
    for (theme, name) in themes() {
        let mut window = compared(theme, FULL, two);
        check(&mut window, &format!("two_runs_{name}"));
    }
    let mut window = compared(ThemeChoice::Dark, SMALL, |world| {
        world.fonts.push(("每日销售报告清理数据运行", include_bytes!("../fonts/han.otf")));
        for (rows, ms) in [(1, 400), (2, 2_400)] {
            let text = SALES_TEXT
                .replace("Daily sales report", "每日销售报告 🎉")
                .replace("Clean rows", "清理数据");
            let run = world.begin(&text);
            world.succeed(run, "fetch_exports", ms);
            let serial = world.start(run, "clean_rows");
            let gave = json!({"文": format!("数据 {rows}")});
            world.print(run, "clean_rows", &[(&format!("清理 {rows} 行数据 🎉"), false)]);
            world.give(run, serial, gave.as_object().unwrap().clone());
            world.finish(run, RunState::Succeeded, None);
        }
    });
    window.settle();
    check(&mut window, "two_runs_cjk");
}

#[test]
fn thousands_of_tasks_are_compared() {
    let mut large = Workflow::new(Ident::new("large").unwrap());
    let names: Vec<String> = (0..2_000).map(|at| format!("task_{at}")).collect();
    large.tasks = names.iter().map(|it| Task::new(Ident::new(it).unwrap(), "noop")).collect();
    let text = canonical_text(&large);
    let mut window = compared(ThemeChoice::Dark, FULL, |world| {
        for slow in [1, 3] {
            let run = world.begin(&text);
            for (at, name) in names.iter().enumerate() {
                let serial = world.start(run, name);
                let ms = 20 + (at as u64 * 7919 % 400) * slow;
                world.end(run, serial, ms, Outcome::Succeeded, "");
            }
            world.finish(run, RunState::Succeeded, None);
        }
    });
    assert_eq!(window.probe()["two_runs"]["tasks"].as_array().map(Vec::len), Some(2_000));
    check(&mut window, "two_runs_huge");
}
