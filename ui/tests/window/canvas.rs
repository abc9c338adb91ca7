//! Hands on the canvas: connect, refuse, move, select, zoom, delete.

use egui::{Event, Key, Modifiers, MouseWheelUnit, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::world::Window;

fn edges(window: &Window) -> Vec<String> {
    let probe = window.probe();
    let edges = probe["document"]["dependencies"].as_array().unwrap();
    let text = |edge: &serde_json::Value| {
        format!("{}-{}", edge["from"].as_str().unwrap(), edge["to"].as_str().unwrap())
    };
    edges.iter().map(text).collect()
}

fn selected(window: &Window) -> Vec<String> {
    let probe = window.probe();
    let names = probe["canvas"]["selected"].as_array().unwrap();
    names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_wire_is_drawn_from_each_port() {
    let mut window = Window::sales();
    for (port, to, on) in [
        ("succeeded", "tell_the_team", "succeeded"),
        ("failed", "load_warehouse", "failed,upstream_failed"),
        ("finished", "tell_the_team", "succeeded,failed,skipped,upstream_failed,canceled"),
    ] {
        let before = edges(&window).len();
        // The ports ✗ and ● can be taken once the pointer is on the card.
        let from = if port == "finished" { "build_report" } else { "clean_rows" };
        let card = window.spot(from, None);
        window.harness.hover_at(card);
        window.settle();
        let (start, end) = (window.spot(from, Some(port)), window.spot(to, None));
        window.drag(start, end);
        assert_eq!(edges(&window).len(), before + 1, "{port}");
        let probe = window.probe();
        let last = probe["document"]["dependencies"].as_array().unwrap().last().unwrap().clone();
        let words: Vec<_> =
            last["on"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        assert_eq!(words.join(","), on);
        assert_eq!(probe["document"]["dirty"], true);
    }
}

#[test]
fn a_circle_a_duplicate_and_a_loop_are_refused_with_the_reason() {
    let mut window = Window::sales();
    let before = edges(&window);
    for (from, to, reason) in [
        ("build_report", "fetch_exports", "circle"),
        ("fetch_exports", "clean_rows", "already follows"),
    ] {
        let (start, end) = (window.spot(from, Some("succeeded")), window.spot(to, None));
        window.drag(start, end);
        assert_eq!(edges(&window), before);
        let toasts = window.probe()["toasts"].to_string();
        assert!(toasts.contains(reason), "{toasts}");
    }
    let (start, end) =
        (window.spot("clean_rows", Some("succeeded")), window.spot("clean_rows", None));
    window.drag(start, end);
    assert_eq!(edges(&window), before);
    assert!(window.probe()["toasts"].to_string().contains("itself"));
}

#[test]
fn moving_snaps_to_the_grid_and_is_one_step_of_undo() {
    let mut window = Window::sales();
    let text = window.probe()["document"]["text"].clone();
    let at = window.spot("clean_rows", None);
    window.drag(at, at + vec2(53.0, -39.0));
    let moved = window.spot("clean_rows", None);
    assert_eq!(moved - at, vec2(48.0, -32.0));
    assert_eq!(window.probe()["document"]["dirty"], true);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.spot("clean_rows", None), at);
    assert_eq!(window.probe()["document"]["text"], text);
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.spot("clean_rows", None), moved);
    window.did(&["Change"]);
}

#[test]
fn a_rubber_band_selects_and_many_move_at_once() {
    let mut window = Window::sales();
    let a = window.spot("clean_rows", None) - vec2(120.0, 60.0);
    let b = window.spot("load_warehouse", None) + vec2(60.0, 60.0);
    window.drag(a, b);
    assert_eq!(selected(&window), ["clean_rows", "load_warehouse"]);
    let before = (window.spot("clean_rows", None), window.spot("load_warehouse", None));
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::ArrowRight);
    let after = (window.spot("clean_rows", None), window.spot("load_warehouse", None));
    assert_eq!(after.0 - before.0, vec2(16.0, 16.0));
    assert_eq!(after.1 - before.1, vec2(16.0, 16.0));
    window.press(Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&window).len(), 5);
    window.press(Modifiers::NONE, Key::Escape);
    assert!(selected(&window).is_empty());
}

#[test]
fn deleting_takes_the_wires_along_and_undo_brings_them_back() {
    let mut window = Window::sales();
    let before = edges(&window);
    let at = window.spot("load_warehouse", None);
    window.click(at);
    window.press(Modifiers::NONE, Key::Delete);
    assert_eq!(edges(&window), ["clean_rows-build_report", "fetch_exports-clean_rows"]);
    assert_eq!(window.probe()["document"]["tasks"].as_array().unwrap().len(), 4);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(edges(&window), before);
}

