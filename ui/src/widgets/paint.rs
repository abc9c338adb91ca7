//! Small marks: lines of one pixel, dots, centred icons, dashed frames.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke};

/// A horizontal border of one point.
pub(crate) fn hairline_h(painter: &Painter, x: egui::Rangef, y: f32, color: Color32) {
    painter.hline(x, y, Stroke::new(1.0, color));
}

/// A vertical border of one point.
pub(crate) fn hairline_v(painter: &Painter, x: f32, y: egui::Rangef, color: Color32) {
    painter.vline(x, y, Stroke::new(1.0, color));
}

/// A filled dot.
pub(crate) fn dot(painter: &Painter, center: Pos2, radius: f32, color: Color32) {
    painter.circle_filled(center, radius, color);
}

/// An icon, centred.
pub(crate) fn glyph(painter: &Painter, center: Pos2, icon: &str, font: FontId, color: Color32) {
    painter.text(center, Align2::CENTER_CENTER, icon, font, color);
}

/// A dashed frame with square corners.
pub(crate) fn dashed_rect(rect: Rect, stroke: Stroke, dash: f32, gap: f32) -> Vec<Shape> {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    Shape::dashed_line(&corners, stroke, dash, gap)
}
