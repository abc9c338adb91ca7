//! Two texts line by line: side by side where there is room, else what is gone above what came. Signs and marks within lines
//! say what differs; colour says it once more.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use millrace_model::diff::{Fate, lines};

use super::{from_right, padded, row};
use crate::app::App;
use crate::canvas::fate_color;
use crate::command::Command;
use crate::state::{Line, TwoSides};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, elide, virtual_rows};
use crate::words;

/// Of a line.
const LINE: f32 = 20.0;
/// Of the numbers before lines.
const NUMBERS: f32 = 36.0;
/// Of the signs.
const SIGN: f32 = 14.0;
/// Between the two sides.
const GAP: f32 = 12.0;
/// The sides stand beside each other from this width on.
const BESIDE: f32 = 640.0;
/// Of a longer line, so much is shown.
const LONGEST: usize = 4_000;

/// Draws it into the room that is left.
pub(super) fn two_sides_ui(ui: &mut Ui, salt: &str, sides: &TwoSides) {
    let is_beside = ui.available_width() >= BESIDE;
    let lines = if is_beside { &sides.beside } else { &sides.unified };
    virtual_rows(ui, salt, LINE, lines.len(), None, |ui, range| {
        for (at, line) in lines[range.clone()].iter().enumerate() {
            let (_, rect) = ui.allocate_space(vec2(ui.available_width(), LINE));
            let pen = Pen { id: ui.id().with((salt, range.start + at)), rect };
            pen.line(ui, line, is_beside);
        }
    });
}

/// Draws the head of a comparison: the way back, its title in the `room` that is left for it, what stands `beside` that, and
/// what can be done at the right.
pub(super) fn comparison_head_ui(
    app: &mut App,
    ui: &mut Ui,
    (title, close): (&str, Command),
    room: impl FnOnce(f32) -> f32,
    acts: impl FnOnce(&mut App, &mut Ui),
    beside: impl FnOnce(&mut App, &mut Ui),
) {
    let p = Palette::of(ui);
    padded(ui, 16, 0, |ui| {
        ui.set_height(ui.max_rect().height());
        row(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let name = "Close the comparison";
            if Button::quiet_icon(icon::ARROW_LEFT, name).tip("Back (Esc)").show(ui).clicked() {
                app.send(close);
            }
            from_right(ui, |ui| {
                acts(app, ui);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let room = room(ui.available_width()).max(40.0);
                    let font = theme::semibold(theme::TITLE);
                    let galley = elide(ui.ctx(), title, font, p.text, room);
                    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
                    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, title));
                    ui.painter().galley(rect.min, galley, p.text);
                    ui.add_space(8.0);
                    beside(app, ui);
                });
            });
        });
    });
}

struct Pen {
    id: egui::Id,
    rect: Rect,
}

impl Pen {
    fn line(&self, ui: &Ui, line: &Line, is_beside: bool) {
        let p = Palette::of(ui);
        match line {
            Line::Field(name) => {
                let galley =
                    elide(ui.ctx(), name, theme::semibold(theme::SMALL), p.text, self.rect.width());
                let at = pos2(self.rect.left(), self.rect.bottom() - galley.size().y - 4.0);
                ui.painter().galley(at, galley, p.text);
                self.name(ui, 0, self.rect, name);
            }
            Line::Gap(count) => {
                let words = format!("{} that are the same", words::count(*count, "line", "lines"));
                let font = theme::sans(theme::SMALL);
                let galley = elide(ui.ctx(), &words, font, p.faint, self.rect.width());
                let left = self.rect.left() + NUMBERS + SIGN;
                let at = pos2(left, self.rect.center().y - galley.size().y / 2.0);
                ui.painter().galley(at, galley, p.faint);
                self.name(ui, 0, self.rect, &words);
            }
            Line::Pair { before, after, same } if is_beside => {
                let half = (self.rect.width() - GAP) / 2.0;
                let size = vec2(half, LINE);
                let left = Rect::from_min_size(self.rect.min, size);
                let right =
                    Rect::from_min_size(pos2(self.rect.left() + half + GAP, self.rect.top()), size);
                let marks = match (before, after) {
                    (Some((_, before)), Some((_, after))) if !same => lines::marks(before, after),
                    _ => None,
                };
                let [old, new] = marks.map_or([None, None], |[old, new]| [Some(old), Some(new)]);
                let (gone, came) = (Fate::Removed, Fate::Added);
                self.side(ui, 0, left, before.as_ref(), (!same).then_some(gone), old.as_deref());
                self.side(ui, 1, right, after.as_ref(), (!same).then_some(came), new.as_deref());
            }
            Line::Pair { before: Some(line), after: None, .. } => {
                self.side(ui, 0, self.rect, Some(line), Some(Fate::Removed), None);
            }
            Line::Pair { after, same, .. } => {
                let fate = (!same).then_some(Fate::Added);
                self.side(ui, 0, self.rect, after.as_ref(), fate, None);
            }
        }
    }

