//! The sheet for a secret: its name, where it is kept, and the value for the keyring.

use egui::{Id, Ui};

use super::sheet::buttons;
use crate::app::{App, Keeper, SecretForm, Sheet, full_sentence};
use crate::command::{Command, SecretCommand};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, field_label, label, problem_line, segmented, text_list, wrapped,
};

/// Draws the form.
pub(super) fn secret_ui(app: &mut App, ui: &mut Ui, mut form: Box<SecretForm>) {
    let p = Palette::of(ui);
    ui.set_width(440.0);
    let title = if form.replaces { format!("Replace {}", form.name) } else { "New secret".into() };
    label(ui, &title, theme::semibold(theme::TITLE), p.text);
    ui.add_space(4.0);
    let first = name_ui(ui, &mut form);
    field_label(ui, "Kept in", false);
    let keepers = [Keeper::Keyring, Keeper::Variable, Keeper::Command];
    let active = keepers.iter().position(|keeper| *keeper == form.keeper).unwrap_or(0);
    if let Some(index) = segmented(ui, &["Keyring", "Variable", "Command"], active) {
        form.keeper = keepers[index];
    }
    ui.add_space(2.0);
    let value = keeper_ui(ui, &mut form);
    if !std::mem::replace(&mut form.was_shown, true)
        && let Some(field) = if form.name.is_empty() { first } else { value }
    {
        field.request_focus();
    }
    if let Some((why, help)) = &form.refusal {
        problem_line(ui, &full_sentence(why));
        if let Some(help) = help {
            wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
        }
    }
    // In the list of arguments Enter begins another one.
    let enter = form.keeper != Keeper::Command
        && ui.input(|input| input.key_pressed(egui::Key::Enter))
        && form.problem().is_none();
    buttons(ui, |ui| {
        let store = Button::primary("Store").refused(form.problem()).show(ui).clicked();
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        app.sheet = (!cancel).then_some(Sheet::Secret(form));
        if store || (enter && !cancel) {
            app.send(Command::Secret(SecretCommand::Store));
        }
    });
}

/// The name; one that is replaced keeps its own.
fn name_ui(ui: &mut Ui, form: &mut SecretForm) -> Option<egui::Response> {
    if form.replaces {
        return None;
    }
    let p = Palette::of(ui);
    field_label(ui, "Name", true);
    let field =
        Field::new(&mut form.name, "Secret's name").hint("e.g. sales_api").mono(true).show(ui);
    let text = "As documents write it. It can be seen by everybody who reads them.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    Some(field)
}

fn keeper_ui(ui: &mut Ui, form: &mut SecretForm) -> Option<egui::Response> {
    let p = Palette::of(ui);
    let (field, text) = match form.keeper {
        Keeper::Keyring => {
            field_label(ui, "Value", true);
            let field = Field::new(&mut form.value, "Value").hidden(true).show(ui);
            (Some(field), "In the keyring of your session, which your login unlocks.")
        }
        Keeper::Variable => {
            field_label(ui, "Variable", true);
            let field =
                Field::new(&mut form.variable, "Variable").hint("e.g. API_TOKEN").mono(true);
            let text = "Of the environment of the engine, as it was when the engine started.";
            (Some(field.show(ui)), text)
        }
        Keeper::Command => {
            field_label(ui, "Program and arguments", true);
            let id = Id::new("secret_command");
            text_list(ui, id, ("Argument", "argument"), &mut form.argv, false, None);
            let text = "Such as pass, show, work/api: one in each row, read by no shell. What it prints is the value.";
            (None, text)
        }
    };
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    field
}
