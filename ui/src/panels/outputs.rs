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
use crate::widgets::{Button, section_head};

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
        let is_pinned = task.pinned_outputs.as_ref() == Some(&outputs);
        if app.place == Place::Editor && app.why_not_edit().is_none() && !is_pinned {
            super::from_right(ui, |ui| {
                let tip = "Runs from here take these outputs and do not run the task";
                let pin = Button::quiet("Pin").icon(icon::PUSH_PIN).name("Pin outputs").tip(tip);
                if pin.show(ui).clicked() {
                    let task = Box::new(Task { pinned_outputs: Some(outputs), ..task.clone() });
                    app.send(Command::Change(Change::Task { task, field: "pinned outputs" }));
                    // What is typed into them afterwards is another step.
                    app.send(Command::EndStep);
                }
            });
        }
    });
    for (name, value) in &run.outputs {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        pair(ui, name, &text);
    }
}
