//! What can be done with a log: which stream, the search, times, wrapping, the end, copying and saving.

use egui::{Id, Key, Modifiers, Ui, vec2};
use millrace_api::log::Output;

use crate::app::App;
use crate::command::{Command, LogCommand};
use crate::panels::{from_right, padded, row};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, label, segmented_in};

/// Draws the bar.
pub(super) fn bar_ui(app: &mut App, ui: &mut Ui) {
    let width = ui.max_rect().width();
    let streams = if width < 760.0 { 126.0 } else { 168.0 };
    padded(ui, 16, 4, |ui| {
        ui.set_height(32.0);
        row(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            streams_ui(app, ui, streams);
            ui.add_space(4.0);
            search_ui(app, ui, (width - streams - 440.0).clamp(88.0, 280.0));
            from_right(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                buttons_ui(app, ui);
            });
        });
    });
}

fn streams_ui(app: &mut App, ui: &mut Ui, width: f32) {
    let all = [None, Some(Output::Stdout), Some(Output::Stderr)];
    let Some(log) = app.shown_watch().and_then(|watch| watch.log.as_ref()) else { return };
    let active = all.iter().position(|only| *only == log.key.only).unwrap_or(0);
    ui.allocate_ui(vec2(width, theme::CONTROL), |ui| {
        if let Some(chosen) = segmented_in(ui, &["Both", "Out", "Err"], active, width) {
            app.send(Command::Log(LogCommand::Only(all[chosen])));
        }
    });
}

fn search_ui(app: &mut App, ui: &mut Ui, width: f32) {
    let p = Palette::of(ui);
    let Some(log) = app.shown_watch_mut().and_then(|watch| watch.log.as_mut()) else { return };
    let id = Id::new("find_in_log");
    // Taken before the field sees them, for whom Enter is the end of typing.
    let has_keys = ui.memory(|memory| memory.has_focus(id));
    let (back, on) = ui.input_mut(|input| {
        let mut pressed = |held| has_keys && input.consume_key(held, Key::Enter);
        (pressed(Modifiers::SHIFT), pressed(Modifiers::NONE))
    });
    let search = &mut log.search;
    let (bad, wants_focus) = (search.error.clone(), std::mem::take(&mut search.wants_focus));
    let hint = "Search, or :line";
    let field = Field::new(&mut search.text, "Search the log").hint(hint).mono(search.is_pattern);
    let field = field.bad(bad.is_some()).id(id).width(width).show(ui);
    if wants_focus {
        field.request_focus();
    }
    let mut again = field.changed();
    let field = match &bad {
        Some(why) => field.on_hover_text(crate::app::sentence(why)),
        None => field,
    };
    drop(field);
    let mut toggle = |ui: &mut Ui, text: &'static str, name: &'static str, on: &mut bool| {
        if toggle_ui(ui, text, name, *on) {
            *on = !*on;
            again = true;
        }
    };
    toggle(ui, "Aa", "Match case", &mut search.match_case);
    toggle(ui, ".*", "Regular expression", &mut search.is_pattern);
    let goes_to_line = search.text.starts_with(':');
    let (words, has_found) = (search.words(), search.has_found());
    let mut command = None;
    if again && !goes_to_line || goes_to_line && on {
        command = Some(LogCommand::Search);
    } else if has_found && (on || back) {
        command = Some(LogCommand::Step { forward: on });
    }
    if !words.is_empty() {
        let button = Button::quiet_icon(icon::CARET_UP, "Previous hit");
        let none = (!has_found).then(|| "Nothing was found".to_owned());
        let button = button.tip("Previous  ·  Shift+Enter").refused(none.clone());
        if button.show(ui).clicked() {
            command = Some(LogCommand::Step { forward: false });
        }
        let button = Button::quiet_icon(icon::CARET_DOWN, "Next hit").tip("Next  ·  Enter");
        if button.refused(none).show(ui).clicked() {
            command = Some(LogCommand::Step { forward: true });
        }
    }
    let words = if bad.is_some() { "not a pattern".to_owned() } else { words };
    let ink = if bad.is_some() { p.bad } else { p.dim };
    label(ui, &words, theme::sans(theme::SMALL), ink);
    if let Some(command) = command {
        app.send(Command::Log(command));
    }
}

/// A small text that is on or off.
fn toggle_ui(ui: &mut Ui, text: &str, name: &str, on: bool) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(26.0, theme::CONTROL), egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::WidgetType::Checkbox, true, on, name));
    let ground = match (on, response.hovered()) {
        (true, _) => p.accent_soft,
        (false, true) => p.hover,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect.shrink2(vec2(0.0, 3.0)), 4, ground);
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.5, p.accent);
        let ring = rect.shrink2(vec2(0.0, 3.0));
        ui.painter().rect_stroke(ring, 4, stroke, egui::StrokeKind::Inside);
    }
    let ink = if on { p.text } else { p.dim };
    let at = rect.center();
    ui.painter().text(at, egui::Align2::CENTER_CENTER, text, theme::mono(theme::SMALL), ink);
    let clicked = response.clicked();
    response.on_hover_text(name);
    clicked
}

/// From the right to the left.
fn buttons_ui(app: &mut App, ui: &mut Ui) {
    let button = Button::quiet_icon(icon::FLOPPY_DISK, "Save log");
    if button.tip("Save the log as a file…").asks().show(ui).clicked() {
        app.send(Command::Log(LogCommand::Save));
    }
    let button = Button::quiet_icon(icon::COPY, "Copy log").tip("Copy all of the log");
    if button.asks().show(ui).clicked() {
        app.send(Command::Log(LogCommand::CopyAll));
    }
    let follows =
        app.shown_watch().and_then(|watch| watch.log.as_ref()).is_some_and(|log| log.view.follows);
    let refused = follows.then(|| "The end is in view, and stays there".to_owned());
    let button = Button::quiet_icon(icon::ARROW_LINE_DOWN, "Go to the end").refused(refused);
    if button.tip("Go to the end and stay there  ·  End").show(ui).clicked() {
        app.send(Command::Log(LogCommand::Follow));
    }
    if toggled(ui, icon::ARROW_U_DOWN_LEFT, "Wrap long lines", app.settings.log_wraps) {
        app.send(Command::Log(LogCommand::Wrap));
    }
    if toggled(ui, icon::CLOCK, "Show times", app.settings.log_times) {
        app.send(Command::Log(LogCommand::Times));
    }
    let button = Button::quiet_icon(icon::WARNING_CIRCLE, "Next error");
    if button.tip("Go to the next line that speaks of an error").show(ui).clicked() {
        app.send(Command::Log(LogCommand::NextError));
    }
}

/// An icon that is on or off.
fn toggled(ui: &mut Ui, picture: &'static str, name: &str, on: bool) -> bool {
    let p = Palette::of(ui);
    let at = ui.painter().add(egui::Shape::Noop);
    let response = Button::quiet_icon(picture, name).tip(name).show(ui);
    if on {
        let ground = egui::Shape::rect_filled(response.rect, theme::RADIUS, p.accent_soft);
        ui.painter().set(at, ground);
    }
    response.clicked()
}
