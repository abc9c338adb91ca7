//! Groups: framed, named, moved, collapsed, found, taken apart.

use egui::{Key, Modifiers, Pos2, Rect, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

/// Two tasks of the daily sales in a group.
fn with_group(collapsed: bool) -> Window {
    in_theme(millrace_ui::ThemeChoice::Dark, vec2(1440.0, 900.0), collapsed)
}

fn in_theme(theme: millrace_ui::ThemeChoice, size: Vec2, collapsed: bool) -> Window {
    let group = json!({
        "name": "Collect", "tasks": ["clean_rows", "load_warehouse"], "collapsed": collapsed
    });
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["layout"]["groups"] = json!([group]);
    Window::with(theme, size, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), document.to_string());
    })
}

fn groups(window: &Window) -> Vec<Value> {
    let document: Value = serde_json::from_str(&window.text()).unwrap();
    document["layout"]["groups"].as_array().cloned().unwrap_or_default()
}

fn head(window: &Window) -> Rect {
    window.rect_of(&window.probe()["canvas"]["groups"][0]["head"])
}

fn card(window: &Window) -> Rect {
    window.rect_of(&window.probe()["canvas"]["groups"][0]["card"])
}

/// On the frame's title, beside its button.
fn title(window: &Window) -> Pos2 {
    head(window).left_center() + vec2(60.0, 0.0)
}

fn undo(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Z);
}

const TASKS: [&str; 2] = ["clean_rows", "load_warehouse"];

#[test]
fn tasks_are_framed_and_named_in_one_go_and_taken_apart_again() {
    let mut window = Window::sales();
    let before = window.text();
    let at = window.spot("clean_rows", None);
    window.click(at);
    window.press(Modifiers::SHIFT, Key::ArrowLeft);
    window.press(Modifiers::COMMAND, Key::G);
    window.harness.get_by_label("Name of the group");
    window.harness.get_by_label("Name of the group").type_text("Collect");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.probe()["canvas"]["edited"], Value::Null);
    let group = &groups(&window)[0];
    assert_eq!(group["tasks"], json!(["fetch_exports", "clean_rows"]));
    assert_eq!(group["name"], "Collect");
    window.harness.get_by_label("Group Collect, 2 tasks");
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::G);
    assert!(groups(&window).is_empty());
    for _ in 0..3 {
        undo(&mut window);
    }
    assert_eq!(window.text(), before);
}

#[test]
fn the_frame_moves_what_is_in_it_and_nothing_else() {
    let mut window = with_group(false);
    let before = window.text();
    let spots = |window: &Window| {
        ["clean_rows", "load_warehouse", "build_report"].map(|t| window.spot(t, None))
    };
    let (old, at) = (spots(&window), title(&window));
    window.drag(at, at + vec2(34.0, 50.0));
    let new = spots(&window);
    assert_eq!(
        [new[0] - old[0], new[1] - old[1], new[2] - old[2]],
        [vec2(32.0, 48.0), vec2(32.0, 48.0), vec2(0.0, 0.0)]
    );
    assert_eq!(window.probe()["canvas"]["selected"], json!(TASKS));
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
}

#[test]
fn a_group_is_renamed_by_key_by_double_click_and_in_the_panel() {
    let mut window = with_group(false);
    let at = title(&window);
    window.click(at);
    window.press(Modifiers::NONE, Key::F2);
    window.harness.get_by_label("Name of the group").type_text("Collected");
    window.settle();
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(groups(&window)[0]["name"], "Collected");
    window.double_click(at);
    window.harness.get_by_label("Name of the group").type_text("Collected rows");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(groups(&window)[0]["name"], "Collected rows");
    window.harness.get_by_label("Group name").focus();
    window.settle();
    window.harness.get_by_label("Group name").type_text("!");
    window.settle();
    assert_eq!(groups(&window)[0]["name"], "Collected rows!");
    window.harness.get_by_label("Colour green").click();
    window.settle();
    assert_eq!(groups(&window)[0]["colour"], "green");
    window.did(&["Piece::Edit", "Piece::EndEdit", "Piece::Colour"]);
}

