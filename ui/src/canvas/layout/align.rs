//! Rectangles put in line with each other, and spread evenly.

use egui::{Rect, Vec2, vec2};

/// What of rectangles is put in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Their left sides.
    Left,
    /// Their middles, from left to right.
    Centre,
    /// Their right sides.
    Right,
    /// Their upper sides.
    Top,
    /// Their middles, from top to bottom.
    Middle,
    /// Their lower sides.
    Bottom,
}

/// A direction in which rectangles are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    /// From left to right.
    Horizontal,
    /// From top to bottom.
    Vertical,
}

/// How far each moves so that all are in line with the outermost, or with the middle of all.
pub(crate) fn align(rects: &[Rect], side: Side) -> Vec<Vec2> {
    let all = rects.iter().fold(Rect::NOTHING, |all, rect| all.union(*rect));
    let by = |rect: &Rect| match side {
        Side::Left => vec2(all.left() - rect.left(), 0.0),
        Side::Centre => vec2((all.center().x - rect.center().x).round(), 0.0),
        Side::Right => vec2(all.right() - rect.right(), 0.0),
        Side::Top => vec2(0.0, all.top() - rect.top()),
        Side::Middle => vec2(0.0, (all.center().y - rect.center().y).round()),
        Side::Bottom => vec2(0.0, all.bottom() - rect.bottom()),
    };
    rects.iter().map(by).collect()
}

/// How far each moves so that the room between neighbours is the same. The outermost stay.
pub(crate) fn spread(rects: &[Rect], axis: Axis) -> Vec<Vec2> {
    let low = |rect: &Rect| if axis == Axis::Horizontal { rect.left() } else { rect.top() };
    let size = |rect: &Rect| if axis == Axis::Horizontal { rect.width() } else { rect.height() };
    let mut order: Vec<usize> = (0..rects.len()).collect();
    let middle = |index: usize| low(&rects[index]) + size(&rects[index]) / 2.0;
    order.sort_by(|one, other| middle(*one).total_cmp(&middle(*other)));
    let mut moves = vec![Vec2::ZERO; rects.len()];
    let (Some(&first), Some(&last)) = (order.first(), order.last()) else { return moves };
    let span = low(&rects[last]) + size(&rects[last]) - low(&rects[first]);
    let filled: f32 = rects.iter().map(size).sum();
    let gap = (span - filled) / (rects.len().max(2) - 1) as f32;
    let mut next = low(&rects[first]);
    for index in order {
        let by = if index == last { 0.0 } else { (next - low(&rects[index])).round() };
        moves[index] = if axis == Axis::Horizontal { vec2(by, 0.0) } else { vec2(0.0, by) };
        next += size(&rects[index]) + gap;
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    fn rects() -> Vec<Rect> {
        [(0.0, 0.0, 200.0, 64.0), (300.0, 16.0, 100.0, 100.0), (900.0, 200.0, 200.0, 64.0)]
            .map(|(x, y, w, h)| Rect::from_min_size(pos2(x, y), vec2(w, h)))
            .to_vec()
    }

    fn moved(by: &[Vec2]) -> Vec<Rect> {
        rects().iter().zip(by).map(|(rect, by)| rect.translate(*by)).collect()
    }

    #[test]
    fn sides_and_middles_come_in_line() {
        let all = |side: Side, of: fn(&Rect) -> f32| -> Vec<f32> {
            moved(&align(&rects(), side)).iter().map(of).collect()
        };
        assert_eq!(all(Side::Left, Rect::left), [0.0; 3]);
        assert_eq!(all(Side::Right, Rect::right), [1100.0; 3]);
        assert_eq!(all(Side::Centre, |rect| rect.center().x), [550.0; 3]);
        assert_eq!(all(Side::Top, Rect::top), [0.0; 3]);
        assert_eq!(all(Side::Bottom, Rect::bottom), [264.0; 3]);
        assert_eq!(all(Side::Middle, |rect| rect.center().y), [132.0; 3]);
    }

    #[test]
    fn the_room_between_neighbours_becomes_the_same_and_the_outermost_stay() {
        let spread_out = moved(&spread(&rects(), Axis::Horizontal));
        let lefts: Vec<f32> = spread_out.iter().map(|rect| rect.left()).collect();
        assert_eq!(lefts, [0.0, 500.0, 900.0]);
        assert_eq!(spread(&[], Axis::Vertical), []);
        assert_eq!(spread(&rects()[..1], Axis::Vertical), [Vec2::ZERO]);
    }
}
