//! Tidying, aligning and distributing: by key, from the menu, and taken back in one step.

use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

use crate::world::{SALES, SALES_TEXT, Window};

const SHIFT_ALT: Modifiers = Modifiers { shift: true, alt: true, ..Modifiers::NONE };
const TASKS: [&str; 5] =
    ["fetch_exports", "clean_rows", "load_warehouse", "build_report", "tell_the_team"];

/// The daily sales with its tasks thrown about.
fn messy() -> Window {
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["layout"]["tasks"] = json!({
        "fetch_exports": [400, 300], "clean_rows": [64, 40], "load_warehouse": [80, 210],
        "build_report": [48, 400], "tell_the_team": [300, 100]
    });
    Window::with(millrace_ui::ThemeChoice::Dark, vec2(1440.0, 900.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), document.to_string());
    })
}

fn place(window: &Window, task: &str) -> [f64; 2] {
    let document: Value = serde_json::from_str(&window.text()).unwrap();
    let at = document["layout"]["tasks"][task].clone();
    [at[0].as_f64().unwrap(), at[1].as_f64().unwrap()]
}

/// Selects exactly these tasks.
pub fn select(window: &mut Window, tasks: &[&str]) {
    window.press(Modifiers::NONE, Key::Escape);
    for task in tasks {
        let at: Pos2 = window.spot(task, None);
        window.click_with(at, Modifiers::SHIFT);
    }
    let mut wanted = tasks.to_vec();
    wanted.sort_unstable();
    assert_eq!(window.probe()["canvas"]["selected"], json!(wanted));
}

#[test]
fn tidying_makes_edges_run_right_and_is_one_step() {
    let mut window = messy();
    let before = window.text();
    window.press(SHIFT_ALT, Key::T);
    let document: Value = serde_json::from_str(&window.text()).unwrap();
    for edge in document["dependencies"].as_array().unwrap() {
        let end = |which: &str| place(&window, edge[which].as_str().unwrap())[0];
        assert!(end("from") + 200.0 < end("to"), "{edge}");
    }
    let tidy = window.text();
    window.press(SHIFT_ALT, Key::T);
    assert_eq!(window.text(), tidy, "what is tidy stays");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.text(), before);
    assert_eq!(window.probe()["toasts"][0], "Undone: tidy 5 tasks");
}

#[test]
fn of_a_selection_only_what_is_selected_is_tidied() {
    let mut window = messy();
    let others = ["fetch_exports", "build_report", "tell_the_team"];
    let before = others.map(|task| place(&window, task));
    select(&mut window, &["clean_rows", "load_warehouse"]);
    window.press(SHIFT_ALT, Key::T);
    assert_eq!(others.map(|task| place(&window, task)), before);
    let (clean, load) = (place(&window, "clean_rows"), place(&window, "load_warehouse"));
    assert_eq!((load[0] - clean[0], load[1]), (272.0, clean[1]), "the chain is a line");
}

#[test]
fn what_is_selected_is_aligned_and_distributed_by_key() {
    let mut window = messy();
    let three = ["clean_rows", "load_warehouse", "build_report"];
    select(&mut window, &three);
    window.press(Modifiers::ALT, Key::A);
    assert_eq!(three.map(|task| place(&window, task)[0]), [48.0; 3]);
    window.press(SHIFT_ALT, Key::V);
    assert_eq!(three.map(|task| place(&window, task)[1]), [40.0, 220.0, 400.0]);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(three.map(|task| place(&window, task)[1]), [40.0, 210.0, 400.0]);
    window.press(Modifiers::ALT, Key::S);
    assert_eq!(three.map(|task| place(&window, task)[1]), [400.0; 3]);
}

#[test]
fn the_menu_of_several_tasks_aligns_them_and_says_what_is_missing() {
    let mut window = messy();
    select(&mut window, &["clean_rows", "load_warehouse"]);
    let at = window.spot("clean_rows", None);
    window.right_click(at);
    window.harness.get_by_label("Distribute vertically").click();
    window.settle();
    assert_eq!(place(&window, "load_warehouse"), [80.0, 210.0], "two are too few");
    window.right_click(at);
    window.harness.get_by_label("Align right").click();
    window.settle();
    assert_eq!(place(&window, "clean_rows"), [80.0, 40.0]);
    window.press(SHIFT_ALT, Key::H);
    let toasts = window.probe()["toasts"].to_string();
    assert!(toasts.contains("Distribute horizontally"), "{toasts}");
}

#[test]
fn what_is_dragged_comes_in_line_with_what_is_near_and_else_to_the_grid() {
    let mut window = messy();
    window.press(Modifiers::NONE, Key::Num0);
    let at = window.spot("clean_rows", None);
    window.drag(at, at + vec2(19.0, 20.0));
    // load_warehouse begins at 80; nothing is near from top to bottom.
    assert_eq!(place(&window, "clean_rows"), [80.0, 64.0]);
    let at = window.spot("clean_rows", None);
    window.drag(at, at + vec2(44.0, 60.0));
    assert_eq!(place(&window, "clean_rows"), [128.0, 128.0]);
}

#[test]
fn every_way_of_arranging_is_found_among_the_commands() {
    let mut window = messy();
    select(&mut window, &TASKS[..2]);
    window.press(Modifiers::COMMAND, Key::K);
    window.harness.get_by_label("Find anything").type_text("align top");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(place(&window, "fetch_exports"), [400.0, 40.0]);
}
