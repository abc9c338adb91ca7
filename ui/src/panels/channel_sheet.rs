//! The sheet for a channel: where it sends to, how, and the secrets that it needs, by name.

use egui::{Id, Ui};
use millrace_api::settings::MailSecurity;

use super::sheet::buttons;
use crate::app::{App, ChannelForm, ChannelKind, Sheet, full_sentence};
use crate::command::{Command, NotifyCommand};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, Pairs, checkbox, dropdown, field_label, label, pairs, problem_line, segmented,
    text_list, wrapped,
};

/// The row of a list of secrets that makes another.
const NEW_SECRET: &str = "New secret…";

/// Draws the form.
pub(super) fn channel_ui(app: &mut App, ui: &mut Ui, mut form: Box<ChannelForm>) {
    let p = Palette::of(ui);
    ui.set_width(460.0);
    let title = match form.is_known {
        true => format!("Change {}", form.name),
        false => format!("New channel: {}", form.kind.title()),
    };
    label(ui, &title, theme::semibold(theme::TITLE), p.text);
    ui.add_space(4.0);
    name_ui(ui, &mut form);
    let secrets = app.secrets.names();
    let wants_secret = match form.kind {
        ChannelKind::Mail => mail_ui(ui, &mut form, &secrets),
        ChannelKind::Chat | ChannelKind::Webhook => address_ui(ui, &mut form, &secrets),
    };
    ui.add_space(2.0);
    checkbox(ui, &mut form.sends, "Tells of every workflow");
    if let Some(refusal) = form.refusal.clone() {
        if !form.has_place() {
            problem_line(ui, &full_sentence(&refusal.text));
        }
        if let Some(help) = &refusal.help {
            wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
        }
    }
    let problem = app.notify.notify().and_then(|notify| form.problem(notify));
    buttons(ui, |ui| {
        let store = Button::primary("Store").refused(problem).show(ui).clicked();
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        app.sheet = (!cancel).then_some(Sheet::Channel(form));
        if store {
            app.send(Command::Notify(NotifyCommand::Store));
        } else if wants_secret {
            app.send(Command::Notify(NotifyCommand::NewSecret));
        }
    });
}

/// The name; one that is there keeps its own.
fn name_ui(ui: &mut Ui, form: &mut ChannelForm) {
    if form.is_known {
        return;
    }
    field_label(ui, "Name", true);
    let field = Field::new(&mut form.name, "Channel's name").hint("e.g. ops").mono(true).show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    let text = "Letters, digits, _ and -. Workflows call it so.";
    wrapped(ui, text, theme::sans(theme::SMALL), Palette::of(ui).faint);
}

pub(super) const SECURITIES: [(MailSecurity, &str, &str); 3] = [
    (MailSecurity::Tls, "TLS", "465"),
    (MailSecurity::Starttls, "STARTTLS", "587"),
    (MailSecurity::None, "None", "25"),
];

fn mail_ui(ui: &mut Ui, form: &mut ChannelForm, secrets: &[String]) -> bool {
    let now = SECURITIES.iter().position(|(security, ..)| *security == form.security).unwrap_or(0);
    let usual = SECURITIES[now].2;
    let gap = ui.spacing().item_spacing.x;
    let narrow = 96.0;
    ui.horizontal_top(|ui| {
        let wide = ui.available_width() - narrow - gap;
        part_ui(ui, wide, |ui| {
            field_label(ui, "Server", true);
            let bad = form.refused("server");
            let field = Field::new(&mut form.server, "Server").hint("smtp.example.org").mono(true);
            field.bad(bad.is_some()).show(ui);
            said_ui(ui, bad);
        });
        part_ui(ui, narrow, |ui| {
            field_label(ui, "Port", false);
            let bad = form.refused("port");
            let field = Field::new(&mut form.port, "Port").hint(usual).mono(true);
            field.bad(bad.is_some()).show(ui);
            said_ui(ui, bad);
        });
    });
    field_label(ui, "Encryption", false);
    if let Some(index) = segmented(ui, &SECURITIES.map(|(_, words, _)| words), now) {
        form.security = SECURITIES[index].0;
    }
    if form.security == MailSecurity::None {
        let text = "Everything goes in the clear, the password too: for a server on this machine or in \
                    a trusted network.";
        wrapped(ui, text, theme::sans(theme::SMALL), Palette::of(ui).retry);
    }
    let mut wants_secret = false;
    ui.columns(2, |columns| {
        field_label(&mut columns[0], "User", false);
        let bad = form.refused("user");
        let field = Field::new(&mut form.user, "User").hint("nobody logs in").mono(true);
        field.bad(bad.is_some()).show(&mut columns[0]);
        said_ui(&mut columns[0], bad);
        field_label(&mut columns[1], "Password, a secret", false);
        let bad = form.refused("password");
        wants_secret = secret_ui(&mut columns[1], "Password", &mut form.password, (secrets, true));
        said_ui(&mut columns[1], bad);
    });
    field_label(ui, "From", true);
    let bad = form.refused("from");
    let hint = "Millrace <millrace@example.org>";
    Field::new(&mut form.from, "From").hint(hint).mono(true).bad(bad.is_some()).show(ui);
    said_ui(ui, bad);
    field_label(ui, "To", true);
    ui.scope(|ui| {
        text_list(ui, Id::new("channel to"), ("To", "recipient"), &mut form.to, false, None);
    });
    said_ui(ui, form.refused("to"));
    wants_secret
}

