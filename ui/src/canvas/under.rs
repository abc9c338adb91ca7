//! What is drawn below cards and wires: frames of groups, then notes.

use std::collections::BTreeSet;

use egui::{
    Align2, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, vec2,
};

use super::belong::Belongs;
use super::camera::Camera;
use super::card::{BARE, BLOCK, quantise};
use super::piece::{self, HEAD, NOTE_PAD, NoteView, Piece};
use super::scene::Scene;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Hue, Palette};
use crate::widgets::{Laid, elide, glyph};

/// Below this zoom a note shows its first line alone.
const LINE_ONLY: f32 = 0.4;

/// What the hands do with pieces now.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PieceMarks {
    /// They are selected.
    pub(crate) selected: BTreeSet<Piece>,
    /// The pointer is on it.
    pub(super) hovered: Option<Piece>,
    /// How far the selected notes are dragged.
    pub(super) by: Vec2,
    /// What letting go of what is dragged would change about groups.
    pub(super) regrouped: Vec<Belongs>,
    /// A note whose side is dragged, and what it would be.
    pub(super) resized: Option<(usize, Rect)>,
    /// It is typed in.
    pub(crate) edited: Option<Piece>,
    /// How large each note is, in canvas points.
    pub(super) sizes: Vec<Vec2>,
}

impl PieceMarks {
    /// Where a note lies now, in canvas points.
    pub(crate) fn note_rect(&self, scene: &Scene, note: usize) -> Rect {
        if let Some((_, rect)) = self.resized.filter(|(resized, _)| *resized == note) {
            return rect;
        }
        let moved = self.selected.contains(&Piece::Note(note));
        let at = scene.notes[note].at + if moved { self.by } else { Vec2::ZERO };
        let size = self.sizes.get(note).copied().unwrap_or(piece::LEAST_NOTE);
        Rect::from_min_size(at, size)
    }
}

/// How large each note is: as the document says, or as its text needs.
pub(super) fn measure(ui: &Ui, scene: &Scene) -> Vec<Vec2> {
    let measure = |note: &NoteView| {
        note.size.unwrap_or_else(|| {
            let room = piece::NOTE_WIDTH - 2.0 * NOTE_PAD.x;
            let laid = note.text.lay_out(ui.ctx(), Palette::of(ui), room, 1.0);
            let height = (laid.size.y + 2.0 * NOTE_PAD.y).ceil();
            vec2(piece::NOTE_WIDTH, height.max(piece::LEAST_NOTE.y))
        })
    };
    scene.notes.iter().map(measure).collect()
}

/// A note's text as it is drawn at this zoom, and its left upper corner on the screen.
pub(super) fn text_of(ui: &Ui, note: &NoteView, seen: Rect, zoom: f32) -> (Laid, Pos2) {
    // Few sizes of type; a little less than the zoom, so that nothing needs more room than at 100 %.
    let scale = (theme::BODY * zoom * 2.0).floor() / 2.0 / theme::BODY;
    let room = (seen.width() / zoom - 2.0 * NOTE_PAD.x) * scale;
    let laid = note.text.lay_out(ui.ctx(), Palette::of(ui), room, scale);
    (laid, seen.min + NOTE_PAD * zoom)
}

/// Draws all pieces. `offset` says how far a card is dragged.
pub(super) fn draw(
    ui: &Ui,
    (rect, camera): (Rect, Camera),
    scene: &Scene,
    marks: &PieceMarks,
    mut offset: impl FnMut(usize) -> Vec2,
) {
    for group in 0..scene.groups.len() {
        if scene.groups[group].collapsed {
            continue;
        }
        let joins = marks.regrouped.iter().filter(|(_, to)| *to == Some(group));
        let joins = joins.map(|(card, _)| *card);
        let leaves = |card: &usize| marks.regrouped.iter().any(|(other, _)| other == card);
        let stay = scene.groups[group].cards.iter().copied().filter(|card| !leaves(card));
        let by: Vec<(usize, Vec2)> = stay.chain(joins).map(|card| (card, offset(card))).collect();
        let of = |card: usize| {
            by.iter().find(|(other, _)| *other == card).map_or(Vec2::ZERO, |(_, by)| *by)
        };
        let cards = by.iter().map(|(card, _)| *card);
        if let Some(frame) = piece::frame_around(scene, cards, of) {
            let seen = camera.rect_to_screen(rect.min, frame);
            if seen.intersects(rect) {
                draw_frame(ui, seen, camera.zoom, scene, group, marks);
            }
        }
    }
    for (index, note) in scene.notes.iter().enumerate() {
        let seen = camera.rect_to_screen(rect.min, marks.note_rect(scene, index));
        if seen.intersects(rect) {
            draw_note(ui, seen, camera.zoom, index, note, marks);
        }
    }
}

