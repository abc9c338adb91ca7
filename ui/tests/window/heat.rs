//! The calendar of a workflow: its days, what leads to their runs, and what is said where nothing can be shown.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunState;
use millrace_model::time::Timestamp;
use millrace_ui::ThemeChoice;
use serde_json::json;

use crate::grid::{grid, other, wait};
use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, START, Window, World, scheduled};

const DAY: i64 = 86_400_000_000;

/// The calendar of the daily sales, over a world with runs of it.
fn calendar(theme: ThemeChoice, size: egui::Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = grid(theme, size, make);
    window.push("Calendar");
    wait(&mut window);
    window
}

/// Runs of some days: one that failed among others, one alone, one that was cancelled, one under way.
fn lately(world: &mut World) {
    let run = |world: &mut World, days_ago: i64, state: RunState| {
        world.now = Some(Timestamp(START.0 - days_ago * DAY));
        let run = world.begin(SALES_TEXT);
        world.succeed(run, "fetch_exports", 1_200 + 300 * days_ago as u64);
        if state == RunState::Failed {
            world.fail(run, "clean_rows", 90, 3, "no such index");
        }
        world.finish(run, state, (state == RunState::Failed).then_some("clean_rows"));
    };
    for (days_ago, state) in [
        (9, RunState::Failed),
        (7, RunState::Succeeded),
        (7, RunState::Succeeded),
        (7, RunState::Failed),
        (6, RunState::Canceled),
        (3, RunState::Succeeded),
    ] {
        run(world, days_ago, state);
    }
    world.now = Some(START);
    world.begin(SALES_TEXT);
}

