//! Whatever hands do, in whatever order: the document stays one, says what is wrong with it, goes back to where it began,
//! and is the same after it was saved and read.

use std::collections::BTreeSet;

use egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_model::read::Document;
use millrace_model::write::canonical_text;
use proptest::prelude::*;
use serde_json::Value;

use crate::clipboard::copied;
use crate::world::{SALES, Window};

/// What a hand does. Numbers choose among what is there.
#[derive(Debug, Clone)]
enum Hand {
    Add(usize),
    Connect(usize, usize),
    Rewire(usize, usize),
    Cut(usize),
    Insert(usize),
    Move(usize, i8, i8),
    Delete(usize),
    DeleteAndReconnect(usize),
    Rename(usize, String),
    Disable(usize),
    Paste(usize),
    Group(usize, usize),
    Fold(usize),
    Ungroup(usize),
    Note(String),
    DeleteNote(usize),
    DragIn(usize, usize),
    Lead(usize),
    Duplicate(usize),
    CutAndPaste(usize),
    MoveAll(i8, i8),
    Nudge(usize, usize),
    Tidy,
    Align(usize),
    Extract(usize),
    Undo,
    Redo,
}

fn hand() -> impl Strategy<Value = Hand> {
    let any = || 0..8_usize;
    prop_oneof![
        2 => any().prop_map(Hand::Add),
        4 => (any(), any()).prop_map(|(from, to)| Hand::Connect(from, to)),
        3 => (any(), any()).prop_map(|(wire, to)| Hand::Rewire(wire, to)),
        1 => any().prop_map(Hand::Cut),
        2 => any().prop_map(Hand::Insert),
        3 => (any(), -9..9_i8, -9..9_i8).prop_map(|(task, x, y)| Hand::Move(task, x, y)),
        1 => any().prop_map(Hand::Delete),
        2 => any().prop_map(Hand::DeleteAndReconnect),
        2 => (any(), "[a-zé ]{1,6}").prop_map(|(task, title)| Hand::Rename(task, title)),
        1 => any().prop_map(Hand::Disable),
        2 => any().prop_map(Hand::Paste),
        3 => (any(), any()).prop_map(|(a, b)| Hand::Group(a, b)),
        2 => any().prop_map(Hand::Fold),
        1 => any().prop_map(Hand::Ungroup),
        2 => "[a-z#*` -]{0,12}".prop_map(Hand::Note),
        1 => any().prop_map(Hand::DeleteNote),
        2 => (any(), any()).prop_map(|(kind, wire)| Hand::DragIn(kind, wire)),
        2 => any().prop_map(Hand::Lead),
        1 => any().prop_map(Hand::Duplicate),
        2 => any().prop_map(Hand::CutAndPaste),
        1 => (-9..9_i8, -9..9_i8).prop_map(|(x, y)| Hand::MoveAll(x, y)),
        1 => (any(), any()).prop_map(|(task, way)| Hand::Nudge(task, way)),
        1 => Just(Hand::Tidy),
        1 => any().prop_map(Hand::Align),
        1 => any().prop_map(Hand::Extract),
        4 => Just(Hand::Undo),
        2 => Just(Hand::Redo),
    ]
}

const KINDS: [&str; 4] = ["Add Shell script", "Add Command", "Add Python", "Add Join point"];

/// The element of a list that a number chooses.
fn choose(all: &Value, number: usize) -> Option<Value> {
    let all: Vec<Value> = match all {
        Value::Object(members) => members.values().cloned().collect(),
        Value::Array(elements) => elements.clone(),
        _ => Vec::new(),
    };
    (!all.is_empty()).then(|| all[number % all.len()].clone())
}

fn point(value: &Value) -> Pos2 {
    let number = |index: usize| value[index].as_f64().unwrap() as f32;
    Pos2::new(number(0), number(1))
}

/// The middle of a card that a number chooses, with everything in view.
fn card(window: &mut Window, number: usize) -> Option<Pos2> {
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::NONE, Key::Num1);
    let task = choose(&window.probe()["canvas"]["tasks"], number)?;
    Some(window.rect_of(&task["rect"]).center())
}

fn nowhere(window: &Window) -> Pos2 {
    let view = window.rect_of(&window.probe()["canvas"]["rect"]);
    view.left_bottom() + vec2(230.0, -14.0)
}

/// Clicks a card; says whether there is one.
fn select(window: &mut Window, number: usize) -> bool {
    let at = card(window, number);
    at.into_iter().for_each(|at| window.click(at));
    at.is_some()
}

