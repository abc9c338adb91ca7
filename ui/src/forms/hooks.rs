//! Who is told of what beside those that the settings tell of every workflow: the hooks of the workflow.

use egui::{Ui, vec2};
use millrace_model::document::{Hook, HookAction, HookOn, Json};
use millrace_model::notice::Notice;

use super::form::{Form, names_at_end};
use super::scope::{Help, Names, Reading};
use crate::app::App;
use crate::command::{Command, Place};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, ExprHelp, Field, dropdown, help_mark, label, mark, preview_ui, section_start, wrapped,
};

/// The occasions that act, in words that follow "When".
const OCCASIONS: [(HookOn, &str); 6] = [
    (HookOn::Failure, "it fails"),
    (HookOn::Success, "it succeeds"),
    (HookOn::Recovery, "it works again"),
    (HookOn::Finish, "it ends"),
    (HookOn::Slow, "it takes long"),
    (HookOn::Missed, "it did not start"),
];

/// Draws them.
pub(super) fn hooks_ui(app: &mut App, form: &mut Form, ui: &mut Ui, hooks: &mut Vec<Hook>) {
    if form.read_only && hooks.is_empty() {
        return;
    }
    form.has_rows = true;
    section_start(ui, "Notifications");
    let p = Palette::of(ui);
    if hooks.is_empty() {
        let text = "The settings say who is told when it fails. Here somebody else can be told, in \
                    words of your own, or nobody.";
        wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    }
    let channels = channels(app);
    let names = names_at_end(app);
    let before = hooks.clone();
    let mut removed = None;
    for (index, hook) in hooks.iter_mut().enumerate() {
        let part =
            ui.push_id(("hook", index), |ui| hook_ui(form, ui, (index, hook), &channels, &names));
        if part.inner {
            removed = Some(index);
        }
    }
    if let Some(index) = removed {
        hooks.remove(index);
    }
    if !form.read_only {
        ui.horizontal(|ui| {
            if Button::quiet("Add notification").icon(icon::PLUS).flush().show(ui).clicked() {
                hooks.push(fresh(app));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let tip = "Channels are set up in the settings of this machine";
                if Button::quiet("Channels…").tip(tip).show(ui).clicked() {
                    form.send(Command::Go(Place::Settings));
                }
            });
        });
    }
    form.own_problems_ui(ui, "hooks");
    if hooks.len() != before.len() {
        // What stands in the fields belongs to rows by their number.
        form.drop_drafts("hooks");
        form.send(Command::EndStep);
    }
    if *hooks != before {
        form.edited("notifications");
    }
}

/// A channel that can be chosen, and its words.
type Choice = (String, String);

/// The channels of this machine, where they are known, and nobody.
fn channels(app: &App) -> Vec<Choice> {
    let known = app.notify.notify().map(|notify| notify.channels()).unwrap_or_default();
    let named = known.into_iter().map(|name| (name.to_owned(), name.to_owned()));
    named.chain([(Notice::NONE.to_owned(), "nobody".to_owned())]).collect()
}

/// The first channel that does not tell of every workflow anyhow.
fn fresh(app: &App) -> Hook {
    let notify = app.notify.notify();
    let other = notify.and_then(|notify| {
        let all = notify.channels().into_iter();
        all.map(str::to_owned).find(|name| !notify.send.contains(name))
    });
    let channel = other.unwrap_or_else(|| "desktop".to_owned());
    let action = HookAction::Notify(Json::String(channel));
    Hook { on: HookOn::Failure, action, extra: Vec::new() }
}

