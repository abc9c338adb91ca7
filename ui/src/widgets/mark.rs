//! Small icons beside a label: what a field means, putting it back, taking a row out.

use egui::{
    Color32, CornerRadius, Response, Sense, Stroke, StrokeKind, Tooltip, Ui, Vec2, WidgetInfo,
    WidgetType,
};

use super::text::wrapped;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};

/// Width and height of a small icon's area.
pub(crate) const MARK: f32 = 18.0;

/// A small icon that can be clicked; `name` is what assistive technology reads.
pub(crate) fn mark(ui: &mut Ui, icon: &str, name: &str, tip: &str) -> Response {
    let response = draw(ui, icon, name, None);
    if tip.is_empty() { response } else { response.on_hover_text(tip) }
}

/// The same for something that is on or off.
pub(crate) fn toggle_mark(ui: &mut Ui, icon: &str, name: &str, tip: &str, on: bool) -> Response {
    let ink = on.then(|| Palette::of(ui).accent);
    draw(ui, icon, name, ink).on_hover_text(tip)
}

/// A question mark that says what a field means, under the pointer and while it has the focus.
pub(crate) fn help_mark(ui: &mut Ui, title: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let response = draw(ui, icon::QUESTION, &format!("About {title}"), None);
    let says = |ui: &mut Ui| {
        let ink = Palette::of(ui).text;
        // The model writes code in back quotes; here it is prose.
        wrapped(ui, &text.replace('`', ""), theme::sans(theme::SMALL), ink);
    };
    if response.has_focus() {
        Tooltip::always_open(ui.ctx().clone(), response.layer_id, response.id, response.rect)
            .show(says);
    } else {
        response.on_hover_ui(says);
    }
}

fn draw(ui: &mut Ui, icon: &str, name: &str, color: Option<Color32>) -> Response {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(MARK), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, name));
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.has_focus();
        if response.has_focus() {
            let radius = CornerRadius::same(4);
            let stroke = Stroke::new(1.5, p.accent);
            ui.painter().rect_stroke(rect, radius, stroke, StrokeKind::Inside);
        }
        let ink = color.unwrap_or(if lit { p.text } else { p.faint });
        super::glyph(ui.painter(), rect.center(), icon, icons::font(13.0), ink);
    }
    response
}
