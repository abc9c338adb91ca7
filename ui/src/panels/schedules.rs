//! The place of schedules: a calendar of what fires, and beside it all that starts workflows by itself.

mod fire;
mod fold;
mod ghost;
mod month;
mod starters;
mod week;

use std::rc::Rc;

use chrono::NaiveDateTime;
use egui::{Key, Modifiers, Rect, Ui, UiBuilder, pos2, vec2};

use super::{empty_ui, from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{Command, Place, ScheduleCommand};
use crate::state::Stretch;
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, dropdown, hairline_v, label, segmented_in};

const HEAD: f32 = 56.0;

/// Draws the place.
pub(crate) fn schedules_ui(app: &mut App, ui: &mut Ui) {
    let Some(list) = &app.schedules.list else {
        title_ui(ui);
        return match app.schedules.error.clone() {
            Some(error) => super::unread_ui(app, ui, "The schedules cannot be read", &error),
            None => empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
        };
    };
    let has_fires =
        app.fires.calendar.answer.as_ref().is_some_and(|(_, fires)| !fires.fires.is_empty());
    if list.schedules.is_empty() && !has_fires {
        title_ui(ui);
        return nothing_ui(app, ui);
    }
    keys(app, ui);
    let all = ui.max_rect();
    let side = (all.width() * 0.26).clamp(220.0, 320.0);
    let (left, right) = all.split_left_right_at_x(all.right() - side);
    ui.painter().rect_filled(right, 0, Palette::of(ui).panel);
    hairline_v(ui.painter(), right.left(), right.y_range(), Palette::of(ui).line);
    within(ui, left, "calendar", |ui| calendar_ui(app, ui));
    within(ui, right, "starters", |ui| starters::starters_ui(app, ui));
}

fn within(ui: &mut Ui, rect: Rect, salt: &str, add: impl FnOnce(&mut Ui)) {
    let mut part = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(salt));
    part.set_clip_rect(rect.intersect(ui.clip_rect()));
    add(&mut part);
}

fn title_ui(ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(HEAD);
        row(ui, |ui| label(ui, "Schedules", theme::semibold(18.0), p.text));
    });
}

/// What a schedule is, and where one is made.
fn nothing_ui(app: &mut App, ui: &mut Ui) {
    let text = "A schedule starts a workflow by the clock: every morning, on the last day of a month, \
                every ten minutes. It is a part of the workflow.";
    empty_ui(ui, icon::CALENDAR_DOTS, "Nothing starts by itself yet", text);
    let title = app.tabs.current().map(|editor| editor.title());
    let (words, picture, command) = match title {
        Some(title) => {
            let show = Command::Schedule(ScheduleCommand::Show);
            (format!("Add a schedule to {title}"), icon::PLUS, show)
        }
        None => {
            ("Choose a workflow".to_owned(), icon::TREE_STRUCTURE, Command::Go(Place::Workflows))
        }
    };
    let rect = ui.max_rect();
    let place = Rect::from_center_size(rect.center() + vec2(0.0, 92.0), vec2(320.0, 28.0));
    let layout = egui::Layout::top_down(egui::Align::Center);
    let mut middle = ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
    if Button::primary(&words).icon(picture).show(&mut middle).clicked() {
        app.send(command);
    }
}

/// The arrow keys go through time while nothing has the keyboard's focus.
fn keys(app: &mut App, ui: &Ui) {
    if !super::has_keys(app, ui) {
        return;
    }
    let keys = [
        (Key::ArrowLeft, ScheduleCommand::Earlier),
        (Key::ArrowRight, ScheduleCommand::Later),
        (Key::Home, ScheduleCommand::Today),
    ];
    for (key, command) in keys {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            app.send(Command::Schedule(command));
        }
    }
}