#[test]
fn a_collapsed_group_is_one_card_with_the_wires_of_its_tasks() {
    let mut window = with_group(false);
    let before = window.text();
    let fold = head(&window).left_center() + vec2(14.0, 0.0);
    window.click(fold);
    assert_eq!(groups(&window)[0]["collapsed"], true);
    let canvas = window.probe()["canvas"].clone();
    assert_eq!(canvas["tasks"].as_object().unwrap().len(), 3, "its tasks are not seen");
    let ends = |wire: &Value| format!("{}-{}", wire["from"], wire["to"]).replace('"', "");
    let wires: Vec<String> = canvas["wires"].as_array().unwrap().iter().map(ends).collect();
    // Two success wires lead in and two out; each pair is one.
    assert_eq!(
        wires,
        ["clean_rows-build_report", "fetch_exports-clean_rows", "load_warehouse-tell_the_team"]
    );
    window.harness.get_by_label("Group Collect, collapsed, 2 tasks");

    // A wire cannot be drawn to it, since nobody knows to which task.
    let (from, to) = (window.spot("tell_the_team", Some("succeeded")), card(&window).center());
    let edges = window.probe()["document"]["dependencies"].clone();
    window.drag(from, to);
    assert_eq!(window.probe()["document"]["dependencies"], edges);
    assert!(window.probe()["toasts"].to_string().contains("xpand Collect"));

    // It moves as a whole.
    let at = card(&window).center();
    window.drag(at, at + vec2(0.0, 64.0));
    assert_eq!(card(&window).center() - at, vec2(0.0, 64.0));
    undo(&mut window);
    let at = card(&window).center();
    window.double_click(at);
    assert_ne!(groups(&window)[0]["collapsed"], true);
    undo(&mut window);
    undo(&mut window);
    assert_eq!(window.text(), before);
    window.did(&["Piece::Fold"]);
}

#[test]
fn enter_opens_a_collapsed_group() {
    let mut window = with_group(true);
    let at = card(&window).center();
    window.click(at);
    window.press(Modifiers::NONE, Key::Enter);
    assert_ne!(groups(&window)[0]["collapsed"], true);
}

#[test]
fn a_collapsed_group_tells_the_state_of_its_tasks() {
    let mut window = with_group(true);
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs[0].run;
    {
        let mut world = window.world.borrow_mut();
        world.succeed(run, "fetch_exports", 100);
        world.succeed(run, "clean_rows", 100);
        world.fail(run, "load_warehouse", 100, 3, "no");
    }
    window.settle();
    window.harness.get_by_label("Group Collect, collapsed, 2 tasks · 1 failed");
}

#[test]
fn deleting_the_tasks_deletes_the_group_and_undo_brings_it_back() {
    let mut window = with_group(true);
    let before = window.text();
    let at = card(&window).center();
    window.click(at);
    assert_eq!(window.probe()["canvas"]["selected"], json!(TASKS));
    window.press(Modifiers::NONE, Key::Delete);
    assert_eq!(window.probe()["document"]["tasks"].as_array().unwrap().len(), 3);
    assert!(groups(&window).is_empty());
    undo(&mut window);
    assert_eq!(window.text(), before);
}

#[test]
fn groups_and_what_is_hidden_in_them_are_found() {
    let mut window = with_group(true);
    window.press(Modifiers::COMMAND, Key::K);
    window.harness.get_by_label("Find anything").type_text("Collect");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.get_by_label("Group name");
    assert_eq!(window.probe()["canvas"]["selected"], json!(TASKS));
    window.press(Modifiers::COMMAND, Key::F);
    window.harness.get_by_label("Find in workflow").type_text("warehouse");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.probe()["canvas"]["selected"], json!(["load_warehouse"]));
    window.did(&["Piece::Reveal"]);
}

#[test]
fn groups_go_along_with_a_copy_of_their_tasks() {
    let mut window = with_group(false);
    let at = title(&window);
    window.click(at);
    window.press(Modifiers::COMMAND, Key::D);
    let all = groups(&window);
    assert_eq!(all.len(), 2);
    assert_eq!(all[1]["tasks"], json!(["clean_rows_2", "load_warehouse_2"]));
}

/// Whether the pointer, which is there, is told this.
fn says(window: &Window, words: &str, at: Pos2) -> bool {
    let mut all = crate::hands::drawn(window).into_iter();
    all.any(|(text, place)| text == words && place.distance_to_pos(at) < 48.0)
}

/// Drags a task's card to where its middle lies at `to`.
fn carry(window: &mut Window, task: &str, to: Pos2) {
    let at = window.spot(task, None);
    window.drag(at, to);
}

