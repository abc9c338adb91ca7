//! How a dependency is drawn: the edge display that `egui_graphs` calls.

use egui::epaint::{CubicBezierShape, RectShape, TextShape};
use egui::{Color32, Context, CornerRadius, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};
use egui_graphs::{DisplayEdge, DrawContext, EdgeProps, Node};
use millrace_model::diff::Fate;
use millrace_model::document::AtomSet;
use petgraph::Directed;

use super::bezier;
use super::card::{BLOCK, CardFace, CardShape, fate_color, port_color, quantise, sign};
use super::scene::{Compared, IN_PORT, Port, WireView};
use crate::theme::icons::{self, fill};
use crate::theme::{self, Palette};
use crate::widgets::elide;

/// What the graph widget keeps of a wire.
#[derive(Debug, Clone)]
pub(crate) struct WireFace {
    /// What it shows.
    pub(crate) view: WireView,
    /// What the hands do with it now.
    pub(crate) marks: WireMarks,
}

impl WireFace {
    pub(super) fn color(&self, p: &Palette) -> Color32 {
        let color = match (self.view.compared, self.view.held) {
            (Some(Compared::Differs(fate)), _) => fate_color(p, fate),
            (Some(Compared::Same), _) => p.faint.gamma_multiply(0.6),
            (None, Some(false)) => p.idle,
            (None, _) => port_color(p, Port::of(self.view.on)),
        };
        match self.marks {
            WireMarks { selected: true, .. } => p.accent,
            WireMarks { hovered: true, .. } => color,
            _ if self.view.held.is_none() && self.view.compared.is_none() => {
                color.gamma_multiply(0.8)
            }
            _ => color,
        }
    }
}

/// What the hands do with a wire now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct WireMarks {
    /// It is selected, or something is to be put into it.
    pub(crate) selected: bool,
    /// The pointer is on it.
    pub(crate) hovered: bool,
    /// One of its ends is held, so it is drawn elsewhere.
    pub(crate) loose: bool,
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
        if self.face.marks.loose {
            return Vec::new();
        }
        let zoom = ctx.meta.zoom;
        let points = self.points(start.location(), end.location(), ctx, zoom);
        let bounds = egui::Rect::from_points(&points).expand(4.0);
        if !ctx.painter.clip_rect().intersects(bounds) {
            return Vec::new();
        }
        let p = Palette::by_theme(ctx.ctx.theme());
        let (view, marks) = (&self.face.view, self.face.marks);
        let color = self.face.color(p);
        let width = if marks.selected || marks.hovered { 3.0 } else { 2.0 };
        let stroke = Stroke::new((width * zoom).clamp(1.0, width + 0.5), color);
        let fate = view.compared.and_then(Compared::fate);
        let mut shapes = if view.held == Some(false) || fate == Some(Fate::Removed) {
            let line = bezier::flatten(&points, 32);
            Shape::dashed_line(&line, stroke, 6.0 * zoom, 4.0 * zoom)
        } else {
            let none = egui::Color32::TRANSPARENT;
            vec![CubicBezierShape::from_points_stroke(points, false, none, stroke).into()]
        };
        // What happens after a success is the rule; what is an exception says so where its card is out of sight.
        if let Some(label) = view.label.as_deref().filter(|_| zoom >= BLOCK) {
            // The middle is where something can be put into the wire.
            let is_aside = marks.hovered || marks.selected || view.on != AtomSet::SUCCEEDED;
            let up = if is_aside { 20.0 * zoom } else { 0.0 };
            let at = bezier::at(&points, 0.5) - vec2(0.0, up);
            shapes.extend(tag(ctx, at, label, (points[3].x - points[0].x).abs(), color, p));
        }
        if let Some(fate) = fate.filter(|_| zoom >= BLOCK) {
            // Its condition stands at the port that it starts from; what became of it, in its middle.
            shapes.extend(sign(ctx.ctx, bezier::at(&points, 0.5), fate, zoom, p));
        } else if view.on != AtomSet::SUCCEEDED && zoom >= BLOCK && !marks.hovered {
            shapes.extend(badge(ctx, bezier::at(&points, 0.5), view.on, color, p));
        }
        shapes
    }

    fn update(&mut self, state: &EdgeProps<WireFace>) {
        self.face = state.payload.clone();
    }

    fn is_inside(&self, start: &CardNode, end: &CardNode, pos: Pos2) -> bool {
        let from = start.location() + Port::of(self.face.view.on).offset();
        bezier::distance(&bezier::curve(from, end.location() + IN_PORT, 1.0), pos) < 6.0
    }
}

/// The label of a branch on the wire, no wider than the gap between the two cards.
fn tag(
    ctx: &DrawContext<'_>,
    at: Pos2,
    label: &str,
    gap: f32,
    color: Color32,
    p: &Palette,
) -> [Shape; 2] {
    let zoom = ctx.meta.zoom;
    let room = (gap - 32.0 * zoom).max(36.0 * zoom);
    let font = theme::sans(quantise((11.0 * zoom).max(9.0)));
    let galley = elide(ctx.ctx, label, font, p.text, room);
    let rect = Rect::from_center_size(at.round(), galley.size() + vec2(12.0, 4.0) * zoom);
    let radius = CornerRadius::same((6.0 * zoom).round() as u8);
    let stroke = Stroke::new(1.0, color);
    let ground = RectShape::new(rect, radius, p.raised, stroke, StrokeKind::Inside);
    let text = TextShape::new((rect.center() - galley.size() / 2.0).round(), galley, p.text);
    [ground.into(), text.into()]
}

/// The condition as an icon on the wire.
fn badge(ctx: &DrawContext<'_>, at: Pos2, on: AtomSet, color: Color32, p: &Palette) -> [Shape; 2] {
    let zoom = ctx.meta.zoom;
    let ground = Shape::circle_filled(at, 8.5 * zoom, p.bg);
    [ground, condition_icon(ctx.ctx, at, on, 15.0 * zoom, color)]
}

/// ✓, ✗ or ●; half a ● for a condition that has no port of its own.
pub(super) fn condition_icon(
    ctx: &Context,
    at: Pos2,
    on: AtomSet,
    size: f32,
    color: Color32,
) -> Shape {
    let port = Port::of(on);
    let icon = match port {
        _ if port.condition() != on => fill::CIRCLE_HALF,
        Port::Succeeded => fill::CHECK_CIRCLE,
        Port::Failed => fill::X_CIRCLE,
        Port::Finished => fill::CIRCLE,
    };
    let font = icons::fill_font(quantise(size));
    let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap(icon.to_owned(), font, color));
    TextShape::new(at - galley.size() / 2.0, galley, color).into()
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
