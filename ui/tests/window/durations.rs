//! The durations of a workflow: what stands out, which tasks took the time, what leads to a run, and what is said where
//! nothing can be shown.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunState;
use millrace_model::time::Timestamp;
use millrace_ui::ThemeChoice;

use crate::grid::{grid, other, wait};
use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES_TEXT, Window, World};

/// The durations of the daily sales, over a world with runs of it.
fn durations(theme: ThemeChoice, size: egui::Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = grid(theme, size, make);
    window.push("Durations");
    wait(&mut window);
    window
}

/// Eight runs of five seconds, one of twenty, one that failed, and one under way.
fn lately(world: &mut World) {
    for at in 0..10_u64 {
        let run = world.begin(SALES_TEXT);
        let slow = if at == 6 { 15_000 } else { 0 };
        world.succeed(run, "fetch_exports", 1_000);
        if at == 8 {
            world.fail(run, "clean_rows", 2_000, 3, "no such index");
            world.finish(run, RunState::Failed, Some("clean_rows"));
            continue;
        }
        world.succeed(run, "clean_rows", 4_000 + slow);
        world.finish(run, RunState::Succeeded, None);
        world.pass(600_000);
    }
    world.begin(SALES_TEXT);
}

/// Runs whose tasks take longer or shorter in turn, some of which failed or took far longer.
fn of_before(world: &mut World, count: u64, tasks: usize) {
    world.remember(count * 3);
    world.remember_tasks(tasks);
    for (at, row) in world.past.iter_mut().enumerate().step_by(3) {
        let at = at / 3;
        let slow = if at % 61 == 17 { 9_000_000 } else { 0 };
        let us = 6_000_000 + (at as i64 * 7_919 % 1_300) * 1_000 + slow;
        row.ended = Some(Timestamp(row.queued.0 + us));
        row.state = match at % 29 {
            5 => RunState::Failed,
            19 => RunState::Canceled,
            _ => RunState::Succeeded,
        };
    }
}

#[test]
fn a_run_says_how_it_differs_and_is_opened() {
    let mut window = durations(ThemeChoice::Dark, FULL, lately);
    window.did(&["Grid::Show::Durations"]);
    window.harness.get_by_label("median 5.0 s");
    window.harness.get_by_label("1 run beyond 5.5 s");
    // With the keyboard: the newest, which is under way, and those before it.
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.harness.get_by_label_contains(", running");
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.harness.get_by_label_contains("succeeded, took 5.0 s, as long as the median of 5.0 s");
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.harness.get_by_label_contains("failed, took 3.0 s, 2.0 s shorter than the median");
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.harness.get_by_label_contains("took 20.0 s, 15.0 s longer than the median of 5.0 s");
    let slow = window.world.borrow().runs[6].run;
    window.press(Modifiers::NONE, Key::Enter);
    wait(&mut window);
    assert_eq!(window.probe()["place"], "run");
    assert_eq!(window.probe()["run"]["run"], slow.to_string());
}

#[test]
fn the_pointer_finds_the_run_below_it() {
    let mut window = durations(ThemeChoice::Dark, FULL, lately);
    let plot = window.harness.get_by_label("Durations of the runs").rect();
    // Eleven runs share the width.
    let column = |at: f32| {
        let width = plot.width() / 11.4;
        egui::pos2(plot.left() + (at + 0.7) * width, plot.center().y)
    };
    window.harness.hover_at(column(6.0));
    wait(&mut window);
    window.harness.get_all_by_label_contains("took 20.0 s").next().unwrap();
    window.click(column(6.0));
    wait(&mut window);
    let slow = window.world.borrow().runs[6].run;
    assert_eq!(window.probe()["run"]["run"], slow.to_string());
}

#[test]
fn tasks_stand_upon_each_other_and_can_be_left_out() {
    let mut window = durations(ThemeChoice::Dark, FULL, lately);
    window.push("By task");
    wait(&mut window);
    window.did(&["Grid::Measure"]);
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.harness.get_by_label_contains("Clean rows 4.0 s, Fetch exports 1.0 s");
    window.push("Clean rows");
    window.did(&["Grid::Hide"]);
    wait(&mut window);
    window.harness.get_by_label_contains("the median of 5.0 s, Fetch exports 1.0 s");
    window.push("Clean rows");
    wait(&mut window);
    window.harness.get_by_label_contains("Clean rows 4.0 s, Fetch exports 1.0 s");
}