#[test]
fn a_task_that_is_dragged_onto_a_frame_joins_it() {
    let mut window = with_group(false);
    let before = window.text();
    let [clean, load] = TASKS.map(|task| window.spot(task, None));
    let middle = clean + (load - clean) / 2.0;
    let at = window.spot("build_report", None);
    window.drag_over(at, middle);
    assert_eq!(groups(&window)[0]["tasks"], json!(TASKS), "nothing is done yet");
    assert!(says(&window, "into Collect", middle));
    window.harness.drop_at(middle);
    window.settle();
    assert_eq!(
        groups(&window)[0]["tasks"],
        json!(["clean_rows", "load_warehouse", "build_report"])
    );
    assert!(window.spot("build_report", None).distance(middle) < 24.0);
    window.harness.get_by_label("Group Collect, 3 tasks");
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
    assert_eq!(window.probe()["toasts"][0], "Undone: move build_report into Collect");
}

#[test]
fn a_task_that_is_dragged_out_of_its_frame_leaves_it() {
    let mut window = with_group(false);
    let before = window.text();
    let at = window.spot("load_warehouse", None);
    // A little beside its place it stays, and the frame grows.
    carry(&mut window, "load_warehouse", at + vec2(90.0, 40.0));
    assert_eq!(groups(&window)[0]["tasks"], json!(TASKS));
    undo(&mut window);
    let out = window.spot("fetch_exports", None) + vec2(0.0, 190.0);
    window.drag_over(at, out);
    assert!(says(&window, "out of Collect", out));
    window.harness.drop_at(out);
    window.settle();
    assert_eq!(groups(&window)[0]["tasks"], json!(["clean_rows"]));
    assert!(window.spot("load_warehouse", None).distance(out) < 24.0);
    undo(&mut window);
    assert_eq!(window.text(), before, "one step");
    let toasts = window.probe()["toasts"].to_string();
    assert!(toasts.contains("Undone: move load_warehouse out of Collect"), "{toasts}");
}

#[test]
fn a_task_goes_from_one_frame_into_another_and_frames_take_no_frames() {
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["layout"]["groups"] = json!([
        { "name": "Collect", "tasks": ["clean_rows", "load_warehouse"] },
        { "name": "Tell", "tasks": ["build_report", "tell_the_team"] },
    ]);
    let size = vec2(1440.0, 900.0);
    let mut window =
        Window::with(millrace_ui::ThemeChoice::Dark, size, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), document.to_string());
        });
    let [build, tell] = ["build_report", "tell_the_team"].map(|task| window.spot(task, None));
    carry(&mut window, "clean_rows", build + (tell - build) / 2.0);
    let tasks = |window: &Window, group: usize| groups(window)[group]["tasks"].clone();
    assert_eq!(tasks(&window, 0), json!(["load_warehouse"]));
    assert_eq!(tasks(&window, 1), json!(["clean_rows", "build_report", "tell_the_team"]));
    undo(&mut window);
    let at = title(&window);
    window.drag(at, at + (build - window.spot("clean_rows", None)));
    assert_eq!(tasks(&window, 0), json!(TASKS), "a frame stays what it is");
    assert_eq!(tasks(&window, 1), json!(["build_report", "tell_the_team"]));
}

#[test]
fn pictures_of_a_task_on_its_way_into_a_frame_and_out_of_it() {
    for (theme, word) in themes() {
        let mut window = in_theme(theme, vec2(1180.0, 720.0), false);
        let [clean, load] = TASKS.map(|task| window.spot(task, None));
        let at = window.spot("build_report", None);
        window.drag_over(at, clean + (load - clean) / 2.0);
        check(&mut window, &format!("group_join_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        window.harness.drop_at(at);
        window.settle();
        let out = window.spot("fetch_exports", None) + vec2(20.0, 140.0);
        window.drag_over(load, out);
        check(&mut window, &format!("group_leave_{word}"));
    }
}

#[test]
fn a_group_has_a_menu() {
    let mut window = with_group(false);
    let choose = |window: &mut Window, words: &str| {
        let at = title(window);
        window.right_click(at);
        window.push(words);
    };
    choose(&mut window, "Rename group");
    assert!(window.has("Name of the group"));
    window.press(Modifiers::NONE, Key::Escape);
    choose(&mut window, "Colour green");
    assert_eq!(groups(&window)[0]["colour"], "green");
    choose(&mut window, "Collapse");
    assert_eq!(groups(&window)[0]["collapsed"], true);
    let at = card(&window).center();
    window.right_click(at);
    window.push("Expand");
    assert_ne!(groups(&window)[0]["collapsed"], true);
    choose(&mut window, "Ungroup");
    assert!(groups(&window).is_empty());
}
