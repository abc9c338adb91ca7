//! The canvas as a picture, in SVG: drawn off the screen by the same cards and wires, at 100 %, then written down.
//!
//! Has no painter of its own and makes no pixels: a PNG is made of the SVG by whoever writes the file.

mod outline;
mod svg;

use egui::{Context, Id, RawInput, Rect, Theme, Ui, Vec2};

use crate::canvas::{self, Scene};
use crate::theme;

/// Room around what is drawn, in points.
const MARGIN: f32 = 24.0;

/// How a picture looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureLook {
    /// Light or dark.
    pub(crate) theme: Theme,
    /// With the colour of the canvas behind it; else what is behind the picture shows.
    pub(crate) ground: bool,
}

/// Everything on the canvas as SVG text, in the fonts of `ctx`; letters are outlines, so it looks the same everywhere. `title`
/// is what a screen reader says of it.
pub(crate) fn svg_of(ctx: &Context, scene: &Scene, look: PictureLook, title: &str) -> String {
    let fonts = ctx.fonts(|fonts| fonts.definitions().clone());
    let paper = Context::default();
    theme::install(&paper);
    paper.set_fonts(fonts.clone());
    paper.set_theme(look.theme);
    // The first pass brings the fonts into force, and says how large the notes are.
    let mut bounds = Rect::NOTHING;
    pass(&paper, Vec2::splat(64.0), |ui| bounds = canvas::still_bounds(ui, scene));
    let size = if bounds.is_positive() { bounds.size() } else { Vec2::ZERO };
    let size = (size + Vec2::splat(2.0 * MARGIN)).ceil();
    let shapes = pass(&paper, size, |ui| {
        let rect = Rect::from_min_size(egui::Pos2::ZERO, size);
        let pan = if bounds.is_positive() { -bounds.min.to_vec2() } else { Vec2::ZERO };
        canvas::draw_still(ui, rect, pan + Vec2::splat(MARGIN), scene);
    });
    let ground = look.ground.then(|| theme::Palette::by_theme(look.theme).bg);
    svg::write(&shapes, (size, ground), &fonts, title)
}

/// Draws once and gives what was drawn.
fn pass(paper: &Context, size: Vec2, mut draw: impl FnMut(&mut Ui)) -> Vec<egui::Shape> {
    let screen_rect = Some(Rect::from_min_size(egui::Pos2::ZERO, size));
    let mut input = RawInput { screen_rect, ..RawInput::default() };
    // egui lays letters out on whole pixels: the more there are, the more even is the text.
    input.viewports.entry(input.viewport_id).or_default().native_pixels_per_point = Some(4.0);
    let mut output = paper.run_ui(input, |ui| {
        ui.push_id(Id::new("picture"), |ui| draw(ui));
    });
    let shapes = std::mem::take(&mut output.shapes);
    output.drop_without_applying_deltas();
    shapes.into_iter().map(|clipped| clipped.shape).collect()
}
