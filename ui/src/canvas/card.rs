//! How a task is drawn: the node display that `egui_graphs` calls.
//!
//! Two levels of detail: the full card, and a block with its name. What is smaller still is drawn by [`super::far`].

use std::sync::Arc;

use egui::epaint::{RectShape, TextShape};
use egui::{Color32, CornerRadius, FontId, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, vec2};
use egui_graphs::{DisplayNode, DrawContext, NodeProps};
use millrace_model::diff::Fate;
use petgraph::Directed;

use super::badge;
use super::scene::{CARD, CardView, Compared, IN_PORT, Port};
use super::wire::{WireFace, condition_icon};
use crate::theme::{self, Palette, icons, task_look};
use crate::widgets::{dashed_rect, elide};

/// Below this zoom cards are bare blocks.
pub(crate) const BARE: f32 = 0.2;
/// Below this zoom a card is a block with its name.
pub(super) const BLOCK: f32 = 0.55;
/// Below this zoom a card has its title alone: a second line could not be read.
const TITLE_ONLY: f32 = 0.75;
/// Middles of a card's lines from its upper edge: of the title, of the line below it, and of a title that stands alone.
const LINES: [f32; 3] = [18.0, 34.0, 30.0];
/// The smallest letters of a card's title, in points.
const SMALLEST: f32 = 10.0;

/// What the graph widget keeps of a card.
#[derive(Debug, Clone)]
pub(crate) struct CardFace {
    /// What it shows.
    pub(crate) view: Arc<CardView>,
    /// What the hands do with it now.
    pub(crate) marks: Marks,
}

/// What the hands do with a card now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Marks {
    /// It is selected.
    pub(crate) selected: bool,
    /// The pointer is on it.
    pub(crate) hovered: bool,
    /// Which out ports are shown, in the order of [`Port::ALL`].
    pub(crate) ports: [bool; 3],
    /// A wire hangs over it: whether it may end here.
    pub(crate) verdict: Option<bool>,
    /// How bright a running card's icon is now, 0 to 1.
    pub(crate) pulse: f32,
}

/// The display of a card.
#[derive(Debug, Clone)]
pub(crate) struct CardShape {
    face: CardFace,
    at: Pos2,
}

impl From<NodeProps<CardFace>> for CardShape {
    fn from(props: NodeProps<CardFace>) -> Self {
        let at = props.location();
        Self { face: props.payload, at }
    }
}

impl DisplayNode<CardFace, WireFace, Directed, u32> for CardShape {
    fn closest_boundary_point(&self, dir: Vec2) -> Pos2 {
        let center = self.at + CARD / 2.0;
        let scale =
            (CARD.x / 2.0 / dir.x.abs().max(1e-6)).min(CARD.y / 2.0 / dir.y.abs().max(1e-6));
        center + dir * scale
    }

    fn shapes(&mut self, ctx: &DrawContext<'_>) -> Vec<Shape> {
        let zoom = ctx.meta.zoom;
        let min = ctx.meta.canvas_to_screen_pos(self.at).round();
        let rect = Rect::from_min_size(min, CARD * zoom);
        if !ctx.painter.clip_rect().intersects(rect.expand(32.0 * zoom)) {
            return Vec::new();
        }
        let palette = Palette::by_theme(ctx.ctx.theme());
        let pen = Pen { ctx, palette, zoom, rect, face: &self.face, out: Vec::new() };
        if zoom < BLOCK { pen.block() } else { pen.full() }
    }

    fn update(&mut self, state: &NodeProps<CardFace>) {
        self.face = state.payload.clone();
        self.at = state.location();
    }

    fn is_inside(&self, pos: Pos2) -> bool {
        Rect::from_min_size(self.at, CARD).contains(pos)
    }
}

struct Pen<'a> {
    ctx: &'a DrawContext<'a>,
    palette: &'static Palette,
    zoom: f32,
    rect: Rect,
    face: &'a CardFace,
    out: Vec<Shape>,
}

