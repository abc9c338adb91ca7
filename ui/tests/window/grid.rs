//! How a workflow fares: its runs beside each other, what leads there and away, and what is said where nothing can be shown.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunState;
use millrace_model::ids::WorkflowId;
use millrace_ui::ThemeChoice;
use serde_json::json;

use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window, World};

/// The place of the daily sales, over a world with runs of it.
pub fn grid(theme: ThemeChoice, size: egui::Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, size, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        make(world);
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.fill("Find runs", "workflow:daily_sales");
    wait(&mut window);
    window.push("How it fares");
    wait(&mut window);
    window
}

/// Until what was asked for is there.
pub fn wait(window: &mut Window) {
    window.settle();
    window.settle();
}

/// A failing run and one that is under way.
fn lately(world: &mut World) {
    let run = world.begin(SALES_TEXT);
    world.succeed(run, "fetch_exports", 1_200);
    world.succeed(run, "clean_rows", 4_000);
    world.fail(run, "load_warehouse", 90, 3, "no such index");
    world.print(run, "load_warehouse", &[("no such index", true)]);
    world.finish(run, RunState::Failed, Some("load_warehouse"));
    let run = world.begin(SALES_TEXT);
    world.succeed(run, "fetch_exports", 1_100);
    world.start(run, "clean_rows");
}

/// A run of another workflow: the list of runs has one.
pub fn other(world: &mut World) {
    world.begin(&SALES_TEXT.replace("daily_sales", "other"));
}

fn asked(window: &Window) -> Vec<(bool, u32)> {
    let world = window.world.borrow();
    let asked = world.requests.iter().filter_map(|request| match request {
        Request::WorkflowGrid(grid) => Some((grid.before.is_some(), grid.limit)),
        _ => None,
    });
    asked.collect()
}

#[test]
fn runs_stand_beside_each_other_and_a_cell_leads_into_its_run() {
    let mut window = grid(ThemeChoice::Dark, FULL, lately);
    let probe = window.probe();
    assert_eq!((&probe["place"], &probe["grid"]["runs"]), (&json!("workflow"), &json!(2)));
    assert_eq!(probe["grid"]["tasks"][2], "load_warehouse");
    window.harness.get_by_label("Daily sales report");
    window.harness.get_all_by_label_contains("All 2 runs · 0 % succeeded").next().unwrap();
    // With the keyboard: the bar of the newest, the one before, down to the task that failed.
    for key in [Key::ArrowDown, Key::ArrowLeft, Key::ArrowDown, Key::ArrowDown, Key::ArrowDown] {
        window.press(Modifiers::NONE, key);
    }
    window.harness.get_by_label_contains("Load warehouse, failed, took");
    window.press(Modifiers::NONE, Key::Enter);
    wait(&mut window);
    let probe = window.probe();
    assert_eq!(probe["place"], "run");
    assert_eq!(probe["log"]["lines"], json!(["no such index"]));
    window.did(&["Grid::Of", "Grid::Open"]);
}

#[test]
fn the_pointer_says_what_is_below_it_and_opens_it() {
    let mut window = grid(ThemeChoice::Dark, FULL, lately);
    let found = window.harness.get_all_by_label_contains("All 2 runs");
    let plot = found.map(|node| node.rect()).find(|rect| rect.height() > 100.0).unwrap();
    let cell = plot.min + vec2(6.0, 84.0 + 22.0 * 2.0 + 11.0);
    window.harness.hover_at(cell);
    wait(&mut window);
    window.harness.get_by_label_contains("Load warehouse, failed, took");
    let bar = plot.min + vec2(17.0 + 6.0, 60.0);
    window.click(bar);
    wait(&mut window);
    assert_eq!(window.probe()["place"], "run");
    assert_eq!(window.probe()["run"]["tasks"]["clean_rows"], "running", "the newest run");
}

#[test]
fn a_cell_is_compared_with_the_run_before_at_its_task() {
    let mut window = grid(ThemeChoice::Dark, FULL, |world| {
        lately(world);
        let run = world.begin(SALES_TEXT);
        world.succeed(run, "fetch_exports", 1_100);
        world.finish(run, RunState::Succeeded, None);
    });
    let runs: Vec<_> = window.world.borrow().runs.iter().map(|run| run.run).collect();
    let found = window.harness.get_all_by_label_contains("All 3 runs");
    let plot = found.map(|node| node.rect()).find(|rect| rect.height() > 100.0).unwrap();
    let cell =
        |column: f32, row: f32| plot.min + vec2(17.0 * column + 6.0, 84.0 + 22.0 * row + 11.0);
    let compared = |window: &mut Window, expected: [usize; 2], task: &str| {
        wait(window);
        let probe = window.probe();
        assert_eq!(probe["place"], "two_runs");
        let shown = expected.map(|at| runs[at].to_string());
        assert_eq!(probe["two_runs"]["runs"], json!(shown));
        assert_eq!(probe["two_runs"]["selected"], task);
        window.press(Modifiers::NONE, Key::Escape);
        wait(window);
        assert_eq!(window.probe()["place"], "workflow");
    };
    window.right_click(cell(1.0, 0.0));
    window.push("Compare with the run before");
    compared(&mut window, [0, 1], "fetch_exports");

    // The oldest has none before it, and says so.
    window.right_click(cell(0.0, 1.0));
    window.push("Compare with the run before");
    assert_eq!(window.probe()["place"], "workflow");
    window.press(Modifiers::NONE, Key::Escape);

    // One is chosen without being opened, and compared with another.
    window.click_with(cell(0.0, 1.0), Modifiers::COMMAND);
    wait(&mut window);
    assert_eq!(window.probe()["place"], "workflow");
    window.right_click(cell(2.0, 1.0));
    let words = format!("Compare with run {:.8}, which is chosen", runs[0]);
    window.push(&words);
    compared(&mut window, [0, 2], "clean_rows");

    // And with the keyboard.
    window.press(Modifiers::NONE, Key::ArrowRight);
    window.press(Modifiers::NONE, Key::C);
    compared(&mut window, [0, 1], "clean_rows");
    window.did(&["Grid::Compare"]);
}

