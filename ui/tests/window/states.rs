//! Each place in the states that it can be in: with nothing in it, on its way, unreadable, with thousands of things, in other
//! scripts, and while nobody answers. [`table`] says which test shows which.

mod away;
mod editor;
mod log;
mod run;
mod runs;
mod schedules;
mod settings;
mod table;
mod values;
mod versions;
mod welcome;

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use serde_json::{Value, json};

use crate::world::{SALES_TEXT, Window, World};

/// The characters that the font of the tests has.
pub const HAN: &str = "每日销售报告中文清理数据运行";

/// The system has a font with them.
pub fn han(world: &mut World) {
    world.fonts.push((HAN, include_bytes!("../fonts/han.otf")));
}

/// The daily sales with titles in Chinese, of which one is far too long.
pub fn in_han() -> String {
    SALES_TEXT
        .replace("Daily sales report", "每日销售报告 🎉")
        .replace("Fetch exports", &HAN.repeat(4))
        .replace("Clean rows", "清理数据 🎉")
        .replace("Load warehouse", "运行报告")
}

/// A workflow of so many tasks in rows of forty, each after the one above it.
pub fn large(count: usize) -> String {
    let name = |at: usize| format!("task_{at}");
    let task = |at| json!({ "name": name(at), "title": format!("Task {at}"), "kind": "noop" });
    let after = |at: usize| json!({ "from": name(at - 40), "to": name(at) });
    let place = |at: usize| (name(at), json!([at % 40 * 240, at / 40 * 112]));
    let places: serde_json::Map<String, Value> = (0..count).map(place).collect();
    json!({
        "millrace": 1,
        "name": "daily_sales",
        "title": "Large",
        "tasks": (0..count).map(task).collect::<Vec<_>>(),
        "dependencies": (40..count).map(after).collect::<Vec<_>>(),
        "layout": { "tasks": places },
    })
    .to_string()
}

/// Whether what has this name can be used.
pub fn can(window: &Window, name: &str) -> bool {
    let node = window.harness.get_all_by_label(name).last().unwrap();
    !node.accesskit_node().is_disabled()
}