fn draw_frame(ui: &Ui, seen: Rect, zoom: f32, scene: &Scene, index: usize, marks: &PieceMarks) {
    let p = Palette::of(ui);
    let group = &scene.groups[index];
    let painter = ui.painter();
    let radius = 10.0 * zoom;
    let corners = CornerRadius::same(radius.round() as u8);
    painter.rect_filled(seen, corners, group.hue.base(p).gamma_multiply(0.05));
    if marks.selected.contains(&Piece::Group(index)) {
        painter.rect_stroke(seen, corners, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    } else {
        let color = if group.hue == Hue::Grey { p.line } else { group.hue.line(p) };
        let lit = marks.hovered == Some(Piece::Group(index));
        let stroke = Stroke::new(1.0, if lit { p.faint } else { color });
        painter.extend(Shape::dashed_line(&rounded(seen.shrink(0.5), radius), stroke, 4.0, 4.0));
    }
    if zoom < BARE || marks.edited == Some(Piece::Group(index)) {
        return;
    }
    let ink = if group.hue == Hue::Grey { p.dim } else { group.hue.base(p) };
    let size = quantise((12.0 * zoom).max(10.0));
    let middle = seen.top() + HEAD * zoom / 2.0;
    let mut left = seen.left() + 12.0 * zoom;
    if zoom >= BLOCK {
        let at = pos2(seen.left() + 15.0 * zoom, middle);
        glyph(painter, at, icon::CARET_DOWN, icons::font(size), ink);
        left += 14.0 * zoom;
    }
    let title =
        elide(ui.ctx(), &group.title, theme::semibold(size), ink, seen.right() - left - 8.0);
    painter.galley(pos2(left, middle - title.size().y / 2.0).round(), title, ink);
}

fn draw_note(ui: &Ui, seen: Rect, zoom: f32, index: usize, note: &NoteView, marks: &PieceMarks) {
    let p = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(ui.clip_rect());
    let corners = CornerRadius::same((6.0 * zoom).round() as u8);
    let is_selected = marks.selected.contains(&Piece::Note(index));
    let (width, line) = match marks.hovered == Some(Piece::Note(index)) {
        _ if is_selected => (2.0, p.accent),
        true => (1.0, note.hue.base(p)),
        false => (1.0, note.hue.line(p)),
    };
    if zoom >= BLOCK {
        painter.add(p.shadow((8.0 * zoom) as u8, (2.0 * zoom) as i8).as_shape(seen, corners));
    }
    painter.rect(seen, corners, note.hue.fill(p), Stroke::new(width, line), StrokeKind::Inside);
    if zoom < BARE || marks.edited == Some(Piece::Note(index)) {
        return;
    }
    let inner = painter.with_clip_rect(seen.shrink(2.0).intersect(painter.clip_rect()));
    if zoom < LINE_ONLY {
        let room = seen.width() - 12.0;
        let line = elide(ui.ctx(), &note.text.first_line(), theme::semibold(10.0), p.text, room);
        inner.galley(seen.min + vec2(6.0, 4.0), line, p.text);
        return;
    }
    let (laid, at) = text_of(ui, note, seen, zoom);
    inner.extend(laid.shapes(at));
    if at.y + laid.size.y > seen.bottom() {
        more(&inner, seen, note.hue.fill(p), p);
    }
}

/// Three dots: the text goes on below the note's lower side.
fn more(painter: &Painter, seen: Rect, ground: egui::Color32, p: &Palette) {
    let spot =
        Rect::from_min_max(seen.right_bottom() - vec2(30.0, 18.0), seen.max - vec2(3.0, 3.0));
    painter.rect_filled(spot, 4, ground);
    painter.text(spot.center(), Align2::CENTER_CENTER, "…", theme::semibold(12.0), p.dim);
}

/// The outline of a rectangle with round corners, as a closed chain.
fn rounded(rect: Rect, radius: f32) -> Vec<Pos2> {
    let radius = radius.min(rect.width() / 2.0).min(rect.height() / 2.0);
    let inner = rect.shrink(radius);
    let corners = [inner.right_bottom(), inner.left_bottom(), inner.left_top(), inner.right_top()];
    let mut points: Vec<Pos2> = corners
        .into_iter()
        .enumerate()
        .flat_map(|(quarter, center)| {
            (0..=6).map(move |part| {
                let turn = quarter as f32 + part as f32 / 6.0;
                center + radius * Vec2::angled(turn * std::f32::consts::FRAC_PI_2)
            })
        })
        .collect();
    points.extend(points.first().copied());
    points
}
