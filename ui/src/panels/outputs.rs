//! What a task gave, and the way to keep it for later runs.

use egui::Ui;
use millrace_model::document::{Json, Task};
use millrace_model::event::TaskRun;

use super::inspector::pair;
use crate::app::App;
use crate::command::{Command, Place};
use crate::state::Change;
use crate::theme;
use crate::theme::icons::icon;
use crate::widgets::{Button, section_head, section_start};

/// The outputs of the run that is shown. In the editor they can be pinned.
pub(super) fn outputs_ui(app: &mut App, ui: &mut Ui, task: &Task, run: &TaskRun) {
    if run.outputs.is_empty() {
        return;
    }
    let outputs = Json::from_value(&serde_json::Value::Object(run.outputs.clone()));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL);
        section_head(ui, "Outputs");
        if app.place == Place::Editor && app.why_not_edit().is_none() {
            super::from_right(ui, |ui| pin_ui(app, ui, task, &outputs));
        }
    });
    pairs_ui(ui, run);
}

/// What an item gave, where it gave anything.
pub(super) fn values_ui(ui: &mut Ui, run: &TaskRun) {
    if !run.outputs.is_empty() {
        section_start(ui, "Outputs");
        pairs_ui(ui, run);
    }
}

fn pairs_ui(ui: &mut Ui, run: &TaskRun) {
    for (name, value) in &run.outputs {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        pair(ui, name, &text);
    }
}

/// What can be done about pinned outputs: to pin these, to let those go that are pinned.
fn pin_ui(app: &mut App, ui: &mut Ui, task: &Task, outputs: &Json) {
    let mut pinned = None;
    if task.pinned_outputs.is_some() {
        let tip = "Runs from here run the task again";
        let unpin =
            Button::quiet("Unpin").icon(icon::PUSH_PIN_SLASH).name("Unpin outputs").tip(tip);
        if unpin.show(ui).clicked() {
            pinned = Some(None);
        }
    }
    if task.pinned_outputs.as_ref() != Some(outputs) {
        let tip = "Runs from here take these outputs and do not run the task";
        let pin = Button::quiet("Pin").icon(icon::PUSH_PIN).name("Pin outputs").tip(tip);
        if pin.show(ui).clicked() {
            pinned = Some(Some(outputs.clone()));
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
