//! The place Runs and the queue above it, and the grid, the calendar and the durations of a workflow in another script.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::run::Wait;
use millrace_api::{ApiError, Code};
use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use millrace_ui::ThemeChoice;

use super::{HAN, can, han, in_han};
use crate::pictures::{FULL, SMALL, check, themes};
use crate::two_runs::{list, wait};
use crate::world::{SALES, SALES_TEXT, Window, World, key};

#[test]
fn runs_that_are_on_their_way_or_cannot_be_read_say_so() {
    let gone = ApiError::new(Code::Internal, "the history has a hole");
    for (theme, name) in themes() {
        let mut window = list(theme, SMALL, |world| {
            world.remember(300);
            world.held = Some("list_runs");
        });
        window.harness.get_by_label("Loading the runs");
        check(&mut window, &format!("runs_loading_{name}"));
        let mut window = list(theme, SMALL, |world| {
            world.remember(300);
            world.refuse.insert("list_runs", gone.clone());
        });
        window.harness.get_by_label("The runs cannot be read");
        check(&mut window, &format!("runs_error_{name}"));
    }
}

#[test]
fn runs_with_long_names_in_other_scripts_are_cut_with_an_ellipsis() {
    let mut window = list(ThemeChoice::Light, SMALL, |world| {
        han(world);
        world.remember(40);
        for row in world.past.iter_mut().step_by(2) {
            row.title = Some(format!("{} 🎉", HAN.repeat(3)));
            row.cause = HAN.repeat(4);
            row.state = RunState::Failed;
        }
        world.begin(&in_han());
    });
    wait(&mut window);
    check(&mut window, "runs_cjk");
}

#[test]
fn while_nobody_answers_the_rows_stay_and_nothing_is_done_with_them() {
    for (theme, name) in themes() {
        let mut window = list(theme, SMALL, |world| world.remember(600));
        window.press(Modifiers::NONE, Key::Home);
        window.press(Modifiers::NONE, Key::Space);
        assert!(can(&window, "Delete"));
        window.leave();
        for words in ["Delete", "Cancel runs", "Retry failed"] {
            assert!(!can(&window, words), "{words}");
        }
        assert!(window.says("The engine does not answer: nobody listens at"));
        assert!(window.harness.query_all_by_label_contains("succeeded").count() > 10);
        check(&mut window, &format!("runs_disconnected_{name}"));
        window.come_back();
        assert!(can(&window, "Delete") && !window.says("known before"));
    }
}

#[test]
fn while_nobody_answers_the_menu_of_a_run_asks_for_nothing() {
    let mut window = list(ThemeChoice::Dark, SMALL, |world| world.remember(600));
    window.leave();
    let failed = window.harness.query_all_by_label_contains(", failed, ").next().unwrap();
    let at = failed.rect().center();
    window.right_click(at);
    for (words, possible) in [
        ("Retry failed", false),
        ("Delete run", false),
        ("Only runs of this workflow", true),
        ("Copy the run's id", true),
    ] {
        assert_eq!(can(&window, words), possible, "{words}");
    }
}

/// Hundreds of runs wait for their turn, for reasons in another script.
fn crowd(world: &mut World) {
    han(world);
    world.remember(300);
    for number in 0..300_u64 {
        world.pass(1_000);
        let run = RunId((1 << 60) + (number << 32));
        world.enqueue_as(run, &in_han());
        let why = format!("{HAN}: 运行 {number} 🎉");
        world.queue_whys.insert(run, Wait { task: key("fetch_exports"), why });
    }
}

#[test]
fn hundreds_that_wait_leave_room_for_the_list() {
    let mut window = list(ThemeChoice::Dark, FULL, crowd);
    let drawn = window.harness.query_all_by_label_contains(" in the queue: ").count();
    assert!((3..12).contains(&drawn), "{drawn} rows of the queue are drawn");
    assert!(window.says("每日销售报告 🎉, queued"), "all runs are below");
    check(&mut window, "queue_huge_cjk");
}

#[test]
fn a_queue_that_is_not_known_says_so() {
    let broken = ApiError::new(Code::Internal, "the history has a hole");
    let mut window = list(ThemeChoice::Light, SMALL, |world| {
        world.begin(SALES_TEXT);
        world.refuse.insert("read_queue", broken);
    });
    assert!(window.says("What waits is not known: the history has a hole"));
    check(&mut window, "queue_error");
    let mut window = list(ThemeChoice::Light, SMALL, |world| {
        world.begin(SALES_TEXT);
        world.held = Some("read_queue");
    });
    assert!(!window.says("in the queue") && !window.says("Nothing runs"));
    check(&mut window, "queue_loading");
}

#[test]
fn while_nobody_answers_nothing_in_the_queue_is_moved() {
    let mut window = list(ThemeChoice::Dark, SMALL, crowd);
    window.leave();
    assert!(!can(&window, "Move 每日销售报告 🎉 down"));
    window.push("More about 每日销售报告 🎉 in the queue");
    assert!(can(&window, "Open run") && !can(&window, "Stop"));
    check(&mut window, "queue_disconnected");
}

/// How the daily sales fare in another script, in this tab.
fn fares(tab: &str) -> Window {
    let mut window = Window::with(ThemeChoice::Light, SMALL, 1.0, None, |world| {
        han(world);
        world.files.insert(SALES.to_owned(), in_han());
        for ms in [900, 2_400, 700] {
            let run = world.begin(&in_han());
            world.succeed(run, "fetch_exports", ms);
            world.fail(run, "clean_rows", 90, 3, HAN);
            world.finish(run, RunState::Failed, Some("clean_rows"));
            world.pass(86_400_000);
        }
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.fill("Find runs", "workflow:daily_sales");
    wait(&mut window);
    window.push("How it fares");
    wait(&mut window);
    window.push(tab);
    wait(&mut window);
    window
}

#[test]
fn how_a_workflow_fares_is_shown_in_other_scripts() {
    let mut window = fares("Grid");
    window.press(Modifiers::NONE, Key::ArrowDown);
    check(&mut window, "grid_cjk");
    let mut window = fares("Calendar");
    check(&mut window, "heat_cjk");
    let mut window = fares("Durations");
    window.push("By task");
    wait(&mut window);
    check(&mut window, "durations_cjk");
}

#[test]
fn the_foot_of_the_window_counts_a_run_as_soon_as_it_starts() {
    let mut window = list(ThemeChoice::Dark, SMALL, |_| {});
    window.harness.get_by_label("0 running · 0 queued");
    // The next answer about the daemon is long in coming.
    window.world.borrow_mut().held_watch = true;
    window.world.borrow_mut().begin(SALES_TEXT);
    wait(&mut window);
    window.harness.get_by_label("1 running · 0 queued");
    window.world.borrow_mut().finish_last();
    wait(&mut window);
    window.harness.get_by_label("0 running · 0 queued");
}