fn do_it(window: &mut Window, hand: &Hand) {
    match hand {
        Hand::Add(kind) => {
            window.harness.get_all_by_label(KINDS[kind % KINDS.len()]).next().unwrap().click();
        }
        Hand::DragIn(kind, wire) => {
            card(window, 0);
            // Onto an edge where there is one.
            let wire = choose(&window.probe()["canvas"]["wires"], *wire);
            let to = wire.map_or(nowhere(window), |wire| point(&wire["middle"]));
            let label = KINDS[kind % KINDS.len()];
            let row = window.harness.get_all_by_label(label).next().unwrap().rect().center();
            window.drag(row, to);
        }
        Hand::Lead(from) => {
            card(window, 0);
            let tasks = window.probe()["canvas"]["tasks"].clone();
            let Some(from) = choose(&tasks, *from) else { return };
            let to = nowhere(window);
            window.drag(point(&from["ports"]["succeeded"]), to);
            window.press(Modifiers::NONE, Key::Enter);
        }
        Hand::Duplicate(task) => {
            if select(window, *task) {
                window.press(Modifiers::COMMAND, Key::D);
            }
        }
        Hand::CutAndPaste(task) => {
            if select(window, *task) {
                let text = copied(window, Event::Cut);
                window.settle();
                let with_links = Modifiers::COMMAND | Modifiers::SHIFT;
                window.harness.event_modifiers(Event::Paste(text), with_links);
            }
        }
        Hand::MoveAll(x, y) => {
            let Some(at) = card(window, 0) else { return };
            window.press(Modifiers::COMMAND, Key::A);
            window.drag(at, at + vec2(f32::from(*x), f32::from(*y)) * 12.0);
        }
        Hand::Nudge(task, way) => {
            if select(window, *task) {
                let ways = [Key::ArrowLeft, Key::ArrowRight, Key::ArrowUp, Key::ArrowDown];
                window.press(Modifiers::NONE, ways[way % ways.len()]);
            }
        }
        Hand::Tidy => {
            card(window, 0);
            window.press(Modifiers::SHIFT | Modifiers::ALT, Key::T);
        }
        Hand::Align(way) => {
            card(window, 0);
            window.press(Modifiers::COMMAND, Key::A);
            let ways = [Key::A, Key::H, Key::D, Key::W, Key::V, Key::S];
            window.press(Modifiers::ALT, ways[way % ways.len()]);
        }
        Hand::Extract(task) => {
            if select(window, *task) {
                window.press(Modifiers::ALT, Key::X);
                if window.has("Create") {
                    window.push("Create");
                }
                // Where it is refused, or the file is there already.
                window.press(Modifiers::NONE, Key::Escape);
            }
        }
        Hand::Connect(from, to) => {
            let Some(to) = card(window, *to) else { return };
            let from = choose(&window.probe()["canvas"]["tasks"], *from).unwrap();
            window.drag(point(&from["ports"]["succeeded"]), to);
        }
        Hand::Rewire(wire, to) => {
            let Some(to) = card(window, *to) else { return };
            let Some(wire) = choose(&window.probe()["canvas"]["wires"], *wire) else { return };
            window.drag(point(&wire["end"]) - vec2(2.0, 0.0), to);
        }
        Hand::Cut(wire) => {
            card(window, 0);
            let Some(wire) = choose(&window.probe()["canvas"]["wires"], *wire) else { return };
            let to = nowhere(window);
            window.drag(point(&wire["end"]) - vec2(2.0, 0.0), to);
        }
        Hand::Insert(wire) => {
            card(window, 0);
            let Some(wire) = choose(&window.probe()["canvas"]["wires"], *wire) else { return };
            window.click(point(&wire["middle"]));
            window.press(Modifiers::NONE, Key::N);
            window.press(Modifiers::NONE, Key::Enter);
        }
        Hand::Move(task, x, y) => {
            let Some(at) = card(window, *task) else { return };
            window.drag(at, at + vec2(f32::from(*x), f32::from(*y)) * 12.0);
        }
        Hand::Delete(task) => {
            if select(window, *task) {
                window.press(Modifiers::NONE, Key::Delete);
            }
        }
        Hand::DeleteAndReconnect(task) => {
            if select(window, *task) {
                window.press(Modifiers::COMMAND, Key::Delete);
            }
        }
        Hand::Rename(task, title) => {
            if select(window, *task) {
                let field = window.harness.query_all_by_label("Title").last();
                field.into_iter().for_each(|field| field.type_text(title));
                window.settle();
                window.press(Modifiers::NONE, Key::Escape);
            }
        }
        Hand::Disable(task) => {
            if select(window, *task) {
                window.press(Modifiers::NONE, Key::D);
            }
        }
        Hand::Paste(task) => {
            if select(window, *task) {
                let text = copied(window, Event::Copy);
                let at = nowhere(window);
                window.harness.hover_at(at);
                window.harness.event(Event::Paste(text));
            }
        }
        Hand::Group(a, b) => {
            if select(window, *a) {
                let other = choose(&window.probe()["canvas"]["tasks"], *b).unwrap();
                let other = window.rect_of(&other["rect"]).center();
                window.click_with(other, Modifiers::SHIFT);
                window.press(Modifiers::COMMAND, Key::G);
                window.press(Modifiers::NONE, Key::Enter);
            }
        }
        Hand::Fold(group) => {
            card(window, 0);
            let Some(group) = choose(&window.probe()["canvas"]["groups"], *group) else { return };
            if group["card"].is_null() {
                let head = window.rect_of(&group["head"]);
                window.click(head.left_center() + vec2(8.0, 0.0));
            } else {
                let at = window.rect_of(&group["card"]).center();
                window.double_click(at);
            }
        }
        Hand::Ungroup(task) => {
            if select(window, *task) {
                window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::G);
            }
        }
        Hand::Note(words) => {
            card(window, 0);
            let at = nowhere(window);
            window.harness.hover_at(at);
            window.settle();
            window.press(Modifiers::SHIFT, Key::S);
            if !words.is_empty() {
                window.harness.get_by_label("Text of the note").type_text(words);
            }
            window.settle();
            window.press(Modifiers::NONE, Key::Escape);
        }
        Hand::DeleteNote(note) => {
            card(window, 0);
            let Some(note) = choose(&window.probe()["canvas"]["notes"], *note) else { return };
            let at = window.rect_of(&note["rect"]).center();
            window.click(at);
            window.press(Modifiers::NONE, Key::Delete);
        }
        Hand::Undo => window.press(Modifiers::COMMAND, Key::Z),
        Hand::Redo => window.press(Modifiers::COMMAND, Key::Y),
    }
    window.settle();
}

