//! Guides: what is dragged comes in line with what lies near, and lines show with what.

use egui::{Painter, Pos2, Rect, Stroke, Vec2, pos2};

use super::camera::Camera;

/// A line through the sides or the middles of several rectangles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guide {
    start: Pos2,
    end: Pos2,
}

/// Where `moved` comes to lie: in line with one of `others` where a side or the middle of both is within `reach`, else with
/// its corner at `grid`. Each direction by itself.
pub(super) fn place(moved: Rect, others: &[Rect], reach: f32, grid: Vec2) -> Vec2 {
    let by = |lines: fn(&Rect) -> [f32; 3], else_by: f32| {
        let own = lines(&moved);
        let steps = others.iter().flat_map(|other| {
            lines(other).into_iter().flat_map(move |line| own.map(|own| line - own))
        });
        let nearest = steps.min_by(|one, other| one.abs().total_cmp(&other.abs()));
        nearest.filter(|step| step.abs() <= reach).unwrap_or(else_by)
    };
    Vec2::new(by(upright, grid.x), by(level, grid.y))
}

/// The lines that `moved` has in common with `others`: one of each direction, of the middles rather than of the sides.
pub(super) fn lines(moved: Rect, others: &[Rect]) -> Vec<Guide> {
    let shared = |lines: fn(&Rect) -> [f32; 3]| {
        let [near, middle, far] = lines(&moved);
        [middle, near, far].into_iter().find_map(|line| {
            let in_line = others.iter().filter(|other| is_on(line, lines(other)));
            let all = in_line.fold(Rect::NOTHING, |all, other| all.union(*other));
            all.is_finite().then(|| (line, all.union(moved)))
        })
    };
    let upright = shared(upright)
        .map(|(line, all)| Guide { start: pos2(line, all.top()), end: pos2(line, all.bottom()) });
    let level = shared(level)
        .map(|(line, all)| Guide { start: pos2(all.left(), line), end: pos2(all.right(), line) });
    upright.into_iter().chain(level).collect()
}

/// Draws them a little longer than what they connect.
pub(super) fn draw(
    painter: &Painter,
    origin: Pos2,
    camera: Camera,
    guides: &[Guide],
    stroke: Stroke,
) {
    for guide in guides {
        let (start, end) =
            (camera.to_screen(origin, guide.start), camera.to_screen(origin, guide.end));
        let longer = (end - start).normalized() * 8.0;
        // In the middle of a point, where a thin line is sharp.
        let sharp = |at: Pos2| at.floor() + Vec2::splat(0.5);
        painter.line_segment([sharp(start - longer), sharp(end + longer)], stroke);
    }
}

fn upright(rect: &Rect) -> [f32; 3] {
    [rect.left(), rect.center().x, rect.right()]
}

fn level(rect: &Rect) -> [f32; 3] {
    [rect.top(), rect.center().y, rect.bottom()]
}

fn is_on(line: f32, lines: [f32; 3]) -> bool {
    lines.iter().any(|other| (other - line).abs() < 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    fn rect(x: f32, y: f32, w: f32, h: f32) -> Rect {
        Rect::from_min_size(pos2(x, y), vec2(w, h))
    }

    #[test]
    fn what_is_near_a_line_comes_onto_it_and_else_to_the_grid() {
        let others = [rect(0.0, 0.0, 200.0, 64.0), rect(900.0, 500.0, 100.0, 40.0)];
        // Its left side is near that of the first; nothing is near from top to bottom.
        let by = place(rect(4.0, 205.0, 120.0, 50.0), &others, 6.0, vec2(-3.0, 3.0));
        assert_eq!(by, vec2(-4.0, 3.0));
        // Its middle is near the lower side of the second.
        let by = place(rect(300.0, 512.0, 120.0, 50.0), &others, 6.0, vec2(5.0, 5.0));
        assert_eq!(by, vec2(5.0, 3.0));
    }

    #[test]
    fn a_line_reaches_from_one_end_to_the_other() {
        let others = [rect(0.0, 0.0, 200.0, 64.0), rect(0.0, 400.0, 64.0, 64.0)];
        let guides = lines(rect(0.0, 200.0, 90.0, 50.0), &others);
        assert_eq!(guides, [Guide { start: pos2(0.0, 0.0), end: pos2(0.0, 464.0) }]);
        assert_eq!(lines(rect(300.0, 200.0, 96.0, 50.0), &others), []);
    }
}
