//! Cells of the lists in the settings: a text that ends in "…" where it must, with the whole on hover.

use egui::{Color32, FontId, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};

use crate::theme;
use crate::widgets::elide;

/// Draws a text of one row, `width` points wide.
pub(super) fn cell(ui: &mut Ui, width: f32, text: &str, font: FontId, ink: Color32) {
    let galley = elide(ui.ctx(), text, font, ink, width - 8.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width.round(), theme::ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    let was_cut = galley.elided;
    ui.painter().galley(at, galley, ink);
    if was_cut {
        response.on_hover_text(text);
    }
}