fn address_ui(ui: &mut Ui, form: &mut ChannelForm, secrets: &[String]) -> bool {
    let p = Palette::of(ui);
    field_label(ui, "Address", true);
    let active = usize::from(!form.url_is_secret);
    if let Some(index) = segmented(ui, &["In a secret", "Written out"], active)
        && index != active
    {
        form.url_is_secret = index == 0;
        form.url.clear();
    }
    let bad = form.refused("url");
    let mut wants_secret = false;
    if form.url_is_secret {
        wants_secret = secret_ui(ui, "Address", &mut form.url, (secrets, false));
    } else {
        let hint = "https://";
        Field::new(&mut form.url, "Address").hint(hint).mono(true).bad(bad.is_some()).show(ui);
    }
    said_ui(ui, bad);
    let text = match form.kind {
        ChannelKind::Chat => {
            "The incoming webhook of Slack, Mattermost or Rocket.Chat. Who knows it can write there: \
             keep it in a secret."
        }
        _ => "It gets everything with a key each, as JSON, by POST.",
    };
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    if form.kind == ChannelKind::Webhook || !form.headers.is_empty() {
        field_label(ui, "Headers", false);
        let how = Pairs {
            name: "Headers",
            item: "header",
            secrets: Some(secrets),
            help: None,
            read_only: false,
        };
        ui.scope(|ui| {
            let (_, wanted) = pairs(ui, Id::new("channel headers"), &how, &mut form.headers);
            form.secret_for = wanted.map(|(index, _)| index);
            wants_secret |= form.secret_for.is_some();
        });
        said_ui(ui, form.refused("headers"));
    }
    wants_secret
}

/// A choice of stored secrets. Says whether another one is wanted.
pub(super) fn secret_ui(
    ui: &mut Ui,
    name: &str,
    secret: &mut String,
    (stored, is_optional): (&[String], bool),
) -> bool {
    let mut names: Vec<String> = stored.to_vec();
    if !secret.is_empty() && !names.contains(secret) {
        names.insert(0, secret.clone());
    }
    let none = (is_optional && !secret.is_empty()).then(|| "None".to_owned());
    let has_none = none.is_some();
    let count = names.len();
    names.extend([NEW_SECRET.to_owned()].into_iter().chain(none));
    let chosen = names[..count].iter().position(|other| other == secret);
    match dropdown(ui, name, &names, chosen) {
        Some(index) if index < count => secret.clone_from(&names[index]),
        Some(index) if index == count => return true,
        Some(_) if has_none => secret.clear(),
        _ => {}
    }
    false
}

/// A part of a row, as wide as is said.
pub(super) fn part_ui(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.allocate_ui_with_layout(egui::vec2(width, 0.0), layout, |ui| {
        ui.set_width(width);
        add(ui);
    });
}

/// What the daemon says of the field above.
fn said_ui(ui: &mut Ui, bad: Option<String>) {
    if let Some(bad) = bad {
        problem_line(ui, &full_sentence(&bad));
    }
}
