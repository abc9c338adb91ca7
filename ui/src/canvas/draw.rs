//! Every frame of cards and wires: drawn by `egui_graphs`, or replayed from the last drawn one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use egui::epaint::ClippedShape;
use egui::layers::ShapeIdx;
use egui::{Color32, Context, Galley, Id, Mesh, Pos2, Rect, Shape, Ui, UiBuilder, Vec2};
use egui_graphs::{
    GraphView, Layout, LayoutState, MetadataFrame, SettingsInteraction, SettingsNavigation,
};
use petgraph::Directed;
use petgraph::stable_graph::{EdgeIndex, NodeIndex};

use super::camera::Camera;
use super::card::{BARE, CardFace, CardShape, Marks};
use super::far;
use super::scene::{GRID, Scene};
use super::under::{self, PieceMarks};
use super::wire::{WireFace, WireMarks, WireShape};
use crate::theme::{self, Palette};

pub(super) type Graph = egui_graphs::Graph<CardFace, WireFace, Directed, u32, CardShape, WireShape>;

/// The widget's graph and the shapes of its last frame.
pub(crate) struct Drawing {
    /// Tells the widget's memory of this canvas from that of others.
    salt: u64,
    /// Where the view lay when the widget drew last.
    corner: Option<Pos2>,
    graph: Option<Graph>,
    /// The scene that `graph` was made of.
    scene_revision: Option<u64>,
    last: Option<Recorded>,
    /// Frames that were drawn anew, for tests.
    pub(crate) drawn_frames: u64,
}

struct Recorded {
    key: Key,
    shapes: Vec<ClippedShape>,
}

/// All that a frame's look depends on besides cards, wires and marks, which set `stale`.
#[derive(Clone, PartialEq)]
struct Key {
    rect: Rect,
    camera: Camera,
    dark: bool,
    pixels_per_point: f32,
    /// Laid-out text points into the font atlas; a new atlas gives a new galley.
    atlas: ByAddress,
    pieces: PieceMarks,
}

/// The font atlas, told apart from others by a galley that is kept as long as it is.
#[derive(Clone)]
pub(super) struct ByAddress(Arc<Galley>);

impl ByAddress {
    pub(super) fn atlas(ctx: &Context) -> Self {
        Self(probe(ctx))
    }
}

impl PartialEq for ByAddress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Drawing {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            salt: NEXT.fetch_add(1, Ordering::Relaxed),
            corner: None,
            graph: None,
            scene_revision: None,
            last: None,
            drawn_frames: 0,
        }
    }
}

impl Drawing {
    /// Draws `scene` into `rect`. `offset` says how far a card is moved while it is dragged.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        (rect, camera): (Rect, Camera),
        (scene, pieces): (&Scene, &PieceMarks),
        mut marks: impl FnMut(usize) -> Marks,
        mut wire_marks: impl FnMut(usize) -> WireMarks,
        mut offset: impl FnMut(usize) -> Vec2,
    ) {
        let mut stale = false;
        if self.scene_revision != Some(scene.revision) || self.graph.is_none() {
            let known = self.graph.take().filter(|graph| has_same_wires(graph, scene));
            self.graph = Some(known.map_or_else(|| build(scene), |graph| updated(graph, scene)));
            self.scene_revision = Some(scene.revision);
            stale = true;
        }
        let id = Id::new(("canvas graph", self.salt));
        let Some(graph) = &mut self.graph else { return };
        for (index, card) in scene.cards.iter().enumerate() {
            let Some(node) = graph.node_mut(NodeIndex::new(index)) else { continue };
            let (marks, at) = (marks(index), card.at + offset(index));
            if node.payload().marks != marks {
                node.payload_mut().marks = marks;
                // Selected cards are drawn last, above the others.
                node.set_selected(marks.selected || marks.verdict.is_some());
                stale = true;
            }
            if node.location() != at {
                node.set_location(at);
                stale = true;
            }
        }
        for index in 0..scene.wires.len() {
            let Some(edge) = graph.edge_mut(EdgeIndex::new(index)) else { continue };
            let marks = wire_marks(index);
            let face = edge.payload_mut();
            if face.marks != marks {
                face.marks = marks;
                stale = true;
            }
        }
        let key = Key {
            rect,
            camera,
            dark: ui.visuals().dark_mode,
            pixels_per_point: ui.ctx().pixels_per_point(),
            atlas: ByAddress::atlas(ui.ctx()),
            pieces: pieces.clone(),
        };
        let layer = ui.layer_id();
        if let Some(last) = &self.last
            && !stale
            && last.key == key
        {
            ui.ctx().graphics_mut(|graphics| {
                let list = graphics.entry(layer);
                for clipped in &last.shapes {
                    list.add(clipped.clip_rect, clipped.shape.clone());
                }
            });
            return;
        }
        self.drawn_frames += 1;
        let first = ui.ctx().graphics_mut(|graphics| graphics.entry(layer).next_idx().0);
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id(id));
        child.set_clip_rect(rect.intersect(ui.clip_rect()));
        dots(&child, rect, camera);
        under::draw(&child, (rect, camera), scene, pieces, &mut offset);
        if camera.zoom < BARE {
            let mesh = far::mesh(&child, graph, rect, camera);
            child.painter().add(Shape::mesh(mesh));
        } else {
            self.corner = Some(show_widget(&mut child, graph, (rect, camera), self.corner));
        }
        let shapes = ui.ctx().graphics_mut(|graphics| {
            graphics.entry(layer).all_entries().skip(first).cloned().collect()
        });
        self.last = Some(Recorded { key, shapes });
    }
}

