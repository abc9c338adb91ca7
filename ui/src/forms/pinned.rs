//! Outputs that stand in for a task while its neighbours are tried.

use egui::Ui;
use millrace_model::document::{Json, Task};

use super::form::{Form, Row};
use crate::widgets::{CodeField, Language};

/// The pinned outputs as JSON, where there are some. They are pinned from the outputs of a run.
pub(super) fn pinned_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    if task.pinned_outputs.is_none() {
        return;
    }
    let help = "Runs from here take these outputs and do not run the task. “Run this task” does run it, \
                and so do schedules and the command line.";
    let row = Row::new("pinned_outputs", "Pinned outputs", help).set(true);
    let reset = form.row(ui, &row, |form, ui| {
        let read_only = form.read_only;
        let next = form.typed(
            ui,
            "pinned_outputs",
            &task.pinned_outputs,
            (show, read),
            |ui, id, text, bad| {
                let code =
                    CodeField::new(id, "Pinned outputs").language(Some(Language::Json)).rows(3);
                code.read_only(read_only).bad(bad).show(ui, text)
            },
        );
        if let Some(next) = next {
            task.pinned_outputs = next;
            form.edited("pinned outputs");
        }
    });
    if reset {
        task.pinned_outputs = None;
        form.edited("pinned outputs");
    }
}

fn show(outputs: &Option<Json>) -> String {
    let value = outputs.as_ref().map(Json::to_value);
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_default()
}

fn read(text: &str) -> Result<Option<Json>, String> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))?;
    match value.is_object() {
        true => Ok(Some(Json::from_value(&value))),
        false => Err("an object of outputs is expected, as in {\"rows\": 3}".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_an_object() {
        let read_back = |text: &str| read(text).map(|outputs| show(&outputs));
        assert_eq!(read_back("{\"rows\": 3}"), Ok("{\n  \"rows\": 3\n}".to_owned()));
        assert!(read("[1]").is_err_and(|why| why.contains("object")));
        assert!(read("{").is_err_and(|why| why.contains("no JSON")));
    }
}
