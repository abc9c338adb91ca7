//! The workflow's triggers: what each waits for, its switch of this machine.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_model::document::{TriggerSource, WorkflowNames};
use millrace_model::event::RunState;
use millrace_ui::ThemeChoice;

use crate::inspector::{SIZE, TEXT};
use crate::pictures::{check, themes};
use crate::world::{SALES, Window};

fn with(theme: ThemeChoice) -> Window {
    let mut window = Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), TEXT.to_owned());
    });
    window.push("Schedules of this workflow");
    window
}

fn source(window: &Window) -> TriggerSource {
    window.workflow().triggers[0].source.clone()
}

#[test]
fn a_trigger_waits_for_files_other_workflows_or_calls() {
    let mut window = with(ThemeChoice::Dark);
    window.push("Add trigger");
    window.fill("Files", "inbox/*.csv");
    window.fill("Unchanged for", "5 s");
    match source(&window) {
        TriggerSource::File(file) => {
            assert_eq!(file.glob, "inbox/*.csv");
            assert_eq!(file.stable.to_string(), "5s");
        }
        other => panic!("{other:?} is no file"),
    }
    window.fill("Files", "inbox/[");
    window.harness.get_by_label_contains("is not a pattern of files");
    window.push("Starts");
    window.push("When other workflows end");
    window.push("Add workflow");
    window.fill("Workflows 1", "load sales");
    window.harness.get_by_label_contains("is not a name");
    window.fill("Workflows 1", "load_sales");
    window.push("Any of them");
    window.push("failed");
    window.push("succeeded");
    match source(&window) {
        TriggerSource::Workflow(of) => {
            assert_eq!(of.on, [RunState::Failed]);
            let WorkflowNames::Any(names) = of.names else { panic!("all of them") };
            assert_eq!(names[0].as_str(), "load_sales");
        }
        other => panic!("{other:?} is no workflow"),
    }
    window.push("Starts");
    window.push("When a program calls");
    assert!(matches!(source(&window), TriggerSource::Http(_)));
    window.harness.get_by_label_contains("millrace trigger token nightly arrived");
    window.fill("At most one run in", "1 m");
    window.fill("Parameter day", "2026-01-31");
    window.fill("Name", "pushed");
    window.press(Modifiers::NONE, Key::Enter);
    let workflow = window.workflow();
    let trigger = &workflow.triggers[0];
    assert_eq!(trigger.name.as_str(), "pushed");
    assert_eq!(trigger.rate.unwrap().to_string(), "1m");
    assert!(trigger.params.is_some());
    window.push("Remove trigger pushed");
    assert!(window.workflow().triggers.is_empty());
    for _ in 0..24 {
        window.push("Undo");
    }
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn a_trigger_is_switched_like_a_schedule() {
    let mut window = with(ThemeChoice::Dark);
    window.push("Add trigger");
    window.harness.get_by_label_contains("This draft differs");
    window.press(Modifiers::COMMAND, Key::S);
    window.settle();
    window.push("arrived on this machine");
    assert_eq!(window.world.borrow().starters.off.len(), 1);
}

#[test]
fn pictures_of_triggers() {
    for (theme, word) in themes() {
        let mut window = with(theme);
        window.push("Add schedule");
        window.push("Schedule daily");
        window.push("Add trigger");
        window.push("Starts");
        window.push("When other workflows end");
        window.push("Add workflow");
        window.fill("Workflows 1", "load_sales");
        window.press(Modifiers::COMMAND, Key::S);
        // The message that it was saved goes by itself.
        window.harness.run_steps(100);
        check(&mut window, &format!("workflow_triggers_{word}"));
    }
}
