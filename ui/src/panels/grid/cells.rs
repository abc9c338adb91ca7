//! Cells and bars as one mesh: thousands of them cost one shape a frame.

use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Color32, Pos2, Rect, Shape, Vec2, vec2};
use millrace_model::event::TaskState;

use super::is_crossed;
use crate::theme::{Palette, task_look};

/// Of the corners.
const RADIUS: f32 = 3.0;
/// How far an edge fades.
const FADE: f32 = 0.5;
/// Points of a corner.
const CORNER: usize = 4;

/// Cells that are to be drawn.
pub(in crate::panels) struct Cells<'a> {
    p: &'a Palette,
    mesh: Mesh,
    /// The directions of the points of all corners, one after the other.
    round: [Vec2; 4 * CORNER],
}

impl<'a> Cells<'a> {
    pub(in crate::panels) fn new(p: &'a Palette) -> Self {
        let round = std::array::from_fn(|at| {
            let part = (at / CORNER) as f32 + (at % CORNER) as f32 / (CORNER - 1) as f32;
            Vec2::angled(part * std::f32::consts::FRAC_PI_2)
        });
        Self { p, mesh: Mesh::default(), round }
    }

    /// A task in a run.
    pub(in crate::panels) fn add(&mut self, rect: Rect, state: TaskState) {
        let p = self.p;
        let color = task_look(p, state).color;
        match state {
            TaskState::Skipped => self.dashes(rect, color),
            TaskState::Pending | TaskState::Queued => {
                self.rounded(rect.shrink(3.0), color.gamma_multiply(0.5), RADIUS);
            }
            TaskState::UpstreamFailed => self.rounded(rect, p.bad.gamma_multiply(0.4), RADIUS),
            _ => self.rounded(rect, color, RADIUS),
        }
        if is_crossed(state) {
            self.cross(rect, p.bg);
        }
    }

    /// How long a run took.
    pub(in crate::panels) fn bar(&mut self, rect: Rect, color: Color32) {
        self.rounded(rect, color.gamma_multiply(0.9), RADIUS.min(rect.height() / 2.0));
    }

    /// A day, in this colour.
    pub(in crate::panels) fn day(&mut self, rect: Rect, color: Color32) {
        self.rounded(rect, color, RADIUS);
    }

    /// A corner cut off: some of it failed.
    pub(in crate::panels) fn notch(&mut self, rect: Rect, ground: Color32) {
        let first = self.mesh.vertices.len() as u32;
        let leg = (rect.width() * 0.55).max(5.0);
        let corner = rect.right_top() + vec2(0.5, -0.5);
        for pos in [corner, corner + vec2(0.0, leg), corner - vec2(leg, 0.0)] {
            self.vertex(pos, ground);
        }
        self.mesh.add_triangle(first, first + 1, first + 2);
    }

    /// A cross: all of it failed.
    pub(in crate::panels) fn cross(&mut self, rect: Rect, ink: Color32) {
        let arm = rect.width() * 0.22;
        self.line(rect.center() - vec2(arm, arm), rect.center() + vec2(arm, arm), ink, 1.6);
        self.line(rect.center() - vec2(arm, -arm), rect.center() + vec2(arm, -arm), ink, 1.6);
    }

    /// Only an outline: nothing yet.
    pub(in crate::panels) fn hollow(&mut self, rect: Rect, color: Color32) {
        self.rounded(rect, color, RADIUS);
        self.rounded(rect.shrink(1.0), self.p.bg, RADIUS - 1.0);
    }

    /// A part of a bar, without round corners.
    pub(in crate::panels) fn part(&mut self, rect: Rect, color: Color32) {
        let first = self.mesh.vertices.len() as u32;
        for pos in [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()] {
            self.vertex(pos, color);
        }
        self.mesh.add_triangle(first, first + 1, first + 2);
        self.mesh.add_triangle(first, first + 2, first + 3);
    }

    pub(in crate::panels) fn mesh(self) -> Shape {
        Shape::mesh(self.mesh)
    }

    fn vertex(&mut self, pos: Pos2, color: Color32) {
        self.mesh.vertices.push(Vertex { pos, uv: WHITE_UV, color });
    }

    /// A rectangle with round corners whose edge fades out.
    fn rounded(&mut self, rect: Rect, color: Color32, radius: f32) {
        let first = self.mesh.vertices.len() as u32;
        let inner = rect.shrink(radius);
        let corners =
            [inner.right_bottom(), inner.left_bottom(), inner.left_top(), inner.right_top()];
        let (near, far) = ((radius - FADE).max(0.0), radius + FADE);
        for (at, out) in self.round.into_iter().enumerate() {
            let center = corners[at / CORNER];
            self.vertex(center + out * near, color);
            self.vertex(center + out * far, Color32::TRANSPARENT);
        }
        let count = self.round.len() as u32;
        for at in 0..count {
            let (this, next) = (first + at * 2, first + (at + 1) % count * 2);
            if at >= 1 && at + 1 < count {
                self.mesh.add_triangle(first, this, next);
            }
            self.mesh.add_triangle(this, next, next + 1);
            self.mesh.add_triangle(this, next + 1, this + 1);
        }
    }

    fn line(&mut self, from: Pos2, to: Pos2, color: Color32, width: f32) {
        let first = self.mesh.vertices.len() as u32;
        let side = (to - from).normalized().rot90() * (width / 2.0);
        for pos in [from + side, to + side, to - side, from - side] {
            self.vertex(pos, color);
        }
        self.mesh.add_triangle(first, first + 1, first + 2);
        self.mesh.add_triangle(first, first + 2, first + 3);
    }

    /// A dashed outline.
    fn dashes(&mut self, rect: Rect, color: Color32) {
        let rect = rect.shrink(0.5);
        let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
        for (at, from) in corners.into_iter().enumerate() {
            let to = corners[(at + 1) % corners.len()];
            for (begin, end) in [(0.12, 0.36), (0.64, 0.88)] {
                self.line(from + (to - from) * begin, from + (to - from) * end, color, 1.0);
            }
        }
    }
}
