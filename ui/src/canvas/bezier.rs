//! The curve of a wire.

use egui::{Pos2, Vec2};

/// The four points of the curve from an out port to an in port.
pub(crate) fn curve(start: Pos2, end: Pos2, zoom: f32) -> [Pos2; 4] {
    let reach = ((end.x - start.x).abs() / 2.0).clamp(32.0 * zoom, 160.0 * zoom);
    // A wire that runs back swings out, so that it does not hide behind its own cards.
    let reach = if end.x < start.x { reach.max(80.0 * zoom) } else { reach };
    let bend = Vec2::new(reach, 0.0);
    [start, start + bend, end - bend, end]
}

/// The point at `t`, 0 to 1.
pub(crate) fn at(points: &[Pos2; 4], t: f32) -> Pos2 {
    let u = 1.0 - t;
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    points
        .iter()
        .zip(weights)
        .fold(Vec2::ZERO, |sum, (point, weight)| sum + point.to_vec2() * weight)
        .to_pos2()
}

/// The curve as a chain of `parts` straight lines.
pub(crate) fn flatten(points: &[Pos2; 4], parts: u8) -> Vec<Pos2> {
    (0..=parts).map(|i| at(points, f32::from(i) / f32::from(parts))).collect()
}

/// How far `point` is from the curve.
pub(crate) fn distance(points: &[Pos2; 4], point: Pos2) -> f32 {
    let line = flatten(points, 24);
    line.windows(2)
        .map(|pair| distance_to_segment(pair[0], pair[1], point))
        .fold(f32::INFINITY, f32::min)
}

fn distance_to_segment(a: Pos2, b: Pos2, point: Pos2) -> f32 {
    let along = b - a;
    let length_sq = along.length_sq();
    if length_sq <= f32::EPSILON {
        return a.distance(point);
    }
    let t = ((point - a).dot(along) / length_sq).clamp(0.0, 1.0);
    (a + along * t).distance(point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn the_curve_starts_and_ends_at_its_ports() {
        let points = curve(pos2(0.0, 0.0), pos2(100.0, 50.0), 1.0);
        assert_eq!(at(&points, 0.0), pos2(0.0, 0.0));
        assert_eq!(at(&points, 1.0), pos2(100.0, 50.0));
        assert!(distance(&points, pos2(50.0, 25.0)) < 1.0);
        assert!(distance(&points, pos2(50.0, 80.0)) > 20.0);
    }
}
