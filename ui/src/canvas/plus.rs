//! The button in the middle of a wire that puts a task there.

use egui::{Pos2, Rect, Stroke, Ui};

use super::bezier;
use super::camera::Camera;
use super::scene::Scene;
use crate::theme::Palette;
use crate::theme::icons::{self, icon};
use crate::widgets::glyph;

/// In points of the screen, at 100 % and more.
const RADIUS: f32 = 10.0;
/// Below this zoom there are none.
const LEAST_ZOOM: f32 = 0.4;

/// Where it lies, in canvas points; none where the wire has none.
pub(super) fn at(scene: &Scene, wire: usize, zoom: f32) -> Option<Pos2> {
    let can = !scene.read_only && zoom >= LEAST_ZOOM && !scene.is_of_group(wire);
    can.then(|| bezier::at(&scene.curve(wire), 0.5))
}

/// Whether `point` is on it.
pub(super) fn is_at(scene: &Scene, wire: usize, point: Pos2, zoom: f32) -> bool {
    at(scene, wire, zoom).is_some_and(|at| at.distance(point) * zoom <= radius(zoom) + 2.0)
}

/// Draws it; `hot`: the pointer is on it.
pub(super) fn draw(ui: &Ui, rect: Rect, camera: Camera, at: Pos2, hot: bool) {
    let p = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(rect);
    let center = camera.to_screen(rect.min, at).round();
    let (fill, line, ink) =
        if hot { (p.accent, p.accent, p.on_accent) } else { (p.raised, p.faint, p.text) };
    let radius = radius(camera.zoom);
    painter.circle(center, radius, fill, Stroke::new(1.0, line));
    glyph(&painter, center, icon::PLUS, icons::font((radius * 1.2).round()), ink);
}

/// A short wire is not hidden by it.
fn radius(zoom: f32) -> f32 {
    RADIUS * zoom.clamp(0.6, 1.0)
}
