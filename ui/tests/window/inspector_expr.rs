//! Fields that hold expressions: names that are in scope are completed, values of the last run are shown.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_model::event::{Outcome, RunState};
use serde_json::json;

use crate::inspector::{SIZE, TEXT};
use crate::pictures::{check, themes};
use crate::world::{SALES, Window};

fn window(theme: millrace_ui::ThemeChoice) -> Window {
    Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), TEXT.to_owned());
    })
}

/// Runs it once: `extract` gives 18,000 rows.
fn run(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs.last().unwrap().run;
    {
        let mut world = window.world.borrow_mut();
        let serial = world.start(run, "extract");
        let outputs = json!({ "rows": 18_000, "file": "sales.csv" });
        world.give(run, serial, outputs.as_object().unwrap().clone());
        world.finish(run, RunState::Succeeded, None);
    }
    window.settle();
    window.settle();
}

fn typed(window: &mut Window, name: &str, text: &str) {
    window.harness.get_all_by_label(name).last().unwrap().type_text(text);
    window.settle();
}

#[test]
fn names_in_scope_are_offered_while_one_is_typed() {
    let mut window = window(millrace_ui::ThemeChoice::Dark);
    window.select("load");
    window.push("Control");
    window.fill("Only when", "params.");
    assert!(window.has("params.day") && window.has("params.mode"));
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.value("Only when"), "params.mode");
    assert!(!window.has("params.day"));
    typed(&mut window, "Only when", " == 'full' && task");
    assert!(window.has("tasks.extract.state"));
    // What comes after it is not in scope.
    assert!(!window.has("tasks.shell.state"));
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.has("tasks.extract.state"));
    // The field keeps the focus.
    typed(&mut window, "Only when", "s.extract.s");
    window.press(Modifiers::NONE, Key::Tab);
    assert_eq!(window.value("Only when"), "params.mode == 'full' && tasks.extract.state");
    let workflow = window.workflow();
    let when = workflow.task("load").unwrap().when.as_deref();
    assert_eq!(when, Some("params.mode == 'full' && tasks.extract.state"));
}

#[test]
fn a_click_takes_a_name() {
    let mut window = window(millrace_ui::ThemeChoice::Dark);
    window.select("load");
    window.push("Control");
    window.fill("Lock", "x-${params.d");
    let at = window.harness.get_by_label("params.day").rect().center();
    window.click(at);
    assert_eq!(window.value("Lock"), "x-${params.day");
    typed(&mut window, "Lock", "}");
    let workflow = window.workflow();
    assert_eq!(workflow.task("load").unwrap().lock.as_deref(), Some("x-${params.day}"));
}

#[test]
fn outputs_of_the_last_run_are_offered_and_evaluated() {
    let mut window = window(millrace_ui::ThemeChoice::Dark);
    run(&mut window);
    window.select("load");
    window.push("Control");
    assert!(window.has("= true"));
    window.fill("Only when", "tasks.extract.outputs.r");
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.has("= 18000"));
    window.fill("Only when", "tasks.extract.outputs.lines > 0");
    window.harness.get_by_label_contains("No value from the last run");
    window.push("Environment");
    window.fill("Variables 1 value", "${tasks.extract.outputs.file}.gz");
    assert!(window.has("= sales.csv.gz"));
}

#[test]
fn a_name_of_the_join_is_an_upstream_with_its_ending() {
    let mut window = window(millrace_ui::ThemeChoice::Dark);
    window.select("load");
    window.push("Control");
    window.push("Expression");
    window.fill("Join expression", "extract.sk");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.value("Join expression"), "extract.skipped");
}

#[test]
fn pictures_of_completion() {
    for (theme, word) in themes() {
        let mut window = window(theme);
        run(&mut window);
        window.select("load");
        window.push("Control");
        window.fill("Only when", "tasks.extract.outputs.rows > 0 && tas");
        check(&mut window, &format!("expression_{word}"));
    }
}

#[test]
fn an_outcome_without_outputs_has_no_value() {
    let mut window = window(millrace_ui::ThemeChoice::Dark);
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs.last().unwrap().run;
    {
        let mut world = window.world.borrow_mut();
        let serial = world.start(run, "extract");
        world.end(run, serial, 10, Outcome::Error { message: "no shell".to_owned() }, "");
    }
    window.settle();
    window.select("load");
    window.push("Control");
    assert!(!window.has("= true"));
    window.harness.get_all_by_label("Only when").last().unwrap().focus();
    window.settle();
    window.harness.get_by_label_contains("No value from the last run");
}
