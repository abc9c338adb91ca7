//! Values on their way: a list that a task gives, a task run once for each of its items, a question with a form, and a branch
//! for a failure, all drawn by hand; run, answered, and looked at.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::{Value, json};

use super::stage::{Stage, save};
use crate::display::poll;
use crate::process::announce;
use crate::webdriver::{Gesture, Key, Point, Window};

/// A task of the act: its name, the kind in the palette, where on the canvas it is dropped.
const TASKS: [(&str, &str, Point); 5] = [
    ("list", "Shell script", (160, 160)),
    ("measure", "Shell script", (420, 160)),
    ("release", "Approval", (160, 330)),
    ("publish", "Shell script", (420, 330)),
    ("undo", "Shell script", (420, 500)),
];

/// Nothing drawn yet.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let document = stage.file("regions.json");
    let workflow = json!({ "millrace": 1, "name": "regions", "title": "Regions", "tasks": [] });
    fs::write(&document, serde_json::to_vec_pretty(&workflow)?)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, document: &Path) -> anyhow::Result<()> {
    announce("a list, a task for each of its items, a question, a branch for a failure: drawn");
    for (index, task) in TASKS.iter().enumerate() {
        draw(stage, window, index, task)?;
    }
    connect(window, ("list", "succeeded"), "measure")?;
    connect(window, ("measure", "succeeded"), "release")?;
    connect(window, ("release", "succeeded"), "publish")?;
    connect(window, ("publish", "failed"), "undo")?;

    announce("what each of them does is filled in");
    open(window, "list", "Spec")?;
    window.type_into("Script", "millrace-task output regions:='[\"north\",\"south\",\"east\"]'")?;
    open(window, "measure", "Spec")?;
    window.type_into("Script", "millrace-task output said=\"$REGION is measured\"")?;
    open(window, "measure", "Control")?;
    fill(window, "For each item of", "tasks.list.outputs.regions")?;
    open(window, "measure", "Environment")?;
    variable(window, "REGION", "${item}")?;
    open(window, "release", "Spec")?;
    fill(window, "Message", "Is it so that ${tasks.measure.outputs.said[1]}?")?;
    stage.reveal(window, "Add parameter")?;
    window.click("Add parameter")?;
    open(window, "publish", "Spec")?;
    window.type_into("Script", "echo publishing for $TICKET; exit 3")?;
    open(window, "publish", "Environment")?;
    variable(window, "TICKET", "${tasks.release.outputs.answer.param}")?;
    open(window, "undo", "Spec")?;
    window.type_into("Script", "millrace-task output undone:=true")?;
    save(window)?;
    let saved: Value = serde_json::from_slice(&fs::read(document)?)?;
    ensure!(
        saved["tasks"][1]["for_each"] == "tasks.list.outputs.regions"
            || saved["tasks"][1]["for_each"]["items"] == "tasks.list.outputs.regions",
        "{saved}"
    );

    announce("run: three items, then the question, which is answered with its form filled in");
    window.click("Run")?;
    let asked = poll("the question", || Ok(questions(stage)?.pop()))?;
    ensure!(asked["message"] == "Is it so that south is measured?", "{asked}");
    select(window, "release")?;
    window.click("Answer…")?;
    window.type_into("param", "T-17")?;
    window.click("Approve")?;
    window.wait("the end of the run", "s.run && s.run.state === 'failed'")?;

    announce("the values are there, in the window and in the history");
    select(window, "measure")?;
    window.widget_prefixed("Item 2, ")?;
    window.widget("said")?;
    window.widget_prefixed("[\"north is measured\"")?;
    stage.picture(window, "values_items")?;
    select(window, "undo")?;
    window.widget("undone")?;
    let state = window.state()?;
    let run = state["run"]["run"].as_str().unwrap_or_default();
    let outputs: Value = serde_json::from_str(&stage.millrace(&["outputs", run, "--json"])?)?;
    ensure!(outputs.to_string().contains("\"param\":\"T-17\""), "{outputs}");
    let log = stage.millrace(&["logs", run, "publish"])?;
    ensure!(log.contains("publishing for T-17"), "{log}");
    Ok(())
}

/// Drags a kind from the palette to the canvas and names the new task.
fn draw(
    stage: &Stage,
    window: &Window,
    index: usize,
    (name, kind, (right, down)): &(&str, &str, Point),
) -> anyhow::Result<()> {
    let add = format!("Add {kind}");
    stage.reveal(window, &add)?;
    let row = window.widget(&add)?;
    let corner = window.point("/canvas/rect")?;
    window.perform(&Gesture::new().drag(row, (corner.0 + right, corner.1 + down)))?;
    let there = index + 1;
    window.wait(
        "the new task",
        &format!("s.document.tasks.length === {there} && s.canvas.selected.length === 1"),
    )?;
    window.wait_for_paint()?;
    fill(window, "Title", name)?;
    window.wait("its name", &format!("s.document.tasks.includes('{name}')"))
}

fn connect(window: &Window, (from, port): (&str, &str), to: &str) -> anyhow::Result<()> {
    let start = window.point(&format!("/canvas/tasks/{from}/ports/{port}"))?;
    let end = window.point(&format!("/canvas/tasks/{to}/ports/in"))?;
    window.perform(&Gesture::new().drag(start, end))?;
    let drawn =
        format!("s.document.dependencies.some(d => d.from === '{from}' && d.to === '{to}')");
    window.wait("the dependency", &drawn)
}

/// Clicks a card.
fn select(window: &Window, task: &str) -> anyhow::Result<()> {
    let (x, y) = window.point(&format!("/canvas/tasks/{task}/ports/in"))?;
    window.perform(&Gesture::new().click(x + 60, y))?;
    window.wait("the selection", &format!("s.canvas.selected.join() === '{task}'"))?;
    window.wait_for_paint()
}

/// Shows a tab of a task's form.
fn open(window: &Window, task: &str, tab: &str) -> anyhow::Result<()> {
    select(window, task)?;
    window.click(tab)?;
    window.wait("the tab", &format!("s.form.task === '{tab}'"))
}

/// Fills a field and leaves it.
fn fill(window: &Window, field: &str, text: &str) -> anyhow::Result<()> {
    window.type_into(field, text)?;
    // What completes names goes; then the field is left.
    window.perform(&Gesture::new().key(Key::Escape))
}

/// Adds a variable.
fn variable(window: &Window, name: &str, value: &str) -> anyhow::Result<()> {
    window.click("Add variable")?;
    window.type_into("Variables 1 name", name)?;
    fill(window, "Variables 1 value", value)
}

/// What runs ask now.
fn questions(stage: &Stage) -> anyhow::Result<Vec<Value>> {
    let listed: Value = serde_json::from_str(&stage.millrace(&["approve", "--json"])?)?;
    Ok(listed["questions"].as_array().cloned().unwrap_or_default())
}
