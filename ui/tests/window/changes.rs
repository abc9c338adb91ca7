//! Two workflows compared: on a canvas, as a list, and line by line.

use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::version::VersionReason;
use millrace_api::{ApiError, Code};
use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::ident::Ident;
use millrace_model::read::Document;
use millrace_model::write::canonical_text;
use millrace_ui::ThemeChoice;
use serde_json::json;

use crate::pictures::{FULL, check, themes};
use crate::world::{SALES, SALES_TEXT, START, Window, World};

const SMALL: Vec2 = Vec2::new(1100.0, 700.0);

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

/// The daily sales as they were: one task fewer, another one more, and another script.
fn older() -> String {
    let mut workflow = Document::parse(SALES_TEXT.as_bytes()).workflow.unwrap();
    workflow.tasks.retain(|task| task.name.as_str() != "clean_rows");
    let is_of =
        |edge: &Dependency| [&edge.from, &edge.to].iter().any(|it| it.as_str() == "clean_rows");
    workflow.dependencies.retain(|edge| !is_of(edge));
    let mut task = Task::new(ident("archive"), "shell");
    task.title = Some("Archive exports".to_owned());
    workflow.tasks.push(task);
    workflow.dependencies.push(Dependency::new(ident("fetch_exports"), ident("archive")));
    let at = workflow.layout.tasks[&ident("build_report")];
    workflow.layout.tasks.insert(ident("archive"), [at[0], at[1] + 16.0]);
    let script = "set -eu\\nexec ./report.sh --day yesterday";
    canonical_text(&workflow).replace("exec ./report.sh", script)
}

/// A window whose workflow has these versions, the last of them as it is, comparing the first with it.
fn compared(
    theme: ThemeChoice,
    size: Vec2,
    versions: &[String],
    make: impl FnOnce(&mut World),
) -> Window {
    let mut window = Window::with(theme, size, 1.0, Some(SALES), |world| {
        let last = versions.last().cloned().unwrap_or_else(|| SALES_TEXT.to_owned());
        world.files.insert(SALES.to_owned(), last);
        for text in versions {
            world.versions.push((START, VersionReason::Saved, text.clone()));
        }
        make(world);
    });
    window.push("Versions");
    window.settle();
    window.settle();
    window.harness.get_all_by_label_contains("Compare with the version").last().unwrap().click();
    window.settle();
    window.settle();
    window
}

fn sales(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    compared(theme, FULL, &[older(), SALES_TEXT.to_owned()], make)
}

#[test]
fn what_differs_is_told_on_the_canvas_in_a_list_and_line_by_line() {
    let mut window = sales(ThemeChoice::Dark, |_| {});
    let probe = window.probe();
    assert_eq!((&probe["place"], &probe["changes"]["selected"]), (&json!("changes"), &json!(0)));
    let rows = probe["changes"]["rows"].as_array().unwrap().clone();
    let has = |row: &str| rows.iter().any(|it| it == row);
    assert!(has("+ Clean rows: Python"), "{rows:?}");
    assert!(has("− Archive exports: Shell script") && has("~ Build report: script"), "{rows:?}");
    assert!(has("− Fetch exports → Archive exports: on success"), "{rows:?}");
    for card in
        ["Task Clean rows, added", "Task Archive exports, removed", "Task Build report, changed"]
    {
        window.harness.get_by_label(card);
    }
    window.harness.get_by_label("Task Fetch exports, the same");
    // With the keys down to what changed: its script, line by line.
    let at = rows.iter().position(|row| row == "~ Build report: script").unwrap();
    while window.probe()["changes"]["selected"] != json!(at) {
        let before = window.probe()["changes"]["selected"].clone();
        window.press(Modifiers::NONE, Key::N);
        assert_ne!(window.probe()["changes"]["selected"], before, "the next one");
    }
    window.harness.get_by_label("− set -eu");
    window.harness.get_by_label("− exec ./report.sh --day yesterday");
    window.harness.get_by_label("+ exec ./report.sh");
    window.press(Modifiers::NONE, Key::P);
    assert_eq!(window.probe()["changes"]["selected"], json!(at - 1));
    // A card that is clicked is shown, and so is a row of the list.
    let archive = window.harness.get_by_label("Task Archive exports, removed").rect().center();
    window.click(archive);
    let row = window.probe()["changes"]["selected"].as_u64().unwrap();
    assert_eq!(rows[row as usize], "− Archive exports: Shell script");
    window.harness.get_by_label("− Archive exports");
    window.push("~ Build report: script");
    assert_eq!(window.probe()["changes"]["selected"], json!(at));
    window.did(&["Changes::Show", "Changes::Step"]);
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.probe()["place"], "editor");
    window.did(&["Changes::Close"]);
}

