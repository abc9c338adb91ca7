//! Secrets in the settings: which there are, where each is kept, and whether it can be read.

use egui::Ui;
use millrace_api::secret::{SecretSource, StoredSecret};

use super::cells::cell;
use super::settings::VALUES;
use crate::app::{App, Check, full_sentence};
use crate::command::{Command, SecretCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, wrapped};

/// Draws the list.
pub(super) fn secrets_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let text = "Passwords and tokens for tasks, kept out of workflow files.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    ui.add_space(2.0);
    match (&app.secrets.list, app.secrets.error.clone()) {
        (None, error) => super::settings::missing_ui(app, ui, error.as_deref()),
        (Some(list), _) if list.is_empty() => {
            label(ui, "No secrets are stored yet.", theme::sans(theme::BODY), p.dim);
        }
        (Some(list), _) => {
            for secret in list.clone() {
                row_ui(app, ui, &secret);
            }
        }
    }
    ui.add_space(4.0);
    if Button::secondary("Add secret").icon(icon::PLUS).show(ui).clicked() {
        app.send(Command::Secret(SecretCommand::New { name: String::new(), field: None }));
    }
}

fn row_ui(app: &mut App, ui: &mut Ui, secret: &StoredSecret) {
    let p = Palette::of(ui);
    let name = &secret.name;
    let check = app.secrets.checks.get(name).cloned();
    ui.push_id(("secret", name), |ui| {
        ui.horizontal(|ui| {
            ui.set_height(theme::ROW);
            let left = ui.next_widget_position().x;
            ui.spacing_mut().item_spacing.x = 6.0;
            label(ui, icon::KEY, icons::font(15.0), p.dim);
            let removing = app.secrets.removing.as_ref() == Some(name);
            if !removing {
                let room = VALUES - (ui.next_widget_position().x - left) - 6.0;
                cell(ui, room, name, theme::mono(theme::SMALL), p.text);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if removing {
                    return confirm_ui(app, ui, secret);
                }
                buttons_ui(app, ui, secret, check.as_ref());
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let room = ui.available_width();
                    cell(ui, room, &place(&secret.source), theme::sans(theme::SMALL), p.dim);
                });
            });
        });
        if let Some(check) = &check {
            let under_the_name = egui::Margin { left: 21, bottom: 4, ..egui::Margin::ZERO };
            egui::Frame::new().inner_margin(under_the_name).show(ui, |ui| check_ui(ui, check));
        }
    });
}

/// How the last test went.
fn check_ui(ui: &mut Ui, check: &Check) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    match check {
        Check::Asking => _ = label(ui, "Reading…", theme::sans(theme::SMALL), p.faint),
        Check::Good => _ = label(ui, "It can be read.", theme::sans(theme::SMALL), p.ok),
        Check::Bad(why, help) => {
            wrapped(ui, &full_sentence(why), theme::sans(theme::SMALL), p.bad);
            if let Some(help) = help {
                wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
            }
        }
    }
}

fn buttons_ui(app: &mut App, ui: &mut Ui, secret: &StoredSecret, check: Option<&Check>) {
    let name = &secret.name;
    let remove = format!("Remove {name}");
    if Button::quiet_icon(icon::TRASH, &remove).tip(&remove).show(ui).clicked() {
        match secret.source {
            SecretSource::Keyring {} => app.secrets.removing = Some(name.clone()),
            _ => app.send(Command::Secret(SecretCommand::Remove(secret.clone()))),
        }
    }
    let replace = format!("Replace {name}");
    if Button::quiet_icon(icon::PENCIL_SIMPLE, &replace).tip(&replace).show(ui).clicked() {
        app.send(Command::Secret(SecretCommand::Replace(secret.clone())));
    }
    let asking = (check == Some(&Check::Asking)).then(|| "It is being read".to_owned());
    let test = format!("Test {name}");
    let tip = "Reads it as a task would; the value is not shown";
    if Button::quiet("Test").name(&test).tip(tip).refused(asking).show(ui).clicked() {
        app.send(Command::Secret(SecretCommand::Check(name.clone())));
    }
}

/// The keyring's value cannot be put back, so it is asked first.
fn confirm_ui(app: &mut App, ui: &mut Ui, secret: &StoredSecret) {
    let p = Palette::of(ui);
    if Button::quiet("Cancel").show(ui).clicked() {
        app.secrets.removing = None;
    }
    let delete = format!("Delete {}", secret.name);
    if Button::danger("Delete").name(&delete).show(ui).clicked() {
        app.send(Command::Secret(SecretCommand::Remove(secret.clone())));
    }
    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        let text = format!("Delete {} and its value?", secret.name);
        label(ui, &text, theme::sans(theme::BODY), p.retry);
    });
}

/// Where a value is kept, in words.
fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Keyring {} => "Keyring".to_owned(),
        SecretSource::Environment { variable } => format!("Variable {variable}"),
        SecretSource::Command { argv } => argv.join(" "),
    }
}
