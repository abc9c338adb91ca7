//! The panel at the right while no task is selected: the workflow itself, and a dependency.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_model::document::{Atom, AtomSet, Json, Overlap, ParamKind};
use millrace_ui::ThemeChoice;

use crate::inspector::{SIZE, TEXT};
use crate::pictures::{check, themes};
use crate::world::{SALES, Window};

fn window() -> Window {
    with(ThemeChoice::Dark)
}

fn with(theme: ThemeChoice) -> Window {
    Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), TEXT.to_owned());
    })
}

#[test]
fn the_workflow_is_named_tagged_and_limited() {
    let mut window = window();
    window.press(Modifiers::NONE, Key::F2);
    window.harness.get_all_by_label("Title").last().unwrap().type_text("Every night");
    window.settle();
    window.fill("Name", "Every night");
    window.harness.get_by_label_contains("is not a name");
    window.fill("Name", "every_night");
    window.press(Modifiers::NONE, Key::Enter);
    window.push("Add tag");
    window.fill("Tags 1", "sales");
    window.push("More: Tasks at once");
    window.push("More: Runs at once");
    window.push("When the limit is reached");
    window.push("Let the new run wait");
    window.fill("Time-out of a run", "6h");
    window.push("Stop at the first failure");
    let workflow = window.workflow();
    assert_eq!(workflow.title.as_deref(), Some("Every night"));
    assert_eq!(workflow.name.as_str(), "every_night");
    assert_eq!(workflow.tags, ["sales"]);
    let limits = &workflow.limits;
    assert_eq!((limits.parallel_tasks, limits.active_runs), (Some(2), 2));
    assert_eq!((limits.overlap, limits.fail_fast), (Overlap::Queue, true));
    assert_eq!(limits.timeout.unwrap().to_string(), "6h");
    assert_eq!(workflow.tasks.len(), 3);
    assert_eq!(workflow.dependencies.len(), 2);
    for _ in 0..9 {
        window.push("Undo");
    }
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn parameters_are_added_edited_ordered_and_removed() {
    let mut window = window();
    window.push("Parameters");
    window.push("Add parameter");
    window.fill("Name", "day");
    window.harness.get_by_label_contains("“day” is taken");
    window.fill("Name", "limit");
    window.press(Modifiers::NONE, Key::Enter);
    window.push("Type");
    window.push("int");
    window.fill("Default", "many");
    window.harness.get_by_label_contains("is not a whole number");
    window.fill("Default", "100");
    window.fill("Smallest", "1");
    window.fill("Description", "Rows at a time.");
    window.push("Move limit up");
    window.push("Remove parameter mode");
    let workflow = window.workflow();
    let names: Vec<&str> = workflow.params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!(names, ["day", "limit"]);
    let limit = &workflow.params[1];
    assert_eq!(limit.kind, ParamKind::Int);
    assert_eq!(limit.default, Some(Json::Number("100".to_owned())));
    assert_eq!(limit.min, Some(Json::Number("1".to_owned())));
    assert_eq!(limit.description.as_deref(), Some("Rows at a time."));
}

#[test]
fn choices_are_rows_and_their_problems_stand_below() {
    let mut window = window();
    window.push("Parameters");
    window.push("Parameter mode");
    window.push("Remove choice 2");
    let workflow = window.workflow();
    assert_eq!(workflow.params[1].choices, [Json::from("full")]);
    // The default is no choice any more.
    window.harness.get_by_label_contains("elta");
    assert!(window.probe()["document"]["errors"].as_u64().unwrap() > 0);
    window.push("Add choice");
    window.fill("Choices 2", "delta");
    assert_eq!(window.workflow().params[1].choices.len(), 2);
}

#[test]
fn defaults_of_all_tasks_are_what_tasks_inherit() {
    let mut window = window();
    window.push("Defaults");
    assert!(window.has("Up to 3 tries, 10 s apart, doubling"));
    window.push("More: Tries");
    window.fill("Time-out", "2h");
    let workflow = window.workflow();
    assert_eq!(workflow.defaults.retry.as_ref().unwrap().attempts, 4);
    window.select("extract");
    window.push("Control");
    assert!(window.has("From the workflow: up to 4 tries, 10 s apart, doubling"));
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Notes");
    window.fill("Description", "Runs **every night**.");
    assert_eq!(window.workflow().description.as_deref(), Some("Runs **every night**."));
}

#[test]
fn a_problem_of_the_drawer_leads_to_its_field() {
    let text = TEXT.replace("\"default\": \"delta\"", "\"default\": \"weekly\"");
    let mut window = Window::with(ThemeChoice::Dark, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text);
    });
    window.select("load");
    window.push("Problems");
    let found = window.harness.get_by_label_contains("parameter mode:");
    found.click();
    window.settle();
    assert!(window.selected().is_empty());
    assert!(window.has("Add parameter"));
}

#[test]
fn the_endings_of_a_dependency_are_chips() {
    let mut window = window();
    let (from, to) = (window.spot("extract", Some("succeeded")), window.spot("load", Some("in")));
    window.click(from + (to - from) * 0.8);
    window.harness.get_by_label_contains("It holds when Extract ended as");
    window.push("skipped");
    let on = |window: &Window| window.workflow().dependencies[0].on;
    assert_eq!(on(&window), AtomSet::SUCCEEDED.with(Atom::Skipped));
    window.push("succeeded");
    assert_eq!(on(&window), AtomSet::of([Atom::Skipped]));
    // The last one stays.
    window.push("skipped");
    assert_eq!(on(&window), AtomSet::of([Atom::Skipped]));
    window.push("on failure");
    assert_eq!(on(&window), AtomSet::FAILED);
}

#[test]
fn pictures_of_the_workflows_tabs_and_a_dependency() {
    for (theme, word) in themes() {
        let mut window = with(theme);
        for tab in ["Workflow", "Defaults", "Notes", "Parameters"] {
            window.push(tab);
            if tab == "Parameters" {
                window.push("Parameter mode");
            }
            check(&mut window, &format!("workflow_{}_{word}", tab.to_lowercase()));
        }
        let from = window.spot("extract", Some("succeeded"));
        let to = window.spot("load", Some("in"));
        window.click(from + (to - from) * 0.8);
        check(&mut window, &format!("dependency_{word}"));
    }
}
