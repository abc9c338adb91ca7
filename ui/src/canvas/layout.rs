//! Tidying: a layered layout from left to right, made by the usual steps (Sugiyama, Tagawa and Toda).
//!
//! [`rank`] gives each box a column, [`net`] adds bends where an edge crosses columns, [`order`] puts each column into an
//! order with few crossings, [`place`] gives heights to that order, and [`bands`] does so with frames around groups.
//!
//! Pure and deterministic. The order in which boxes lie now is where the search starts, and only an order with fewer
//! crossings takes its place: what is tidy stays as it is, and a small change moves little.

mod align;
mod bands;
mod net;
mod order;
mod place;
mod rank;
#[cfg(test)]
mod tests;

use egui::{Pos2, Rect, Vec2, pos2};

use super::scene::GRID;
pub(crate) use align::{Axis, Side, align, spread};
use net::Net;

/// From the right side of a column to the left side of the next.
const COLUMN_GAP: f32 = 72.0;
/// Between two boxes of a column.
const ROW_GAP: f32 = 32.0;
/// Between parts that no edge connects.
const PART_GAP: f32 = 64.0;

/// Something that has a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    /// Its left upper corner now.
    pub(crate) at: Pos2,
    /// Its size.
    pub(crate) size: Vec2,
    /// The group within whose frame it lies.
    pub(crate) group: Option<usize>,
}

impl Node {
    fn rect(&self) -> Rect {
        Rect::from_min_size(self.at, self.size)
    }
}

/// A place for each node: its left upper corner. The whole keeps its left upper corner.
///
/// Edges run to the right, a frame holds only its group, and parts that no edge connects lie below each other. An edge that
/// closes a circle is left out of account.
pub(crate) fn tidy(nodes: &[Node], edges: &[(usize, usize)]) -> Vec<Pos2> {
    let mut places: Vec<Pos2> = nodes.iter().map(|node| node.at).collect();
    let (parts, loose) = parts(nodes, edges);
    let (mut top, mut width) = (0.0_f32, 0.0_f32);
    for part in parts {
        let (laid, height) = tidy_part(nodes, edges, &part);
        for (&node, at) in part.iter().zip(laid) {
            places[node] = pos2(at.x, at.y + top);
            width = width.max(at.x + nodes[node].size.x);
        }
        top += height + PART_GAP;
    }
    for (node, at) in in_rows(nodes, loose, width) {
        places[node] = pos2(at.x, at.y + top);
    }
    let corner =
        |at: &mut dyn Iterator<Item = Pos2>| at.fold(Pos2::new(f32::MAX, f32::MAX), Pos2::min);
    let was = corner(&mut nodes.iter().map(|node| node.at));
    let by = pos2(on_grid(was.x), on_grid(was.y)) - corner(&mut places.iter().copied());
    places.iter().map(|at| *at + by).collect()
}

/// The nearest line of the grid.
fn on_grid(value: f32) -> f32 {
    (value / GRID).round() * GRID
}

/// The nodes that edges or frames connect, part by part from top to bottom; and those that nothing connects.
fn parts(nodes: &[Node], edges: &[(usize, usize)]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut part: Vec<usize> = (0..nodes.len()).collect();
    fn root(part: &mut [usize], mut of: usize) -> usize {
        while part[of] != of {
            part[of] = part[part[of]];
            of = part[of];
        }
        of
    }
    let mut first_of: Vec<Option<usize>> = Vec::new();
    let mut is_linked: Vec<bool> = nodes.iter().map(|node| node.group.is_some()).collect();
    let mut join = |one: usize, other: usize| {
        let (one, other) = (root(&mut part, one), root(&mut part, other));
        part[one.max(other)] = one.min(other);
    };
    for (node, group) in nodes.iter().enumerate().filter_map(|(i, node)| Some((i, node.group?))) {
        if first_of.len() <= group {
            first_of.resize(group + 1, None);
        }
        join(node, *first_of[group].get_or_insert(node));
    }
    for &(from, to) in edges {
        join(from, to);
        is_linked[from] = true;
        is_linked[to] = true;
    }
    let mut of_root: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut loose = Vec::new();
    for node in 0..nodes.len() {
        if is_linked[node] {
            of_root[root(&mut part, node)].push(node);
        } else {
            loose.push(node);
        }
    }
    let mut parts: Vec<Vec<usize>> = of_root.into_iter().filter(|part| !part.is_empty()).collect();
    let corner = |part: &[usize]| {
        part.iter().map(|&node| nodes[node].rect()).fold(Rect::NOTHING, Rect::union).min
    };
    parts.sort_by(|one, other| {
        let (one, other) = (corner(one), corner(other));
        one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x))
    });
    (parts, loose)
}

/// A place for each node of a part, within a rectangle at the origin, and the height of that.
fn tidy_part(nodes: &[Node], edges: &[(usize, usize)], part: &[usize]) -> (Vec<Pos2>, f32) {
    let mut local = vec![usize::MAX; nodes.len()];
    for (index, &node) in part.iter().enumerate() {
        local[node] = index;
    }
    let of_part = edges.iter().filter(|(from, _)| local[*from] != usize::MAX);
    let edges: Vec<(usize, usize)> = of_part.map(|&(from, to)| (local[from], local[to])).collect();
    let nodes: Vec<Node> = part.iter().map(|&node| nodes[node]).collect();
    let net = Net::new(&nodes, rank::columns(nodes.len(), &edges));
    let order = order::search(&net);
    let (tops, height) = bands::place(&net, &order);
    let mut widths = vec![0.0_f32; net.columns];
    for (node, cell) in nodes.iter().zip(&net.cells) {
        widths[cell.column] = widths[cell.column].max(node.size.x);
    }
    let mut lefts = vec![0.0; net.columns];
    for column in 1..net.columns {
        lefts[column] =
            ((lefts[column - 1] + widths[column - 1] + COLUMN_GAP) / GRID).ceil() * GRID;
    }
    let places = tops.into_iter().zip(&net.cells).map(|(top, cell)| pos2(lefts[cell.column], top));
    (places.collect(), height)
}

/// Nodes in rows, as they would be read now: as wide as what lies above them, or as a square.
fn in_rows(nodes: &[Node], mut loose: Vec<usize>, width: f32) -> Vec<(usize, Pos2)> {
    loose.sort_by(|&one, &other| {
        let (one, other) = (nodes[one].at, nodes[other].at);
        one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x))
    });
    let largest = loose.iter().fold(Vec2::ZERO, |size, &node| size.max(nodes[node].size));
    let step = |size: f32, gap: f32| ((size + gap) / GRID).ceil() * GRID;
    let (right, down) = (step(largest.x, COLUMN_GAP), step(largest.y, ROW_GAP));
    let square = (loose.len() as f32).sqrt().ceil();
    let wide = (((width + COLUMN_GAP) / right).floor().max(square) as usize).max(1);
    let place = |(index, node): (usize, usize)| {
        (node, pos2((index % wide) as f32 * right, (index / wide) as f32 * down))
    };
    loose.into_iter().enumerate().map(place).collect()
}
