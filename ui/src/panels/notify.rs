//! Notifications in the settings: what is told, by which channels, how often, and whether it gets through.

use egui::{CornerRadius, Frame, Margin, Stroke, Ui};
use millrace_api::settings::{Notify, Occasion, SettingChange};

use super::channels::channels_ui;
use crate::app::{App, full_sentence};
use crate::command::{Command, NotifyCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, checkbox, checkbox_with_hint, field_label, label, problem_line, stepper, wrapped,
};

/// What can be told, in words.
const OCCASIONS: [(Occasion, &str); 6] = [
    (Occasion::Failure, "A run failed"),
    (Occasion::Waiting, "A run waits for an answer"),
    (Occasion::Recovery, "A workflow works again"),
    (Occasion::Slow, "A run takes unusually long"),
    (Occasion::Missed, "A scheduled run did not start"),
    (Occasion::Success, "Any run succeeded"),
];

/// Draws the group.
pub(super) fn notify_ui(app: &mut App, ui: &mut Ui) {
    let Some(notify) = app.notify.notify().cloned() else {
        return super::settings::missing_ui(app, ui, app.notify.error.clone().as_deref());
    };
    let mut changes = Vec::new();
    desktop_ui(app, ui, &notify, &mut changes);
    field_label(ui, "Tell me when", false);
    occasions_ui(ui, &notify, &mut changes);
    problem_ui(app, ui, "notify.on");
    ui.add_space(4.0);
    field_label(ui, "Messages an hour, by each channel", false);
    per_hour_ui(app, ui, &notify, &mut changes);
    problem_ui(app, ui, "notify.per_hour");
    ui.add_space(8.0);
    field_label(ui, "Channels", false);
    channels_ui(app, ui, &notify, &mut changes);
    rest_ui(app, ui);
    if !changes.is_empty() {
        app.send(Command::Notify(NotifyCommand::Set(changes)));
    }
}

fn desktop_ui(app: &mut App, ui: &mut Ui, notify: &Notify, changes: &mut Vec<SettingChange>) {
    let mut on = notify.desktop;
    let hint = "A click on one opens the run; Retry goes on from what failed.";
    let name = "Show notifications on the desktop";
    if checkbox_with_hint(ui, &mut on, name, (hint, None)).changed() {
        changes.push(SettingChange::NotifyDesktop { value: Some(on) });
    }
    problem_ui(app, ui, "notify.desktop");
    let troubles = app.notify.home.as_ref().map(|home| &home.troubles);
    if let Some(why) = troubles.and_then(|all| all.get(Notify::DESKTOP)).filter(|_| on) {
        warning_ui(ui, &format!("This desktop does not show them: {why}"));
    }
}

/// What does not work although it is wanted.
fn warning_ui(ui: &mut Ui, text: &str) {
    let p = Palette::of(ui);
    let frame = Frame::new()
        .fill(p.panel)
        .stroke(Stroke::new(1.0, p.retry))
        .corner_radius(CornerRadius::same(theme::RADIUS))
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing = egui::vec2(8.0, 2.0);
        ui.horizontal_top(|ui| {
            label(ui, icon::WARNING, icons::font(16.0), p.retry);
            ui.vertical(|ui| {
                wrapped(ui, &full_sentence(text), theme::sans(theme::BODY), p.text);
                let help = "Runs go on as ever. Log in at a desktop and send a test, add mail or a \
                            chat below, or switch it off here.";
                wrapped(ui, help, theme::sans(theme::SMALL), p.dim);
            });
        });
    });
    ui.add_space(4.0);
}

fn occasions_ui(ui: &mut Ui, notify: &Notify, changes: &mut Vec<SettingChange>) {
    let half = OCCASIONS.len().div_ceil(2);
    ui.columns(2, |columns| {
        for (index, (occasion, words)) in OCCASIONS.into_iter().enumerate() {
            let column = &mut columns[index / half];
            column.spacing_mut().item_spacing.y = 0.0;
            let mut on = notify.on.contains(&occasion);
            if checkbox(column, &mut on, words).changed() {
                let mut all = notify.on.clone();
                all.retain(|other| *other != occasion);
                all.extend(on.then_some(occasion));
                changes.push(SettingChange::NotifyOn { value: Some(all) });
            }
        }
    });
}

fn per_hour_ui(app: &mut App, ui: &mut Ui, notify: &Notify, changes: &mut Vec<SettingChange>) {
    let now = notify.per_hour.get();
    let mut text = app.notify.per_hour.clone().unwrap_or_else(|| now.to_string());
    let read = |text: &str| text.trim().parse::<std::num::NonZeroU32>().ok();
    let is_bad = read(&text).is_none();
    let id = egui::Id::new("notify per hour");
    let mut steps = 0;
    let mut is_left = false;
    ui.allocate_ui(egui::vec2(172.0, theme::CONTROL), |ui| {
        let field = Field::new(&mut text, "Messages an hour").bad(is_bad);
        let (response, by) = stepper(ui, field, id, "messages an hour");
        if response.changed() {
            app.notify.per_hour = Some(text.clone());
        }
        (steps, is_left) = (by, response.lost_focus());
    });
    let stepped = i64::from(read(&text).map_or(now, std::num::NonZeroU32::get)) + steps;
    let wanted = match steps {
        0 => read(&text).filter(|_| is_left),
        _ => u32::try_from(stepped).ok().and_then(std::num::NonZeroU32::new),
    };
    if let Some(value) = wanted {
        app.notify.per_hour = None;
        if value.get() != now {
            changes.push(SettingChange::NotifyPerHour { value: Some(value) });
        }
    }
    let p = Palette::of(ui);
    if is_bad {
        problem_line(ui, "A number from 1 on.");
    } else {
        let text = "What is above is counted, and told with the next message.";
        wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    }
}

/// What the daemon says of the setting of this key.
fn problem_ui(app: &App, ui: &mut Ui, key: &str) {
    if let Some(refusal) = app.notify.refusal.as_ref().filter(|refusal| refusal.key == key) {
        problem_line(ui, &full_sentence(&refusal.text));
    }
}

/// What the daemon says of no setting above.
fn rest_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let placed = ["notify.on", "notify.per_hour", "notify.desktop"];
    if let Some(refusal) = &app.notify.refusal
        && !placed.contains(&refusal.key.as_str())
    {
        problem_line(ui, &full_sentence(&refusal.text));
        if let Some(help) = &refusal.help {
            wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
        }
    }
    if let Some(home) = &app.notify.home {
        let path = home.path.clone();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let room = ui.available_width() - theme::CONTROL - 4.0;
            let words = format!("Kept in {path}");
            let font = theme::sans(theme::SMALL);
            let cut = crate::widgets::elide(ui.ctx(), &words, font, p.faint, room);
            let (rect, shown) = ui.allocate_exact_size(cut.size(), egui::Sense::hover());
            shown.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &words));
            ui.painter().galley(rect.min, cut, p.faint);
            if Button::quiet_icon(icon::COPY, "Copy the path of the settings").show(ui).clicked() {
                app.send(Command::Copy(path));
            }
        });
    }
}
