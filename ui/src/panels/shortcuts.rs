//! The sheet of all shortcuts.

use egui::{Id, Modal, Ui};

use crate::app::App;
use crate::command::{Command, Keymap, key_words};
use crate::theme::{self, Palette};
use crate::widgets::{label, section_head};

const COLUMN: f32 = 324.0;
const GAP: f32 = 32.0;

/// Shortcuts of the hand that are no commands of their own.
const HAND: &[(&str, &str)] = &[
    ("Add a task there", "double-click"),
    ("Connect", "drag from a port"),
    ("Select several", "Shift+click, drag a frame"),
    ("Copy, cut, paste", "Ctrl+C, Ctrl+X, Ctrl+V"),
    ("Paste with links", "Ctrl+Shift+V"),
    ("Move the view", "Space+drag, middle button"),
    ("Zoom at the pointer", "Ctrl+wheel"),
];

/// Draws the sheet where it is open.
pub(crate) fn shortcuts_ui(app: &mut App, ui: &mut Ui) {
    if !app.shows_shortcuts {
        return;
    }
    let p = Palette::of(ui);
    let frame = egui::Frame::new()
        .fill(p.panel)
        .stroke(egui::Stroke::new(1.0, p.line))
        .corner_radius(egui::CornerRadius::same(10))
        .inner_margin(egui::Margin::same(20))
        .shadow(p.shadow(32, 12));
    let groups = groups(&Keymap::of(ui.ctx()));
    let modal = Modal::new(Id::new("shortcuts")).frame(frame).show(ui.ctx(), |ui| {
        label(ui, "Keyboard shortcuts", theme::semibold(theme::TITLE), p.text);
        ui.add_space(8.0);
        let height = (ui.ctx().content_rect().height() - 160.0).max(160.0);
        let scroll = egui::ScrollArea::vertical().min_scrolled_height(height).max_height(height);
        scroll.show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = GAP;
                // The bar that scrolls stays clear of the keys.
                ui.set_width(2.0 * COLUMN + GAP + 12.0);
                for column in columns(&groups) {
                    ui.vertical(|ui| {
                        ui.set_width(COLUMN);
                        ui.spacing_mut().item_spacing.y = 2.0;
                        for (title, rows) in column {
                            section_head(ui, title);
                            for (words, keys) in rows {
                                row_ui(ui, words, keys);
                            }
                            ui.add_space(14.0);
                        }
                    });
                }
            });
        });
    });
    if modal.should_close() {
        app.shows_shortcuts = false;
    }
}

type Group = (&'static str, Vec<(String, String)>);

fn groups(keymap: &Keymap) -> Vec<Group> {
    let mut groups: Vec<Group> = Command::GROUPS.map(|title| (title, Vec::new())).to_vec();
    for row in keymap.rows().into_iter().filter(|row| !row.keys.is_empty()) {
        let group = row.command.group();
        let Some((_, rows)) = groups.iter_mut().find(|(title, _)| *title == group) else {
            continue;
        };
        let words = row.command.label();
        let keys = row.keys.iter().map(key_words).collect::<Vec<_>>().join(", ");
        rows.push((words.to_owned(), keys));
    }
    let hand = HAND.iter().map(|(words, keys)| ((*words).to_owned(), (*keys).to_owned()));
    groups.push(("Mouse and clipboard", hand.collect()));
    groups
}

/// Two columns of about the same height, in order.
fn columns(groups: &[Group]) -> [&[Group]; 2] {
    let rows = |groups: &[Group]| groups.iter().map(|(_, rows)| rows.len() + 2).sum::<usize>();
    let all = rows(groups);
    let cut = (1..groups.len()).find(|cut| 2 * rows(&groups[..*cut]) >= all).unwrap_or(0);
    [&groups[..cut], &groups[cut..]]
}

fn row_ui(ui: &mut Ui, words: &str, keys: &str) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(22.0);
        ui.set_width(COLUMN);
        label(ui, words, theme::sans(theme::BODY), p.text);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            label(ui, keys, theme::sans(theme::SMALL), p.dim);
        });
    });
}
