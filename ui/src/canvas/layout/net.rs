//! The graph in columns: every edge leads from one column to the next.
//!
//! An edge that crosses columns gets a bend in each, so that it has room there. A group gets a cell in each column that
//! its frame crosses.

use super::Node;
use super::rank::Ranks;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    /// A box.
    Node,
    /// An edge between these boxes passes.
    Bend { from: usize, to: usize },
    /// The frame of a group passes that has no box here.
    Space,
}

/// Something in a column.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) what: What,
    pub(super) column: usize,
    /// The group that it belongs to.
    pub(super) group: Option<usize>,
    /// The neighbours in the column before.
    pub(super) before: Vec<usize>,
    /// The neighbours in the column after.
    pub(super) after: Vec<usize>,
    /// How high it is.
    pub(super) height: f32,
    /// Where its middle is now; of a bend nothing is known.
    pub(super) now: f32,
}

impl Cell {
    /// Whether it has a place on the canvas, as the order that the search goes by. Bends follow from it.
    pub(super) fn is_solid(&self) -> bool {
        !matches!(self.what, What::Bend { .. })
    }
}

/// The graph in columns.
pub(super) struct Net {
    /// The boxes first, in their order.
    pub(super) cells: Vec<Cell>,
    /// How many columns there are.
    pub(super) columns: usize,
    /// How many groups there are.
    pub(super) groups: usize,
}

impl Net {
    pub(super) fn new(nodes: &[Node], ranks: Ranks) -> Self {
        let columns = ranks.column.iter().max().map_or(0, |last| last + 1);
        let (group_of, groups) = numbered(nodes);
        let cell = |what, column, group, height, now| Cell {
            what,
            column,
            group,
            before: Vec::new(),
            after: Vec::new(),
            height,
            now,
        };
        let boxes = nodes.iter().enumerate().map(|(index, node)| {
            let now = node.rect().center().y;
            cell(What::Node, ranks.column[index], group_of[index], node.size.y, now)
        });
        let mut net = Self { cells: boxes.collect(), columns, groups };
        for (from, to) in ranks.edges {
            let group = group_of[from].filter(|group| group_of[to] == Some(*group));
            let mut last = from;
            for column in ranks.column[from] + 1..ranks.column[to] {
                net.cells.push(cell(What::Bend { from, to }, column, group, 0.0, 0.0));
                net.link(last, net.cells.len() - 1);
                last = net.cells.len() - 1;
            }
            net.link(last, to);
        }
        for group in 0..groups {
            let within: Vec<usize> =
                (0..nodes.len()).filter(|&node| group_of[node] == Some(group)).collect();
            let all = within.iter().map(|&node| ranks.column[node]);
            let (Some(first), Some(last)) = (all.clone().min(), all.clone().max()) else {
                continue;
            };
            let middles = within.iter().map(|&node| net.cells[node].now);
            let (low, high) =
                (middles.clone().fold(f32::MAX, f32::min), middles.fold(f32::MIN, f32::max));
            for column in (first..=last).filter(|column| !all.clone().any(|other| other == *column))
            {
                net.cells.push(cell(
                    What::Space,
                    column,
                    Some(group),
                    0.0,
                    f32::midpoint(low, high),
                ));
            }
        }
        net
    }

    fn link(&mut self, from: usize, to: usize) {
        self.cells[from].after.push(to);
        self.cells[to].before.push(from);
    }
}

/// The group of each node, numbered without gaps, and how many there are.
fn numbered(nodes: &[Node]) -> (Vec<Option<usize>>, usize) {
    let mut known: Vec<usize> = nodes.iter().filter_map(|node| node.group).collect();
    known.sort_unstable();
    known.dedup();
    let number = |group: usize| known.binary_search(&group).ok();
    (nodes.iter().map(|node| node.group.and_then(number)).collect(), known.len())
}
