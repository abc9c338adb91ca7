//! The connections of the settings: a row each, with its test.

use egui::Ui;
use millrace_api::settings::ConnectionKind;

use super::cells::cell;
use super::settings::VALUES;
use crate::app::{App, Tried, full_sentence};
use crate::command::{Command, ConnectionCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, wrapped};

/// Draws the list, and the buttons for more.
pub(super) fn connections_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let text = "Databases, services and mail servers that tasks name. They belong to this machine, not to \
                workflow files.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    ui.add_space(2.0);
    let rows: Option<Vec<(String, ConnectionKind, String)>> = app.home_settings().map(|settings| {
        let all = settings.connections.iter();
        all.map(|(name, it)| (name.clone(), it.kind(), it.place())).collect()
    });
    match &rows {
        None => super::settings::missing_ui(app, ui, app.notify.error.clone().as_deref()),
        Some(rows) if rows.is_empty() => {
            label(ui, "There are no connections yet.", theme::sans(theme::BODY), p.dim);
        }
        Some(rows) => {
            for row in rows {
                ui.push_id(("connection", &row.0), |ui| row_ui(app, ui, row));
            }
        }
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        for kind in ConnectionKind::ALL {
            let words = format!("Add {}", kind.title());
            let button = Button::secondary(kind.title()).name(&words).icon(icon::PLUS);
            if button.show(ui).clicked() {
                app.send(Command::Connection(ConnectionCommand::Add(kind, None)));
            }
        }
    });
}

fn icon_of(kind: ConnectionKind) -> &'static str {
    match kind {
        ConnectionKind::Postgres | ConnectionKind::Sqlite => icon::DATABASE,
        ConnectionKind::Http => icon::GLOBE,
        ConnectionKind::Smtp => icon::ENVELOPE_SIMPLE,
    }
}

fn row_ui(app: &mut App, ui: &mut Ui, (name, kind, place): &(String, ConnectionKind, String)) {
    let p = Palette::of(ui);
    let tried = app.connections.tests.get(name).cloned();
    ui.horizontal(|ui| {
        ui.set_height(theme::ROW);
        let left = ui.next_widget_position().x;
        ui.spacing_mut().item_spacing.x = 6.0;
        label(ui, icon_of(*kind), icons::font(15.0), p.dim);
        let room = VALUES - (ui.next_widget_position().x - left) - 6.0;
        cell(ui, room, name, theme::mono(theme::SMALL), p.text);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            buttons_ui(app, ui, name, tried.as_ref());
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let room = ui.available_width();
                let words = format!("{}, {place}", kind.title());
                cell(ui, room, &words, theme::sans(theme::SMALL), p.dim);
            });
        });
    });
    if let Some(tried) = &tried {
        let under_the_name = egui::Margin { left: 21, bottom: 4, ..egui::Margin::ZERO };
        egui::Frame::new().inner_margin(under_the_name).show(ui, |ui| tried_ui(ui, tried));
    }
}

/// How a try went.
pub(super) fn tried_ui(ui: &mut Ui, tried: &Tried) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    match tried {
        Tried::Asking => _ = label(ui, "Connecting…", theme::sans(theme::SMALL), p.faint),
        Tried::Good(found) => {
            wrapped(
                ui,
                &full_sentence(&format!("It works: {found}")),
                theme::sans(theme::SMALL),
                p.ok,
            );
        }
        Tried::Bad(why, help) => {
            wrapped(ui, &full_sentence(why), theme::sans(theme::SMALL), p.bad);
            if let Some(help) = help {
                wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
            }
        }
    }
}

fn buttons_ui(app: &mut App, ui: &mut Ui, name: &str, tried: Option<&Tried>) {
    let remove = format!("Remove {name}");
    if Button::quiet_icon(icon::TRASH, &remove).tip(&remove).show(ui).clicked() {
        app.send(Command::Connection(ConnectionCommand::Remove(name.to_owned())));
    }
    let change = format!("Change {name}");
    if Button::quiet_icon(icon::PENCIL_SIMPLE, &change).tip(&change).show(ui).clicked() {
        app.send(Command::Connection(ConnectionCommand::Edit(name.to_owned())));
    }
    let asking = (tried == Some(&Tried::Asking)).then(|| "It is being tried".to_owned());
    let test = format!("Test {name}");
    let tip = "Connects and logs in; nothing is changed there";
    if Button::quiet("Test").name(&test).tip(tip).refused(asking).show(ui).clicked() {
        app.send(Command::Connection(ConnectionCommand::Test(name.to_owned())));
    }
}
