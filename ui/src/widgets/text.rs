//! Text that never overflows: it ends in "…" and shows the whole on hover.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, Context, FontId, Galley, Response, Sense, Ui, WidgetInfo, WidgetType};

use super::direction;
use crate::theme::{self, Palette};

/// Lays `text` out on one line of at most `width` points; what does not fit ends in "…".
pub(crate) fn elide(
    ctx: &Context,
    text: &str,
    font: FontId,
    color: Color32,
    width: f32,
) -> Arc<Galley> {
    let text = one_line(text);
    let format = TextFormat { font_id: font, color, ..Default::default() };
    let lay = |shown: String| {
        let mut job = LayoutJob::single_section(shown, format.clone());
        job.wrap = TextWrapping {
            max_width: width.max(8.0),
            max_rows: 1,
            break_anywhere: true,
            overflow_character: Some('…'),
        };
        job.halign = egui::Align::LEFT;
        ctx.fonts_mut(|fonts| fonts.layout_job(job))
    };
    direction::fit(&text, |shown| {
        let galley = lay(shown.to_owned());
        (!galley.elided, galley)
    })
}

/// A line break inside would end the only row; it is shown as a space.
fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text.to_owned() }
}

/// A one-line label in the room that is left; the whole text on hover where it was cut.
pub(crate) fn label(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    let galley = elide(ui.ctx(), text, font, color, ui.available_width());
    let cut = galley.elided;
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    if ui.is_rect_visible(rect) {
        ui.painter().galley(rect.min, galley, color);
    }
    if cut { response.on_hover_text(text) } else { response }
}

/// A label of as many lines as it needs.
pub(crate) fn wrapped(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    let text = egui::RichText::new(text).font(font).color(color);
    ui.add(egui::Label::new(text).wrap().selectable(true))
}

/// The head of a group that begins below another one: further from that than from what follows.
pub(crate) fn section_start(ui: &mut Ui, text: &str) {
    ui.add_space(14.0);
    section_head(ui, text);
}

/// The small capitals above a group of rows.
pub(crate) fn section_head(ui: &mut Ui, text: &str) -> Response {
    let color = Palette::of(ui).faint;
    label(ui, &text.to_uppercase(), theme::semibold(theme::HEAD), color)
}

/// A text that leads somewhere.
pub(crate) fn link(ui: &mut Ui, text: &str, font: FontId) -> Response {
    let text = egui::RichText::new(text).font(font).color(Palette::of(ui).accent);
    ui.add(egui::Link::new(text))
}
