//! What hands do on the canvas beside what has a file of its own: pan, pinch, select, many at once, menus, and what the
//! pointer is told while something hangs from it.

use egui::{
    Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, Rect, Shape, TouchPhase, Vec2, vec2,
};
use egui_kittest::kittest::Queryable as _;

use crate::world::Window;

fn zoom(window: &Window) -> f64 {
    window.probe()["canvas"]["zoom"].as_f64().unwrap()
}

fn button(window: &mut Window, at: Pos2, button: PointerButton, pressed: bool) {
    let modifiers = Modifiers::NONE;
    window.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
    window.harness.run_steps(2);
}

/// Words that were drawn in the last frame, and where.
pub(super) fn drawn(window: &Window) -> Vec<(String, Rect)> {
    fn gather(shape: &Shape, all: &mut Vec<(String, Rect)>) {
        match shape {
            Shape::Text(text) => {
                all.push((text.galley.text().to_owned(), text.visual_bounding_rect()));
            }
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| gather(shape, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for clipped in &window.harness.output().shapes {
        gather(&clipped.shape, &mut all);
    }
    all
}

#[test]
fn the_middle_button_and_space_move_the_view_and_nothing_else() {
    let mut window = Window::sales();
    let before = window.text();
    // Over a card: what is under the pointer does not matter.
    let from = window.spot("clean_rows", None);
    window.harness.hover_at(from);
    button(&mut window, from, PointerButton::Middle, true);
    window.harness.hover_at(from + vec2(60.0, 40.0));
    window.harness.run_steps(2);
    button(&mut window, from + vec2(60.0, 40.0), PointerButton::Middle, false);
    assert_eq!(window.spot("clean_rows", None) - from, vec2(60.0, 40.0));

    let from = window.spot("clean_rows", None);
    window.harness.key_down(Key::Space);
    window.drag(from, from - vec2(30.0, 50.0));
    window.harness.key_up(Key::Space);
    window.settle();
    assert_eq!(window.spot("clean_rows", None) - from, vec2(-30.0, -50.0));
    assert_eq!(window.text(), before);
    assert!(window.selected().is_empty());
}

#[test]
fn two_fingers_move_the_view_and_a_pinch_zooms_at_the_pointer() {
    let mut window = Window::sales();
    let at = window.spot("clean_rows", None);
    window.harness.hover_at(at);
    window.settle();
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(40.0, -24.0),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    for _ in 0..6 {
        window.settle();
    }
    let moved = window.spot("clean_rows", None) - at;
    assert!((moved - vec2(40.0, -24.0)).length() < 1.0, "{moved}");

    let at = window.spot("load_warehouse", None);
    window.harness.hover_at(at);
    window.settle();
    let before = zoom(&window);
    window.harness.event(Event::Zoom(1.3));
    window.settle();
    assert!((zoom(&window) / before - 1.3).abs() < 1e-3, "{}", zoom(&window));
    assert!(window.spot("load_warehouse", None).distance(at) < 1.0);
}

#[test]
fn ctrl_and_shift_add_to_what_is_selected_and_take_out_of_it() {
    for modifiers in [Modifiers::COMMAND, Modifiers::SHIFT] {
        let mut window = Window::sales();
        window.select("clean_rows");
        let at = window.spot("build_report", None);
        window.click_with(at, modifiers);
        assert_eq!(window.selected(), ["build_report", "clean_rows"]);
        let at = window.spot("clean_rows", None);
        window.click_with(at, modifiers);
        assert_eq!(window.selected(), ["build_report"]);
        let at = window.nowhere();
        window.click_with(at, modifiers);
        assert_eq!(window.selected(), ["build_report"], "a slip beside it loses nothing");
        window.click(at);
        assert!(window.selected().is_empty());
    }
}

#[test]
fn a_band_with_shift_adds_to_what_is_selected() {
    let mut window = Window::sales();
    window.select("tell_the_team");
    let (from, to) = (
        window.spot("clean_rows", None) - vec2(120.0, 50.0),
        window.spot("clean_rows", None) + vec2(20.0, 10.0),
    );
    window.harness.event(Event::ModifiersChanged(Modifiers::SHIFT));
    window.harness.hover_at(from);
    window.harness.run_steps(1);
    for (at, pressed) in [(from, true), (to, false)] {
        window.harness.hover_at(at);
        window.harness.run_steps(2);
        let (button, modifiers) = (PointerButton::Primary, Modifiers::SHIFT);
        window.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
        window.harness.run_steps(2);
    }
    window.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    window.settle();
    assert_eq!(window.selected(), ["clean_rows", "tell_the_team"]);
}

#[test]
fn many_cards_are_dragged_at_once_and_in_one_step() {
    let mut window = Window::sales();
    let before = window.text();
    window.press(Modifiers::COMMAND, Key::A);
    let spots = |window: &Window| {
        ["fetch_exports", "clean_rows", "tell_the_team"].map(|task| window.spot(task, None))
    };
    let old = spots(&window);
    window.drag(old[1], old[1] + vec2(33.0, 47.0));
    let new = spots(&window);
    let moved: Vec<Vec2> = old.iter().zip(new).map(|(old, new)| new - *old).collect();
    assert_eq!(moved, [vec2(32.0, 48.0); 3]);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.text(), before);
}

#[test]
fn a_double_click_opens_the_search_box_there_and_the_task_comes_there() {
    let mut window = Window::sales();
    // High enough for the whole box below it.
    let at = window.rect_of(&window.probe()["canvas"]["rect"]).left_top() + vec2(160.0, 60.0);
    window.double_click(at);
    let field = window.harness.get_by_label("Search tasks to add").rect();
    assert!(field.distance_to_pos(at) < 48.0, "{field} is not at {at}");
    window.harness.get_by_label("Search tasks to add").type_text("python");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.spot("python", None).distance(at) < 24.0);
}

#[test]
fn a_wire_ends_at_an_in_port_too() {
    let mut window = Window::sales();
    let (from, to) =
        (window.spot("clean_rows", Some("succeeded")), window.spot("tell_the_team", Some("in")));
    window.drag(from, to - vec2(4.0, 0.0));
    let edges = window.workflow().dependencies;
    let is_it = |from: &str, to: &str| {
        edges.iter().any(|edge| edge.from.as_str() == from && edge.to.as_str() == to)
    };
    assert!(is_it("clean_rows", "tell_the_team"));
}

#[test]
fn the_pointer_is_told_what_letting_go_would_do_or_why_it_cannot_be() {
    let mut window = Window::sales();
    let from = window.spot("build_report", Some("succeeded"));
    for (task, words) in [
        ("fetch_exports", "That would close a circle"),
        ("build_report", "cannot wait for itself"),
        ("tell_the_team", "connect on success"),
    ] {
        // Not on the port itself, where a drag begins.
        let to = window.spot(task, None) - vec2(40.0, 0.0);
        window.drag_over(from, to);
        let all = drawn(&window);
        let said = all.iter().find(|(text, _)| text.contains(words));
        let (_, place) = said.unwrap_or_else(|| panic!("{words}: not said among {all:?}"));
        assert!(
            place.distance_to_pos(to) < 48.0,
            "{words}: said at {place}, the pointer is at {to}"
        );
        window.press(Modifiers::NONE, Key::Escape);
        window.harness.drop_at(to);
        window.settle();
    }
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn a_cards_menu_switches_it_off_and_on() {
    let mut window = Window::sales();
    let is_off = |window: &Window| window.workflow().task("clean_rows").unwrap().disabled;
    for (words, off) in [("Disable", true), ("Enable", false)] {
        let at = window.spot("clean_rows", None);
        window.right_click(at);
        window.push(words);
        assert_eq!(is_off(&window), off);
    }
}

#[test]
fn a_cards_menu_runs_again_from_there() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        world.succeed(run, "fetch_exports", 100);
        world.finish(run, millrace_model::event::RunState::Canceled, None);
    }
    window.settle();
    let at = window.spot("fetch_exports", None);
    window.right_click(at);
    window.push("Rerun from here");
    assert_eq!(window.world.borrow().asked("rerun"), 1);
}