fn calendar_ui(app: &mut App, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(HEAD);
        row(ui, |ui| head_ui(app, ui));
    });
    let is_known = app.fires.is_of_view();
    if let Some(error) = app.fires.calendar.error.clone().filter(|_| !is_known) {
        return super::unread_ui(app, ui, "The calendar cannot be read", &error);
    }
    let view = app.calendar_view();
    let fires = app.fires.calendar.answer.as_ref().map(|(_, fires)| Rc::clone(fires));
    let is_cut = fires.as_ref().is_some_and(|fires| fires.is_cut);
    let rows = fires.as_ref().map_or(&[][..], |fires| &fires.fires);
    let zone = app.schedules.zone();
    let shown = fire::Shown::of(rows, view, zone, app.backend.now());
    let target = match app.fires.calendar.stretch {
        Stretch::Week => week::week_ui(app, ui, &shown),
        Stretch::Month => month::month_ui(app, ui, &shown),
    };
    ghost::drop_ui(app, ui, &shown, target);
    if is_cut {
        let p = Palette::of(ui);
        let text = "There is more than the calendar can show; choose one workflow.";
        let at = ui.max_rect().left_bottom() + vec2(64.0, -24.0);
        ui.painter().text(at, egui::Align2::LEFT_CENTER, text, theme::sans(theme::SMALL), p.retry);
    }
}

/// Where what hangs from the pointer would go: the place of a block, and the time.
type Target = Option<(Rect, NaiveDateTime)>;

fn head_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let view = app.calendar_view();
    ui.spacing_mut().item_spacing.x = 8.0;
    label(ui, "Schedules", theme::semibold(18.0), p.text);
    ui.add_space(8.0);
    let send = |app: &mut App, command| app.send(Command::Schedule(command));
    if Button::icon_only(icon::CARET_LEFT, "Earlier").tip("Earlier  ·  ←").show(ui).clicked() {
        send(app, ScheduleCommand::Earlier);
    }
    if Button::secondary("Today").tip("Today  ·  Home").show(ui).clicked() {
        send(app, ScheduleCommand::Today);
    }
    if Button::icon_only(icon::CARET_RIGHT, "Later").tip("Later  ·  →").show(ui).clicked() {
        send(app, ScheduleCommand::Later);
    }
    from_right(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let stretches = [Stretch::Week, Stretch::Month];
        let active = stretches.iter().position(|it| *it == app.fires.calendar.stretch).unwrap_or(0);
        let chosen = ui
            .allocate_ui(vec2(136.0, theme::CONTROL), |ui| {
                segmented_in(ui, &["Week", "Month"], active, 136.0)
            })
            .inner;
        if let Some(chosen) = chosen {
            send(app, ScheduleCommand::Look(stretches[chosen]));
        }
        filter_ui(app, ui);
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            label(ui, &view.words(), theme::semibold(14.0), p.text);
            if app.fires.is_loading() {
                label(ui, "Loading", theme::sans(theme::SMALL), p.faint);
            } else if let Some(error) = app.fires.calendar.error.as_ref()
                && app.why_away().is_none()
            {
                let text = "As it was known before";
                let why = sentence(error);
                label(ui, text, theme::sans(theme::SMALL), p.retry).on_hover_text(why);
            }
        });
    });
}

/// Which workflow is shown.
fn filter_ui(app: &mut App, ui: &mut Ui) {
    let mut workflows: Vec<(String, String)> = Vec::new();
    for row in app.schedules.list.iter().flat_map(|list| &list.schedules) {
        let title = row.title.clone().unwrap_or_else(|| row.workflow.clone());
        if !workflows.iter().any(|(path, _)| *path == row.path) {
            workflows.push((row.path.clone(), title));
        }
    }
    if workflows.len() < 2 && app.fires.calendar.only.is_none() {
        return;
    }
    let names: Vec<String> = std::iter::once("All workflows".to_owned())
        .chain(workflows.iter().map(|(_, title)| title.clone()))
        .collect();
    let only = app.fires.calendar.only.as_ref();
    let now = only.map_or(Some(0), |only| {
        workflows.iter().position(|(path, _)| path == only).map(|index| index + 1)
    });
    let width = (ui.available_width() - 160.0).clamp(80.0, 176.0);
    let chosen = ui
        .allocate_ui(vec2(width, theme::CONTROL), |ui| dropdown(ui, "Which workflow", &names, now))
        .inner;
    if let Some(chosen) = chosen {
        let only = chosen.checked_sub(1).and_then(|index| workflows.get(index));
        let only = only.map(|(path, _)| path.clone());
        app.send(Command::Schedule(ScheduleCommand::Only(only)));
    }
}

/// Text from its left side on, at the height of its middle.
fn put(ui: &Ui, x: f32, y: f32, text: &str, look: (egui::FontId, egui::Color32), room: f32) {
    if room > 10.0 {
        let galley = crate::widgets::elide(ui.ctx(), text, look.0, look.1, room);
        let at = pos2(x, y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, look.1);
    }
}
