//! Finding tasks in the workflow in view, and from a problem to its place.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use serde_json::json;

use crate::world::{SALES, SALES_TEXT, Window};

const FIELD: &str = "Find in workflow";

fn open_with(text: String) -> Window {
    let theme = millrace_ui::ThemeChoice::Dark;
    Window::with(theme, egui::vec2(1440.0, 900.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text);
    })
}

fn find(window: &mut Window, query: &str) {
    window.press(Modifiers::COMMAND, Key::F);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.settle();
    window.harness.get_by_label(FIELD).type_text(query);
    window.settle();
}

fn selected(window: &Window) -> serde_json::Value {
    window.probe()["canvas"]["selected"].clone()
}

#[test]
fn enter_goes_through_what_is_found_and_escape_closes() {
    let mut window = Window::sales();
    find(&mut window, "kind:shell");
    window.harness.get_by_label("3 found");
    assert_eq!(selected(&window), json!([]));
    for (place, task) in [
        ("1 of 3", "load_warehouse"),
        ("2 of 3", "build_report"),
        ("3 of 3", "tell_the_team"),
        ("1 of 3", "load_warehouse"),
    ] {
        window.press(Modifiers::NONE, Key::Enter);
        window.harness.get_by_label(place);
        assert_eq!(selected(&window), json!([task]));
    }
    window.press(Modifiers::SHIFT, Key::Enter);
    assert_eq!(selected(&window), json!(["tell_the_team"]));
    find(&mut window, "on conflict (id)");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(selected(&window), json!(["load_warehouse"]), "in the script");
    find(&mut window, "nowhere");
    window.harness.get_by_label("none");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label(FIELD).is_none());
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn what_is_invalid_or_disabled_is_found() {
    let text = SALES_TEXT.replace("\"kind\": \"command\"", "\"kind\": \"teleport\"");
    let mut window = open_with(text);
    find(&mut window, "is:invalid");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(selected(&window), json!(["fetch_exports"]));
    find(&mut window, "is:disabled");
    window.harness.get_by_label("none");
}

#[test]
fn a_click_on_a_problem_shows_its_task_and_a_broken_text_its_text() {
    let text = SALES_TEXT.replace("\"kind\": \"command\"", "\"kind\": \"teleport\"");
    let mut window = open_with(text);
    window.harness.get_by_label("Problems").click();
    window.settle();
    window.harness.get_all_by_label_contains("teleport").last().unwrap().click();
    window.settle();
    assert_eq!(selected(&window), json!(["fetch_exports"]));
    window.did(&["Drawer::Problems", "File::ShowProblem"]);

    let mut window = open_with(SALES_TEXT.replacen(',', ",,", 1));
    assert_eq!(window.probe()["drawer"], "problems");
    let message = window.probe()["problems"][0].as_str().unwrap().to_owned();
    window.harness.get_by_label(&message).click();
    window.settle();
    assert_eq!(window.probe()["drawer"], "json");
}

#[test]
fn a_click_on_a_problem_of_an_edge_selects_it_and_brings_it_into_view() {
    let back = "\"dependencies\": [\n{ \"from\": \"build_report\", \"to\": \"fetch_exports\" },";
    let mut window = open_with(SALES_TEXT.replace("\"dependencies\": [", back));
    let canvas = window.rect_of(&window.probe()["canvas"]["rect"]);
    // The view goes far away from everything.
    window.harness.hover_at(canvas.center());
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 3000.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    for _ in 0..6 {
        window.settle();
    }
    // Where the middle of each edge is seen.
    let seen = |window: &Window| {
        let canvas = window.probe()["canvas"].clone();
        let view = window.rect_of(&canvas["rect"]);
        let wires = canvas["wires"].as_array().unwrap().clone();
        let shown = wires.into_iter().filter(|wire| {
            let number = |index: usize| wire["middle"][index].as_f64().unwrap() as f32;
            view.contains(egui::pos2(number(0), number(1)))
        });
        shown.map(|wire| json!([wire["from"], wire["to"]])).collect::<Vec<_>>()
    };
    assert!(seen(&window).is_empty());
    window.harness.get_by_label("Problems").click();
    window.settle();
    window.harness.get_all_by_label_contains("circle").last().unwrap().click();
    window.settle();
    let selected = window.probe()["canvas"]["selected_wire"].clone();
    assert!(seen(&window).contains(&selected), "{selected}");
}
