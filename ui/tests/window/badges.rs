//! The small icons at the foot of cards and what they say.

use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

use crate::world::{SALES, SALES_TEXT, Window};

#[test]
fn badges_say_what_is_special_about_a_task() {
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["schedules"] = json!([{ "name": "workdays", "cron": "0 6 * * 1-5" }]);
    document["tasks"][1]["disabled"] = json!(true);
    document["tasks"][3]["when"] = json!("tasks.nobody.outputs.n > 0");
    let window = Window::with(
        millrace_ui::ThemeChoice::Dark,
        egui::vec2(1440.0, 900.0),
        1.0,
        Some(SALES),
        |world| {
            world.files.insert(SALES.to_owned(), document.to_string());
        },
    );
    for words in [
        "Fetch exports: workdays: 0 6 * * 1-5",
        "Clean rows: Disabled: it never runs",
        "Load warehouse: Up to 3 tries, 10 s apart, 2 times as long each time",
    ] {
        window.harness.get_by_label(words);
    }
    window.harness.get_by_label("Build report: 1 problem");
    assert!(window.harness.query_by_label_contains("Tell the team: ").is_none());
}

#[test]
fn a_badge_shows_its_words_on_hover() {
    let mut window = Window::sales();
    let words = "Load warehouse: Up to 3 tries, 10 s apart, 2 times as long each time";
    let at = window.harness.get_by_label(words).rect().center();
    window.harness.hover_at(at);
    for _ in 0..4 {
        window.settle();
    }
    window.harness.get_by_label("Up to 3 tries, 10 s apart, 2 times as long each time");
    // The card below is still what a click is for.
    window.click(at);
    assert_eq!(window.probe()["canvas"]["selected"], json!(["load_warehouse"]));
}
