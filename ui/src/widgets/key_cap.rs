//! A key in a list of keys; a click takes it away.

use egui::{CornerRadius, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType};

use super::{elide, glyph};
use crate::theme::{self, Palette, icons};

const HEIGHT: f32 = 22.0;
/// Room for the cross at the right.
const CROSS: f32 = 18.0;

/// Draws the key; `name` is what a click does.
pub(crate) fn key_cap(ui: &mut Ui, words: &str, name: &str) -> Response {
    let p = Palette::of(ui);
    let galley = elide(ui.ctx(), words, theme::sans(theme::SMALL), p.text, 140.0);
    let size = Vec2::new(galley.size().x + 8.0 + CROSS, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, name));
    let lit = response.hovered() || response.has_focus();
    let radius = CornerRadius::same(4);
    let fill = if lit { p.hover } else { p.raised };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, p.line), StrokeKind::Inside);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
    let at = egui::pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.text);
    let cross = egui::pos2(rect.right() - CROSS / 2.0, rect.center().y);
    let ink = if lit { p.text } else { p.faint };
    glyph(ui.painter(), cross, icons::icon::X, icons::font(11.0), ink);
    response.on_hover_text(name)
}
