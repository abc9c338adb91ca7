//! Title and name of a task.
//!
//! The title changes while it is typed. The name is taken when the field is left, because everything that refers to
//! the task changes with it.

use egui::text::{CCursor, CCursorRange};
use egui::{Id, Key, TextEdit, Ui};
use millrace_model::document::{Task, Workflow};
use millrace_model::ident::Ident;

use super::form::{Form, Row};
use crate::app::{App, sentence};
use crate::command::Command;
use crate::state::Change;
use crate::widgets::{Field, problem_line};

/// Draws both, side by side.
pub(super) fn name_ui(
    app: &mut App,
    form: &mut Form,
    ui: &mut Ui,
    task: &Task,
    workflow: &Workflow,
) {
    if form.read_only {
        return;
    }
    ui.columns(2, |columns| {
        title_ui(app, form, &mut columns[0], task);
        task_name_ui(form, &mut columns[1], task, workflow);
    });
}

fn title_ui(app: &mut App, form: &mut Form, ui: &mut Ui, task: &Task) {
    let row = Row::new("title", "Title", "What people see. The name is shown where there is none.");
    form.row(ui, &row, |form, ui| {
        let id = form.id("title");
        let mut text = task.title.clone().unwrap_or_default();
        if std::mem::take(&mut app.forms.focus_title) {
            focus_all(ui, id, &text);
        }
        let response = Field::new(&mut text, "Title").hint(task.name.as_str()).id(id).show(ui);
        if response.changed() {
            let title = (!text.is_empty()).then_some(text);
            app.forms.title_typed = Some(task.name.clone());
            form.send(Command::Change(Change::Title { task: task.name.clone(), title }));
        }
        if response.lost_focus() {
            if app.forms.title_typed.take().is_some_and(|typed| typed == task.name) {
                form.send(Command::SettleTitle(task.name.clone()));
            }
            form.send(Command::EndStep);
        }
    });
}

fn task_name_ui(form: &mut Form, ui: &mut Ui, task: &Task, workflow: &Workflow) {
    let help = "What edges and expressions call it. All of them follow when it changes.";
    let row = Row::new("name", "Name", help);
    form.row(ui, &row, |form, ui| {
        let taken = |name: &Ident| workflow.task(name.as_str()).is_some();
        if let Some(to) = form.renamed(ui, "name", &task.name, taken) {
            form.send(Command::RenameTask { from: task.name.clone(), to });
        }
    });
}

impl Form {
    /// A field for the name of something; gives the new one when the field is left with one that can be.
    pub(super) fn renamed(
        &mut self,
        ui: &mut Ui,
        path: &str,
        name: &Ident,
        is_taken: impl Fn(&Ident) -> bool,
    ) -> Option<Ident> {
        let read_only = self.read_only;
        let read = |text: &str| {
            let new = Ident::new(text.trim()).map_err(|error| error.to_string())?;
            if new != *name && is_taken(&new) {
                return Err(format!("“{new}” is taken; choose another name"));
            }
            Ok(new)
        };
        let mut text = self.draft(path).unwrap_or_else(|| name.to_string());
        let refused = read(&text).err();
        let id = self.id(path);
        let response = Field::new(&mut text, "Name")
            .mono(true)
            .bad(refused.is_some())
            .read_only(read_only)
            .id(id)
            .show(ui);
        if let Some(refused) = &refused {
            problem_line(ui, &sentence(refused));
        }
        if read_only {
            return None;
        }
        if response.changed() {
            self.set_draft(path, &text);
        }
        if !response.lost_focus() {
            return None;
        }
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.drop_draft(path);
            return None;
        }
        let new = read(&text).ok()?;
        self.drop_draft(path);
        (new != *name).then_some(new)
    }
}

/// Gives a field the focus with all of its text marked.
pub(super) fn focus_all(ui: &Ui, id: Id, text: &str) {
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
    state.cursor.set_char_range(Some(all));
    state.store(ui.ctx(), id);
    ui.memory_mut(|memory| memory.request_focus(id));
}
