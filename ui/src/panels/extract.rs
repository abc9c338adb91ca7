//! The sheet that makes a workflow of the selected tasks: its name, or why it cannot be made.

use egui::Ui;

use super::sheet::buttons;
use crate::app::{App, ExtractForm, Sheet, full_sentence};
use crate::command::Command;
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, field_label, label, problem_line, wrapped};
use crate::words;

/// Draws the sheet.
pub(super) fn extract_ui(app: &mut App, ui: &mut Ui, mut form: ExtractForm) {
    let p = Palette::of(ui);
    ui.set_width(460.0);
    label(ui, "To sub-workflow", theme::semibold(theme::TITLE), p.text);
    if !form.refusals.is_empty() {
        return refused_ui(app, ui, &form);
    }
    let tasks = words::count(form.count(), "task moves", "tasks move");
    let text = format!(
        "{tasks} into a workflow of their own; one task runs it and takes their place. What they read from here becomes its \
         parameters."
    );
    wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
    ui.add_space(4.0);
    field_label(ui, "Name", true);
    let problem = form.problem();
    let field = Field::new(&mut form.name, "Name").mono(true).bad(problem.is_some()).show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    if field.changed() {
        form.error = None;
    }
    match problem.as_ref().or(form.error.as_ref()) {
        Some(problem) => problem_line(ui, problem),
        None => {
            let text = format!("The file becomes {}.", form.path());
            wrapped(ui, &text, theme::sans(theme::SMALL), p.faint);
        }
    }
    let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
    let can = problem.is_none() && !form.is_writing;
    buttons(ui, |ui| {
        let button = Button::primary("Create").refused(problem);
        let wanted = button.show(ui).clicked() || enter;
        let cancelled = Button::secondary("Cancel").show(ui).clicked();
        app.sheet = (!cancelled).then_some(Sheet::Extract(form));
        if wanted && can {
            app.send(Command::Extract);
        }
    });
}

fn refused_ui(app: &mut App, ui: &mut Ui, form: &ExtractForm) {
    let p = Palette::of(ui);
    let tasks = words::count(form.count(), "task", "tasks");
    let text = format!("The {tasks} cannot be taken out without changing what the workflow does:");
    wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
    ui.add_space(4.0);
    egui::ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
        for why in &form.refusals {
            problem_line(ui, &full_sentence(why));
        }
    });
    buttons(ui, |ui| {
        if Button::secondary("Close").show(ui).clicked() {
            app.sheet = None;
        }
    });
}