fn asked(window: &Window) -> Vec<String> {
    let world = window.world.borrow();
    let asked = world.requests.iter().filter_map(|request| match request {
        Request::WorkflowDays(days) => Some(days.from.to_string()),
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_day_says_how_it_was_and_leads_to_its_runs() {
    let mut window = calendar(ThemeChoice::Dark, FULL, lately);
    window.did(&["Grid::Show::Calendar"]);
    assert_eq!(window.probe()["grid"]["tab"], "Calendar");
    assert_eq!(window.probe()["grid"]["years"], json!([2026, 2026]));
    window.harness.get_by_label("7 runs since 14 Nov 2026");
    // With the keyboard: today, a week before it, the day after that.
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.harness.get_by_label("Mon 23 Nov 2026, 1 run: 1 under way");
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.harness.get_by_label("Mon 16 Nov 2026, 3 runs: 2 succeeded, 1 failed, median 3.3 s");
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.harness.get_by_label("Tue 17 Nov 2026, 1 run: 1 cancelled");
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.harness.get_by_label("Wed 18 Nov 2026, no runs");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.probe()["place"], "workflow", "there is nothing to open");
    window.press(Modifiers::NONE, Key::ArrowUp);
    window.press(Modifiers::NONE, Key::ArrowUp);
    window.press(Modifiers::NONE, Key::Enter);
    wait(&mut window);
    let probe = window.probe();
    assert_eq!(probe["place"], "runs");
    assert_eq!(
        probe["run_list"]["typed"],
        "workflow:daily_sales since:2026-11-16 until:2026-11-16"
    );
    assert_eq!(probe["run_list"]["found"], 3);
    window.did(&["Grid::OpenDay"]);
}

#[test]
fn the_pointer_finds_days_in_every_year() {
    let mut window = calendar(ThemeChoice::Dark, FULL, |world| world.spread_over_years(3, 2));
    let plot = window.harness.get_by_label("Days of the workflow").rect();
    // 1 January 2026 is a Thursday: the fourth cell of the first week.
    let pitch = ((plot.width() - 84.0) / 54.0).floor();
    let cell =
        |week: f32, row: f32| plot.min + vec2(60.0 + week * pitch + 5.0, 54.0 + row * pitch + 5.0);
    window.harness.hover_at(cell(0.0, 3.0));
    wait(&mut window);
    window.harness.get_by_label("Thu 1 Jan 2026, 2 runs: 2 succeeded, median 7.8 s");
    // Below it is the year before.
    let year = 54.0 + 7.0 * pitch + 12.0 + 32.0 + 28.0;
    window.harness.hover_at(cell(1.0, 0.0) + vec2(0.0, year));
    wait(&mut window);
    window.harness.get_by_label_contains("Mon 6 Jan 2025, 2 runs");
    window.click(cell(1.0, 0.0) + vec2(0.0, year));
    wait(&mut window);
    assert_eq!(
        window.probe()["run_list"]["typed"],
        "workflow:daily_sales since:2025-01-06 until:2025-01-06"
    );
}

#[test]
fn older_years_come_when_they_are_looked_at() {
    let mut window = calendar(ThemeChoice::Dark, FULL, |world| world.spread_over_years(12, 1));
    let years = |window: &Window| window.probe()["grid"]["years"].clone();
    assert_eq!(years(&window), json!([2024, 2026]));
    assert_eq!(asked(&window), ["2026-01-01", "2025-01-01", "2024-01-01"]);
    for _ in 0..5 {
        window.press(Modifiers::NONE, Key::PageDown);
        wait(&mut window);
    }
    assert_eq!(window.probe()["grid"]["day"], "2022-11-23");
    window.press(Modifiers::NONE, Key::End);
    for _ in 0..3 {
        wait(&mut window);
    }
    assert_eq!(window.probe()["grid"]["day"], "2014-01-01");
    assert!(asked(&window).contains(&"2014-01-01".to_owned()), "{:?}", asked(&window));
    window.press(Modifiers::NONE, Key::Home);
    assert_eq!(years(&window), json!([2024, 2026]));
    let count = asked(&window).len();
    wait(&mut window);
    assert_eq!(asked(&window).len(), count, "what is known is not asked for again");
}

#[test]
fn what_happens_is_followed() {
    let mut window = calendar(ThemeChoice::Dark, FULL, lately);
    let run = window.world.borrow().runs.last().unwrap().run;
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.harness.get_by_label("Mon 23 Nov 2026, 1 run: 1 under way");
    window.world.borrow_mut().succeed(run, "fetch_exports", 900);
    window.world.borrow_mut().finish(run, RunState::Succeeded, None);
    window.harness.run_steps(30);
    window.harness.get_by_label("Mon 23 Nov 2026, 1 run: 1 succeeded, median 0.9 s");
    let before = asked(&window).len();
    window.world.borrow_mut().begin(SALES_TEXT);
    window.harness.run_steps(30);
    window.harness.get_by_label_contains("2 runs: 1 succeeded, 1 under way");
    other(&mut window.world.borrow_mut());
    window.harness.run_steps(30);
    assert_eq!(asked(&window).len(), before + 1, "another workflow's run changes nothing here");
}

#[test]
fn colours_tell_success_or_duration() {
    let mut window = calendar(ThemeChoice::Dark, FULL, lately);
    window.harness.get_by_label("all failed");
    window.push("Duration");
    window.did(&["Grid::ColorBy"]);
    wait(&mut window);
    assert!(!window.has("all failed"));
    window.harness.get_by_label("2.1 s");
    window.harness.get_by_label("3.3 s");
    // The choice stays when another workflow is looked at.
    window.push("Grid");
    wait(&mut window);
    window.push("Calendar");
    wait(&mut window);
    window.harness.get_by_label("3.3 s");
    window.push("Success");
    wait(&mut window);
    window.harness.get_by_label("all failed");
}

#[test]
fn where_nothing_can_be_shown_it_says_why() {
    let mut window = calendar(ThemeChoice::Dark, SMALL, other);
    window.harness.get_by_label("It has not run yet");
    check(&mut window, "heat_empty");
    let count = asked(&window).len();
    wait(&mut window);
    assert_eq!(asked(&window).len(), count);
    window.world.borrow_mut().begin(SALES_TEXT);
    window.harness.run_steps(30);
    window.harness.get_by_label("1 run since 23 Nov 2026");

    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut window = calendar(ThemeChoice::Light, SMALL, |world| {
        lately(world);
        world.refuse.insert("workflow_days", gone.clone());
    });
    window.harness.get_by_label("The days cannot be read");
    check(&mut window, "heat_error");
    window.world.borrow_mut().refuse.clear();
    window.push("Refresh");
    wait(&mut window);
    window.harness.get_by_label("7 runs since 14 Nov 2026");

    window.world.borrow_mut().refuse.insert("workflow_days", gone);
    window.push("Refresh");
    window.harness.run_steps(30);
    window.harness.get_by_label_contains("These are the days as they were known before");
    check(&mut window, "heat_disconnected");

    let mut window = calendar(ThemeChoice::Dark, SMALL, |world| {
        other(world);
        world.held = Some("workflow_days");
    });
    window.harness.get_by_label("Loading the days");
    check(&mut window, "heat_loading");
}

#[test]
fn pictures_of_the_calendar() {
    for (theme, name) in themes() {
        let mut window = calendar(theme, FULL, |world| {
            world.spread_over_years(2, 4);
            let weekly = r#"[{ "name": "weekly", "cron": "0 6 * * 5" }]"#;
            world.files.insert(SALES.to_owned(), scheduled(SALES_TEXT, weekly));
        });
        window.press(Modifiers::NONE, Key::ArrowDown);
        for _ in 0..6 {
            window.press(Modifiers::NONE, Key::ArrowLeft);
        }
        check(&mut window, &format!("heat_{name}"));
        window.push("Duration");
        wait(&mut window);
        check(&mut window, &format!("heat_duration_{name}"));
    }
    let mut window = calendar(ThemeChoice::Dark, FULL, |world| {
        world.spread_over_years(12, 12);
        lately(world);
    });
    window.press(Modifiers::NONE, Key::End);
    window.harness.run_steps(60);
    check(&mut window, "heat_huge");
}
