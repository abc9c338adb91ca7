//! The canvas without a view: all of it, with nobody's hands in it.

use egui::{Rect, Ui, Vec2};

use super::camera::Camera;
use super::card::Marks;
use super::draw::Drawing;
use super::scene::Scene;
use super::under::{self, PieceMarks};
use super::view::bounds;
use super::wire::WireMarks;

/// The rectangle around everything, in canvas points; not positive where there is nothing.
pub(crate) fn still_bounds(ui: &Ui, scene: &Scene) -> Rect {
    bounds(scene, &pieces(ui, scene))
}

/// Draws everything at 100 %, with the canvas's origin at `pan` from the left upper corner of `rect`.
pub(crate) fn draw_still(ui: &mut Ui, rect: Rect, pan: Vec2, scene: &Scene) {
    let pieces = pieces(ui, scene);
    let used = scene.used_ports();
    Drawing::default().show(
        ui,
        (rect, Camera { pan, zoom: 1.0 }),
        (scene, &pieces),
        |card| {
            let mut ports = used[card];
            ports[0] |= scene.cards[card].group.is_none();
            Marks { ports, ..Marks::default() }
        },
        |_| WireMarks::default(),
        |_| Vec2::ZERO,
    );
}

pub(super) fn pieces(ui: &Ui, scene: &Scene) -> PieceMarks {
    PieceMarks { sizes: under::measure(ui, scene), ..PieceMarks::default() }
}
