//! The sheet with what a run asks, and the buttons that answer.

use egui::{Sense, Ui};

use super::sheet::buttons;
use crate::app::{AnswerForm, App, Sheet};
use crate::command::{AnswerCommand, Command};
use crate::forms;
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, Markdown, field_label, label};

const WIDTH: f32 = 460.0;

/// Draws the question.
pub(super) fn answer_ui(app: &mut App, ui: &mut Ui, mut form: Box<AnswerForm>) {
    let p = Palette::of(ui);
    ui.set_width(WIDTH);
    let title = format!("{} asks", form.workflow);
    label(ui, &title, theme::semibold(theme::TITLE), p.text);
    label(ui, &format!("Task {}", form.task), theme::sans(theme::SMALL), p.faint);
    ui.add_space(4.0);
    egui::ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
        ui.set_width(ui.available_width());
        question_ui(ui, &form.message);
        if !form.fields.is_empty() {
            ui.add_space(8.0);
            forms::params_ui(ui, &mut form.fields);
        }
    });
    field_label(ui, "Note", false);
    Field::new(&mut form.note, "Note").hint("kept in the history").show(ui);
    let problem = form.fields.first_problem();
    let enter = ui.input(|i| i.modifiers.command && i.key_pressed(egui::Key::Enter));
    let can = problem.is_none();
    let mut answer = None;
    let mut close = false;
    buttons(ui, |ui| {
        let approve = Button::primary("Approve").icon(icon::CHECK).refused(problem);
        if approve.show(ui).clicked() || enter && can {
            answer = Some(form.answer(true));
        }
        let tip = "The task fails or is skipped, as the workflow says; the form is not sent";
        if Button::secondary("Reject").icon(icon::X).tip(tip).show(ui).clicked() {
            answer = Some(form.answer(false));
        }
        close = Button::secondary("Not now").show(ui).clicked();
    });
    app.sheet = (!close).then_some(Sheet::Answer(form));
    if let Some(answer) = answer {
        app.send(Command::Answer(AnswerCommand::Give(Box::new(answer))));
    }
}

/// What is asked, as Markdown without anything that acts.
pub(super) fn question_ui(ui: &mut Ui, message: &str) {
    let p = Palette::of(ui);
    let markdown = Markdown::parse(message);
    let laid = markdown.lay_out(ui.ctx(), p, ui.available_width(), 1.0);
    let (rect, response) = ui.allocate_exact_size(laid.size, Sense::hover());
    ui.painter().extend(laid.shapes(rect.min));
    let words = message.to_owned();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &words));
}