#[test]
fn a_wire_can_be_selected_changed_and_deleted() {
    let mut window = Window::sales();
    // Its middle has the button that puts a task there.
    let end = window.spot("tell_the_team", Some("in"));
    window.click(end - vec2(16.0, 0.0));
    window.harness.get_by_label("when finished").click();
    window.settle();
    let edge = |window: &Window| {
        let probe = window.probe();
        let edges = probe["document"]["dependencies"].as_array().unwrap().clone();
        edges.into_iter().find(|edge| edge["to"] == "tell_the_team")
    };
    assert_eq!(edge(&window).unwrap()["on"].as_array().unwrap().len(), 5);
    // The keyboard's focus is on the segment; the button is pressed instead of the key.
    window.harness.get_by_label("Delete").click();
    window.settle();
    assert_eq!(edge(&window), None);
}

#[test]
fn zoom_stays_at_the_pointer_and_the_keys_come_back() {
    let mut window = Window::sales();
    let zoom = |window: &Window| window.probe()["canvas"]["zoom"].as_f64().unwrap();
    let at = window.spot("clean_rows", None);
    window.harness.hover_at(at);
    window.settle();
    let wheel = |y: f32| Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: Vec2::new(0.0, y),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::COMMAND,
    };
    window.harness.event_modifiers(wheel(3.0), Modifiers::COMMAND);
    for _ in 0..6 {
        window.settle();
    }
    assert!(zoom(&window) > 1.05, "{}", zoom(&window));
    assert!(window.spot("clean_rows", None).distance(at) < 2.0);
    window.press(Modifiers::NONE, Key::Num0);
    assert!((zoom(&window) - 1.0).abs() < 1e-3);
    window.harness.get_by_label("Zoom out").click();
    window.settle();
    assert!((zoom(&window) - 0.8).abs() < 1e-3);
    window.press(Modifiers::NONE, Key::Num1);
    let view = window.rect_of(&window.probe()["canvas"]["rect"]);
    for task in ["fetch_exports", "tell_the_team"] {
        assert!(view.contains(window.spot(task, None)));
    }
}

#[test]
fn the_keyboard_reaches_every_task() {
    let mut window = Window::sales();
    window.press(Modifiers::ALT, Key::ArrowRight);
    assert_eq!(selected(&window), ["fetch_exports"]);
    window.press(Modifiers::ALT, Key::ArrowRight);
    window.press(Modifiers::ALT, Key::ArrowRight);
    assert_eq!(selected(&window), ["build_report"]);
    window.press(Modifiers::ALT, Key::ArrowLeft);
    window.press(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(selected(&window), ["fetch_exports"]);
    window.harness.get_by_label("Task Tell the team").click_accesskit();
    window.settle();
    assert_eq!(selected(&window), ["tell_the_team"]);
}

#[test]
fn shift_and_arrows_select_all_before_and_all_after() {
    let mut window = Window::sales();
    window.press(Modifiers::SHIFT, Key::ArrowRight);
    assert!(selected(&window).is_empty(), "nothing leads on from nothing");
    let places = window.probe()["canvas"]["tasks"].clone();
    let at = window.spot("load_warehouse", None);
    window.click(at);
    window.press(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(selected(&window), ["build_report", "load_warehouse", "tell_the_team"]);
    window.click(at);
    window.press(Modifiers::SHIFT, Key::ArrowLeft);
    assert_eq!(selected(&window), ["fetch_exports", "load_warehouse"]);
    assert_eq!(window.probe()["canvas"]["tasks"], places, "the arrows alone move cards");
}

#[test]
fn nothing_is_repainted_while_nothing_changes() {
    let mut window = Window::sales();
    window.settle();
    let delay = window.harness.output().viewport_output.values().next().unwrap().repaint_delay;
    assert!(delay >= std::time::Duration::from_millis(500), "{delay:?}");
}

#[test]
fn five_thousand_tasks_can_be_seen_as_a_whole_and_one_by_one() {
    let tasks: Vec<String> =
        (0..5_000).map(|i| format!(r#"{{"name":"t{i}","kind":"noop","spec":{{}}}}"#)).collect();
    let edges: Vec<String> =
        (100..5_000).map(|i| format!(r#"{{"from":"t{}","to":"t{i}"}}"#, i - 100)).collect();
    let text = format!(
        r#"{{"millrace":1,"name":"grid","tasks":[{}],"dependencies":[{}]}}"#,
        tasks.join(","),
        edges.join(",")
    );
    let mut window = Window::with(
        millrace_ui::ThemeChoice::Dark,
        vec2(1280.0, 720.0),
        1.0,
        Some(crate::world::SALES),
        |world| {
            world.files.insert(crate::world::SALES.to_owned(), text);
        },
    );
    let probe = window.probe();
    assert!(probe["canvas"]["zoom"].as_f64().unwrap() < 0.2);
    let view = window.rect_of(&probe["canvas"]["rect"]);
    let last = window.rect_of(&probe["canvas"]["tasks"]["t4999"]["rect"]);
    assert!(view.contains(last.center()));
    window.press(Modifiers::ALT, Key::ArrowRight);
    window.press(Modifiers::NONE, Key::Period);
    assert!((window.probe()["canvas"]["zoom"].as_f64().unwrap() - 1.0).abs() < 1e-3);
    assert_eq!(selected(&window).len(), 1);
}
