//! What a task gave, and the way to keep it for later runs.

use egui::Ui;
use millrace_model::document::{Json, Task};
use millrace_model::event::TaskRun;
use serde_json::Value;

use super::inspector::pair;
use crate::app::App;
use crate::command::{Command, Drawer, Place};
use crate::state::Change;
use crate::theme;
use crate::theme::icons::icon;
use crate::widgets::{Button, link, section_head, section_start};
use crate::words;

/// So many outputs are named in the panel.
const SHOWN: usize = 20;
/// More of a text than there is room for.
const LONGEST: usize = 400;

/// The outputs of the run that is shown. In the editor they can be pinned.
pub(super) fn outputs_ui(app: &mut App, ui: &mut Ui, task: &Task, run: &TaskRun) {
    if run.outputs.is_empty() {
        return;
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL);
        section_head(ui, "Outputs");
        if app.place == Place::Editor && app.why_not_edit().is_none() {
            super::from_right(ui, |ui| pin_ui(app, ui, task, run));
        }
    });
    pairs_ui(app, ui, run);
}

/// What an item gave, where it gave anything.
pub(super) fn values_ui(app: &mut App, ui: &mut Ui, run: &TaskRun) {
    if !run.outputs.is_empty() {
        section_start(ui, "Outputs");
        pairs_ui(app, ui, run);
    }
}

/// The first of them; the drawer has all, however many there are.
fn pairs_ui(app: &mut App, ui: &mut Ui, run: &TaskRun) {
    for (name, value) in run.outputs.iter().take(SHOWN) {
        pair(ui, name, &in_short(value));
    }
    let more = run.outputs.len().saturating_sub(SHOWN);
    if more > 0 {
        let words = format!("{} more in Values", words::grouped(more as u64));
        if link(ui, &words, theme::sans(theme::BODY)).clicked() {
            app.send(Command::Drawer(Drawer::Values));
        }
    }
}

/// A value in one line. Of a long list or object it is enough to know how long it is.
fn in_short(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(LONGEST).collect(),
        Value::Array(list) if list.len() > SHOWN => words::count(list.len(), "item", "items"),
        Value::Object(map) if map.len() > SHOWN => words::count(map.len(), "member", "members"),
        other => other.to_string(),
    }
}

/// What can be done about pinned outputs: to pin these, to let those go that are pinned.
fn pin_ui(app: &mut App, ui: &mut Ui, task: &Task, run: &TaskRun) {
    let outputs = || Json::from_value(&Value::Object(run.outputs.clone()));
    let mut pinned = None;
    if task.pinned_outputs.is_some() {
        let tip = "Runs from here run the task again";
        let unpin =
            Button::quiet("Unpin").icon(icon::PUSH_PIN_SLASH).name("Unpin outputs").tip(tip);
        if unpin.show(ui).clicked() {
            pinned = Some(None);
        }
    }
    if task.pinned_outputs.as_ref().is_none_or(|pinned| *pinned != outputs()) {
        let tip = "Runs from here take these outputs and do not run the task";
        let pin = Button::quiet("Pin").icon(icon::PUSH_PIN).name("Pin outputs").tip(tip);
        if pin.show(ui).clicked() {
            pinned = Some(Some(outputs()));
        }
    }
    if let Some(pinned_outputs) = pinned {
        let task = Box::new(Task { pinned_outputs, ..task.clone() });
        // A step of its own: what is typed into them before or after is another.
        app.send(Command::EndStep);
        app.send(Command::Change(Change::Task { task, field: "pinned outputs" }));
        app.send(Command::EndStep);
    }
}
