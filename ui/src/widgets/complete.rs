//! Completion of names in expressions, and what an expression gives.
//!
//! What can be named and what a text gives is known by an [`ExprHelp`]; here it is only offered and shown.

use std::ops::Range;

use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::text_edit::TextEditOutput;
use egui::{
    Area, EventFilter, FontId, Id, Key, Modifiers, Order, Rect, Stroke, TextEdit, Ui, pos2,
};

use super::text::{elide, wrapped};
use super::{label, list_row};
use crate::theme::{self, Palette};

const ROW: f32 = 26.0;
/// A narrow field has a list that is wider than itself.
const LEAST_WIDTH: f32 = 240.0;
/// Between the list and what it hangs from.
const GAP: f32 = 4.0;
/// Rows that are seen at once.
const ROWS: usize = 8;

/// What knows an expression's names and values.
pub(crate) trait ExprHelp {
    /// What fits at the cursor; none where no name is being written.
    fn complete(&self, text: &str, cursor: usize, asked: bool) -> Option<Completion>;
    /// What the text gives.
    fn preview(&self, text: &str) -> Preview;
    /// The part that is wrong, in bytes, where it ends before the text does.
    fn wrong(&self, _text: &str) -> Option<Range<usize>> {
        None
    }
    /// The parts of the text that are expressions, in bytes.
    fn expressions(&self, text: &str) -> Vec<Range<usize>>;
}

/// What fits at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The characters that it takes the place of.
    pub(crate) range: Range<usize>,
    /// The names, best first.
    pub(crate) names: Vec<Suggestion>,
}

/// A name that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// What is put in.
    pub(crate) text: String,
    /// What it is, or what it was last.
    pub(crate) aside: String,
}

/// What a text gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Preview {
    /// It has no expression.
    Plain,
    /// Its value in the last run.
    Value(String),
    /// Why there is no value.
    Unknown(String),
    /// It cannot be read from this character on, counted from 1.
    Wrong(Option<usize>),
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    is_open: bool,
    chosen: usize,
    /// A person asked for the list.
    asked: bool,
}

/// Before the field is drawn: the keys that belong to the list. Says whether the text changed.
pub(super) fn take_keys(ui: &Ui, id: Id, text: &mut String, help: &dyn ExprHelp) -> bool {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return false;
    }
    let mut state = load(ui, id);
    if ui.input_mut(|input| input.consume_key(Modifiers::CTRL, Key::Space)) {
        state = State { is_open: true, chosen: 0, asked: true };
    }
    let found = state.is_open.then(|| complete(ui, id, text, help, state.asked)).flatten();
    let Some(found) = found else {
        state.is_open = false;
        store(ui, id, state);
        return false;
    };
    let last = found.names.len() - 1;
    let (take, close) = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        if pressed(Key::ArrowDown) {
            state.chosen = (state.chosen + 1).min(last);
        }
        if pressed(Key::ArrowUp) {
            state.chosen = state.chosen.saturating_sub(1);
        }
        (pressed(Key::Enter) || pressed(Key::Tab), pressed(Key::Escape))
    });
    state.is_open = !take && !close;
    let chosen = state.chosen.min(last);
    store(ui, id, state);
    if take {
        insert(ui, id, text, &found.range, &found.names[chosen].text);
    }
    take
}

/// After the field was drawn: the list where it is open. Says whether the text changed.
pub(super) fn list_ui(
    ui: &Ui,
    id: Id,
    text: &mut String,
    help: &dyn ExprHelp,
    (output, taken): (&TextEditOutput, bool),
) -> bool {
    let response = &output.response.response;
    let mut state = load(ui, id);
    if response.changed() && !taken {
        state = State { is_open: true, chosen: 0, asked: false };
    }
    let found = state.is_open.then(|| complete(ui, id, text, help, state.asked)).flatten();
    // A click on a row takes the focus before it arrives.
    let in_use = response.has_focus() || response.lost_focus();
    let Some(found) = found.filter(|_| in_use) else {
        state.is_open = false;
        store(ui, id, state);
        return false;
    };
    if response.has_focus() {
        // While the list is open these keys are its own.
        let filter =
            EventFilter { tab: true, escape: true, vertical_arrows: true, horizontal_arrows: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    }
    state.chosen = state.chosen.min(found.names.len() - 1);
    let clicked = rows_ui(ui, id, response.rect, &found, state.chosen);
    if let Some(index) = clicked {
        insert(ui, id, text, &found.range, &found.names[index].text);
        response.request_focus();
    }
    state.is_open = clicked.is_none() && response.has_focus();
    store(ui, id, state);
    clicked.is_some()
}

/// Says how far down the field and what is said below it reach, so that its list leaves that readable.
pub(crate) fn keep_readable(ui: &Ui, id: Id, bottom: f32) {
    ui.data_mut(|data| data.insert_temp(id.with("readable"), bottom));
}

/// The list, from the left to the right edge of its field.
fn rows_ui(ui: &Ui, id: Id, field: Rect, found: &Completion, chosen: usize) -> Option<usize> {
    let p = Palette::of(ui);
    let screen = ui.ctx().content_rect().shrink(8.0);
    let height = ROW * found.names.len().min(ROWS) as f32 + 10.0;
    let width = field.width().max(LEAST_WIDTH);
    let left = field.left().min(screen.right() - width).max(screen.left());
    let told = ui.data(|data| data.get_temp::<f32>(id.with("readable")));
    let below = told.unwrap_or(field.bottom()).max(field.bottom()) + GAP;
    let is_low = below + height > screen.bottom();
    let top = if is_low { field.top() - GAP - height } else { below };
    let mut clicked = None;
    Area::new(id.with("names")).order(Order::Foreground).fixed_pos(pos2(left, top)).show(
        ui.ctx(),
        |ui| {
            egui::Frame::new()
                .fill(p.raised)
                .stroke(Stroke::new(1.0, p.line))
                .corner_radius(egui::CornerRadius::same(theme::RADIUS))
                .inner_margin(egui::Margin::same(4))
                .shadow(p.shadow(16, 6))
                .show(ui, |ui| {
                    ui.set_width(width - 10.0);
                    ui.spacing_mut().item_spacing.y = 0.0;
                    egui::ScrollArea::vertical().max_height(ROW * ROWS as f32).show(ui, |ui| {
                        for (index, name) in found.names.iter().enumerate() {
                            if row_ui(ui, id.with(index), name, index == chosen) {
                                clicked = Some(index);
                            }
                        }
                    });
                });
        },
    );
    clicked
}

fn row_ui(ui: &mut Ui, id: Id, name: &Suggestion, active: bool) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = list_row(ui, id, &name.text, ROW, active);
    if active {
        response.scroll_to_me(None);
    }
    let middle = rect.center().y;
    let ink = if active { p.text } else { p.dim };
    let text = elide(ui.ctx(), &name.text, theme::mono(theme::SMALL), p.text, rect.width() * 0.66);
    let room = rect.width() - 28.0 - text.size().x;
    let aside = elide(ui.ctx(), &name.aside, theme::sans(theme::SMALL), ink, room);
    let at = pos2(rect.left() + 8.0, middle - text.size().y / 2.0);
    ui.painter().galley(at, text, p.text);
    let at = pos2(rect.right() - 8.0 - aside.size().x, middle - aside.size().y / 2.0);
    ui.painter().galley(at, aside, ink);
    response.clicked()
}

