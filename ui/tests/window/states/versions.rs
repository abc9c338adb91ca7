//! The drawer of the editor: problems, the last run, versions, and the document as text, in their states.

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use millrace_api::version::VersionReason;
use millrace_api::{ApiError, Code};
use millrace_ui::ThemeChoice;

use super::{HAN, can, han, in_han};
use crate::pictures::{SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, START, Window, World};

fn drawer(theme: ThemeChoice, tab: &str, text: &str, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, SMALL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text.to_owned());
        make(world);
    });
    window.push(tab);
    for _ in 0..4 {
        window.settle();
    }
    window
}

fn versions(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    drawer(theme, "Versions", SALES_TEXT, make)
}

#[test]
fn versions_that_are_missing_or_on_their_way_or_unreadable_say_so() {
    let mut window = versions(ThemeChoice::Light, |_| {});
    window.harness.get_by_label("No versions yet");
    check(&mut window, "versions_empty");
    let mut window = versions(ThemeChoice::Light, |world| world.held = Some("list_versions"));
    window.harness.get_by_label("Loading the versions");
    check(&mut window, "versions_loading");
    let broken = ApiError::new(Code::Internal, "the history has a hole");
    for (theme, name) in themes() {
        let mut window = versions(theme, |world| {
            world.refuse.insert("list_versions", broken.clone());
        });
        window.harness.get_by_label("The history has a hole.");
        check(&mut window, &format!("versions_error_{name}"));
        window.world.borrow_mut().refuse.clear();
        window.push("Try again");
        window.settle();
        window.harness.get_by_label("No versions yet");
    }
}

/// Three thousand versions in another script, each with another title of a task.
fn many(world: &mut World) {
    han(world);
    for number in 0..3_000 {
        let text = in_han().replace("清理数据 🎉", &format!("{HAN} {number} 🎉"));
        world.versions.push((START, VersionReason::Saved, text));
    }
}

#[test]
fn thousands_of_versions_in_another_script_are_asked_for_where_they_are_seen() {
    let mut window = versions(ThemeChoice::Dark, many);
    for _ in 0..10 {
        window.settle();
    }
    let read = window.world.borrow().asked("read_version");
    assert!((2..30).contains(&read), "{read} versions were read");
    assert!(window.says("Title of"));
    check(&mut window, "versions_huge_cjk");
}

#[test]
fn while_nobody_answers_versions_stay_and_are_not_restored() {
    let mut window = versions(ThemeChoice::Dark, |world| {
        world.versions.push((START, VersionReason::Saved, SALES_TEXT.to_owned()));
    });
    window.leave();
    assert!(window.says("The first version that is known"));
    let restore = window.harness.get_by_label_contains("Restore the version");
    assert!(restore.accesskit_node().is_disabled());
    check(&mut window, "versions_disconnected");
    // One that was never opened before is asked for when the engine is back.
    let mut window = versions(ThemeChoice::Dark, |_| {});
    window.push("Problems");
    window.leave();
    window.press(egui::Modifiers::COMMAND, egui::Key::S);
    window.push("Versions");
    window.settle();
    window.come_back();
    window.harness.get_by_label("No versions yet");
}

#[test]
fn thousands_of_problems_in_another_script_are_listed_where_they_are_seen() {
    let tasks: Vec<String> = (0..2_000)
        .map(|at| format!(r#"{{ "name": "t{at}", "title": "{HAN}", "kind": "中文{at}" }}"#))
        .collect();
    let text =
        format!(r#"{{ "millrace": 1, "name": "daily_sales", "tasks": [{}] }}"#, tasks.join(","));
    let mut window = drawer(ThemeChoice::Light, "Problems", &text, han);
    let drawn = window.harness.query_all_by_label_contains("kind").count();
    assert!((2..60).contains(&drawn), "{drawn} problems are drawn");
    check(&mut window, "problems_huge_cjk");
    let mut window = drawer(ThemeChoice::Light, "Problems", SALES_TEXT, |_| {});
    window.harness.get_by_label("No problems");
    check(&mut window, "problems_empty");
}

#[test]
fn the_last_run_is_on_its_way_or_missing() {
    let mut window = drawer(ThemeChoice::Dark, "Last run", SALES_TEXT, |_| {});
    window.harness.get_by_label("Not run yet");
    check(&mut window, "last_run_empty");
    window.world.borrow_mut().held = Some("get_run");
    window.press(egui::Modifiers::COMMAND, egui::Key::Enter);
    window.settle();
    window.harness.get_by_label("Loading the run");
    let mut window = drawer(ThemeChoice::Dark, "Last run", SALES_TEXT, |world| {
        let gone = ApiError::new(Code::NotFound, "there is no run 8f2c41d9");
        world.refuse.insert("get_run", gone);
    });
    window.press(egui::Modifiers::COMMAND, egui::Key::Enter);
    window.settle();
    window.harness.get_by_label("This run cannot be shown");
    check(&mut window, "last_run_error");
    window.world.borrow_mut().refuse.clear();
    window.push("Try again");
    window.settle();
    window.harness.get_by_label("Clean rows, pending");
    assert!(can(&window, "Stop"));
}
