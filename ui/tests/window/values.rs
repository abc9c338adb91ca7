//! The values of a task in the drawer: a tree of what it read and gave, copied, and shown large.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_model::event::RunState;
use serde_json::json;

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

fn window(theme: millrace_ui::ThemeChoice) -> Window {
    let mut window = Window::with(theme, vec2(1440.0, 900.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    });
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        let serial = world.start(run, "fetch_exports");
        let rows = json!([
            {"customer": "Åkesson", "total": 120.5, "paid": true},
            {"customer": "漢字 🎉", "total": 7, "paid": false, "note": "late"},
        ]);
        let outputs = json!({"rows": rows, "files": ["a.csv", "b.csv"], "note": "two\nlines"});
        let serde_json::Value::Object(outputs) = outputs else { unreachable!() };
        world.give(run, serial, outputs);
        world.succeed(run, "clean_rows", 100);
        world.finish(run, RunState::Succeeded, None);
    }
    window.settle();
    window.select("fetch_exports");
    window.push("Values");
    window
}

#[test]
fn values_open_step_by_step_and_are_those_of_the_selected_task() {
    let mut window = window(millrace_ui::ThemeChoice::Dark);
    assert_eq!(window.probe()["drawer"], "values");
    window.harness.get_by_label("rows: 2 items").click();
    window.settle();
    window.harness.get_by_label("1: 4 members").click();
    window.settle();
    window.harness.get_by_label("customer: 漢字 🎉");
    window.harness.get_by_label("note: two lines");
    window.select("clean_rows");
    window.settle();
    window.harness.get_by_label("It gave nothing.");
    window.harness.get_by_label("fetch_exports · files: 2 items");
    window.did(&["Drawer::Values"]);
}

#[test]
fn values_are_copied_named_and_shown_as_a_table() {
    let mut window = window(millrace_ui::ThemeChoice::Dark);
    let at = window.harness.get_by_label("rows: 2 items").rect().center();
    let copied = |window: &mut Window, name: &str| {
        window.right_click(at);
        window.harness.get_by_label_contains(name).click();
        let text = window.copied().unwrap();
        window.settle();
        text
    };
    assert_eq!(copied(&mut window, "Copy as expression"), "${tasks.fetch_exports.outputs.rows}");
    let value: serde_json::Value =
        serde_json::from_str(&copied(&mut window, "Copy value")).unwrap();
    assert_eq!(value[1]["note"], "late");
    window.right_click(at);
    window.harness.get_by_label_contains("Show as a table").click();
    window.settle();
    window.harness.get_by_label("customer, paid, total, note");
    window.harness.get_by_label("漢字 🎉, false, 7, late");
    window.harness.get_by_label("Close").click();
    window.settle();
    assert!(window.harness.query_by_label("customer, paid, total, note").is_none());
}

#[test]
fn pictures_of_values() {
    for (theme, word) in themes() {
        let mut window = window(theme);
        window.harness.get_by_label("rows: 2 items").click();
        window.settle();
        window.harness.get_by_label("0: 3 members").click();
        window.settle();
        check(&mut window, &format!("values_tree_{word}"));
    }
}
