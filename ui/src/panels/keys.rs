//! The list of keys in the settings: each command's keys can be taken away, added, and put back.

use egui::{Context, Event, Key, KeyboardShortcut, Ui};

use super::settings::VALUES;
use crate::app::Settings;
use crate::command::{Keymap, KeymapRow, is_modifier, key_words};
use crate::theme::{self, Palette, icons::icon};
use crate::widgets::{Button, Field, key_cap, label, wrapped};

/// What the list remembers between frames.
#[derive(Debug, Default)]
pub(crate) struct KeysPage {
    search: String,
    step: Step,
}

#[derive(Debug, Default)]
enum Step {
    #[default]
    Idle,
    /// The next key is for this command; what was pressed before could not be taken.
    Waiting { id: &'static str, refusal: Option<&'static str> },
    /// This key was pressed for it.
    Pressed { id: &'static str, key: KeyboardShortcut },
}

impl KeysPage {
    /// Whether the next key belongs to the list, whatever it does otherwise.
    pub(crate) fn is_recording(&self) -> bool {
        matches!(self.step, Step::Waiting { .. })
    }

    /// Takes the key that was pressed, and takes it away from everybody else.
    pub(crate) fn record(&mut self, ctx: &Context) {
        let Step::Waiting { id, refusal } = &mut self.step else { return };
        let id = *id;
        let events = ctx.input_mut(|input| {
            let (keys, others) =
                std::mem::take(&mut input.events).into_iter().partition(is_of_keyboard);
            input.events = others;
            let keys: Vec<Event> = keys;
            keys
        });
        for event in events {
            match event {
                Event::Key { key, pressed: true, repeat: false, modifiers, .. }
                    if !is_modifier(key) =>
                {
                    let is_plain = !modifiers.command && !modifiers.ctrl && !modifiers.alt;
                    match key {
                        Key::Escape if is_plain => self.step = Step::Idle,
                        Key::Tab if is_plain => {
                            *refusal = Some("Tab moves the focus. Press another key.");
                            continue;
                        }
                        Key::Enter | Key::Space if is_plain && !modifiers.shift => {
                            *refusal = Some("This key presses buttons. Press another one.");
                            continue;
                        }
                        key => {
                            let key = KeyboardShortcut::new(modifiers, key);
                            self.step = Step::Pressed { id, key };
                        }
                    }
                    return;
                }
                Event::Copy | Event::Cut | Event::Paste(_) => {
                    *refusal = Some("These keys belong to the clipboard. Press others.");
                }
                _ => {}
            }
        }
    }
}

fn is_of_keyboard(event: &Event) -> bool {
    matches!(event, Event::Key { .. } | Event::Text(_) | Event::Copy | Event::Cut | Event::Paste(_))
}

/// Draws the list.
pub(super) fn keys_ui(page: &mut KeysPage, settings: &mut Settings, ui: &mut Ui) {
    let p = Palette::of(ui);
    let keymap = Keymap::of(ui.ctx());
    let before = settings.keys.clone();
    if let Step::Pressed { id, key } = &page.step
        && keymap.owner(key).is_none_or(|owner| owner.id == *id)
    {
        settings.keys = keymap.with_key(&settings.keys, id, key);
        page.step = Step::Idle;
    }
    ui.horizontal(|ui| {
        Field::new(&mut page.search, "Search keys").hint("Search keys").width(260.0).show(ui);
        if !settings.keys.is_empty() && Button::quiet("Reset all shortcuts").show(ui).clicked() {
            settings.keys.clear();
            page.step = Step::Idle;
        }
    });
    ui.add_space(4.0);
    let wanted = page.search.trim().to_lowercase();
    let mut found = false;
    for row in keymap.rows() {
        let keys = row.keys.iter().map(key_words).collect::<Vec<_>>().join(" ");
        let text = format!("{} {keys}", row.command.label()).to_lowercase();
        if text.contains(&wanted) {
            found = true;
            row_ui(page, settings, &keymap, &row, ui);
        }
    }
    if !found {
        wrapped(ui, "No command and no key like this.", theme::sans(theme::BODY), p.faint);
    }
    if settings.keys != before {
        settings.apply(ui.ctx());
        ui.ctx().request_repaint();
    }
}

fn row_ui(
    page: &mut KeysPage,
    settings: &mut Settings,
    keymap: &Keymap,
    row: &KeymapRow,
    ui: &mut Ui,
) {
    let p = Palette::of(ui);
    let words = row.command.label();
    ui.push_id(row.id, |ui| {
        ui.horizontal(|ui| {
            ui.set_height(28.0);
            ui.allocate_ui(egui::vec2(VALUES - 8.0, 28.0), |ui| {
                ui.set_width(VALUES - 8.0);
                label(ui, words, theme::sans(theme::BODY), p.text);
            });
            if matches!(page.step, Step::Waiting { id, .. } if id == row.id) {
                label(ui, "Press the keys", theme::sans(theme::BODY), p.accent);
                label(ui, "Esc leaves it", theme::sans(theme::SMALL), p.faint);
                return;
            }
            for key in &row.keys {
                let key_name = key_words(key);
                if key_cap(ui, &key_name, &format!("Take {key_name} from {words}")).clicked() {
                    settings.keys = keymap.without_key(&settings.keys, row.id, key);
                }
            }
            let name = format!("Add a key for {words}");
            if Button::quiet_icon(icon::PLUS, &name).tip(&name).show(ui).clicked() {
                page.step = Step::Waiting { id: row.id, refusal: None };
            }
            let name = format!("Reset the keys of {words}");
            if row.is_changed
                && Button::quiet_icon(icon::ARROW_COUNTER_CLOCKWISE, &name)
                    .tip(&name)
                    .show(ui)
                    .clicked()
            {
                settings.keys = keymap.with_defaults(&settings.keys, row.id);
            }
        });
        answer_ui(page, settings, keymap, row, ui);
    });
}

/// Below a row: why a key was not taken, or whose it is.
fn answer_ui(
    page: &mut KeysPage,
    settings: &mut Settings,
    keymap: &Keymap,
    row: &KeymapRow,
    ui: &mut Ui,
) {
    let p = Palette::of(ui);
    match &page.step {
        Step::Waiting { id, refusal: Some(refusal) } if *id == row.id => {
            below_the_keys(ui, |ui| wrapped(ui, refusal, theme::sans(theme::SMALL), p.bad));
        }
        Step::Pressed { id, key } if *id == row.id => {
            let owner = keymap.owner(key).map_or("another command", |o| o.command.label());
            let (id, key) = (*id, *key);
            let text = format!("{} already does “{owner}”.", key_words(&key));
            below_the_keys(ui, |ui| {
                wrapped(ui, &text, theme::sans(theme::SMALL), p.retry);
                ui.horizontal(|ui| {
                    if Button::secondary("Move it here").show(ui).clicked() {
                        settings.keys = keymap.with_key(&settings.keys, id, &key);
                        page.step = Step::Idle;
                    }
                    if Button::quiet("Cancel").show(ui).clicked() {
                        page.step = Step::Idle;
                    }
                });
            });
        }
        _ => {}
    }
}

/// What belongs to the keys of the row above, in their column. It comes into view when it appears.
fn below_the_keys<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) {
    let shown = ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(8.0, 4.0);
        ui.add_space(VALUES);
        ui.vertical(add);
    });
    let (id, now) = (ui.id().with("answer"), ui.ctx().cumulative_pass_nr());
    let last = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(id), now));
    if last + 1 < now {
        shown.response.scroll_to_me(None);
    }
}
