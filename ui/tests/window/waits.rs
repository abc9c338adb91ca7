//! Tasks that wait: their forms, what a card and the inbox say of them, answers, and marks.

use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::answer::{MarkAs, Question};
use millrace_model::event::{WaitFor, Waits};
use millrace_model::ids::RunId;
use millrace_ui::ThemeChoice;
use serde_json::{Value, json};

use crate::pictures::{check, themes};
use crate::world::{START, Window, World, key};

const GATE: &str = "/home/ada/workflows/gate.json";

const GATE_TEXT: &str = r#"{
  "millrace": 1, "name": "gate", "title": "Clean up",
  "tasks": [
    { "name": "find", "title": "Find old files", "kind": "shell", "spec": { "script": "./find.sh" } },
    { "name": "settle", "title": "Let it settle", "kind": "delay", "spec": { "duration": "10m" } },
    { "name": "ask", "title": "Delete them?", "kind": "approval", "timeout": "1d",
      "spec": { "message": "Delete **${tasks.find.outputs.count} files**?\n\n* they are older than a year\n* a backup was made",
        "params": [ { "name": "keep", "type": "int", "default": 3, "min": 0, "description": "So many of the newest stay." },
          { "name": "ticket", "type": "string", "required": true } ], "on_timeout": "reject" } },
    { "name": "delete", "title": "Delete", "kind": "shell", "spec": { "script": "./delete.sh" } }
  ],
  "dependencies": [ { "from": "find", "to": "ask" }, { "from": "settle", "to": "ask" }, { "from": "ask", "to": "delete" } ],
  "layout": { "tasks": { "find": [0, 0], "settle": [0, 120], "ask": [300, 60], "delete": [600, 60] } }
}"#;

const MESSAGE: &str = "Delete **17 files**?\n\n* they are older than a year\n* a backup was made";

fn window_with(theme: ThemeChoice) -> Window {
    Window::with(theme, Vec2::new(1440.0, 900.0), 1.0, Some(GATE), |world| {
        world.files.insert(GATE.to_owned(), GATE_TEXT.to_owned());
    })
}

fn window() -> Window {
    window_with(ThemeChoice::Dark)
}

/// A run that asks.
fn asks(world: &mut World, run: RunId) {
    let until = world.time().plus(std::time::Duration::from_secs(600));
    world.wait(run, "settle", Waits { wait: WaitFor::Time, until: Some(until) });
    world.succeed(run, "find", 800);
    let form = json!({ "keep": 3 }).as_object().unwrap().clone();
    let until = Some(world.time().plus(std::time::Duration::from_secs(86_400)));
    let wait = WaitFor::Answer { message: MESSAGE.to_owned(), form: form.clone() };
    world.wait(run, "ask", Waits { wait, until });
    world.starters.questions.push(Question {
        run,
        task: key("ask"),
        workflow: "gate".to_owned(),
        title: Some("Clean up".to_owned()),
        since: world.time(),
        until,
        message: MESSAGE.to_owned(),
        form,
        params: json!([{ "name": "keep", "type": "int", "default": 3 }, { "name": "ticket", "type": "string", "required": true }]),
    });
}

fn run(window: &mut Window) -> RunId {
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs.last().unwrap().run;
    asks(&mut window.world.borrow_mut(), run);
    window.settle();
    window.settle();
    run
}

fn spec(window: &Window, task: &str) -> Value {
    window.workflow().task(task).unwrap().spec.to_value()
}

#[test]
fn a_delay_has_a_form() {
    let mut window = window();
    window.select("settle");
    window.settle();
    window.fill("For", "1h");
    assert_eq!(spec(&window, "settle"), json!({ "duration": "1h" }));
}

#[test]
fn the_form_of_a_question_is_edited_as_parameters_are() {
    let mut window = window();
    window.select("ask");
    window.settle();
    window.push("Parameter ticket");
    window.push("Remove parameter ticket");
    assert_eq!(spec(&window, "ask")["params"].as_array().unwrap().len(), 1);
    window.push("Add parameter");
    let params = spec(&window, "ask")["params"].clone();
    assert_eq!(params[1], json!({ "name": "param", "type": "string" }));
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(spec(&window, "ask")["params"].as_array().unwrap().len(), 1, "one step");
}

#[test]
fn a_question_is_answered_from_the_menu_of_its_run() {
    let mut window = window();
    run(&mut window);
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_all_by_label_contains("Clean up, ").next().unwrap().click();
    window.settle();
    window.settle();
    window.push("More to do with this run");
    assert!(!window.has("Delete them?") && !window.has("Mark as failed"), "nothing is selected");
    window.press(Modifiers::NONE, Key::Escape);
    window.select("ask");
    window.settle();
    window.push("More to do with this run");
    assert!(window.has("Mark as succeeded") && window.has("Mark as failed"));
    window.push("Answer…");
    window.harness.get_by_label("Clean up asks");
}

#[test]
fn a_question_is_answered_where_it_stands() {
    let mut window = window();
    let run = run(&mut window);
    window.select("ask");
    window.settle();
    assert!(window.has("Inbox, 1 new"));
    window.push("Answer…");
    window.harness.get_by_label("Clean up asks");
    // What has to be filled in is not.
    window.push("Approve");
    assert!(window.world.borrow().answers.is_empty());
    window.fill("ticket", "T-17");
    window.fill("Note", "after the backup");
    window.push("Approve");
    window.settle();
    let answer = window.world.borrow().answers[0].clone();
    assert_eq!((answer.run, answer.task, answer.approve), (run, key("ask"), true));
    let texts: Vec<_> = answer.texts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(texts, [("ticket", "T-17")]);
    assert_eq!(answer.note.as_deref(), Some("after the backup"));
    window.settle();
    assert!(!window.has("Clean up asks"), "the sheet goes");
    assert!(!window.has("Inbox, 1 new"));
    window.did(&["Answer::Ask", "Answer::Give"]);
}

#[test]
fn the_inbox_has_what_is_asked_and_takes_a_no() {
    let mut window = window();
    run(&mut window);
    window.press(Modifiers::COMMAND, Key::Num4);
    window.settle();
    window.harness.get_by_label_contains("Clean up, Delete 17 files?");
    window.push("Answer Clean up");
    window.push("Reject");
    window.settle();
    let answer = window.world.borrow().answers[0].clone();
    assert!(!answer.approve && answer.texts.is_empty());
}

#[test]
fn a_card_can_be_marked_by_its_menu() {
    let mut window = window();
    run(&mut window);
    let settle = window.spot("settle", None);
    window.right_click(settle + Vec2::new(40.0, 0.0));
    window.push("Mark as succeeded");
    let mark = window.world.borrow().marks[0].clone();
    assert_eq!((mark.task, mark.mark), (key("settle"), MarkAs::Succeeded));
    window.did(&["Answer::Mark"]);
    let find = window.spot("find", None);
    window.right_click(find + Vec2::new(40.0, 0.0));
    assert!(!window.has("Mark as succeeded"), "it has succeeded");
}

#[test]
fn pictures_of_waits() {
    for (theme, name) in themes() {
        let mut window = window_with(theme);
        window.select("ask");
        window.settle();
        check(&mut window, &format!("approval_{name}"));
        run(&mut window);
        window.select("ask");
        window.settle();
        check(&mut window, &format!("approval_run_{name}"));
        window.push("Answer…");
        check(&mut window, &format!("approval_answer_{name}"));
    }
    let mut window = window();
    run(&mut window);
    window.press(Modifiers::COMMAND, Key::Num4);
    window.world.borrow_mut().now = Some(START);
    window.settle();
    check(&mut window, "approval_inbox_dark");
}
