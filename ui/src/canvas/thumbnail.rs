//! A workflow as a small picture that does not change: drawn once by the canvas, then replayed wherever it stands.

use egui::epaint::ClippedShape;
use egui::layers::ShapeIdx;
use egui::{Pos2, Rect, Ui, UiBuilder, Vec2};

use super::camera::Camera;
use super::card::Marks;
use super::draw::Drawing;
use super::scene::Scene;
use super::still::{pieces, still_bounds};
use super::wire::WireMarks;

/// Room around what is drawn.
const MARGIN: f32 = 8.0;
/// Few cards are not drawn larger than this.
const LARGEST: f32 = 0.5;

/// A small picture; empty until it is shown.
#[derive(Default)]
pub(crate) struct Thumbnail {
    drawn: Option<Drawn>,
}

struct Drawn {
    /// All that its look depends on.
    key: (Vec2, bool, f32),
    corner: Pos2,
    shapes: Vec<ClippedShape>,
}

impl Thumbnail {
    /// Shows all of `scene` in `rect`, as far as that is in view.
    pub(crate) fn show(&mut self, ui: &Ui, rect: Rect, scene: &Scene) {
        let key = (rect.size(), ui.visuals().dark_mode, ui.ctx().pixels_per_point());
        let seen = ui.clip_rect();
        let layer = ui.layer_id();
        if let Some(drawn) = self.drawn.as_ref().filter(|drawn| drawn.key == key) {
            let shift = rect.min - drawn.corner;
            ui.ctx().graphics_mut(|graphics| {
                let list = graphics.entry(layer);
                for clipped in &drawn.shapes {
                    let clip = clipped.clip_rect.translate(shift).intersect(seen);
                    if clip.is_positive() {
                        let mut shape = clipped.shape.clone();
                        shape.translate(shift);
                        list.add(clip, shape);
                    }
                }
            });
            return;
        }
        let first = ui.ctx().graphics_mut(|graphics| graphics.entry(layer).next_idx().0);
        // All of it, also where a part is out of view now.
        let mut whole = place_of(ui, rect);
        draw(&mut whole, rect, scene);
        let shapes: Vec<ClippedShape> = ui.ctx().graphics_mut(|graphics| {
            let list = graphics.entry(layer);
            let shapes: Vec<ClippedShape> = list.all_entries().skip(first).cloned().collect();
            for (place, clipped) in shapes.iter().enumerate() {
                let clip = clipped.clip_rect.intersect(seen);
                list.set(ShapeIdx(first + place), clip, clipped.shape.clone());
            }
            shapes
        });
        self.drawn = Some(Drawn { key, corner: rect.min, shapes });
    }
}

/// A place of its own for what is drawn, cut by nothing else.
fn place_of(ui: &Ui, rect: Rect) -> Ui {
    let builder = UiBuilder::new().max_rect(rect).layer_id(ui.layer_id());
    let mut whole = Ui::new(ui.ctx().clone(), ui.id().with("thumbnail"), builder);
    whole.set_clip_rect(rect);
    whole
}

fn draw(ui: &mut Ui, rect: Rect, scene: &Scene) {
    let bounds = still_bounds(ui, scene);
    if !bounds.is_positive() {
        return;
    }
    let room = (rect.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(8.0));
    let zoom = (room.x / bounds.width()).min(room.y / bounds.height()).min(LARGEST);
    let pan = rect.size() / 2.0 - bounds.center().to_vec2() * zoom;
    let pieces = pieces(ui, scene);
    Drawing::default().show(
        ui,
        (rect, Camera { pan, zoom }),
        (scene, &pieces),
        |_| Marks::default(),
        |_| WireMarks::default(),
        |_| Vec2::ZERO,
    );
}
