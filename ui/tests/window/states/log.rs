//! A log: none, empty, on its way, one that cannot be read, a long one, other scripts, and while nobody answers.

use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code};
use millrace_model::event::RunState;
use millrace_ui::ThemeChoice;

use super::run::open;
use super::{HAN, can, han, in_han};
use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES_TEXT, Window, World};

fn wait(window: &mut Window) {
    for _ in 0..8 {
        window.settle();
    }
}

/// A run is over in which one task printed these lines.
fn printed(world: &mut World, text: &str, lines: &[(&str, bool)]) {
    let run = world.begin(text);
    world.print(run, "fetch_exports", lines);
    world.succeed(run, "fetch_exports", 900);
    world.finish(run, RunState::Succeeded, None);
}

/// The log of that task.
fn log(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    let mut window = open(theme, SMALL, make);
    window.select("fetch_exports");
    window.push("Log");
    wait(&mut window);
    window
}

const LINES: [(&str, bool); 3] =
    [("connecting", false), ("14 columns, 3 of them empty", false), ("no customer in row 7", true)];

#[test]
fn a_task_that_printed_nothing_or_has_not_run_says_so() {
    let mut window = log(ThemeChoice::Light, |world| printed(world, SALES_TEXT, &[]));
    window.harness.get_by_label("The task printed nothing.");
    check(&mut window, "log_empty");
    let mut window = open(ThemeChoice::Light, SMALL, |world| printed(world, SALES_TEXT, &LINES));
    window.push("Log");
    window.harness.get_by_label("No log chosen");
}

#[test]
fn a_log_that_is_on_its_way_says_so() {
    let mut window = log(ThemeChoice::Dark, |world| {
        printed(world, SALES_TEXT, &LINES);
        world.held = Some("read_log");
    });
    window.harness.get_by_label("Loading the log");
    check(&mut window, "log_loading");
    let mut window = Window::sales();
    window.world.borrow_mut().held = Some("get_run");
    window.press(egui::Modifiers::COMMAND, egui::Key::Enter);
    window.push("Log");
    window.harness.get_by_label("Loading the run");
}

#[test]
fn a_log_that_cannot_be_read_says_why_and_is_asked_for_again() {
    let broken = ApiError::new(Code::File, "attempt-1.log: input/output error")
        .help("look at the disk with `dmesg`");
    for (theme, name) in themes() {
        let mut window = log(theme, |world| {
            printed(world, SALES_TEXT, &LINES);
            world.refuse.insert("read_log", broken.clone());
        });
        window.harness.get_by_label("The log cannot be read");
        assert!(window.says("input/output error. Look at the disk with “dmesg”."));
        check(&mut window, &format!("log_error_{name}"));
        window.world.borrow_mut().refuse.clear();
        window.push("Try again");
        wait(&mut window);
        window.harness.get_by_label("connecting");
    }
}

#[test]
fn a_long_log_with_long_lines_is_shown_at_its_end() {
    let mut window = open(ThemeChoice::Light, FULL, |world| {
        let rows: Vec<String> = (0..120_000)
            .map(|n| match n % 9 {
                4 => format!("row {n}: {}", "a very long line without any end, ".repeat(12)),
                7 => format!("\u{1b}[31mERROR\u{1b}[0m row {n} has no customer"),
                _ => format!("row {n}: 14 columns, 3 of them empty"),
            })
            .collect();
        let lines: Vec<(&str, bool)> =
            rows.iter().enumerate().map(|(n, row)| (row.as_str(), n % 9 == 7)).collect();
        printed(world, SALES_TEXT, &lines);
    });
    window.select("fetch_exports");
    window.push("Log");
    wait(&mut window);
    assert!(window.says("row 119999"));
    let drawn = window.harness.query_all_by_label_contains("row 11").count();
    assert!(drawn < 60, "{drawn} lines are drawn");
    check(&mut window, "log_huge");
}

#[test]
fn other_scripts_are_shown_and_wrapped() {
    let mut window = log(ThemeChoice::Dark, |world| {
        han(world);
        let long = format!("{}🎉", HAN.repeat(9));
        let lines = [("清理 3 行数据 🎉", false), (long.as_str(), false), ("数据 报告", true)];
        printed(world, &in_han(), &lines);
    });
    wait(&mut window);
    window.push("Wrap long lines");
    wait(&mut window);
    window.harness.get_by_label("清理 3 行数据 🎉");
    check(&mut window, "log_cjk");
}

#[test]
fn what_was_loaded_stays_while_nobody_answers() {
    let mut window = log(ThemeChoice::Dark, |world| printed(world, SALES_TEXT, &LINES));
    window.leave();
    window.harness.get_by_label("connecting");
    for name in ["Save log", "Copy log"] {
        assert!(!can(&window, name), "{name}");
    }
    check(&mut window, "log_disconnected");
    window.push("Err");
    wait(&mut window);
    window.harness.get_by_label("The log cannot be read now");
    window.come_back();
    wait(&mut window);
    window.harness.get_by_label("no customer in row 7");
    assert!(!window.has("connecting") && can(&window, "Save log"));
}
