//! What part of the canvas is seen, and how large.

use egui::{Pos2, Rect, Vec2};

/// Smallest zoom: 2,000 cards side by side.
const MIN_ZOOM: f32 = 0.02;
/// Largest zoom.
const MAX_ZOOM: f32 = 3.0;
/// Room around what is fitted, in points.
const MARGIN: f32 = 48.0;
/// Less room is enough where it keeps 100 %, which is sharpest.
const SNUG_MARGIN: f32 = 12.0;

/// Maps the canvas to the screen: `screen = origin + pan + canvas · zoom`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Camera {
    /// Where the canvas's origin lies, in points from the left upper corner of the view.
    pub(crate) pan: Vec2,
    /// Points of the screen for a point of the canvas.
    pub(crate) zoom: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self { pan: Vec2::splat(MARGIN), zoom: 1.0 }
    }
}

impl Camera {
    /// A point of the canvas on the screen, in a view whose left upper corner is `origin`.
    pub(crate) fn to_screen(self, origin: Pos2, point: Pos2) -> Pos2 {
        origin + self.pan + point.to_vec2() * self.zoom
    }

    /// A point of the screen on the canvas.
    pub(crate) fn to_canvas(self, origin: Pos2, point: Pos2) -> Pos2 {
        ((point - origin - self.pan) / self.zoom).to_pos2()
    }

    /// A rectangle of the canvas on the screen.
    pub(crate) fn rect_to_screen(self, origin: Pos2, rect: Rect) -> Rect {
        Rect::from_min_max(self.to_screen(origin, rect.min), self.to_screen(origin, rect.max))
    }

    /// Zooms by `factor`; what lies under `anchor` (from the view's corner) stays there.
    pub(crate) fn zoom_at(&mut self, anchor: Vec2, factor: f32) {
        let zoom = (self.zoom * factor).clamp(MIN_ZOOM, MAX_ZOOM);
        self.pan = anchor - (anchor - self.pan) * (zoom / self.zoom);
        self.zoom = zoom;
    }

    /// Shows all of `bounds` in a view of `size`, not larger than 100 %.
    pub(crate) fn fit(&mut self, bounds: Rect, size: Vec2) {
        if !bounds.is_positive() || size.x <= 0.0 || size.y <= 0.0 {
            *self = Self::default();
            return;
        }
        let zoom = |margin: f32| {
            let room = (size - Vec2::splat(2.0 * margin)).max(Vec2::splat(32.0));
            (room.x / bounds.width()).min(room.y / bounds.height())
        };
        let zoom = if zoom(SNUG_MARGIN) >= 1.0 { 1.0 } else { zoom(MARGIN) };
        self.zoom = zoom.clamp(MIN_ZOOM, 1.0);
        self.pan = size / 2.0 - bounds.center().to_vec2() * self.zoom;
        self.pan = Vec2::new(self.pan.x.round(), self.pan.y.round());
    }

    /// Moves as little as needed to have `rect` in a view of `size`.
    pub(crate) fn reveal(&mut self, rect: Rect, size: Vec2) {
        let seen = self.rect_to_screen(Pos2::ZERO, rect);
        let shift = |low: f32, high: f32, room: f32| {
            if low < MARGIN {
                MARGIN - low
            } else if high > room - MARGIN {
                (room - MARGIN - high).max(MARGIN - low)
            } else {
                0.0
            }
        };
        self.pan += Vec2::new(
            shift(seen.left(), seen.right(), size.x),
            shift(seen.top(), seen.bottom(), size.y),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let mut camera = Camera { pan: vec2(13.0, -7.0), zoom: 0.7 };
        let anchor = vec2(250.0, 90.0);
        let before = camera.to_canvas(Pos2::ZERO, anchor.to_pos2());
        camera.zoom_at(anchor, 1.7);
        let after = camera.to_canvas(Pos2::ZERO, anchor.to_pos2());
        assert!(before.distance(after) < 1e-3);
        camera.zoom_at(anchor, 1e9);
        assert_eq!(camera.zoom, MAX_ZOOM);
    }

    #[test]
    fn fitting_shows_everything_and_never_enlarges() {
        let size = vec2(800.0, 600.0);
        for bounds in [
            Rect::from_min_max(pos2(-50.0, 3.0), pos2(150.0, 67.0)),
            Rect::from_min_max(pos2(-9000.0, 0.0), pos2(9000.0, 400.0)),
        ] {
            let mut camera = Camera::default();
            camera.fit(bounds, size);
            let seen = camera.rect_to_screen(Pos2::ZERO, bounds);
            assert!(Rect::from_min_size(Pos2::ZERO, size).contains_rect(seen), "{seen:?}");
            assert!(camera.zoom <= 1.0);
        }
    }

    #[test]
    fn revealing_moves_only_when_it_must() {
        let mut camera = Camera { pan: Vec2::ZERO, zoom: 1.0 };
        let size = vec2(800.0, 600.0);
        camera.reveal(Rect::from_min_size(pos2(100.0, 100.0), CARD_SIZE), size);
        assert_eq!(camera.pan, Vec2::ZERO);
        camera.reveal(Rect::from_min_size(pos2(1000.0, 100.0), CARD_SIZE), size);
        assert_eq!(camera.pan, vec2(-448.0, 0.0));
    }

    const CARD_SIZE: Vec2 = super::super::scene::CARD;
}
