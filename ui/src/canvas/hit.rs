//! What lies under the pointer.

use egui::{Pos2, Rect};

use super::bezier;
use super::piece::Piece;
use super::piece_hands::Part;
use super::scene::{CARD, Port, Scene};

/// What lies under a point of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hit {
    /// An out port.
    Port(usize, Port),
    /// A card.
    Card(usize),
    /// A wire.
    Wire(usize),
    /// A note or a group, and what of it.
    Piece(Piece, Part),
}

/// The topmost thing at `point`. `reach` is how far beside a port or a wire still counts, in canvas points;
/// `on_top` are the cards that are drawn above the others, `port_shown` says which ports can be seen.
pub(crate) fn at(
    scene: &Scene,
    point: Pos2,
    reach: f32,
    on_top: impl Fn(usize) -> bool,
    port_shown: impl Fn(usize, Port) -> bool,
) -> Option<Hit> {
    if !scene.read_only {
        for (index, card) in scene.cards.iter().enumerate().rev() {
            if (card.at.x + CARD.x - point.x).abs() > 8.0 + reach {
                continue;
            }
            for port in Port::ALL {
                let at = card.at + port.offset();
                if at.distance(point) <= 5.0 + reach && port_shown(index, port) {
                    return Some(Hit::Port(index, port));
                }
            }
        }
    }
    card_at(scene, point, on_top)
        .map(Hit::Card)
        .or_else(|| wire_at(scene, point, reach).map(Hit::Wire))
}

/// The topmost card at `point`.
pub(crate) fn card_at(scene: &Scene, point: Pos2, on_top: impl Fn(usize) -> bool) -> Option<usize> {
    let inside = |index: &usize| Rect::from_min_size(scene.cards[*index].at, CARD).contains(point);
    let mut found = (0..scene.cards.len()).rev().filter(inside);
    let first = found.next()?;
    if on_top(first) {
        return Some(first);
    }
    Some(found.find(|&index| on_top(index)).unwrap_or(first))
}

/// The nearest wire at `point`.
pub(crate) fn wire_at(scene: &Scene, point: Pos2, reach: f32) -> Option<usize> {
    let mut best: Option<(f32, usize)> = None;
    for index in 0..scene.wires.len() {
        let points = scene.curve(index);
        if !Rect::from_points(&points).expand(reach).contains(point) {
            continue;
        }
        let distance = bezier::distance(&points, point);
        if distance <= reach && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, index));
        }
    }
    best.map(|(_, index)| index)
}