#[test]
fn the_ground_has_a_menu() {
    let mut window = Window::sales();
    let at = window.nowhere();
    let choose = |window: &mut Window, words: &str| {
        window.right_click(at);
        let item = window.harness.get_all_by_label(words).last().unwrap().rect().center();
        window.click(item);
    };
    choose(&mut window, "Select all");
    assert_eq!(window.selected().len(), 5);
    choose(&mut window, "Add a note");
    window.press(Modifiers::NONE, Key::Escape);
    let note = window.rect_of(&window.probe()["canvas"]["notes"][0]["rect"]);
    assert!(note.contains(at), "it lies where the menu was opened");
    window.press(Modifiers::COMMAND, Key::Z);
    choose(&mut window, "Add a task…");
    window.harness.get_by_label("Search tasks to add").type_text("join");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.spot("noop", None).distance(at) < 140.0);
    choose(&mut window, "Show or hide the minimap");
    assert!(window.has("Minimap"));
}

#[test]
fn no_key_without_ctrl_or_alt_does_anything_while_somebody_types() {
    let mut window = Window::sales();
    window.select("clean_rows");
    let before = window.text();
    window.harness.get_by_label("Search kinds of tasks").focus();
    window.settle();
    let done = window.harness.state().carried_out().clone();
    let keys = [
        Key::N,
        Key::D,
        Key::F2,
        Key::F10,
        Key::Delete,
        Key::Backspace,
        Key::Num0,
        Key::Num1,
        Key::Period,
        Key::Plus,
        Key::Equals,
        Key::Minus,
        Key::ArrowLeft,
        Key::ArrowRight,
        Key::Questionmark,
    ];
    for key in keys {
        window.press(Modifiers::NONE, key);
    }
    window.press(Modifiers::SHIFT, Key::S);
    for key in [Key::ArrowLeft, Key::ArrowRight] {
        window.press(Modifiers::SHIFT, key);
    }
    assert_eq!(window.harness.state().carried_out(), &done);
    assert_eq!(window.text(), before);
    assert_eq!(window.selected(), ["clean_rows"]);
}

#[test]
fn tab_moves_the_focus_and_enter_presses_what_has_it() {
    let mut window = Window::sales();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..12 {
        window.press(Modifiers::NONE, Key::Tab);
        seen.extend(window.harness.ctx.memory(|memory| memory.focused()));
    }
    assert!(seen.len() > 8, "{seen:?}");
    window.harness.get_by_label("Zoom out").focus();
    window.settle();
    let before = zoom(&window);
    window.press(Modifiers::NONE, Key::Enter);
    assert!(zoom(&window) < before);
}