impl Pen<'_> {
    /// A rectangle in the state's colour with the name in it.
    fn block(mut self) -> Vec<Shape> {
        let radius = CornerRadius::same((8.0 * self.zoom).round() as u8);
        self.out.push(
            RectShape::filled(self.rect, radius, block_color(self.palette, &self.face.view)).into(),
        );
        let (width, color) = if self.face.marks.selected {
            (2.0, self.palette.text)
        } else {
            (0.0, Color32::TRANSPARENT)
        };
        let stroke = Stroke::new(width, color);
        self.out.push(RectShape::stroke(self.rect, radius, stroke, StrokeKind::Inside).into());
        let size = quantise((20.0 * self.zoom).clamp(9.0, 11.0));
        // The names in small pictures have no room to spare.
        let inset = (self.rect.width() * 0.07).clamp(4.0, 8.0).round();
        let room = self.rect.width() - 2.0 * inset;
        let view = &self.face.view;
        let title = match view.compared.and_then(Compared::fate) {
            Some(fate) => format!("{} {}", fate.sign(), view.title),
            None => view.title.clone(),
        };
        let galley =
            elide(self.ctx.ctx, &title, theme::semibold(size), self.palette.on_accent, room);
        let at = Pos2::new(
            self.rect.left() + inset,
            (self.rect.center().y - galley.size().y / 2.0).round(),
        );
        self.out.push(TextShape::new(at, galley, self.palette.on_accent).into());
        self.out
    }

    fn full(mut self) -> Vec<Shape> {
        self.ground();
        self.tile();
        self.texts();
        self.badges();
        self.ports();
        self.values();
        self.out
    }

    /// Shadow, state bar, body and border.
    fn ground(&mut self) {
        let p = self.palette;
        let z = self.zoom;
        let view = &*self.face.view;
        let marks = self.face.marks;
        let faded = view.dim || view.disabled;
        let corner = (8.0 * z).round() as u8;
        let all = CornerRadius::same(corner);
        if !faded {
            let shadow = p.shadow((10.0 * z) as u8, (3.0 * z) as i8);
            self.out.push(shadow.as_shape(self.rect, all).into());
        }
        let body = if faded { p.panel } else { p.raised };
        if view.group.is_some() {
            // A second card shows below it.
            let below = self.rect.translate(vec2(6.0, 6.0) * z);
            self.out.push(RectShape::filled(below, all, p.panel).into());
            let line = Stroke::new(1.0, p.faint.gamma_multiply(0.6));
            self.out.push(RectShape::stroke(below, all, line, StrokeKind::Inside).into());
        }
        if view.is_stack {
            // The edges of two more.
            for (offset, strength) in [(8.0, 0.5), (4.0, 0.8)] {
                let below = self.rect.translate(vec2(offset, offset) * z);
                self.out.push(RectShape::filled(below, all, p.panel).into());
                let line = Stroke::new(1.0, p.faint.gamma_multiply(strength));
                self.out.push(RectShape::stroke(below, all, line, StrokeKind::Inside).into());
            }
        }
        let bar = self.bar();
        self.out.push(RectShape::filled(self.rect, all, body).into());
        if let Some((share, color)) = bar {
            let width =
                (self.rect.width() * share).clamp(2.0 * f32::from(corner), self.rect.width());
            let filled = Rect::from_min_size(self.rect.min, vec2(width, self.rect.height()));
            let right = if share >= 1.0 { corner } else { 0 };
            let corners = CornerRadius { nw: corner, sw: corner, ne: right, se: right };
            self.out.push(RectShape::filled(filled, corners, color).into());
            let mut upper = self.rect;
            // The border of a selected card lies over its lowest points; the bar shows above it.
            let border = if marks.selected || marks.verdict.is_some() { 2.0 } else { 0.0 };
            upper.max.y -= 3.0 * z.max(0.8) + border;
            let low = (6.0 * z).round() as u8;
            let corners = CornerRadius { nw: corner, ne: corner, sw: low, se: low };
            self.out.push(RectShape::filled(upper, corners, body).into());
        }
        let fate = view.compared.and_then(Compared::fate);
        let (width, color) = match marks.verdict {
            Some(true) => (2.0, p.accent),
            Some(false) => (2.0, p.bad),
            None if marks.selected => (2.0, p.accent),
            None if fate.is_some() => (2.0, fate.map_or(p.line, |fate| fate_color(p, fate))),
            None if view.invalid => (1.0, p.bad),
            None if marks.hovered => (1.0, p.faint),
            None => (1.0, p.line),
        };
        if matches!(view.state, Some(millrace_model::event::TaskState::Skipped)) && width < 2.0 {
            let stroke = Stroke::new(1.0, p.idle);
            self.out.extend(dashed_rect(self.rect.shrink(0.5), stroke, 4.0, 3.0));
        } else if fate == Some(Fate::Removed) {
            let stroke = Stroke::new(width, color);
            self.out.extend(dashed_rect(self.rect.shrink(1.0), stroke, 7.0, 4.0));
        } else {
            let stroke = Stroke::new(width, color);
            self.out.push(RectShape::stroke(self.rect, all, stroke, StrokeKind::Inside).into());
        }
    }

    /// The state bar: its share of the width and its colour.
    fn bar(&self) -> Option<(f32, Color32)> {
        use millrace_model::event::TaskState as S;
        let view = &*self.face.view;
        let color = task_look(self.palette, view.state?).color;
        match view.state? {
            S::Succeeded | S::Failed | S::Error => Some((1.0, color)),
            S::Running => Some((view.progress.unwrap_or(0.1).clamp(0.06, 0.97), color)),
            S::UpForRetry | S::Waiting => Some((1.0, color.gamma_multiply(0.6))),
            S::Pending | S::Queued | S::Skipped | S::UpstreamFailed | S::Canceled => None,
        }
    }

    fn badges(&mut self) {
        let badges = &self.face.view.badges;
        let shapes = badge::shapes(self.ctx.ctx, self.palette, self.rect.min, self.zoom, badges);
        self.out.extend(shapes);
    }

    fn tile(&mut self) {
        let z = self.zoom;
        let view = &*self.face.view;
        // Its middle is that of the words beside it.
        let top = if z < TITLE_ONLY { LINES[2] - 12.0 } else { 14.0 };
        let tile = Rect::from_min_size(self.rect.min + vec2(12.0, top) * z, Vec2::splat(24.0 * z));
        let faded = view.dim || view.disabled;
        let color = if faded { view.tile.gamma_multiply(0.45) } else { view.tile };
        let radius = CornerRadius::same((5.0 * z).round() as u8);
        self.out.push(RectShape::filled(tile, radius, color).into());
        let font = icons::font(quantise(15.0 * z));
        let ink = self.palette.on_accent.gamma_multiply(if faded { 0.7 } else { 1.0 });
        self.centred(tile.center(), view.icon, font, ink);
    }

    fn texts(&mut self) {
        let p = self.palette;
        let z = self.zoom;
        let view = &*self.face.view;
        let faded = view.dim || view.disabled;
        let alone = z < TITLE_ONLY;
        let left = self.rect.left() + if alone { 42.0 } else { 48.0 } * z;
        let right = self.rect.right() - 12.0 * z;
        let look = view.state.map(|state| task_look(p, state));
        let fate = view.compared.and_then(Compared::fate);
        let icon_room = if look.is_some() || fate.is_some() { 22.0 * z } else { 0.0 };
        let ink = if faded { p.dim } else { p.text };
        let title = theme::semibold(quantise((13.0 * z).max(SMALLEST)));
        let room = right - icon_room - left;
        let y = if alone { LINES[2] } else { LINES[0] };
        self.line(left, self.rect.top() + y * z, &view.title, title, ink, room);
        let ink = match look {
            Some(look) if view.line_is_state => look.color,
            _ if fate.is_some() => fate.map_or(p.dim, |fate| fate_color(p, fate)),
            _ if faded => p.faint,
            _ => p.dim,
        };
        if !alone {
            let small = theme::sans(quantise(12.0 * z));
            self.line(left, self.rect.top() + LINES[1] * z, &view.line, small, ink, right - left);
        }
        if let Some(look) = look {
            let at = Pos2::new(right - 7.0 * z, self.rect.top() + y * z);
            let strength = if self.face.marks.pulse > 0.0 { self.face.marks.pulse } else { 1.0 };
            let ink = look.color.gamma_multiply(strength);
            self.centred(at, look.icon, icons::fill_font(quantise(15.0 * z)), ink);
        } else if let Some(fate) = fate {
            let at = Pos2::new(right - 7.0 * z, self.rect.top() + y * z);
            self.out.extend(sign(self.ctx.ctx, at, fate, z, p));
        }
    }

    /// A line of text with its middle at `y`, cut at `room`.
    fn line(&mut self, left: f32, y: f32, text: &str, font: FontId, ink: Color32, room: f32) {
        let galley = elide(self.ctx.ctx, text, font, ink, room);
        let at = Pos2::new(left, y - galley.size().y / 2.0).round();
        self.out.push(TextShape::new(at, galley, ink).into());
    }

    fn centred(&mut self, at: Pos2, text: &str, font: FontId, ink: Color32) {
        let galley =
            self.ctx.ctx.fonts_mut(|fonts| fonts.layout_no_wrap(text.to_owned(), font, ink));
        let at = at - galley.size() / 2.0;
        self.out.push(TextShape::new(at, galley, ink).into());
    }

    /// What it gave, below the out ports.
    fn values(&mut self) {
        let z = self.zoom;
        let view = &*self.face.view;
        if view.gave.is_empty() {
            return;
        }
        let font = theme::sans(quantise((11.0 * z).max(9.0)));
        let ink = self.palette.dim;
        let room = self.rect.width() - 24.0 * z;
        let galley = elide(self.ctx.ctx, &view.gave, font, ink, room);
        // Below the edges of the cards behind it, too.
        let behind = if view.is_stack {
            8.0
        } else if view.group.is_some() {
            6.0
        } else {
            0.0
        };
        let at = self.rect.right_bottom() + vec2(-8.0 * z - galley.size().x, (4.0 + behind) * z);
        self.out.push(TextShape::new(at.round(), galley, ink).into());
    }

    fn ports(&mut self) {
        let p = self.palette;
        let z = self.zoom;
        let at = self.rect.min + IN_PORT * z;
        self.out.push(Shape::circle_filled(at, 6.0 * z, p.bg));
        self.out.push(Shape::circle_filled(at, 5.0 * z, p.faint));
        for (which, shown) in Port::ALL.into_iter().zip(self.face.marks.ports) {
            if shown {
                let at = self.rect.min + which.offset() * z;
                let (on, color) = (which.condition(), port_color(p, which));
                self.out.push(Shape::circle_filled(at, 7.0 * z, p.bg));
                self.out.push(condition_icon(self.ctx.ctx, at, on, 14.0 * z, color));
            }
        }
    }
}

