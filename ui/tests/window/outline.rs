//! What a driver of the page finds by name.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::NodeT as _;
use millrace_ui::Outline;
use serde_json::Value;

use crate::world::Window;

fn read(window: &Window) -> Vec<Value> {
    let text = Outline::read(&window.harness.ctx);
    serde_json::from_str::<Vec<Value>>(&text).unwrap()
}

#[test]
fn widgets_are_found_by_the_names_that_assistive_technology_reads() {
    let mut window = Window::sales();
    Outline::add(&window.harness.ctx);
    assert!(read(&window).is_empty(), "nothing is gathered before somebody asks");
    window.settle();
    let widgets = read(&window);
    let run = widgets.iter().find(|w| w["name"] == "Run" && w["role"] == "Button").unwrap();
    assert_eq!(run["disabled"], false);
    let rect = window.rect_of(&run["rect"]);
    window.click(rect.center());
    assert_eq!(window.world.borrow().asked("start_run"), 1, "the place is that of the button");
    assert!(widgets.iter().all(|widget| widget["name"] != ""));
}

/// What a person can press, type in or choose, and has no name.
fn nameless(window: &Window) -> Vec<String> {
    let root = window.harness.root();
    let all = root.children_recursive().map(|node| node.accesskit_node());
    let is_control = |role: Role| {
        matches!(
            role,
            Role::Button
                | Role::CheckBox
                | Role::ComboBox
                | Role::Link
                | Role::ListBoxOption
                | Role::MultilineTextInput
                | Role::RadioButton
                | Role::Slider
                | Role::SpinButton
                | Role::Tab
                | Role::TextInput
        )
    };
    let controls: Vec<_> = all.filter(|node| is_control(node.role())).collect();
    assert!(controls.len() > 10, "{}: who looks at nothing finds nothing", controls.len());
    let without =
        controls.iter().filter(|node| node.label().is_none_or(|name| name.trim().is_empty()));
    without.map(|node| format!("{:?} at {:?}", node.role(), node.bounding_box())).collect()
}

#[test]
fn everything_that_can_be_used_has_a_name() {
    let mut window = Window::sales();
    let look = |window: &Window, what: &str| {
        assert_eq!(nameless(window), [""; 0], "{what}");
    };
    look(&window, "the workflow");
    for tab in ["Parameters", "Defaults", "Notes"] {
        window.push(tab);
        look(&window, tab);
    }
    window.select("load_warehouse");
    for tab in ["Control", "Environment", "Notes", "Spec"] {
        window.push(tab);
        look(&window, tab);
    }
    let end = window.spot("tell_the_team", Some("in"));
    window.click(end - egui::vec2(16.0, 0.0));
    look(&window, "an edge");
    window.press(Modifiers::COMMAND, Key::A);
    look(&window, "several tasks");
    window.press(Modifiers::COMMAND, Key::Enter);
    for tab in ["Problems", "Last run", "Log", "JSON", "Versions"] {
        window.push(tab);
        look(&window, tab);
    }
    for (modifiers, key, what) in [
        (Modifiers::COMMAND, Key::K, "the box that finds everything"),
        (Modifiers::NONE, Key::N, "the box for a task"),
        (Modifiers::NONE, Key::Questionmark, "the shortcuts"),
        (Modifiers::NONE, Key::F10, "the menu"),
        (Modifiers::COMMAND, Key::N, "the gallery"),
        (Modifiers::COMMAND, Key::F, "the bar that finds tasks"),
    ] {
        window.press(modifiers, key);
        look(&window, what);
        window.press(Modifiers::NONE, Key::Escape);
    }
    window.push("Run with parameters…");
    look(&window, "the dialog of a run");
    window.press(Modifiers::NONE, Key::Escape);
    for (key, what) in [(Key::Num1, "workflows"), (Key::Num2, "runs"), (Key::Comma, "settings")] {
        window.press(Modifiers::COMMAND, key);
        look(&window, what);
    }
}