/// Lets the widget draw without any hands of its own. It shifts its pan by itself when the view's `corner` moves; gives
/// where that is now.
fn show_widget(
    ui: &mut Ui,
    graph: &mut Graph,
    (rect, camera): (Rect, Camera),
    corner: Option<Pos2>,
) -> Pos2 {
    let show = |ui: &mut Ui, graph: &mut Graph, pan| {
        let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id(ui.id()));
        inner.set_clip_rect(ui.clip_rect());
        show_graph(&mut inner, graph, camera.zoom, pan);
    };
    if corner.is_none() {
        // The widget's first frame fits the graph into the view whatever its settings say. That frame is drawn and
        // wiped out; from the second on the camera is ours.
        let layer = ui.layer_id();
        let from = ui.ctx().graphics_mut(|graphics| graphics.entry(layer).next_idx().0);
        show(ui, graph, camera.pan);
        ui.ctx().graphics_mut(|graphics| {
            let list = graphics.entry(layer);
            for index in from..list.next_idx().0 {
                list.set(ShapeIdx(index), Rect::NOTHING, Shape::Noop);
            }
        });
    }
    let shift = corner.map_or(Vec2::ZERO, |corner| rect.min - corner);
    show(ui, graph, camera.pan - shift);
    rect.min
}

fn show_graph(ui: &mut Ui, graph: &mut Graph, zoom: f32, pan: Vec2) {
    let mut meta = MetadataFrame::default();
    meta.zoom = zoom;
    meta.pan = pan;
    meta.save(ui);
    let interaction = SettingsInteraction::new()
        .with_dragging_enabled(false)
        .with_hover_enabled(false)
        .with_node_clicking_enabled(false)
        .with_node_selection_enabled(false)
        .with_edge_clicking_enabled(false)
        .with_edge_selection_enabled(false);
    let navigation = SettingsNavigation::new()
        .with_fit_to_screen_enabled(false)
        .with_zoom_and_pan_enabled(false);
    GraphView::<StayState, Stay>::new()
        .with_interactions(&interaction)
        .with_navigations(&navigation)
        .show(ui, graph);
}

/// The widget's graph, made anew: indices are those of the scene.
fn build(scene: &Scene) -> Graph {
    let mut graph = Graph::new();
    for card in &scene.cards {
        let face = CardFace { view: Arc::new(card.clone()), marks: Marks::default() };
        graph.add_node_custom(face, |node| node.set_location(card.at));
    }
    for wire in &scene.wires {
        let face = WireFace { view: wire.clone(), marks: WireMarks::default() };
        let (from, to) = (NodeIndex::new(wire.from), NodeIndex::new(wire.to));
        graph.add_edge_custom(from, to, face, |_| {});
    }
    graph
}

/// Whether the graph has the cards and wires of the scene, whatever they look like now.
fn has_same_wires(graph: &Graph, scene: &Scene) -> bool {
    let ends = |wire: usize| graph.edge_endpoints(EdgeIndex::new(wire));
    graph.node_count() == scene.cards.len()
        && graph.edge_count() == scene.wires.len()
        && scene.wires.iter().enumerate().all(|(index, wire)| {
            ends(index) == Some((NodeIndex::new(wire.from), NodeIndex::new(wire.to)))
        })
}

/// The same graph with what its cards and wires look like now.
fn updated(mut graph: Graph, scene: &Scene) -> Graph {
    for (index, card) in scene.cards.iter().enumerate() {
        let Some(node) = graph.node_mut(NodeIndex::new(index)) else { continue };
        if *node.payload().view != *card {
            node.payload_mut().view = Arc::new(card.clone());
        }
    }
    for (index, wire) in scene.wires.iter().enumerate() {
        if let Some(edge) = graph.edge_mut(EdgeIndex::new(index)) {
            edge.payload_mut().view = wire.clone();
        }
    }
    graph
}

/// A tiny galley that egui keeps as long as its font atlas.
fn probe(ctx: &Context) -> Arc<Galley> {
    ctx.fonts_mut(|fonts| {
        fonts.layout_no_wrap("0".to_owned(), theme::sans(theme::BODY), Color32::PLACEHOLDER)
    })
}

/// The dots of the grid, as one mesh.
fn dots(ui: &Ui, rect: Rect, camera: Camera) {
    let mut step = GRID * camera.zoom;
    while step < 12.0 {
        step *= 2.0;
    }
    let color = Palette::of(ui).grid;
    let half = if camera.zoom > 1.4 { 1.25 } else { 1.0 };
    let mut mesh = Mesh::default();
    let start = |corner: f32, pan: f32| corner + pan.rem_euclid(step);
    let mut y = start(rect.top(), camera.pan.y);
    while y < rect.bottom() {
        let mut x = start(rect.left(), camera.pan.x);
        while x < rect.right() {
            let at = Pos2::new(x.round(), y.round());
            mesh.add_colored_rect(Rect::from_center_size(at, Vec2::splat(2.0 * half)), color);
            x += step;
        }
        y += step;
    }
    ui.painter().add(Shape::mesh(mesh));
}

/// A layout that leaves every card where the document has it.
#[derive(Debug, Default)]
struct Stay;

#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
struct StayState;

impl LayoutState for StayState {}

impl Layout<StayState> for Stay {
    fn from_state(_: StayState) -> impl Layout<StayState> {
        Self
    }

    fn next<N, E, Ty, Ix, Dn, De>(
        &mut self,
        _: &mut egui_graphs::Graph<N, E, Ty, Ix, Dn, De>,
        _: &Ui,
    ) where
        N: Clone,
        E: Clone,
        Ty: petgraph::EdgeType,
        Ix: petgraph::stable_graph::IndexType,
        Dn: egui_graphs::DisplayNode<N, E, Ty, Ix>,
        De: egui_graphs::DisplayEdge<N, E, Ty, Ix, Dn>,
    {
    }

    fn state(&self) -> StayState {
        StayState
    }
}
