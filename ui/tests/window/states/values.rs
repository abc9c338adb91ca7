//! Values and artifacts: none, on their way, what cannot be read, thousands, other scripts, and while nobody answers.

use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code};
use millrace_model::event::{AttemptEnd, Outcome, RunEventKind, RunState, TaskState, Then};
use millrace_ui::ThemeChoice;
use serde_json::{Value, json};

use super::run::open;
use super::{HAN, can, han, in_han};
use crate::pictures::{SMALL, check, themes};
use crate::world::{SALES_TEXT, Window, World, artifact};

/// A run is over in which a task gave these values.
fn gave(world: &mut World, text: &str, outputs: &Value) {
    let run = world.begin(text);
    let serial = world.start(run, "fetch_exports");
    world.give(run, serial, outputs.as_object().unwrap().clone());
    world.finish(run, RunState::Succeeded, None);
}

fn values(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    let mut window = open(theme, SMALL, make);
    window.select("fetch_exports");
    window.push("Values");
    window.settle();
    window
}

#[test]
fn a_task_without_values_says_so() {
    let mut window = values(ThemeChoice::Light, |world| gave(world, SALES_TEXT, &json!({})));
    window.harness.get_by_label("It gave nothing.");
    window.harness.get_by_label("The tasks before it gave nothing.");
    check(&mut window, "values_empty");
}

#[test]
fn values_of_a_run_that_is_on_its_way_or_gone_say_so() {
    for (held, refused, words) in [
        (Some("get_run"), None, "Loading the run"),
        (None, Some(ApiError::new(Code::NotFound, "there is no run")), "This run cannot be shown"),
    ] {
        let mut window = Window::sales();
        {
            let mut world = window.world.borrow_mut();
            world.held = held;
            world.refuse.extend(refused.map(|error| ("get_run", error)));
        }
        window.press(egui::Modifiers::COMMAND, egui::Key::Enter);
        window.push("Values");
        window.settle();
        window.harness.get_by_label(words);
    }
}

#[test]
fn a_task_that_the_run_did_not_have_has_no_values() {
    let mut window = Window::sales();
    window.press(egui::Modifiers::COMMAND, egui::Key::Enter);
    window.world.borrow_mut().finish_last();
    window.press(egui::Modifiers::NONE, egui::Key::Escape);
    window.press(egui::Modifiers::COMMAND, egui::Key::D);
    window.select("fetch_exports");
    window.press(egui::Modifiers::COMMAND, egui::Key::D);
    window.settle();
    window.push("Values");
    window.harness.get_by_label("Not in this run");
}

#[test]
fn thousands_of_values_are_drawn_where_they_are_seen() {
    let list: Vec<Value> = (0..10_000).map(|n| json!({ "row": n, "total": n * 7 })).collect();
    let mut many = serde_json::Map::from_iter([("rows".to_owned(), json!(list))]);
    many.extend((0..5_000).map(|n| (format!("value_{n:04}"), json!(n))));
    let mut window =
        values(ThemeChoice::Dark, |world| gave(world, SALES_TEXT, &Value::Object(many)));
    let drawn = window.harness.query_all_by_label_contains("value_").count();
    assert!((20..80).contains(&drawn), "{drawn} values are drawn");
    window.push("Log");
    window.push("4,981 more in Values");
    assert_eq!(window.probe()["drawer"], "values");
    window.push("rows: 10,000 items");
    window.settle();
    let drawn = window.harness.query_all_by_label_contains("2 members").count();
    assert!((3..80).contains(&drawn), "{drawn} items are drawn");
    check(&mut window, "values_huge");
}

#[test]
fn values_in_other_scripts_are_shown() {
    let rows = json!({ "中文 报告": HAN.repeat(6), "数据": { "清理 🎉": ["运行", "销售"] } });
    let mut window = values(ThemeChoice::Light, |world| {
        han(world);
        gave(world, &in_han(), &rows);
    });
    window.push("数据: 1 member");
    for _ in 0..4 {
        window.settle();
    }
    check(&mut window, "values_cjk");
}

/// A run is over in which a task left files.
fn left(world: &mut World, files: &[(&str, Vec<u8>)]) {
    let run = world.begin(SALES_TEXT);
    let serial = world.start(run, "fetch_exports");
    let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, world.time());
    end.artifacts = files.iter().map(|(name, bytes)| artifact(name, bytes)).collect();
    let then = Then::End { state: TaskState::Succeeded, cause: None };
    world.happen(run, RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
    world.artifacts.extend(files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())));
    world.finish(run, RunState::Succeeded, None);
}

fn sheet(theme: ThemeChoice, name: &str, make: impl FnOnce(&mut World)) -> Window {
    let mut window = open(theme, SMALL, make);
    window.select("fetch_exports");
    let label = format!("Show {name}");
    window.harness.get_by_label(&label).scroll_to_me();
    window.settle();
    let at = window.harness.get_by_label(&label).rect().center();
    window.click(at);
    for _ in 0..6 {
        window.settle();
    }
    window
}

fn notes() -> Vec<(&'static str, Vec<u8>)> {
    vec![("notes.txt", b"one\ntwo\n".to_vec())]
}

#[test]
fn an_artifact_that_is_on_its_way_or_cannot_be_read_says_so() {
    let window = sheet(ThemeChoice::Dark, "notes.txt", |world| {
        left(world, &notes());
        world.held = Some("read_artifact");
    });
    window.harness.get_by_label("Reading…");
    let broken =
        ApiError::new(Code::File, "notes.txt: permission denied").help("look at the folder");
    for (theme, name) in themes() {
        let mut window = sheet(theme, "notes.txt", |world| {
            left(world, &notes());
            world.refuse.insert("read_artifact", broken.clone());
        });
        window.harness.get_by_label("notes.txt: permission denied.");
        window.harness.get_by_label("Look at the folder.");
        assert!(!window.has("Save as…"), "there is nothing to save");
        check(&mut window, &format!("artifact_error_{name}"));
    }
}

#[test]
fn a_large_artifact_in_another_script_is_shown_from_its_beginning() {
    let text = format!("{}\n", HAN.repeat(2)).repeat(40_000).into_bytes();
    let names: Vec<String> = (0..300).map(|n| format!("数据/{n:03} 报告.txt")).collect();
    let files: Vec<(&str, Vec<u8>)> =
        names.iter().map(|name| (name.as_str(), text.clone())).collect();
    let mut window = sheet(ThemeChoice::Light, "数据/003 报告.txt", |world| {
        han(world);
        left(world, &files);
    });
    assert!(window.says("the beginning is shown"));
    check(&mut window, "artifact_cjk_huge");
}

#[test]
fn an_artifact_that_is_opened_while_nobody_answers_says_what_to_do() {
    let mut window = open(ThemeChoice::Dark, SMALL, |world| left(world, &notes()));
    window.select("fetch_exports");
    window.leave();
    let at = window.harness.get_by_label("Show notes.txt").rect().center();
    window.click(at);
    window.settle();
    window.harness.get_by_label("Open it again when the engine answers.");
    check(&mut window, "artifact_disconnected");
    window.push("Close");
    window.come_back();
    let at = window.harness.get_by_label("Show notes.txt").rect().center();
    window.click(at);
    window.settle();
    assert!(can(&window, "Save as…"));
}
