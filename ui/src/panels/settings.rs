//! Settings: a list of pages at the left, with a field that finds a setting, and the page at the right. In a narrow window
//! the list is a menu above.

use egui::{Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::keys::keys_ui;
use super::padded;
use crate::app::{App, Settings, SettingsPage, ThemeChoice, full_sentence};
use crate::command::{Command, SettingCommand};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, checkbox_with_hint, dropdown, elide, field_label, hairline_v, label, list_row,
    segmented, wrapped,
};

/// Where values begin in every list of the pages, from its left.
pub(super) const VALUES: f32 = 216.0;
/// The width of the list.
const LIST: f32 = 208.0;
/// The widest that a page is.
const PAGE: f32 = 560.0;

/// Draws the place.
pub(crate) fn settings_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let full = ui.available_rect_before_wrap();
    if full.width() < LIST + PAGE * 0.85 {
        return page_ui(app, ui, true);
    }
    let x = full.left() + LIST;
    let left = Rect::from_min_max(full.min, pos2(x, full.bottom()));
    let right = Rect::from_min_max(pos2(x, full.top()), full.max);
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| {
        ScrollArea::vertical().id_salt("pages").auto_shrink([false, false]).show(ui, |ui| {
            padded(ui, 12, 16, |ui| list_ui(app, ui));
        });
    });
    hairline_v(ui.painter(), x, full.y_range(), p.line);
    ui.scope_builder(UiBuilder::new().max_rect(right), |ui| page_ui(app, ui, false));
}

fn list_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    label(ui, "Settings", theme::semibold(18.0), p.text);
    ui.add_space(8.0);
    let field = Field::new(&mut app.setting.search, "Search settings").hint("Search settings");
    let entered = field.show(ui);
    ui.add_space(6.0);
    let found = found(&app.setting.search);
    let enter = entered.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if let Some((page, _)) = found.first()
        && enter
    {
        app.send(Command::Setting(SettingCommand::Show(*page)));
    }
    if found.is_empty() {
        wrapped(ui, "No setting is called so.", theme::sans(theme::SMALL), p.faint);
    }
    for (page, which) in found {
        let is_active = page == app.setting.page;
        let height = if which.is_some() { 44.0 } else { theme::CONTROL };
        let (rect, response) = list_row(ui, page.title(), page.title(), height, is_active);
        let room = rect.width() - 16.0;
        let ink = if is_active { p.text } else { p.dim };
        let name = elide(ui.ctx(), page.title(), theme::sans(theme::BODY), ink, room);
        let top = match which {
            Some(_) => rect.top() + 5.0,
            None => rect.center().y - name.size().y / 2.0,
        };
        ui.painter().galley(pos2(rect.left() + 8.0, top), name, ink);
        if let Some(which) = which {
            let text = elide(ui.ctx(), which, theme::sans(theme::SMALL), p.faint, room);
            ui.painter().galley(pos2(rect.left() + 8.0, top + 18.0), text, p.faint);
        }
        if response.clicked() {
            app.send(Command::Setting(SettingCommand::Show(page)));
        }
    }
}

/// The pages that have something of this name, with what it is; all of them where nothing is looked for.
fn found(search: &str) -> Vec<(SettingsPage, Option<&'static str>)> {
    let wanted = search.trim().to_lowercase();
    if wanted.is_empty() {
        return SettingsPage::ALL.into_iter().map(|page| (page, None)).collect();
    }
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let which = |page: SettingsPage| {
        let found = page.settings().iter().copied().find(|text| has(text));
        match found {
            Some(text) => Some((page, Some(text))),
            None => has(page.title()).then_some((page, None)),
        }
    };
    SettingsPage::ALL.into_iter().filter_map(which).collect()
}

fn page_ui(app: &mut App, ui: &mut Ui, has_menu: bool) {
    let p = Palette::of(ui);
    let page = app.setting.page;
    ScrollArea::vertical().id_salt(("page", page.title())).auto_shrink([false, false]).show(
        ui,
        |ui| {
            padded(ui, 24, 16, |ui| {
                ui.set_max_width(PAGE.min(ui.available_width()));
                if has_menu {
                    let names = SettingsPage::ALL.map(|page| page.title().to_owned());
                    let now = SettingsPage::ALL.iter().position(|other| *other == page);
                    if let Some(index) = dropdown(ui, "Page of the settings", &names, now) {
                        let page = SettingsPage::ALL[index];
                        app.send(Command::Setting(SettingCommand::Show(page)));
                    }
                } else {
                    // The list names it to whoever does not see it.
                    let title = elide(ui.ctx(), page.title(), theme::semibold(18.0), p.text, PAGE);
                    let (rect, _) = ui.allocate_exact_size(title.size(), egui::Sense::hover());
                    ui.painter().galley(rect.min, title, p.text);
                }
                ui.add_space(10.0);
                if page.is_of_home() && app.why_away().is_some() {
                    let text = "Nothing can be changed here until the engine answers.";
                    wrapped(ui, text, theme::sans(theme::BODY), p.retry);
                    ui.add_space(4.0);
                    ui.disable();
                }
                match page {
                    SettingsPage::Appearance => appearance_ui(&mut app.settings, ui),
                    SettingsPage::Notifications => super::notify::notify_ui(app, ui),
                    SettingsPage::Secrets => super::secrets::secrets_ui(app, ui),
                    SettingsPage::Connections => super::connections::connections_ui(app, ui),
                    SettingsPage::Pools => super::pools::pools_ui(app, ui),
                    SettingsPage::Storage => super::storage::storage_ui(app, ui),
                    SettingsPage::Keys => keys_ui(&mut app.keys_page, &mut app.settings, ui),
                    SettingsPage::Start => super::desktop::desktop_ui(app, ui),
                    SettingsPage::About => super::about::about_ui(app, ui),
                }
            });
        },
    );
}

/// That what a page shows has not come yet, or why it does not come.
pub(super) fn missing_ui(app: &mut App, ui: &mut Ui, error: Option<&str>) {
    let p = Palette::of(ui);
    let Some(error) = error else {
        label(ui, "Loading", theme::sans(theme::BODY), p.faint);
        return;
    };
    let text = full_sentence(error) + super::by_itself(app);
    wrapped(ui, &text, theme::sans(theme::BODY), p.bad);
    if Button::secondary("Try again").asks().show(ui).clicked() {
        app.send(Command::Refresh);
    }
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
    let width = ui.available_width().min(480.0);
    ui.allocate_ui(vec2(width, theme::CONTROL), |ui| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_by_a_word_of_it() {
        assert_eq!(found("").len(), SettingsPage::ALL.len());
        let names = |search| found(search).iter().map(|(page, _)| page.title()).collect::<Vec<_>>();
        assert_eq!(names(" Artifacts "), ["Storage"]);
        assert_eq!(names("slack"), ["Notifications"]);
        assert_eq!(names("pool"), ["Pools"]);
        assert!(names("no such thing").is_empty());
    }
}
