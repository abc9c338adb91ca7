//! The versions of a workflow, in the drawer.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::version::VersionReason;

use crate::world::{SALES, SALES_TEXT, START, Window};

/// A window whose workflow was run as it is, and saved before with another script.
fn window() -> Window {
    let theme = millrace_ui::ThemeChoice::Dark;
    let mut window = Window::with(theme, egui::vec2(1440.0, 900.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        let before = SALES_TEXT.replace("exec ./report.sh", "exec ./before.sh");
        world.versions.push((START, VersionReason::Saved, before));
        world.versions.push((START, VersionReason::Run, SALES_TEXT.to_owned()));
    });
    window.harness.get_by_label("Versions").click();
    window.settle();
    window.settle();
    window
}

#[test]
fn versions_say_why_they_are_kept_and_what_changed() {
    let window = window();
    window.harness.get_by_label_contains("Script of Build report");
    window.harness.get_by_label_contains("The first version that is known");
    window.harness.get_by_label_contains("Run today");
    assert_eq!(window.world.borrow().asked("read_version"), 2);
    window.did(&["Drawer::Versions"]);
}

#[test]
fn a_version_is_put_on_the_canvas_as_one_step() {
    let mut window = window();
    window.harness.get_all_by_label_contains("Restore the version").last().unwrap().click();
    window.settle();
    let text = |window: &Window| window.probe()["document"]["text"].as_str().unwrap().to_owned();
    assert!(text(&window).contains("exec ./before.sh"));
    assert_eq!(window.probe()["document"]["dirty"], true);
    assert_eq!(window.world.borrow().asked("save_document"), 0);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&window), SALES_TEXT);
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.did(&["File::RestoreVersion"]);
}

#[test]
fn a_version_is_compared_with_what_is_here() {
    let mut window = window();
    window.harness.get_all_by_label_contains("Compare with the version").last().unwrap().click();
    window.settle();
    window.settle();
    window.harness.get_by_label("− exec ./before.sh");
    assert_eq!(window.probe()["changes"]["rows"], serde_json::json!(["~ Build report: script"]));
    assert!(window.harness.query_by_label("Keep mine").is_none());
    window.did(&["File::CompareVersion"]);
}

#[test]
fn what_is_saved_shows_as_a_new_version() {
    let mut window = window();
    window.press(Modifiers::COMMAND, Key::A);
    window.press(Modifiers::NONE, Key::D);
    window.press(Modifiers::COMMAND, Key::S);
    window.settle();
    window.settle();
    window.harness.get_by_label_contains("Disabled of Fetch exports");
    assert_eq!(window.world.borrow().asked("list_versions"), 2);
}
