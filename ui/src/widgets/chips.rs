//! Chips: several of a few, each on or off.

use egui::{CornerRadius, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType};

use super::text::elide;
use crate::theme::{self, Palette};

const HEIGHT: f32 = 24.0;

/// A chip that is on or off. The caller lays several out with [`chips`].
pub(crate) fn chip(ui: &mut Ui, name: &str, on: bool, enabled: bool) -> Response {
    chip_as_wide(ui, name, on, enabled, None)
}

/// The same as wide as is said, for some that are alike; none: as wide as its word needs.
pub(crate) fn chip_as_wide(
    ui: &mut Ui,
    name: &str,
    on: bool,
    enabled: bool,
    width: Option<f32>,
) -> Response {
    let p = Palette::of(ui);
    let ink = match (on, enabled) {
        (true, _) => p.text,
        (false, true) => p.dim,
        (false, false) => p.faint,
    };
    let room = ui.available_width().max(60.0) - 20.0;
    let galley = elide(ui.ctx(), name, theme::sans(theme::SMALL), ink, room);
    let size = Vec2::new(width.unwrap_or(galley.size().x + 20.0), HEIGHT);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, enabled, on, name));
    let radius = CornerRadius::same((HEIGHT / 2.0) as u8);
    let (fill, border) = match (on, enabled && response.hovered()) {
        (true, _) => (p.accent_soft, p.accent_soft),
        (false, true) => (p.hover, p.line),
        (false, false) => (p.field, p.line),
    };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, border), StrokeKind::Inside);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    response
}

/// A row of chips that breaks where it must.
pub(crate) fn chips<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope(|ui| {
        // Rows take their height from here before anything is in them.
        ui.spacing_mut().interact_size.y = HEIGHT;
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        ui.horizontal_wrapped(add).inner
    })
    .inner
}