#[test]
fn other_versions_are_chosen_and_the_older_one_is_restored() {
    let middle = SALES_TEXT.replace("exec ./report.sh", "exec ./middle.sh");
    let versions = [older(), middle, SALES_TEXT.to_owned()];
    let mut window = compared(ThemeChoice::Dark, FULL, &versions, |_| {});
    let older = window.harness.get_all_by_label_contains("Older: v1").next().unwrap();
    older.click();
    window.settle();
    window.harness.get_all_by_label_contains("v2 · saved").next().unwrap().click();
    window.settle();
    window.settle();
    assert_eq!(window.probe()["changes"]["rows"], json!(["~ Build report: script"]));
    window.harness.get_by_label("− exec ./middle.sh");
    window.did(&["Changes::Choose"]);
    window.push("Restore the older version");
    window.settle();
    assert_eq!(window.probe()["place"], "editor");
    let text = window.probe()["document"]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("exec ./middle.sh"));
    window.did(&["Changes::Restore", "File::RestoreVersion"]);
}

#[test]
fn nothing_is_edited_there() {
    let mut window = sales(ThemeChoice::Dark, |_| {});
    let text = window.probe()["document"]["text"].clone();
    window.press(Modifiers::COMMAND, Key::A);
    window.press(Modifiers::NONE, Key::Delete);
    window.press(Modifiers::NONE, Key::D);
    assert_eq!(window.probe()["document"]["text"], text);
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn where_nothing_can_be_shown_it_says_why() {
    let same = [SALES_TEXT.to_owned(), SALES_TEXT.to_owned()];
    let mut window = compared(ThemeChoice::Dark, SMALL, &same, |_| {});
    window.harness.get_by_label("Nothing differs");
    check(&mut window, "changes_empty");

    let broken = ["{ half".to_owned(), SALES_TEXT.to_owned()];
    let mut window = compared(ThemeChoice::Dark, SMALL, &broken, |_| {});
    window.harness.get_by_label("These cannot be compared");
    check(&mut window, "changes_error");

    let mut window = sales(ThemeChoice::Light, |_| {});
    window.press(Modifiers::NONE, Key::Escape);
    window.world.borrow_mut().held = Some("read_version");
    window.harness.get_all_by_label_contains("Compare with the version").last().unwrap().click();
    window.settle();
    window.harness.get_by_label("Loading");
    check(&mut window, "changes_loading");

    // What cannot be read while the engine is away is asked for again when it is back.
    let mut window = sales(ThemeChoice::Dark, |_| {});
    window.press(Modifiers::NONE, Key::Escape);
    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    window.world.borrow_mut().refuse.insert("read_version", gone);
    window.harness.get_all_by_label_contains("Compare with the version").last().unwrap().click();
    window.settle();
    window.harness.get_by_label("These cannot be compared");
    check(&mut window, "changes_disconnected");
    window.world.borrow_mut().refuse.clear();
    window.world.borrow_mut().relist();
    for _ in 0..4 {
        window.settle();
    }
    window.harness.get_by_label("Task Clean rows, added");
}

#[test]
fn pictures_of_changes() {
    for (theme, name) in themes() {
        let mut window = sales(theme, |_| {});
        let rows = window.probe()["changes"]["rows"].as_array().unwrap().clone();
        let at = rows.iter().position(|row| row == "~ Build report: script").unwrap();
        for _ in 0..at {
            window.press(Modifiers::NONE, Key::N);
        }
        check(&mut window, &format!("changes_{name}"));
    }
    let han = |workflow: &str, task: &str| {
        let mut all = Document::parse(SALES_TEXT.as_bytes()).workflow.unwrap();
        all.title = Some(workflow.to_owned());
        all.tasks[1].title = Some(task.to_owned());
        canonical_text(&all)
    };
    let texts = [han("每日销售", "清理"), han("每日销售报告 🎉", "清理数据")];
    let mut window = compared(ThemeChoice::Dark, SMALL, &texts, |world| {
        world.fonts.push(("每日销售报告清理数据", include_bytes!("../fonts/han.otf")));
    });
    window.settle();
    check(&mut window, "changes_cjk");
}

#[test]
fn thousands_of_tasks_are_compared() {
    let of = |from: usize, until: usize| {
        let mut all = Workflow::new(ident("large"));
        let names: Vec<Ident> = (from..until).map(|at| ident(&format!("task_{at}"))).collect();
        all.tasks = names.iter().map(|name| Task::new(name.clone(), "noop")).collect();
        all.dependencies = names
            .windows(2)
            .enumerate()
            .filter(|(at, _)| at % 20 > 0)
            .map(|(_, pair)| Dependency::new(pair[0].clone(), pair[1].clone()))
            .collect();
        canonical_text(&all)
    };
    let texts = [of(0, 2_000), of(500, 2_500)];
    let mut window = compared(ThemeChoice::Dark, FULL, &texts, |_| {});
    let rows = window.probe()["changes"]["rows"].as_array().unwrap().len();
    assert!(rows >= 1_000, "{rows}");
    check(&mut window, "changes_huge");
}