#[test]
fn a_part_of_them_is_brought_closer_and_all_come_back() {
    let mut window = durations(ThemeChoice::Dark, FULL, |world| of_before(world, 200, 5));
    let plot = window.harness.get_by_label("Durations of the runs").rect();
    let wide = |window: &Window| window.probe()["grid"]["durations"]["shown"].as_f64().unwrap();
    let all = wide(&window);
    assert!((all - 200.4).abs() < 0.1, "{all}");
    window.harness.hover_at(plot.center());
    window.harness.event(egui::Event::ModifiersChanged(Modifiers::COMMAND));
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 120.0),
        modifiers: Modifiers::COMMAND,
        phase: egui::TouchPhase::Move,
    });
    wait(&mut window);
    window.harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    assert!(wide(&window) < all * 0.9, "{}", wide(&window));
    window.push("Fit");
    wait(&mut window);
    window.did(&["Grid::Fit"]);
    assert_eq!(wide(&window), all);
}

#[test]
fn the_newest_five_hundred_are_looked_at() {
    let window = durations(ThemeChoice::Dark, FULL, |world| of_before(world, 1_200, 5));
    assert_eq!(window.probe()["grid"]["durations"]["runs"], 500);
    let world = window.world.borrow();
    let asked = world.requests.iter().filter(|it| matches!(it, Request::WorkflowGrid(_))).count();
    assert_eq!(asked, 3, "200 at a time, and no more than are needed");
}

#[test]
fn what_happens_is_followed() {
    let mut window = durations(ThemeChoice::Dark, FULL, lately);
    let run = window.world.borrow().runs[10].run;
    window.press(Modifiers::NONE, Key::ArrowLeft);
    window.harness.get_by_label_contains(", running");
    window.world.borrow_mut().succeed(run, "fetch_exports", 700);
    window.world.borrow_mut().finish(run, RunState::Succeeded, None);
    window.harness.run_steps(30);
    window.harness.get_by_label_contains("succeeded, took 0.7 s");
}

#[test]
fn where_nothing_can_be_shown_it_says_why() {
    let mut window = durations(ThemeChoice::Dark, SMALL, other);
    window.harness.get_by_label("It has not run yet");
    check(&mut window, "durations_empty");

    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut window = durations(ThemeChoice::Light, SMALL, |world| {
        lately(world);
        world.refuse.insert("workflow_grid", gone.clone());
    });
    window.harness.get_by_label("The runs cannot be read");
    check(&mut window, "durations_error");
    window.world.borrow_mut().refuse.clear();
    window.push("Refresh");
    wait(&mut window);
    window.harness.get_by_label("median 5.0 s");

    window.world.borrow_mut().refuse.insert("workflow_grid", gone);
    window.push("Refresh");
    wait(&mut window);
    window.harness.get_by_label_contains("These are the runs as they were known before");
    window.harness.get_by_label("median 5.0 s");
    check(&mut window, "durations_disconnected");

    let mut window = durations(ThemeChoice::Dark, SMALL, |world| {
        other(world);
        world.held = Some("workflow_grid");
    });
    window.harness.get_by_label("Loading the runs");
    check(&mut window, "durations_loading");
}

#[test]
fn pictures_of_durations() {
    for (theme, name) in themes() {
        let mut window = durations(theme, FULL, |world| of_before(world, 120, 5));
        for _ in 0..12 {
            window.press(Modifiers::NONE, Key::ArrowLeft);
        }
        check(&mut window, &format!("durations_{name}"));
        window.push("By task");
        wait(&mut window);
        check(&mut window, &format!("durations_by_task_{name}"));
    }
    let mut window = durations(ThemeChoice::Dark, FULL, |world| of_before(world, 1_200, 50));
    check(&mut window, "durations_huge");
    window.push("By task");
    wait(&mut window);
    check(&mut window, "durations_by_task_huge");
}