/// The document is one that can be read, hangs together, and what is wrong with it is said.
fn check(window: &mut Window) -> Result<(), TestCaseError> {
    for _ in 0..4 {
        window.settle();
    }
    let text = window.text();
    let document = Document::parse(text.as_bytes());
    prop_assert!(document.read_only.is_none());
    let problems = document.check(&millrace_model::validate::Surroundings::default());
    let said = window.probe()["problems"].as_array().unwrap().len();
    prop_assert_eq!(problems.len(), said, "{:?}", problems);
    let workflow = document.workflow.unwrap();
    let names: BTreeSet<&str> = workflow.tasks.iter().map(|task| task.name.as_str()).collect();
    prop_assert_eq!(names.len(), workflow.tasks.len());
    let mut edges = BTreeSet::new();
    for edge in &workflow.dependencies {
        prop_assert!(names.contains(edge.from.as_str()) && names.contains(edge.to.as_str()));
        prop_assert!(edges.insert((&edge.from, &edge.to)), "{} → {} twice", edge.from, edge.to);
        prop_assert!(!edge.on.is_empty());
    }
    let circle = problems.iter().find(|problem| problem.message.contains("circle"));
    prop_assert!(circle.is_none(), "{circle:?}");
    let mut grouped = BTreeSet::new();
    for group in &workflow.layout.groups {
        prop_assert!(!group.tasks.is_empty(), "a group that nobody sees");
        for task in &group.tasks {
            prop_assert!(names.contains(task.as_str()));
            prop_assert!(grouped.insert(task), "{task} is in two groups");
        }
    }
    prop_assert!(workflow.layout.tasks.keys().all(|task| names.contains(task.as_str())));
    Ok(())
}

/// Steps back, or on, until nothing changes any more.
fn all_the_way(window: &mut Window, key: Key) -> String {
    let mut last = window.text();
    loop {
        window.press(Modifiers::COMMAND, key);
        let now = window.text();
        if now == last {
            return now;
        }
        last = now;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 40,
        // Each is a window; more are for a long evening.
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(6),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_hands_do_leads_back(hands in prop::collection::vec(hand(), 8..20)) {
        let mut window = Window::sales();
        let start = window.text();
        for hand in &hands {
            do_it(&mut window, hand);
            check(&mut window)?;
        }
        // Nothing has the keyboard but the canvas.
        window.press(Modifiers::NONE, Key::Escape);
        let end = all_the_way(&mut window, Key::Y);
        prop_assert_eq!(&all_the_way(&mut window, Key::Z), &start, "back");
        prop_assert_eq!(&all_the_way(&mut window, Key::Y), &end, "and on");

        window.press(Modifiers::COMMAND, Key::S);
        prop_assert_eq!(&window.probe()["document"]["dirty"], &Value::Bool(false));
        let saved = window.world.borrow().files[SALES].clone();
        prop_assert_eq!(&saved, &end);
        let again = window.again(Some(SALES));
        prop_assert_eq!(&again.text(), &end);
        if end != start {
            let workflow = Document::parse(saved.as_bytes()).workflow.unwrap();
            prop_assert_eq!(canonical_text(&workflow), saved);
        }
    }
}
