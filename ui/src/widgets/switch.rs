//! A switch: something is on or off from now on.

use egui::{
    CornerRadius, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType, pos2,
};

use super::dot;
use crate::theme::Palette;

const SIZE: Vec2 = Vec2::new(30.0, 18.0);

/// Draws the switch. A click is told by the response; the caller decides what it does. `refused`: why it cannot be used.
pub(crate) fn switch(ui: &mut Ui, on: bool, name: &str, refused: Option<&str>) -> Response {
    let p = Palette::of(ui);
    let enabled = refused.is_none();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(SIZE, sense);
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, enabled, on, name));
    if ui.is_rect_visible(rect) {
        let lit = enabled && response.hovered();
        let radius = CornerRadius::same((SIZE.y / 2.0) as u8);
        let (fill, border, knob) = match (enabled, on) {
            (false, true) => (p.accent_soft, p.accent_soft, p.panel),
            (false, false) => (p.panel, p.line, p.line),
            (true, true) if lit => (p.primary_hover, p.primary_hover, p.on_accent),
            (true, true) => (p.primary, p.primary, p.on_accent),
            (true, false) => (p.field, if lit { p.accent } else { p.outline }, p.outline),
        };
        ui.painter().rect(rect, radius, fill, Stroke::new(1.0, border), StrokeKind::Inside);
        let inset = SIZE.y / 2.0;
        let x = if on { rect.right() - inset } else { rect.left() + inset };
        dot(ui.painter(), pos2(x, rect.center().y), 5.5, knob);
        if response.has_focus() {
            let radius = CornerRadius::same((SIZE.y / 2.0) as u8 + 2);
            let stroke = Stroke::new(1.5, p.accent);
            ui.painter().rect_stroke(rect.expand(2.0), radius, stroke, StrokeKind::Outside);
        }
    }
    match refused {
        Some(why) => response.on_hover_text(why),
        None => response,
    }
}
