//! What a task is for, in its author's words.

use egui::Ui;
use millrace_model::document::Task;

use super::form::{Form, Row};
use crate::widgets::prose_field;

pub(super) fn notes_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    let row = Row::new("description", "Description", "Markdown. What it does and what to know.");
    let row = row.set(task.description.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        if form.prose(ui, "description", "Description", &mut task.description, 12) {
            form.edited("description");
        }
    });
    if reset {
        task.description = None;
        form.edited("description");
    }
}

impl Form {
    /// A text of many lines for people; an empty one is none.
    pub(super) fn prose(
        &mut self,
        ui: &mut Ui,
        path: &str,
        name: &str,
        value: &mut Option<String>,
        rows: usize,
    ) -> bool {
        let read_only = self.read_only;
        let show = |value: &Option<String>| value.clone().unwrap_or_default();
        let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
        let next = self.typed(ui, path, value, (show, read), |ui, id, text, bad| {
            prose_field(ui, id, name, text, rows, read_only, bad)
        });
        let is_new = next.is_some();
        *value = next.unwrap_or_else(|| value.take());
        is_new
    }
}
