//! A row of a list: the whole width, a hover ground, one click target.

use egui::{
    CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType,
};

use crate::theme::{self, Palette};

/// Allocates a row of `height` and draws its ground; the caller paints into the returned rectangle.
pub(crate) fn list_row(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    name: &str,
    height: f32,
    active: bool,
) -> (Rect, Response) {
    let p = Palette::of(ui);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), height));
    let response = ui.interact(rect, ui.id().with(("row", egui::Id::new(id))), Sense::click());
    response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, active, name));
    if ui.is_rect_visible(rect) {
        let radius = CornerRadius::same(theme::RADIUS);
        if active {
            let line = Stroke::new(1.0, p.accent.gamma_multiply(0.45));
            ui.painter().rect(rect, radius, p.selected, line, StrokeKind::Inside);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, radius, p.hover);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
        }
    }
    (rect, response)
}
