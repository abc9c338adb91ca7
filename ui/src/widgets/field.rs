//! Text fields: one line, or prose of many lines.

use egui::text::LayoutJob;
use egui::{
    Color32, CornerRadius, Frame, Id, Margin, Response, Stroke, TextEdit, Ui, WidgetInfo,
    WidgetType,
};

use super::complete::{self, ExprHelp};
use super::text::{label, wrapped};
use crate::theme::{self, Palette};

/// A one-line text field. Build it, then [`Field::show`] it.
pub(crate) struct Field<'a> {
    text: &'a mut String,
    name: &'a str,
    hint: &'a str,
    mono: bool,
    bad: bool,
    read_only: bool,
    hidden: bool,
    id: Option<Id>,
    width: Option<f32>,
    help: Option<&'a dyn ExprHelp>,
}

impl<'a> Field<'a> {
    /// A field of `text`; `name` is what assistive technology reads.
    pub(crate) fn new(text: &'a mut String, name: &'a str) -> Self {
        Self {
            text,
            name,
            hint: "",
            mono: false,
            bad: false,
            read_only: false,
            hidden: false,
            id: None,
            width: None,
            help: None,
        }
    }

    /// Shown while it is empty.
    pub(crate) fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Code rather than prose.
    pub(crate) fn mono(mut self, mono: bool) -> Self {
        self.mono = mono;
        self
    }

    /// Its content is not acceptable.
    pub(crate) fn bad(mut self, bad: bool) -> Self {
        self.bad = bad;
        self
    }

    /// It can be read and copied, not changed.
    pub(crate) fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// It holds a secret: what is typed is not shown, and not told to assistive technology.
    pub(crate) fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// A stable id, so that focus can be given from elsewhere.
    pub(crate) fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// It holds an expression, or a text with some: names are completed.
    pub(crate) fn help(mut self, help: Option<&'a dyn ExprHelp>) -> Self {
        self.help = help;
        self
    }

    /// A width of its own, where others stand beside it.
    pub(crate) fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Puts it into `ui`, as wide as there is room.
    pub(crate) fn show(self, ui: &mut Ui) -> Response {
        match self.width {
            Some(width) => {
                let size = egui::vec2(width.max(24.0), theme::CONTROL);
                let layout = egui::Layout::top_down(egui::Align::Min);
                ui.allocate_ui_with_layout(size, layout, |ui| {
                    ui.set_width(size.x);
                    self.show_wide(ui)
                })
                .inner
            }
            None => self.show_wide(ui),
        }
    }

    fn show_wide(self, ui: &mut Ui) -> Response {
        let p = Palette::of(ui);
        let font = if self.mono { theme::mono(theme::SMALL) } else { theme::sans(theme::BODY) };
        // What is said of the field is prose, whatever stands in it.
        let hint_font = theme::sans(theme::BODY);
        let width = ui.available_width();
        let (text_color, hint_color) =
            if self.read_only { (p.dim, p.faint) } else { (p.text, p.faint) };
        let id = self.id.unwrap_or_else(|| ui.make_persistent_id(("field", self.name)));
        let focused = ui.memory(|memory| memory.has_focus(id));
        let help = self.help.filter(|_| !self.read_only);
        let taken = help.is_some_and(|help| complete::take_keys(ui, id, self.text, help));
        let mut shown = self.text.as_str();
        let text: &mut dyn egui::TextBuffer =
            if self.read_only { &mut shown } else { &mut *self.text };
        let layout_font = font.clone();
        let mut layout = |ui: &Ui, buffer: &dyn egui::TextBuffer, _: f32| {
            let job = match self.help {
                Some(help) => complete::layout(ui, buffer.as_str(), help, &layout_font),
                None => LayoutJob::simple_singleline(
                    shown_text(buffer.as_str(), self.hidden),
                    layout_font.clone(),
                    text_color,
                ),
            };
            ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
        };
        let output = TextEdit::singleline(text)
            .id(id)
            .font(font)
            .text_color(text_color)
            .hint_text(egui::RichText::new(self.hint).font(hint_font).color(hint_color))
            .frame(frame(p, focused, self.bad))
            .vertical_align(egui::Align::Center)
            .min_size(egui::vec2(0.0, theme::CONTROL - 12.0))
            .desired_width(width)
            .layouter(&mut layout)
            .password(self.hidden)
            .show(ui);
        let inserted = help.is_some_and(|help| {
            complete::list_ui(ui, id, self.text, help, (&output, taken)) || taken
        });
        let mut response = output.response.response;
        if inserted {
            response.mark_changed();
        }
        name_it(&response, self.name, &shown_text(self.text, self.hidden));
        response
    }
}

fn shown_text(text: &str, hidden: bool) -> String {
    if hidden { "•".repeat(text.chars().count()) } else { text.to_owned() }
}

/// A field of many lines for prose.
pub(crate) fn prose_field(
    ui: &mut Ui,
    id: Id,
    name: &str,
    text: &mut String,
    rows: usize,
    read_only: bool,
    bad: bool,
) -> Response {
    let p = Palette::of(ui);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let mut shown = text.as_str();
    let width = ui.available_width();
    let buffer: &mut dyn egui::TextBuffer = if read_only { &mut shown } else { text };
    let edit = TextEdit::multiline(buffer)
        .id(id)
        .font(theme::sans(theme::BODY))
        .text_color(if read_only { p.dim } else { p.text })
        .frame(frame(p, focused, bad))
        .desired_rows(rows)
        .desired_width(width);
    let response = ui.add(edit);
    name_it(&response, name, text);
    response
}

/// The small label above a field: nearer to it than to what is above.
pub(crate) fn field_label(ui: &mut Ui, text: &str, required: bool) {
    let nearer = (ui.spacing().item_spacing.y - 4.0).clamp(0.0, 4.0);
    ui.add_space(nearer);
    ui.scope(|ui| {
        // A row is as high as a button otherwise, and further from its field than it should be.
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.horizontal(|ui| label_words(ui, text, required));
    });
    ui.add_space(-nearer);
}

/// The words of a field's label, in a row that has more.
pub(crate) fn label_words(ui: &mut Ui, text: &str, required: bool) {
    let p = Palette::of(ui);
    label(ui, text, theme::sans(theme::SMALL), p.dim);
    if required {
        label(ui, "required", theme::sans(theme::SMALL), p.faint);
    }
}

/// What is wrong with the field above.
pub(crate) fn problem_line(ui: &mut Ui, text: &str) {
    let color = Palette::of(ui).bad;
    wrapped(ui, text, theme::sans(theme::SMALL), color);
}

pub(super) fn frame(p: &Palette, focused: bool, bad: bool) -> Frame {
    let border: Color32 = if bad {
        p.bad
    } else if focused {
        p.accent
    } else {
        p.line
    };
    Frame::new()
        .fill(p.field)
        .stroke(Stroke::new(1.0, border))
        .corner_radius(CornerRadius::same(theme::RADIUS))
        .inner_margin(Margin::symmetric(9, 5))
}

pub(super) fn name_it(response: &Response, name: &str, text: &str) {
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::TextEdit, true, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
}