#[test]
fn it_is_reached_from_the_library_and_from_a_run() {
    let mut window = Window::with(ThemeChoice::Dark, FULL, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        lately(world);
        world.workflow_ids.insert(SALES.to_owned(), WorkflowId(7));
    });
    window.push("More about Daily sales report");
    window.push("How it fares");
    wait(&mut window);
    let is_meant = |request: &Request| match request {
        Request::WorkflowGrid(grid) => Some(grid.workflow_id),
        _ => None,
    };
    let meant = window.world.borrow().requests.iter().find_map(is_meant);
    assert_eq!(meant, Some(Some(WorkflowId(7))), "another one may have the same name");
    assert_eq!(window.probe()["grid"]["workflow"], "daily_sales");
    window.push("Show its runs");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["query"], "workflow:daily_sales");
}

#[test]
fn what_happens_is_followed() {
    let mut window = grid(ThemeChoice::Dark, FULL, lately);
    let run = window.world.borrow().runs[1].run;
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.harness.get_by_label_contains("Clean rows, running");
    window.world.borrow_mut().end(run, 2, 700, millrace_model::event::Outcome::Succeeded, "");
    wait(&mut window);
    wait(&mut window);
    window.harness.get_by_label_contains("Clean rows, succeeded, took");
    // A run that begins comes in at the right; the cursor stays with its cell.
    window.world.borrow_mut().begin(SALES_TEXT);
    wait(&mut window);
    wait(&mut window);
    assert_eq!(window.probe()["grid"]["runs"], 3);
    window.harness.get_by_label_contains("Clean rows, succeeded, took");
}

#[test]
fn older_runs_come_when_they_are_looked_at() {
    let mut window = grid(ThemeChoice::Dark, FULL, |world| {
        world.remember(3_000);
        world.remember_tasks(200);
    });
    let probe = window.probe();
    assert_eq!((&probe["grid"]["runs"], &probe["grid"]["more"]), (&json!(200), &json!(true)));
    assert_eq!(probe["grid"]["from_newest"], 0.0, "the newest is in view");
    assert_eq!(asked(&window), [(false, 200)]);
    for _ in 0..8 {
        window.press(Modifiers::NONE, Key::Home);
        wait(&mut window);
    }
    assert_eq!((window.probe()["grid"]["runs"].as_u64(), asked(&window).len()), (Some(1_000), 5));
    window.harness.get_all_by_label_contains("All 1,000 runs").next().unwrap();
    window.press(Modifiers::NONE, Key::Home);
    window.press(Modifiers::NONE, Key::PageDown);
    for _ in 0..12 {
        window.press(Modifiers::NONE, Key::PageDown);
    }
    window.harness.get_by_label_contains("Tell the team 199, skipped, run");
    window.press(Modifiers::NONE, Key::End);
    assert_eq!(window.probe()["grid"]["from_newest"], 0.0);
}

#[test]
fn where_nothing_can_be_shown_it_says_why() {
    let mut window = grid(ThemeChoice::Dark, SMALL, other);
    window.harness.get_by_label("It has not run yet");
    check(&mut window, "grid_empty");

    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut window = grid(ThemeChoice::Dark, SMALL, |world| {
        lately(world);
        world.refuse.insert("workflow_grid", gone.clone());
    });
    window.harness.get_by_label("The runs cannot be read");
    check(&mut window, "grid_error");
    window.world.borrow_mut().refuse.clear();
    window.push("Refresh");
    wait(&mut window);
    assert_eq!(window.probe()["grid"]["runs"], 2);

    window.world.borrow_mut().refuse.insert("workflow_grid", gone);
    window.push("Refresh");
    wait(&mut window);
    window.harness.get_by_label_contains("These are the runs as they were known before");
    assert_eq!(window.probe()["grid"]["runs"], 2);
    check(&mut window, "grid_disconnected");

    let mut window = grid(ThemeChoice::Dark, SMALL, |world| {
        other(world);
        world.held = Some("workflow_grid");
    });
    window.harness.get_by_label("Loading the runs");
    check(&mut window, "grid_loading");
}

#[test]
fn pictures_of_the_grid() {
    for (theme, name) in themes() {
        let mut window = grid(theme, FULL, |world| {
            world.remember(108);
            world.remember_tasks(5);
            world.past.iter_mut().step_by(7).for_each(|row| {
                row.ended = row.ended.map(|at| millrace_model::time::Timestamp(at.0 + 30_000_000));
            });
        });
        window.press(Modifiers::NONE, Key::ArrowDown);
        window.press(Modifiers::NONE, Key::ArrowDown);
        window.press(Modifiers::NONE, Key::ArrowLeft);
        check(&mut window, &format!("grid_{name}"));
    }
    let mut window = grid(ThemeChoice::Dark, FULL, |world| {
        world.remember(3_000);
        world.remember_tasks(200);
        lately(world);
    });
    check(&mut window, "grid_huge");
}
