//! The channels by which people are told: a row each, with its test and whether it tells of every workflow.

use egui::Ui;
use millrace_api::settings::{Notify, SettingChange, TextOrSecret};

use super::cells::cell;
use crate::app::{App, ChannelKind, Check, full_sentence, kind_of};
use crate::command::{Command, NotifyCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, switch, wrapped};

/// Where the words of a row begin, from its left.
const WORDS: f32 = 128.0;
/// Where the text below a name begins.
const UNDER_THE_NAME: i8 = 21;

/// Draws the list, and the buttons for more.
pub(super) fn channels_ui(
    app: &mut App,
    ui: &mut Ui,
    notify: &Notify,
    changes: &mut Vec<SettingChange>,
) {
    let p = Palette::of(ui);
    let text = "Those that are on tell of every workflow. A workflow can name any of them in its own \
                notifications.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    let mut rows = vec![Channel::desktop()];
    rows.extend(notify.mail.iter().map(|(name, mail)| {
        let more = mail.to.len().saturating_sub(1);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let to = mail.to.first().map_or("", String::as_str);
        Channel { name, kind: Some(ChannelKind::Mail), words: format!("Mail to {to}{more}") }
    }));
    rows.extend(notify.webhook.iter().map(|(name, webhook)| {
        let kind = kind_of(webhook);
        let what = if kind == ChannelKind::Chat { "Chat" } else { "Webhook" };
        let words = match &webhook.url {
            TextOrSecret::Secret(secret) => format!("{what}, address in {}", secret.secret),
            TextOrSecret::Text(url) => format!("{what} at {}", host_of(url)),
        };
        Channel { name, kind: Some(kind), words }
    }));
    for row in &rows {
        ui.push_id(("channel", row.name), |ui| row_ui(app, ui, row, notify, changes));
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        for (kind, words) in [
            (ChannelKind::Mail, "Add mail"),
            (ChannelKind::Chat, "Add chat"),
            (ChannelKind::Webhook, "Add webhook"),
        ] {
            if Button::secondary(words).icon(icon::PLUS).show(ui).clicked() {
                app.send(Command::Notify(NotifyCommand::Add(kind)));
            }
        }
    });
}

/// A row.
struct Channel<'a> {
    name: &'a str,
    /// None: the desktop, which every home has.
    kind: Option<ChannelKind>,
    words: String,
}

impl Channel<'_> {
    fn desktop() -> Self {
        Self { name: Notify::DESKTOP, kind: None, words: "Notifications on the desktop".to_owned() }
    }

    fn icon(&self) -> &'static str {
        match self.kind {
            None => icon::MONITOR,
            Some(ChannelKind::Mail) => icon::ENVELOPE_SIMPLE,
            Some(ChannelKind::Chat) => icon::CHAT_TEXT,
            Some(ChannelKind::Webhook) => icon::WEBHOOKS_LOGO,
        }
    }
}

/// An address of a chat is as good as a password: only whose it is is shown.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    host.rsplit('@').next().unwrap_or(host)
}

fn row_ui(
    app: &mut App,
    ui: &mut Ui,
    row: &Channel<'_>,
    notify: &Notify,
    changes: &mut Vec<SettingChange>,
) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(theme::ROW);
        let left = ui.next_widget_position().x;
        ui.spacing_mut().item_spacing.x = 6.0;
        label(ui, row.icon(), icons::font(15.0), p.dim);
        let room = WORDS - (ui.next_widget_position().x - left) - 6.0;
        cell(ui, room, row.name, theme::mono(theme::SMALL), p.text);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            switch_ui(ui, row, notify, changes);
            buttons_ui(app, ui, row);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let room = ui.available_width();
                cell(ui, room, &row.words, theme::sans(theme::SMALL), p.dim);
            });
        });
    });
    let below = egui::Margin { left: UNDER_THE_NAME, bottom: 4, ..egui::Margin::ZERO };
    let said = app.notify.tests.get(row.name).cloned();
    let trouble = app.notify.home.as_ref().and_then(|home| home.troubles.get(row.name));
    // Of the desktop it is said above.
    let trouble = trouble.filter(|_| row.kind.is_some()).cloned();
    match (said, trouble) {
        (Some(said), _) => {
            _ = egui::Frame::new().inner_margin(below).show(ui, |ui| test_ui(ui, &said));
        }
        (None, Some(why)) => {
            egui::Frame::new().inner_margin(below).show(ui, |ui| {
                let text = format!("The last message did not get through: {why}");
                wrapped(ui, &full_sentence(&text), theme::sans(theme::SMALL), p.bad);
            });
        }
        (None, None) => {}
    }
}

fn switch_ui(ui: &mut Ui, row: &Channel<'_>, notify: &Notify, changes: &mut Vec<SettingChange>) {
    let on = notify.send.iter().any(|name| name == row.name);
    let name = format!("{} tells of every workflow", row.name);
    let is_off = row.kind.is_none() && !notify.desktop;
    let refused = is_off.then_some("Notifications on the desktop are switched off above");
    let tip = match on {
        true => "It tells of every workflow, unless that says otherwise",
        false => "It tells only of workflows that name it in their own notifications",
    };
    if switch(ui, on, &name, refused).on_hover_text(tip).clicked() {
        let mut send = notify.send.clone();
        send.retain(|other| other != row.name);
        send.extend((!on).then(|| row.name.to_owned()));
        changes.push(SettingChange::NotifySend { value: Some(send) });
    }
    ui.add_space(4.0);
}

fn buttons_ui(app: &mut App, ui: &mut Ui, row: &Channel<'_>) {
    let name = row.name;
    let named = || name.to_owned();
    if row.kind.is_some() {
        let remove = format!("Remove {name}");
        if Button::quiet_icon(icon::TRASH, &remove).tip(&remove).show(ui).clicked() {
            app.send(Command::Notify(NotifyCommand::Remove(named())));
        }
        let change = format!("Change {name}");
        if Button::quiet_icon(icon::PENCIL_SIMPLE, &change).tip(&change).show(ui).clicked() {
            app.send(Command::Notify(NotifyCommand::Edit(named())));
        }
    } else {
        // The tests stand below each other.
        ui.add_space(2.0 * (theme::CONTROL + 6.0));
    }
    let asking = app.notify.tests.get(name) == Some(&Check::Asking);
    let asking = asking.then(|| "It is being sent".to_owned());
    let words = format!("Send a test by {name}");
    let button = Button::quiet("Send a test").name(&words).refused(asking);
    if button.show(ui).clicked() {
        app.send(Command::Notify(NotifyCommand::Test(named())));
    }
}

/// How the last test went.
fn test_ui(ui: &mut Ui, said: &Check) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    match said {
        Check::Asking => _ = label(ui, "Sending…", theme::sans(theme::SMALL), p.faint),
        Check::Good => _ = label(ui, "Sent, and taken.", theme::sans(theme::SMALL), p.ok),
        Check::Bad(why, help) => {
            wrapped(ui, &full_sentence(why), theme::sans(theme::SMALL), p.bad);
            if let Some(help) = help {
                wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
            }
        }
    }
}