/// The line below a field: its value, or why there is none. `in_use`: also what helps only while it is typed.
pub(crate) fn preview_ui(ui: &mut Ui, help: &dyn ExprHelp, text: &str, in_use: bool) {
    let p = Palette::of(ui);
    match help.preview(text) {
        Preview::Value(value) => {
            let shown = format!("= {value}");
            label(ui, &shown, theme::mono(theme::SMALL), p.dim).on_hover_text(value);
        }
        Preview::Unknown(why) if in_use => {
            wrapped(ui, &why, theme::sans(theme::SMALL), p.faint);
        }
        Preview::Plain | Preview::Unknown(_) | Preview::Wrong(_) => {}
    }
}

/// The text with its expressions in a colour of their own, underlined from where it cannot be read.
pub(super) fn layout(ui: &Ui, text: &str, help: &dyn ExprHelp, font: &FontId) -> LayoutJob {
    let p = Palette::of(ui);
    let wrong = match help.preview(text) {
        _ if help.wrong(text).is_some() => help.wrong(text),
        Preview::Wrong(column) => {
            let at = column.unwrap_or(1).saturating_sub(1);
            let byte = text.char_indices().nth(at).map(|(byte, _)| byte);
            // A text that ends too soon is underlined at its last character.
            let last = || text.char_indices().last().map(|(byte, _)| byte);
            Some(byte.or_else(last).unwrap_or(0)..text.len())
        }
        _ => None,
    };
    let expressions = help.expressions(text);
    let mut cuts: Vec<usize> = expressions.iter().flat_map(|e| [e.start, e.end]).collect();
    cuts.extend([0, text.len()]);
    cuts.extend(wrong.iter().flat_map(|wrong| [wrong.start, wrong.end]));
    cuts.sort_unstable();
    cuts.dedup();
    let mut job = LayoutJob { break_on_newline: false, ..LayoutJob::default() };
    for cut in cuts.windows(2) {
        let inside = expressions.iter().any(|range| range.contains(&cut[0]));
        let color = if inside { p.waiting } else { p.text };
        let is_wrong = wrong.as_ref().is_some_and(|wrong| wrong.contains(&cut[0]));
        let underline = if is_wrong { Stroke::new(1.0, p.bad) } else { Stroke::NONE };
        let format =
            TextFormat { font_id: font.clone(), color, underline, ..TextFormat::default() };
        job.append(&text[cut[0]..cut[1]], 0.0, format);
    }
    if text.is_empty() {
        job.append("", 0.0, TextFormat::simple(font.clone(), p.text));
    }
    job.wrap.max_width = f32::INFINITY;
    job
}

fn complete(ui: &Ui, id: Id, text: &str, help: &dyn ExprHelp, asked: bool) -> Option<Completion> {
    let state = TextEdit::load_state(ui.ctx(), id)?;
    let cursor = state.cursor.char_range()?.single()?.index.0;
    help.complete(text, cursor, asked).filter(|found| !found.names.is_empty())
}

/// Puts a name in and the cursor behind it.
fn insert(ui: &Ui, id: Id, text: &mut String, range: &Range<usize>, name: &str) {
    let byte = |char: usize| text.char_indices().nth(char).map_or(text.len(), |(at, _)| at);
    let bytes = byte(range.start)..byte(range.end);
    text.replace_range(bytes, name);
    let cursor = CCursor::new(range.start + name.chars().count());
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(cursor)));
    state.store(ui.ctx(), id);
}

fn load(ui: &Ui, id: Id) -> State {
    ui.data(|data| data.get_temp(id.with("complete"))).unwrap_or_default()
}

fn store(ui: &Ui, id: Id, state: State) {
    ui.data_mut(|data| data.insert_temp(id.with("complete"), state));
}