/// The colour of what became of something; its sign always stands beside it.
pub(crate) fn fate_color(p: &Palette, fate: Fate) -> Color32 {
    match fate {
        Fate::Added => p.ok,
        Fate::Removed => p.bad,
        Fate::Changed => p.retry,
    }
}

/// `+`, `−` or `~` in a disc: lines, so that they are crisp at any size.
pub(crate) fn sign(
    ctx: &egui::Context,
    at: Pos2,
    fate: Fate,
    zoom: f32,
    p: &Palette,
) -> Vec<Shape> {
    let disc = Shape::circle_filled(at, 8.0 * zoom, fate_color(p, fate));
    let stroke = Stroke::new(2.0 * zoom, if p.dark { p.bg } else { p.on_accent });
    let arm = 4.0 * zoom;
    let across = Shape::line_segment([at - vec2(arm, 0.0), at + vec2(arm, 0.0)], stroke);
    let up = Shape::line_segment([at - vec2(0.0, arm), at + vec2(0.0, arm)], stroke);
    match fate {
        Fate::Added => vec![disc, across, up],
        Fate::Removed => vec![disc, across],
        Fate::Changed => {
            let font = theme::semibold(quantise(14.0 * zoom));
            let ink = stroke.color;
            let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap("~".to_owned(), font, ink));
            vec![disc, TextShape::new(at - galley.size() / 2.0, galley, ink).into()]
        }
    }
}

/// The colour of a card that is shown as a block.
pub(crate) fn block_color(p: &Palette, view: &CardView) -> Color32 {
    match view.compared {
        Some(Compared::Differs(fate)) => return fate_color(p, fate),
        Some(Compared::Same) => return p.idle.gamma_multiply(0.5),
        None => {}
    }
    match view.state {
        Some(state) => task_look(p, state).color.gamma_multiply(if p.dark { 0.8 } else { 1.0 }),
        None if view.invalid => p.bad,
        None => view.tile,
    }
}

/// The colour of a port and of the wires that start there.
pub(crate) fn port_color(p: &Palette, port: Port) -> Color32 {
    match port {
        Port::Succeeded => p.ok,
        Port::Failed => p.bad,
        Port::Finished => p.idle,
    }
}

/// Few font sizes, so that zooming does not fill the atlas with glyphs.
pub(super) fn quantise(size: f32) -> f32 {
    (size * 2.0).round().max(8.0) / 2.0
}
