//! A field of many lines of code: line numbers, colours, indentation, brackets.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditOutput;
use egui::{
    CornerRadius, Frame, Id, Key, Margin, Modifiers, Rect, Response, Stroke, StrokeKind,
    TextBuffer, TextEdit, Ui,
};

use super::code_keys::{bracket_pair, break_line, indent, outdent, step_of};
use super::field::{frame, name_it};
use super::highlight::{Language, highlighted};
use crate::theme::{self, Palette};

const LINE: f32 = 16.0;
/// Lines that a field without a height of its own shows at most.
const MOST_LINES: f32 = 24.0;
const GUTTER: f32 = 34.0;

/// A field of code. Build it, then [`CodeField::show`] it.
pub(crate) struct CodeField<'a> {
    id: Id,
    name: &'a str,
    language: Option<Language>,
    rows: usize,
    height: Option<f32>,
    read_only: bool,
    bad: bool,
}

impl<'a> CodeField<'a> {
    /// A field with this id; `name` is what assistive technology reads.
    pub(crate) fn new(id: Id, name: &'a str) -> Self {
        Self { id, name, language: None, rows: 8, height: None, read_only: false, bad: false }
    }

    /// Its language, for colours.
    pub(crate) fn language(mut self, language: Option<Language>) -> Self {
        self.language = language;
        self
    }

    /// It has room for so many lines at least.
    pub(crate) fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// A height of its own, whatever stands in it.
    pub(crate) fn height(mut self, height: f32) -> Self {
        self.height = Some(height);
        self
    }

    /// It can be read and copied, not changed.
    pub(crate) fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Its content is not acceptable.
    pub(crate) fn bad(mut self, bad: bool) -> Self {
        self.bad = bad;
        self
    }

    /// Puts it into `ui`, as wide as there is room.
    pub(crate) fn show(self, ui: &mut Ui, text: &mut String) -> Response {
        let p = Palette::of(ui);
        let focused = ui.memory(|memory| memory.has_focus(self.id));
        let typed = focused && !self.read_only && self.take_keys(ui, text);
        let width = ui.available_width();
        let height = self.height.map_or(LINE * MOST_LINES, |height| height - 14.0);
        let outer = frame(p, focused, self.bad).inner_margin(Margin::symmetric(0, 6));
        let mut response = outer
            .show(ui, |ui| {
                ui.set_width(width - 2.0);
                egui::ScrollArea::vertical()
                    .id_salt(self.id.with("scroll"))
                    .max_height(height)
                    // In a form that scrolls itself it is as high at the lower edge as elsewhere.
                    .min_scrolled_height(height)
                    .auto_shrink([false, self.height.is_none()])
                    .show(ui, |ui| self.edit_ui(ui, text, width, height))
                    .inner
            })
            .inner;
        if typed {
            response.mark_changed();
        }
        response
    }

    fn edit_ui(&self, ui: &mut Ui, text: &mut String, width: f32, height: f32) -> Response {
        let p = Palette::of(ui);
        let lines = text.split('\n').count().max(1);
        let rows = match self.height {
            Some(_) => ((height / LINE) as usize).saturating_sub(1),
            None => self.rows,
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let gutter = egui::vec2(GUTTER, LINE * lines as f32);
            let (space, _) = ui.allocate_exact_size(gutter, egui::Sense::hover());
            let language = self.language;
            let mut layout = |ui: &Ui, buffer: &dyn TextBuffer, wrap: f32| {
                let mut job = (*highlighted(ui, buffer.as_str(), language)).clone();
                job.wrap.max_width = wrap;
                ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
            };
            let mut shown = text.as_str();
            let buffer: &mut dyn TextBuffer = if self.read_only { &mut shown } else { text };
            let output = TextEdit::multiline(buffer)
                .id(self.id)
                .code_editor()
                .font(theme::mono(theme::SMALL))
                .text_color(p.text)
                .frame(Frame::NONE)
                .desired_rows(rows)
                .desired_width(width - GUTTER - 14.0)
                .layouter(&mut layout)
                .show(ui);
            number_lines(ui, p, space.left() + GUTTER, &output);
            mark_brackets(ui, p, text, &output);
            let response = output.response.response;
            name_it(&response, self.name, text);
            response
        })
        .inner
    }

    /// Carries out the keys that the field itself does not know. Says whether the text changed.
    fn take_keys(&self, ui: &Ui, text: &mut String) -> bool {
        let Some(mut state) = TextEdit::load_state(ui.ctx(), self.id) else { return false };
        let Some(cursor) = state.cursor.char_range() else { return false };
        let marked = chars(&cursor);
        let usual = self.language.map_or("  ", Language::indent);
        let step = step_of(text, usual).to_owned();
        let before = text.clone();
        let after = ui.input_mut(|input| {
            if input.consume_key(Modifiers::SHIFT, Key::Tab) {
                Some(outdent(text, marked, &step))
            } else if input.consume_key(Modifiers::NONE, Key::Tab) {
                Some(indent(text, marked, &step))
            } else if input.consume_key(Modifiers::NONE, Key::Enter) {
                let at = break_line(text, marked, &step);
                Some(at..at)
            } else {
                None
            }
        });
        let Some(after) = after else { return false };
        let range = CCursorRange::two(CCursor::new(after.start), CCursor::new(after.end));
        state.cursor.set_char_range(Some(range));
        state.store(ui.ctx(), self.id);
        *text != before
    }
}

fn chars(cursor: &CCursorRange) -> Range<usize> {
    let [start, end] = cursor.sorted_cursors();
    start.index.0..end.index.0
}

/// Writes the numbers of the lines in view at their first rows, right-aligned before the text.
pub(super) fn number_lines(ui: &Ui, p: &Palette, right: f32, output: &TextEditOutput) {
    let mut number = 1;
    let mut starts_line = true;
    let clip = ui.clip_rect();
    for row in &output.galley.rows {
        let y = output.galley_pos.y + row.pos.y;
        if starts_line {
            if y < clip.bottom() && y + LINE > clip.top() {
                let at = egui::pos2(right - 10.0, y);
                let font = theme::mono(theme::SMALL);
                ui.painter().text(at, egui::Align2::RIGHT_TOP, number, font, p.faint);
            }
            number += 1;
        }
        starts_line = row.ends_with_newline;
    }
}

/// Frames the bracket at the cursor and the one that it belongs to.
fn mark_brackets(ui: &Ui, p: &Palette, text: &str, output: &TextEditOutput) {
    if !output.response.response.has_focus() {
        return;
    }
    let marked = output.cursor_range.as_ref().map(chars).filter(Range::is_empty);
    let Some((at, other)) = marked.and_then(|cursor| bracket_pair(text, cursor.start)) else {
        return;
    };
    let galley = Arc::clone(&output.galley);
    for bracket in [at, other] {
        let left = galley.pos_from_cursor(CCursor::new(bracket));
        let right = galley.pos_from_cursor(CCursor::new(bracket + 1));
        let rect = Rect::from_min_max(left.left_top(), egui::pos2(right.left(), left.bottom()));
        let rect = rect.translate(output.galley_pos.to_vec2()).expand(0.5);
        let stroke = Stroke::new(1.0, p.accent);
        ui.painter().rect_stroke(rect, CornerRadius::same(2), stroke, StrokeKind::Outside);
    }
}
