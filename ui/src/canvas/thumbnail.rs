//! A workflow as a small picture that does not change: drawn once by the canvas, then replayed wherever it stands.

use egui::epaint::ClippedShape;
use egui::layers::ShapeIdx;
use egui::{Pos2, Rect, Ui, UiBuilder, Vec2};

use super::camera::Camera;
use super::card::Marks;
use super::draw::{ByAddress, Drawing};
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
    key: Key,
    corner: Pos2,
    shapes: Vec<ClippedShape>,
}

#[derive(PartialEq)]
struct Key {
    size: Vec2,
    dark: bool,
    pixels_per_point: f32,
    /// Laid-out text points into the font atlas.
    atlas: ByAddress,
}

impl Thumbnail {
    /// Shows all of `scene` in `rect`, as far as that is in view.
    pub(crate) fn show(&mut self, ui: &Ui, rect: Rect, scene: &Scene) {
        let key = Key {
            size: rect.size(),
            dark: ui.visuals().dark_mode,
            pixels_per_point: ui.ctx().pixels_per_point(),
            atlas: ByAddress::atlas(ui.ctx()),
        };
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

#[cfg(test)]
mod tests {
    use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
    use egui::{Context, FontData, FontFamily, RawInput, Shape};
    use millrace_model::read::Document;
    use millrace_model::time::Timestamp;

    use super::*;
    use crate::state::scene_of;
    use crate::theme;

    const TEXT: &str = r#"{ "millrace": 1, "name": "small",
        "tasks": [{ "name": "load", "kind": "shell", "spec": { "script": "true" } }] }"#;

    /// Shows it once; where the laid-out texts are that it shows.
    fn texts(ctx: &Context, thumbnail: &mut Thumbnail, scene: &Scene) -> Vec<usize> {
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(240.0, 160.0));
        let input = RawInput { screen_rect: Some(rect), ..RawInput::default() };
        ctx.run_ui(input, |ui| thumbnail.show(ui, rect, scene)).drop_without_applying_deltas();
        let shapes = thumbnail.drawn.iter().flat_map(|drawn| &drawn.shapes);
        let place = |clipped: &ClippedShape| match &clipped.shape {
            Shape::Text(text) => Some(std::sync::Arc::as_ptr(&text.galley) as usize),
            _ => None,
        };
        shapes.filter_map(place).collect()
    }

    #[test]
    fn texts_are_laid_out_anew_when_a_font_comes() {
        let ctx = Context::default();
        theme::install(&ctx);
        let workflow = Document::parse(TEXT.as_bytes()).workflow.unwrap();
        let scene = scene_of(&workflow, None, &[], Timestamp(0), true, 1);
        let mut thumbnail = Thumbnail::default();
        let _fonts_come_into_force = texts(&ctx, &mut thumbnail, &scene);
        let first = texts(&ctx, &mut thumbnail, &scene);
        assert!(!first.is_empty());
        assert_eq!(texts(&ctx, &mut thumbnail, &scene), first, "it is replayed");
        let data = FontData::from_static(include_bytes!("../../tests/fonts/han.otf"));
        let family = FontFamily::Proportional;
        let behind = InsertFontFamily { family, priority: FontPriority::Lowest };
        ctx.add_font(FontInsert::new("han", data, vec![behind]));
        let next = texts(&ctx, &mut thumbnail, &scene);
        assert!(next.iter().all(|place| !first.contains(place)));
    }
}
