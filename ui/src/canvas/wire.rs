//! How a dependency is drawn: the edge display that `egui_graphs` calls.

use egui::epaint::CubicBezierShape;
use egui::{Pos2, Shape, Stroke};
use egui_graphs::{DisplayEdge, DrawContext, EdgeProps, Node};
use petgraph::Directed;

use super::bezier;
use super::card::{BARE, CardFace, CardShape, port_color};
use super::scene::{IN_PORT, Port, WireView};
use crate::theme::Palette;

/// What the graph widget keeps of a wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WireFace {
    /// What it shows.
    pub(crate) view: WireView,
    /// It is selected.
    pub(crate) selected: bool,
    /// The pointer is on it.
    pub(crate) hovered: bool,
}

/// The display of a wire.
#[derive(Debug, Clone)]
pub(crate) struct WireShape {
    face: WireFace,
}

impl From<EdgeProps<WireFace>> for WireShape {
    fn from(props: EdgeProps<WireFace>) -> Self {
        Self { face: props.payload }
    }
}

type CardNode = Node<CardFace, WireFace, Directed, u32, CardShape>;

impl DisplayEdge<CardFace, WireFace, Directed, u32, CardShape> for WireShape {
    fn shapes(&mut self, start: &CardNode, end: &CardNode, ctx: &DrawContext<'_>) -> Vec<Shape> {
        let zoom = ctx.meta.zoom;
        let points = self.points(start.location(), end.location(), ctx, zoom);
        let bounds = egui::Rect::from_points(&points).expand(4.0);
        if !ctx.painter.clip_rect().intersects(bounds) {
            return Vec::new();
        }
        let p = Palette::by_theme(ctx.ctx.theme());
        let view = self.face.view;
        let open = view.held.is_none();
        let mut color = match view.held {
            Some(false) => p.idle,
            _ => port_color(p, Port::of(view.on)),
        };
        let lit = self.face.selected || self.face.hovered;
        if open && !lit {
            color = color.gamma_multiply(0.8);
        }
        if self.face.selected {
            color = p.accent;
        }
        let width = if lit { 3.0 } else { 2.0 };
        if zoom < BARE {
            let stroke = Stroke::new(1.0, color.gamma_multiply(0.7));
            return vec![Shape::line_segment([points[0], points[3]], stroke)];
        }
        let stroke = Stroke::new((width * zoom).clamp(1.0, width + 0.5), color);
        if view.held == Some(false) {
            let line = bezier::flatten(&points, 32);
            return Shape::dashed_line(&line, stroke, 6.0 * zoom, 4.0 * zoom);
        }
        vec![
            CubicBezierShape::from_points_stroke(points, false, egui::Color32::TRANSPARENT, stroke)
                .into(),
        ]
    }

    fn update(&mut self, state: &EdgeProps<WireFace>) {
        self.face = state.payload;
    }

    fn is_inside(&self, start: &CardNode, end: &CardNode, pos: Pos2) -> bool {
        let from = start.location() + Port::of(self.face.view.on).offset();
        bezier::distance(&bezier::curve(from, end.location() + IN_PORT, 1.0), pos) < 6.0
    }
}

impl WireShape {
    fn points(&self, start: Pos2, end: Pos2, ctx: &DrawContext<'_>, zoom: f32) -> [Pos2; 4] {
        // The cards are drawn at whole points; the wire ends where the ports are drawn.
        let corner = |at: Pos2| ctx.meta.canvas_to_screen_pos(at).round();
        let from = corner(start) + Port::of(self.face.view.on).offset() * zoom;
        let to = corner(end) + IN_PORT * zoom;
        bezier::curve(from, to, zoom)
    }
}
