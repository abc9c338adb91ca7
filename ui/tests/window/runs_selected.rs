//! Many runs at once: what selects them, and what is done with them.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use millrace_api::Request;
use millrace_model::event::RunState;
use millrace_ui::ThemeChoice;

use crate::pictures::{FULL, check, themes};
use crate::runs::{runs, wait};
use crate::world::{SALES, SALES_TEXT, Window};

fn selected(window: &Window) -> u64 {
    window.probe()["run_list"]["selected"].as_u64().unwrap()
}

/// Clicks the row of this number with keys held.
fn click_row(window: &mut Window, row: usize, held: Modifiers) {
    let label = format!("row {row}");
    let spots = window.harness.query_all_by_label_contains(&label);
    let ends = |node: &egui_kittest::Node<'_>| {
        node.accesskit_node().label().is_some_and(|name| name.ends_with(&format!(", {label}")))
    };
    let at = spots.filter(ends).map(|node| node.rect().center()).next().unwrap();
    let at = at + egui::vec2(200.0, 0.0);
    window.click_with(at, held);
}

#[test]
fn runs_are_selected_by_clicks_and_keys() {
    let mut window = runs(|world| world.remember(1_000));
    click_row(&mut window, 3, Modifiers::COMMAND);
    assert_eq!(selected(&window), 1);
    click_row(&mut window, 7, Modifiers::SHIFT);
    assert_eq!(selected(&window), 5);
    click_row(&mut window, 4, Modifiers::COMMAND);
    assert_eq!(selected(&window), 4);
    window.harness.get_by_label("4 selected");
    window.harness.get_by_label("4 succeeded");
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(selected(&window), 0);
    // With the keyboard alone.
    window.press(Modifiers::NONE, Key::Home);
    window.press(Modifiers::NONE, Key::Space);
    window.press(Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!(selected(&window), 2);
    window.press(Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&window), 1_000, "also what was not loaded");
    window.harness.get_by_label("62 cancelled, 63 failed, 875 succeeded");
    window.push("Select nothing");
    // A range that reaches into what was not loaded.
    window.press(Modifiers::NONE, Key::Home);
    window.press(Modifiers::SHIFT, Key::End);
    wait(&mut window);
    assert_eq!(selected(&window), 1_000);
    window.did(&["Runs::Toggle", "Runs::SelectTo", "Runs::SelectAll", "Runs::SelectNone"]);
}

#[test]
fn many_are_retried_and_what_was_not_is_said() {
    let mut window = runs(|world| {
        world.remember(1_600);
        world.begin(SALES_TEXT);
    });
    window.fill("Find runs", "-state:succeeded");
    wait(&mut window);
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&window), 201);
    window.push("Retry failed");
    wait(&mut window);
    window.harness.get_by_label("200 run again, 1 still under way");
    assert_eq!(window.world.borrow().asked("retry_runs"), 1, "one request");
    window.push("Cancel runs");
    wait(&mut window);
    let canceled = window.world.borrow().asked("cancel_runs");
    assert_eq!(canceled, 1);
    window.did(&["Runs::Retry", "Runs::Cancel"]);
}

#[test]
fn thousands_are_done_part_by_part() {
    let mut window = runs(|world| world.remember(20_000));
    window.fill("Find runs", "state:failed");
    wait(&mut window);
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Refresh");
    window.press(Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&window), 1_250);
    window.push("Retry failed");
    wait(&mut window);
    window.harness.get_by_label("1250 run again");
    assert_eq!(window.world.borrow().asked("retry_runs"), 3);
}

#[test]
fn deleted_runs_are_out_of_sight_until_that_is_undone() {
    let mut window = runs(|world| {
        world.remember(320);
        world.begin(SALES_TEXT);
    });
    window.press(Modifiers::COMMAND, Key::A);
    wait(&mut window);
    assert_eq!(selected(&window), 321);
    window.press(Modifiers::NONE, Key::Delete);
    for _ in 0..3 {
        wait(&mut window);
    }
    window.harness.get_by_label("320 deleted, 1 still under way");
    assert_eq!(window.probe()["run_list"]["found"], 1);
    assert_eq!(selected(&window), 0);
    window.push("Undo");
    for _ in 0..3 {
        wait(&mut window);
    }
    window.harness.get_by_label("320 runs are back");
    assert_eq!(window.probe()["run_list"]["found"], 321);
    window.did(&["Runs::Delete", "Runs::Restore"]);
}

#[test]
fn one_thing_is_done_with_many_at_a_time() {
    let mut window = runs(|world| world.remember(64));
    window.press(Modifiers::COMMAND, Key::A);
    wait(&mut window);
    window.world.borrow_mut().is_silent = true;
    window.push("Retry failed");
    window.press(Modifiers::NONE, Key::Delete);
    window.harness.get_by_label_contains("still being retried");
    assert_eq!(window.world.borrow().asked("delete_runs"), 0);
}

#[test]
fn a_row_has_a_menu() {
    let mut window = runs(|world| world.remember(64));
    let failed = window.harness.query_all_by_label_contains(", failed, ").next().unwrap();
    let at = failed.rect().center();
    window.right_click(at);
    window.push("Only runs of this workflow");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["query"], "workflow:daily_sales");
    let failed = window.harness.query_all_by_label_contains(", failed, ").next().unwrap();
    let at = failed.rect().center();
    window.right_click(at);
    window.push("Retry failed");
    wait(&mut window);
    let world = window.world.borrow();
    let retried = world.requests.iter().find_map(|request| match request {
        Request::RetryRuns(retry) => Some(retry.runs.len()),
        _ => None,
    });
    assert_eq!(retried, Some(1));
    window.did(&["Runs::OfWorkflow"]);
}

#[test]
fn pictures_of_selected_runs() {
    for (theme, name) in themes() {
        let mut window = Window::with(theme, FULL, 1.0, None, |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            world.remember(5_000);
            let run = world.begin(SALES_TEXT);
            world.finish(run, RunState::Failed, Some("load"));
        });
        window.press(Modifiers::COMMAND, Key::Num2);
        window.fill("Find runs", "since:30d -state:canceled");
        wait(&mut window);
        window.press(Modifiers::NONE, Key::Escape);
        for row in [1, 4, 6] {
            click_row(&mut window, row, Modifiers::COMMAND);
        }
        check(&mut window, &format!("runs_selected_{name}"));
    }
    let mut window = Window::with(ThemeChoice::Dark, FULL, 1.0, None, |world| world.remember(50));
    window.press(Modifiers::COMMAND, Key::Num2);
    window.push("Filter by state");
    check(&mut window, "runs_state_menu");
}
