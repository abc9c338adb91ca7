//! What lies on the canvas beside tasks: notes, and frames around tasks.

use std::sync::Arc;

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use super::scene::{CARD, Scene};
use crate::theme::Hue;
use crate::widgets::Markdown;

/// A note or a group, by its place in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Piece {
    /// A note.
    Note(usize),
    /// A frame around tasks.
    Group(usize),
}

/// A note on the canvas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NoteView {
    /// Left upper corner, in canvas points.
    pub(crate) at: Pos2,
    /// Its size; none = as large as its text.
    pub(crate) size: Option<Vec2>,
    /// What it says.
    pub(crate) text: Arc<Markdown>,
    /// Its colour.
    pub(crate) hue: Hue,
}

/// A frame around tasks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroupView {
    /// Its name; never empty.
    pub(crate) title: String,
    /// Its colour.
    pub(crate) hue: Hue,
    /// The cards within; of a collapsed one, its own.
    pub(crate) cards: Vec<usize>,
    /// How many tasks it has.
    pub(crate) tasks: usize,
    /// It is shown as one card.
    pub(crate) collapsed: bool,
}

/// The least size of a note.
pub(crate) const LEAST_NOTE: Vec2 = vec2(96.0, 48.0);
/// Between the border of a note and its text.
pub(crate) const NOTE_PAD: Vec2 = vec2(12.0, 10.0);
/// How wide a note is that does not say.
pub(crate) const NOTE_WIDTH: f32 = 240.0;
/// Between the cards of a group and its frame.
const FRAME: f32 = 16.0;
/// The height of a frame's title.
pub(super) const HEAD: f32 = 28.0;
/// The width of the button in a frame's title that collapses it.
pub(super) const FOLD: f32 = 26.0;

/// A side or a corner of a note that is dragged: −1, 0 or 1 along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grip {
    /// −1: its left side, 1: its right side.
    pub(super) x: i8,
    /// −1: its upper side, 1: its lower side.
    pub(super) y: i8,
}

impl Grip {
    /// The side or corner of `rect` at `point`, so near as `reach`.
    pub(super) fn at(rect: Rect, point: Pos2, reach: f32) -> Option<Self> {
        if !rect.expand(reach).contains(point) {
            return None;
        }
        let side = |low: f32, high: f32, at: f32| {
            if (at - high).abs() <= reach {
                1
            } else if (at - low).abs() <= reach {
                -1
            } else {
                0
            }
        };
        let grip = Self {
            x: side(rect.left(), rect.right(), point.x),
            y: side(rect.top(), rect.bottom(), point.y),
        };
        (grip != Self { x: 0, y: 0 }).then_some(grip)
    }

    /// The rectangle when this side or corner is dragged to `to`, on the grid and not too small.
    pub(super) fn drag(self, rect: Rect, to: Pos2) -> Rect {
        let to = super::hands::snap(to);
        let mut next = rect;
        match self.x {
            1 => next.max.x = to.x.max(rect.left() + LEAST_NOTE.x),
            -1 => next.min.x = to.x.min(rect.right() - LEAST_NOTE.x),
            _ => {}
        }
        match self.y {
            1 => next.max.y = to.y.max(rect.top() + LEAST_NOTE.y),
            -1 => next.min.y = to.y.min(rect.bottom() - LEAST_NOTE.y),
            _ => {}
        }
        next
    }

    /// The pointer's look on it.
    pub(super) fn cursor(self) -> egui::CursorIcon {
        match (self.x, self.y) {
            (0, _) => egui::CursorIcon::ResizeVertical,
            (_, 0) => egui::CursorIcon::ResizeHorizontal,
            (x, y) if x == y => egui::CursorIcon::ResizeNwSe,
            _ => egui::CursorIcon::ResizeNeSw,
        }
    }
}

/// The frame around the cards of a group, where it is drawn as one; `offset` says how far each card is dragged.
pub(crate) fn frame(scene: &Scene, group: usize, offset: impl Fn(usize) -> Vec2) -> Option<Rect> {
    let group = scene.groups.get(group).filter(|group| !group.collapsed)?;
    frame_around(scene, group.cards.iter().copied(), offset)
}

/// The frame around these cards; none where there are none.
pub(super) fn frame_around(
    scene: &Scene,
    cards: impl Iterator<Item = usize>,
    offset: impl Fn(usize) -> Vec2,
) -> Option<Rect> {
    let around = cards.fold(Rect::NOTHING, |all, card| {
        all.union(Rect::from_min_size(scene.cards[card].at + offset(card), CARD))
    });
    around.is_positive().then(|| {
        let rect = around.expand(FRAME);
        Rect::from_min_max(pos2(rect.left(), rect.top() - HEAD + 8.0), rect.max)
    })
}

/// The title of a frame.
pub(crate) fn head(frame: Rect) -> Rect {
    Rect::from_min_size(frame.min, vec2(frame.width(), HEAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_dragged_at_its_sides_and_corners_and_never_too_small() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(160.0, 96.0));
        let corner = Grip::at(rect, pos2(161.0, 95.0), 4.0).unwrap();
        assert_eq!(corner, Grip { x: 1, y: 1 });
        assert_eq!(corner.drag(rect, pos2(190.0, 130.0)).max, pos2(192.0, 128.0));
        assert_eq!(corner.drag(rect, pos2(-500.0, -500.0)).size(), LEAST_NOTE);
        let left = Grip::at(rect, pos2(-2.0, 50.0), 4.0).unwrap();
        assert_eq!(
            left.drag(rect, pos2(30.0, 90.0)),
            Rect::from_min_max(pos2(32.0, 0.0), rect.max)
        );
        assert_eq!(Grip::at(rect, pos2(80.0, 50.0), 4.0), None);
        assert_eq!(Grip::at(rect, pos2(200.0, 50.0), 4.0), None);
    }
}