    /// One side of a line; `marks` are the bytes of it that differ.
    fn side(
        &self,
        ui: &Ui,
        side: usize,
        rect: Rect,
        line: Option<&(usize, String)>,
        fate: Option<Fate>,
        marks: Option<&[std::ops::Range<usize>]>,
    ) {
        let p = Palette::of(ui);
        let Some((number, text)) = line else {
            if fate.is_some() {
                // Nothing stands in this place.
                ui.painter().rect_filled(rect, 2, p.line.gamma_multiply(0.25));
            }
            return;
        };
        let color = fate.map(|fate| fate_color(p, fate));
        if let Some(color) = color {
            ui.painter().rect_filled(rect, 2, color.gamma_multiply(0.13));
        }
        let middle = rect.center().y;
        let put = |x: f32, text: &str, ink: Color32, room: f32| {
            let galley = elide(ui.ctx(), text, theme::mono(theme::SMALL), ink, room);
            ui.painter().galley(pos2(x, middle - galley.size().y / 2.0), galley, ink);
        };
        put(rect.left() + 4.0, &number.to_string(), p.faint, NUMBERS - 4.0);
        if let (Some(fate), Some(color)) = (fate, color) {
            put(rect.left() + NUMBERS, fate.sign(), color, SIGN);
        }
        let left = rect.left() + NUMBERS + SIGN;
        let room = rect.right() - left - 4.0;
        let ink = if fate.is_some() { p.text } else { p.dim };
        let end = text.len().min(LONGEST);
        let shown = &text[..text.floor_char_boundary(end)];
        let marks = marks.unwrap_or_default();
        let mark = color.map_or(Color32::TRANSPARENT, |color| color.gamma_multiply(0.38));
        let galley = ui.ctx().fonts_mut(|fonts| {
            let mut job = marked(shown, marks, ink, mark);
            job.wrap.max_width = room.max(8.0);
            job.wrap.max_rows = 1;
            job.wrap.break_anywhere = true;
            fonts.layout_job(job)
        });
        let cut = galley.elided || shown.len() < text.len();
        ui.painter().galley(pos2(left, middle - galley.size().y / 2.0), galley, ink);
        let name = match fate {
            Some(fate) => format!("{} {text}", fate.sign()),
            None => text.clone(),
        };
        let response = self.name(ui, side, rect, &name);
        if cut {
            response.on_hover_text(shown);
        }
    }

    fn name(&self, ui: &Ui, side: usize, rect: Rect, name: &str) -> egui::Response {
        let response = ui.interact(rect, self.id.with(side), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, name));
        response
    }
}

/// A text of which some bytes are marked.
fn marked(text: &str, marks: &[std::ops::Range<usize>], ink: Color32, mark: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let format = |background| TextFormat {
        font_id: theme::mono(theme::SMALL),
        color: ink,
        background,
        ..TextFormat::default()
    };
    let mut at = 0;
    let mut put = |part: &str, background| {
        // A tab has no width of its own here.
        job.append(&part.replace('\t', "    "), 0.0, format(background));
    };
    for range in marks {
        let (from, until) = (range.start.min(text.len()), range.end.min(text.len()));
        let (from, until) = (text.floor_char_boundary(from), text.floor_char_boundary(until));
        if from > at {
            put(&text[at..from], Color32::TRANSPARENT);
        }
        if until > from {
            put(&text[from..until], mark);
        }
        at = until.max(at);
    }
    if at < text.len() {
        put(&text[at..], Color32::TRANSPARENT);
    }
    job
}
