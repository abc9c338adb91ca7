//! Edges, badges, notes and groups as pictures, in both themes.

use egui::{Key, Modifiers, Pos2, vec2};
use millrace_ui::ThemeChoice;
use serde_json::{Value, json};

use crate::pictures::{FULL, check, check_as_it_is, themes};
use crate::world::{SALES, SALES_TEXT, Window};

/// The daily sales with everything that can lie on a canvas.
fn rich() -> Value {
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["schedules"] =
        json!([{ "name": "workdays", "cron": "0 6 * * 1-5", "timezone": "Europe/Berlin" }]);
    document["tasks"][1]["pinned_outputs"] = json!({ "rows": 3 });
    document["tasks"][2]["for_each"] = json!({ "items": "params.days", "max_parallel": 4 });
    document["tasks"][3]["disabled"] = json!(true);
    document["dependencies"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "from": "build_report", "to": "tell_the_team", "on": "finished" }));
    document["layout"]["tasks"] = json!({
        "fetch_exports": [0, 96], "clean_rows": [320, 16], "load_warehouse": [320, 176],
        "build_report": [640, 48], "tell_the_team": [640, 240]
    });
    document["layout"]["groups"] = json!([
        { "name": "Collect and load", "tasks": ["clean_rows", "load_warehouse"], "colour": "blue" }
    ]);
    document["layout"]["notes"] = json!([
        {
            "at": [-32, 304], "size": [272, 224],
            "text": "# Before you change the load\nThe warehouse locks **05:30–05:50**. Keep the schedule *after* that.\n\n- ask [the owners](https://warehouse.example) first\n- [x] retries cover `42P10`\n- [ ] move to `merge`\n"
        },
        {
            "at": [272, 352], "size": [208, 96], "colour": "green",
            "text": "## Runbook\n1. Read the log\n2. Mend the script\n3. Rerun *from here*"
        },
        { "at": [512, 368], "colour": "red", "text": "> Never on a Monday.\n\n```sh\nmillrace runs\n```" }
    ]);
    document
}

fn open(theme: ThemeChoice, document: &Value) -> Window {
    Window::with(theme, FULL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), document.to_string());
    })
}

fn wire(window: &Window, from: &str, to: &str, part: &str) -> Pos2 {
    let wires = window.probe()["canvas"]["wires"].clone();
    let is_it = |wire: &&Value| wire["from"] == from && wire["to"] == to;
    let wire = wires.as_array().unwrap().iter().find(is_it).unwrap().clone();
    let number = |index: usize| wire[part][index].as_f64().unwrap() as f32;
    Pos2::new(number(0), number(1))
}

#[test]
fn notes_groups_and_badges() {
    for (theme, word) in themes() {
        let mut window = open(theme, &rich());
        let note = window.rect_of(&window.probe()["canvas"]["notes"][0]["rect"]);
        window.click(note.right_bottom() - vec2(20.0, 20.0));
        check(&mut window, &format!("canvas_note_{word}"));
        let head = window.rect_of(&window.probe()["canvas"]["groups"][0]["head"]);
        window.click(head.center());
        check(&mut window, &format!("canvas_group_{word}"));
    }
}

#[test]
fn a_collapsed_group_and_a_note_that_is_typed_in() {
    for (theme, word) in themes() {
        let mut document = rich();
        document["layout"]["groups"][0]["collapsed"] = json!(true);
        let mut window = open(theme, &document);
        let note = window.rect_of(&window.probe()["canvas"]["notes"][1]["rect"]);
        window.double_click(note.right_bottom() - vec2(20.0, 12.0));
        check(&mut window, &format!("canvas_collapsed_{word}"));
    }
}

#[test]
fn an_edge_under_the_pointer_and_one_that_hangs() {
    for (theme, word) in themes() {
        let mut window = open(theme, &rich());
        let middle = wire(&window, "clean_rows", "build_report", "middle");
        window.click(middle + vec2(12.0, -10.0));
        window.press(Modifiers::NONE, Key::Escape);
        let end = wire(&window, "build_report", "tell_the_team", "end") - vec2(3.0, 0.0);
        let to = window.spot("fetch_exports", None);
        window.drag_over(end, to);
        check_as_it_is(&mut window, &format!("canvas_refused_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        window.harness.drop_at(to);
        window.harness.hover_at(middle);
        window.settle();
        check_as_it_is(&mut window, &format!("canvas_plus_{word}"));
    }
}

/// A night's work of sixteen tasks, thrown about.
fn night() -> Value {
    let edges = [
        ("list", "fetch_a"),
        ("list", "fetch_b"),
        ("list", "fetch_c"),
        ("fetch_a", "clean_a"),
        ("fetch_b", "clean_b"),
        ("fetch_c", "clean_c"),
        ("clean_a", "join"),
        ("clean_b", "join"),
        ("clean_c", "join"),
        ("join", "load"),
        ("load", "report"),
        ("load", "index"),
        ("report", "tell"),
        ("index", "tell"),
        ("list", "audit"),
        ("audit", "archive"),
        ("settings", "load"),
    ];
    let names: std::collections::BTreeSet<&str> =
        edges.iter().flat_map(|(from, to)| [*from, *to]).chain(["sweep", "rotate"]).collect();
    let places = names.iter().enumerate().map(|(index, name)| {
        (name.to_string(), json!([(index * 7 % 5) * 240, (index * 11 % 7) * 96]))
    });
    let mut document: Value = serde_json::from_str(SALES_TEXT).unwrap();
    document["tasks"] = names
        .iter()
        .map(|name| json!({ "name": name, "kind": "shell", "spec": { "script": "true" } }))
        .collect();
    document["dependencies"] =
        edges.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
    document["dependencies"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "from": "load", "to": "rescue", "on": "failed" }));
    document["tasks"].as_array_mut().unwrap().push(json!({
        "name": "rescue", "kind": "shell", "spec": { "script": "true" }
    }));
    document["layout"]["tasks"] = places.collect::<serde_json::Map<_, _>>().into();
    document["layout"]["groups"] = json!([
        { "name": "Clean", "tasks": ["clean_a", "clean_b", "clean_c"], "colour": "green" },
        { "name": "Audit", "tasks": ["audit", "archive"], "colour": "blue" }
    ]);
    document
}

#[test]
fn a_tidied_workflow() {
    for (theme, word) in themes() {
        let mut window = open(theme, &night());
        window.press(Modifiers { shift: true, alt: true, ..Modifiers::NONE }, Key::T);
        check(&mut window, &format!("canvas_tidy_{word}"));
    }
}

#[test]
fn guides_of_a_drag_and_the_minimap() {
    for (theme, word) in themes() {
        let mut window = open(theme, &rich());
        let from = window.spot("tell_the_team", None);
        window.drag_over(from, window.spot("load_warehouse", None) + vec2(170.0, 90.0));
        check_as_it_is(&mut window, &format!("canvas_guides_{word}"));
        let mut window = open(theme, &night());
        window.press(Modifiers { shift: true, alt: true, ..Modifiers::NONE }, Key::T);
        window.press(Modifiers::NONE, Key::Num0);
        window.press(Modifiers::ALT, Key::M);
        check(&mut window, &format!("canvas_minimap_{word}"));
    }
}
