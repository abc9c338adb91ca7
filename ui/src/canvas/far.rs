//! The whole workflow from far away: every card a rectangle, every wire a line, and all of them one mesh.
//!
//! Where cards are this small there are thousands of them in view, and shapes of their own would cost more than all else.

use egui::epaint::Vertex;
use egui::{Color32, Mesh, Pos2, Rect, Ui, Vec2};

use super::camera::Camera;
use super::card::block_color;
use super::draw::Graph;
use super::scene::{CARD, IN_PORT, Port};
use crate::theme::Palette;

/// Width of the line around a selected card, in points.
const OUTLINE: f32 = 2.0;

/// What is seen of the graph in `rect`: wires, cards, and above them the cards that are selected.
pub(super) fn mesh(ui: &Ui, graph: &Graph, rect: Rect, camera: Camera) -> Mesh {
    let palette = Palette::of(ui);
    let mut mesh = Mesh::default();
    let corner = |at: Pos2| camera.to_screen(rect.min, at).round();
    for (index, edge) in graph.edges_iter() {
        let face = edge.payload();
        let Some((from, to)) = graph.edge_endpoints(index).filter(|_| !face.marks.loose) else {
            continue;
        };
        let (Some(from), Some(to)) = (graph.node(from), graph.node(to)) else { continue };
        let from = corner(from.location()) + Port::of(face.view.on).offset() * camera.zoom;
        let to = corner(to.location()) + IN_PORT * camera.zoom;
        if Rect::from_two_pos(from, to).expand(1.0).intersects(rect) {
            line(&mut mesh, from, to, face.color(palette).gamma_multiply(0.7));
        }
    }
    let (chosen, others): (Vec<_>, Vec<_>) =
        graph.nodes_iter().partition(|(_, node)| node.payload().marks.selected);
    for (_, node) in others.into_iter().chain(chosen) {
        let face = node.payload();
        let seen = Rect::from_min_size(corner(node.location()), CARD * camera.zoom);
        if !seen.expand(OUTLINE).intersects(rect) {
            continue;
        }
        if face.marks.selected {
            mesh.add_colored_rect(seen.expand(OUTLINE), palette.accent);
        }
        mesh.add_colored_rect(seen, block_color(palette, &face.view));
    }
    mesh
}

/// A line of one point with soft sides.
fn line(mesh: &mut Mesh, from: Pos2, to: Pos2, color: Color32) {
    let side = (to - from).normalized().rot90();
    if side == Vec2::ZERO {
        return;
    }
    let first = mesh.vertices.len() as u32;
    for end in [from, to] {
        for (at, color) in
            [(end - side, Color32::TRANSPARENT), (end, color), (end + side, Color32::TRANSPARENT)]
        {
            mesh.vertices.push(Vertex { pos: at, uv: egui::epaint::WHITE_UV, color });
        }
    }
    for half in 0..2 {
        let (a, b) = (first + half, first + half + 3);
        mesh.add_triangle(a, a + 1, b);
        mesh.add_triangle(a + 1, b, b + 1);
    }
}
