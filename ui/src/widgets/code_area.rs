//! Code of many lines that fills the room there is, with line numbers and colours; it scrolls both ways.

use egui::{Id, Response, TextBuffer, TextEdit, Ui};

use super::code::number_lines;
use super::field::name_it;
use super::highlight::{Language, highlighted, is_coloured};
use crate::theme::{self, Palette};

/// Draws it.
pub(crate) fn code_area(
    ui: &mut Ui,
    id: Id,
    name: &str,
    text: &mut String,
    language: Language,
    read_only: bool,
) -> Response {
    let p = Palette::of(ui);
    let coloured = is_coloured(text);
    let digits = text.lines().count().max(1).to_string().len();
    let gutter = 18.0 + 8.0 * digits as f32;
    let font = theme::mono(theme::SMALL);
    let width = ui.available_width();
    egui::ScrollArea::both()
        .id_salt(id.with("scroll"))
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let left = ui.next_widget_position().x;
                ui.add_space(gutter);
                let mut shown = text.as_str();
                let buffer: &mut dyn TextBuffer = if read_only { &mut shown } else { &mut *text };
                let mut layout = |ui: &Ui, buffer: &dyn TextBuffer, wrap: f32| {
                    let mut job = (*highlighted(ui, buffer.as_str(), Some(language))).clone();
                    job.wrap.max_width = wrap;
                    ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
                };
                let mut edit = TextEdit::multiline(buffer);
                if coloured {
                    edit = edit.layouter(&mut layout);
                }
                let output = edit
                    .id(id)
                    .code_editor()
                    .font(font)
                    .text_color(p.text)
                    .frame(egui::Frame::NONE)
                    .desired_width(f32::INFINITY)
                    .min_size(egui::vec2(width - gutter - 12.0, ui.available_height()))
                    .show(ui);
                number_lines(ui, p, left + gutter, &output);
                let response = output.response.response;
                name_it(&response, name, text);
                response
            })
            .inner
        })
        .inner
}