/// A row. Says whether it is to be taken out.
fn hook_ui(
    form: &mut Form,
    ui: &mut Ui,
    (index, hook): (usize, &mut Hook),
    channels: &[Choice],
    names: &Names,
) -> bool {
    let number = index + 1;
    let mut removes = false;
    let path = format!("hooks[{index}]");
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        let p = Palette::of(ui);
        label(ui, &format!("Notification {number}"), theme::sans(theme::SMALL), p.dim);
        let help = "It is told beside what the settings say. “nobody” takes away what they would \
                    send for that occasion. It goes along with the workflow's file.";
        help_mark(ui, &format!("notification {number}"), help);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let remove = format!("Remove notification {number}");
            removes = !form.read_only && mark(ui, icon::X, &remove, &remove).clicked();
        });
    });
    let read_only = form.read_only;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let half = (ui.available_width() - 4.0) * 0.56;
        part_ui(ui, half, |ui| occasion_ui(ui, number, hook, read_only));
        part_ui(ui, ui.available_width(), |ui| {
            if let HookAction::Notify(value) = &mut hook.action {
                channel_ui(ui, number, (value, channels), read_only);
            }
        });
    });
    match &mut hook.action {
        HookAction::Notify(value) => text_ui(form, ui, (number, &path), value, names),
        HookAction::Task(task) => {
            let text = format!("It runs the task {task}, which this version does not do yet.");
            wrapped(ui, &text, theme::sans(theme::SMALL), Palette::of(ui).dim);
        }
    }
    form.problems_ui(ui, &path);
    ui.add_space(4.0);
    removes
}

fn part_ui(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui(vec2(width, theme::CONTROL), |ui| {
        ui.set_width(width);
        add(ui);
    });
}

fn occasion_ui(ui: &mut Ui, number: usize, hook: &mut Hook, read_only: bool) {
    let mut all = OCCASIONS.to_vec();
    match hook.on {
        HookOn::Retry => all.push((HookOn::Retry, "it is tried again")),
        HookOn::Waiting => all.push((HookOn::Waiting, "it waits for a person")),
        _ => {}
    }
    let words: Vec<String> = all.iter().map(|(_, words)| format!("When {words}")).collect();
    let now = all.iter().position(|(on, _)| *on == hook.on);
    let chosen = dropdown(ui, &format!("Occasion {number}"), &words, now);
    if let Some(index) = chosen.filter(|_| !read_only) {
        hook.on = all[index].0;
    }
}

fn channel_ui(
    ui: &mut Ui,
    number: usize,
    (value, channels): (&mut Json, &[Choice]),
    read_only: bool,
) {
    let now = channel_of(value).to_owned();
    let mut all = channels.to_vec();
    if !now.is_empty() && !all.iter().any(|(name, _)| *name == now) {
        all.insert(0, (now.clone(), now.clone()));
    }
    let words: Vec<String> = all.iter().map(|(_, words)| words.clone()).collect();
    let index = all.iter().position(|(name, _)| *name == now);
    let chosen = dropdown(ui, &format!("Channel {number}"), &words, index);
    if let Some(index) = chosen.filter(|_| !read_only) {
        let text = text_of(value).map(str::to_owned);
        *value = written(all[index].0.clone(), text);
    }
}

fn text_ui(
    form: &mut Form,
    ui: &mut Ui,
    (number, path): (usize, &str),
    value: &mut Json,
    names: &Names,
) {
    let channel = channel_of(value).to_owned();
    let now = text_of(value).map(str::to_owned);
    // Nobody is told anything; a text that is there can be taken out.
    if now.is_none() && (channel == Notice::NONE || form.read_only) {
        return;
    }
    let read_only = form.read_only;
    let key = format!("{path}.notify.text");
    let name = format!("Text {number}");
    let show = |text: &Option<String>| text.clone().unwrap_or_default();
    let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
    let next = form.typed(ui, &key, &now, (show, read), |ui, id, text, bad| {
        let help = Help { names, reading: Reading::Template };
        let field = Field::new(text, &name).hint("the usual text").bad(bad).id(id);
        let response = field.read_only(read_only).help(Some(&help as &dyn ExprHelp)).show(ui);
        preview_ui(ui, &help, text, response.has_focus());
        response
    });
    if let Some(text) = next {
        *value = written(channel, text);
    }
}

fn channel_of(value: &Json) -> &str {
    match value {
        Json::String(channel) => channel,
        object => object.get("channel").and_then(Json::as_str).unwrap_or_default(),
    }
}

fn text_of(value: &Json) -> Option<&str> {
    value.get("text").and_then(Json::as_str)
}

/// In its shortest form.
fn written(channel: String, text: Option<String>) -> Json {
    let channel = Json::String(channel);
    match text {
        None => channel,
        Some(text) => Json::Object(vec![
            ("channel".to_owned(), channel),
            ("text".to_owned(), Json::String(text)),
        ]),
    }
}
