//! The minimap: shown by key and remembered, a press and a drag move the view.

use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::world::{SALES, Window};

fn corner(window: &Window) -> Pos2 {
    window.spot("fetch_exports", None)
}

#[test]
fn it_is_shown_by_key_and_that_is_remembered() {
    let mut window = Window::sales();
    assert!(window.harness.query_by_label("Minimap").is_none());
    window.press(Modifiers::ALT, Key::M);
    window.harness.get_by_label("Minimap");
    let mut window = window.again(Some(SALES));
    window.harness.get_by_label("Minimap");
    window.press(Modifiers::ALT, Key::M);
    assert!(window.harness.query_by_label("Minimap").is_none());
}

#[test]
fn a_press_centres_the_view_there_and_a_drag_takes_it_along() {
    let mut window = Window::sales();
    window.press(Modifiers::ALT, Key::M);
    let place = window.harness.get_by_label("Minimap").rect();
    let before = window.probe()["canvas"]["zoom"].as_f64().unwrap();
    // Zoomed in, the view is a part of the map.
    for _ in 0..5 {
        window.press(Modifiers::NONE, Key::Plus);
    }
    let zoom = window.probe()["canvas"]["zoom"].as_f64().unwrap();
    assert!(zoom > before);
    window.click(place.left_center() + vec2(10.0, 0.0));
    let view = window.rect_of(&window.probe()["canvas"]["rect"]);
    let at_left = corner(&window);
    assert!((at_left.x - view.center().x).abs() < 320.0, "the first task is near the middle");
    let from = place.left_center() + vec2(10.0, 0.0);
    window.drag(from, from + vec2(60.0, 0.0));
    let moved = at_left.x - corner(&window).x;
    assert!(moved > 300.0, "the view went right by {moved}");
    assert!((at_left.y - corner(&window).y).abs() < 2.0);
}
