//! Settings: how the window looks, how people are told, the secrets, the connections, how long artifacts are kept, and the keys.

use egui::{ScrollArea, Ui, vec2};

use super::inspector::pair_at;
use super::keys::keys_ui;
use super::padded;
use crate::app::{App, Settings, ThemeChoice};
use crate::theme::{self, Palette};
use crate::widgets::{
    checkbox_with_hint, field_label, label, section_head, section_start, segmented,
};

/// Where values begin in every list of the page, from its left.
pub(super) const VALUES: f32 = 216.0;

/// Draws the place.
pub(crate) fn settings_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        padded(ui, 24, 16, |ui| {
            ui.set_max_width(560.0);
            label(ui, "Settings", theme::semibold(18.0), p.text);
            ui.add_space(10.0);
            section_head(ui, "Appearance");
            appearance_ui(&mut app.settings, ui);
            super::desktop::desktop_ui(app, ui);
            section_start(ui, "Notifications");
            super::notify::notify_ui(app, ui);
            section_start(ui, "Secrets");
            super::secrets::secrets_ui(app, ui);
            section_start(ui, "Connections");
            super::connections::connections_ui(app, ui);
            section_start(ui, "Artifacts");
            super::retention::retention_ui(app, ui);
            section_start(ui, "Keys");
            keys_ui(&mut app.keys_page, &mut app.settings, ui);
            if let Some(report) = &app.daemon.report {
                section_start(ui, "Engine");
                ui.spacing_mut().item_spacing.y = 2.0;
                pair_at(ui, VALUES, "Version", &report.version);
                pair_at(ui, VALUES, "Data", &report.home);
                pair_at(ui, VALUES, "Tasks at a time", &report.parallel_tasks.to_string());
            }
        });
    });
}

fn appearance_ui(settings: &mut Settings, ui: &mut Ui) {
    let before = settings.clone();
    field_label(ui, "Theme", false);
    let themes = [ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark];
    let active = themes.iter().position(|theme| *theme == settings.theme).unwrap_or(0);
    if let Some(index) = segmented(ui, &["System", "Light", "Dark"], active) {
        settings.theme = themes[index];
    }
    ui.add_space(4.0);
    field_label(ui, "Size", false);
    let names: Vec<String> = Settings::SCALES.iter().map(|scale| format!("{scale} %")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let active = Settings::SCALES.iter().position(|scale| *scale == settings.scale_percent);
    ui.allocate_ui(vec2(480.0, theme::CONTROL), |ui| {
        if let Some(index) = segmented(ui, &names, active.unwrap_or(usize::MAX)) {
            settings.scale_percent = Settings::SCALES[index];
        }
    });
    ui.add_space(4.0);
    let hint = ("Running tasks do not pulse.", None);
    checkbox_with_hint(ui, &mut settings.reduced_motion, "Reduce motion", hint);
    if *settings != before {
        settings.apply(ui.ctx());
        ui.ctx().request_repaint();
    }
}
