//! What rows are made of: a text that ends in "…" where it must, with the whole on hover; the caret of a task's items; the tile
//! of its kind.

use egui::{Color32, FontId, Id, Pos2, Rect, Sense, Ui, Vec2, WidgetInfo, WidgetType, pos2, vec2};

use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, kind_look};
use crate::widgets::{elide, glyph};

/// Draws a text of one row, `width` points wide.
pub(super) fn cell(ui: &mut Ui, width: f32, text: &str, font: FontId, ink: Color32) {
    cell_at(ui, width, text, (font, ink), 0.0);
}

/// Draws a number of one row at the right of `width` points: numbers end below each other.
pub(super) fn number_cell(ui: &mut Ui, width: f32, text: &str, font: FontId, ink: Color32) {
    cell_at(ui, width, text, (font, ink), 1.0);
}

/// `side` is 0 at the left and 1 at the right.
fn cell_at(ui: &mut Ui, width: f32, text: &str, (font, ink): (FontId, Color32), side: f32) {
    let galley = elide(ui.ctx(), text, font, ink, width - 8.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width.round(), theme::ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    let left = rect.left() + (rect.width() - galley.size().x) * side;
    let at = pos2(left, rect.center().y - galley.size().y / 2.0);
    let was_cut = galley.elided;
    ui.painter().galley(at, galley, ink);
    if was_cut {
        response.on_hover_text(text);
    }
}

/// Draws text from its left side on, at the height of its middle; none where there is hardly any room.
pub(super) fn put(ui: &Ui, left_middle: Pos2, text: &str, ink: Color32, room: f32) {
    if text.is_empty() || room < 12.0 {
        return;
    }
    let galley = elide(ui.ctx(), text, theme::sans(theme::BODY), ink, room);
    let at = left_middle - vec2(0.0, galley.size().y / 2.0);
    ui.painter().galley(at, galley, ink);
}

/// Draws the caret around `at` by which the items of a task are shown or hidden. Whether it was clicked.
pub(super) fn items_caret(ui: &Ui, id: Id, at: Pos2, title: &str, is_open: bool) -> bool {
    let p = Palette::of(ui);
    let caret = ui.interact(Rect::from_center_size(at, vec2(20.0, 24.0)), id, Sense::click());
    let words = format!("{} the items of {title}", if is_open { "Hide" } else { "Show" });
    caret.widget_info(|| WidgetInfo::labeled(WidgetType::CollapsingHeader, true, &words));
    let picture = if is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
    let ink = if caret.hovered() || caret.has_focus() { p.text } else { p.dim };
    glyph(ui.painter(), at, picture, icons::font(12.0), ink);
    caret.on_hover_text(words).clicked()
}

/// Draws the tile of a kind around `at`.
pub(super) fn kind_tile(ui: &Ui, at: Pos2, kind: &str) {
    let p = Palette::of(ui);
    let kind = kind_look(kind);
    ui.painter().rect_filled(Rect::from_center_size(at, Vec2::splat(20.0)), 4, kind.tile);
    glyph(ui.painter(), at, kind.icon, icons::font(13.0), p.on_accent);
}
