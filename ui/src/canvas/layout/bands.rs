//! Heights for ordered columns with frames: each group is placed by itself, and stands as one bar among the others.

use std::collections::HashMap;

use super::net::{Net, What};
use super::order::Columns;
use super::place::{Link, Pull, Sheet};
use super::{ROW_GAP, on_grid};

/// From the upper side of a frame to the cards in it.
const ABOVE: f32 = 48.0;
/// From the cards of a frame to its lower side.
const BELOW: f32 = 16.0;
/// Between two edges that run beside each other.
const EDGE_GAP: f32 = 16.0;

/// The upper sides of the boxes, and how high the whole is.
pub(super) fn place(net: &Net, columns: &Columns) -> (Vec<f32>, f32) {
    let mut tops = vec![0.0; net.cells.len()];
    let frames: Vec<f32> =
        (0..net.groups).map(|group| within(net, columns, group, &mut tops)).collect();
    let bars = Bars::new(net, columns, &frames);
    let middles = bars.place(net, &tops, &frames);
    let top = |cell: usize| {
        let bar = bars.of[cell];
        let top = middles[bar] - bars.heights[bar] / 2.0;
        on_grid(top) + if net.cells[cell].group.is_some() { tops[cell] } else { 0.0 }
    };
    let is_box = |cell: &usize| net.cells[*cell].what == What::Node;
    let boxes: Vec<usize> = (0..net.cells.len()).filter(is_box).collect();
    let tops: Vec<f32> = boxes.iter().map(|&cell| top(cell)).collect();
    let edges = boxes.iter().zip(&tops).map(|(&cell, &top)| {
        let cell = &net.cells[cell];
        let (above, below) = if cell.group.is_some() { (ABOVE, BELOW) } else { (0.0, 0.0) };
        (top - above, top + cell.height + below)
    });
    let (low, high) =
        edges.fold((f32::MAX, f32::MIN), |all, one| (all.0.min(one.0), all.1.max(one.1)));
    (tops.iter().map(|top| top - low).collect(), high - low)
}

/// Places the cells of a group by themselves: their upper sides from that of the frame. Gives the frame's height.
fn within(net: &Net, columns: &Columns, group: usize, tops: &mut [f32]) -> f32 {
    let is_in = |cell: &usize| net.cells[*cell].group == Some(group);
    let cells: Vec<usize> = columns.iter().flatten().copied().filter(is_in).collect();
    let local: HashMap<usize, usize> =
        cells.iter().enumerate().map(|(index, &cell)| (cell, index)).collect();
    let columns: Vec<Vec<usize>> = columns
        .iter()
        .map(|column| column.iter().filter_map(|cell| local.get(cell).copied()).collect())
        .collect();
    let mut links = Vec::new();
    for (from, &cell) in cells.iter().enumerate() {
        for other in &net.cells[cell].after {
            if let Some(&to) = local.get(other) {
                links.push(Link { from, to, drop: 0.0, pull: pull(net, cell, *other) });
            }
        }
    }
    let heights: Vec<f32> = cells.iter().map(|&cell| net.cells[cell].height).collect();
    let gaps: Vec<f32> = cells.iter().map(|&cell| gap(net, cell)).collect();
    let middles =
        Sheet { columns: &columns, heights: &heights, gaps: &gaps, links: &links }.place();
    let own: Vec<f32> = middles
        .iter()
        .zip(&heights)
        .map(|(middle, height)| on_grid(middle - height / 2.0))
        .collect();
    let boxes =
        || cells.iter().enumerate().filter(|(_, cell)| net.cells[**cell].what == What::Node);
    let low = boxes().map(|(index, _)| own[index]).fold(f32::MAX, f32::min);
    let high = boxes().map(|(index, _)| own[index] + heights[index]).fold(f32::MIN, f32::max);
    for (&cell, top) in cells.iter().zip(own) {
        tops[cell] = top - low + ABOVE;
    }
    ABOVE + high - low + BELOW
}

fn pull(net: &Net, from: usize, to: usize) -> Pull {
    let is_bend = |cell: usize| !net.cells[cell].is_solid();
    if is_bend(from) && is_bend(to) { Pull::Bends } else { Pull::Edge }
}

fn gap(net: &Net, cell: usize) -> f32 {
    match net.cells[cell].what {
        What::Node => ROW_GAP,
        What::Bend { .. } => EDGE_GAP,
        What::Space => 0.0,
    }
}

/// The columns with one bar for each group.
struct Bars {
    columns: Vec<Vec<usize>>,
    /// The bar that each cell is, or is in.
    of: Vec<usize>,
    heights: Vec<f32>,
    gaps: Vec<f32>,
    /// The bars of one frame, from column to column.
    rigid: Vec<Link>,
}

impl Bars {
    fn new(net: &Net, columns: &Columns, frames: &[f32]) -> Self {
        let mut bars = Self {
            columns: Vec::with_capacity(columns.len()),
            of: vec![0; net.cells.len()],
            heights: Vec::new(),
            gaps: Vec::new(),
            rigid: Vec::new(),
        };
        let mut last: Vec<Option<usize>> = vec![None; net.groups];
        for cells in columns {
            let mut column: Vec<usize> = Vec::new();
            let mut here: Vec<Option<usize>> = vec![None; net.groups];
            for &cell in cells {
                let group = net.cells[cell].group;
                let known = group.and_then(|group| here[group]);
                let bar = known.unwrap_or(bars.heights.len());
                bars.of[cell] = bar;
                if known.is_some() {
                    continue;
                }
                column.push(bar);
                bars.heights.push(group.map_or(net.cells[cell].height, |group| frames[group]));
                bars.gaps.push(if group.is_some() { ROW_GAP } else { gap(net, cell) });
                if let Some(group) = group {
                    let before = last[group].replace(bar);
                    here[group] = Some(bar);
                    let rigid = |from| Link { from, to: bar, drop: 0.0, pull: Pull::Rigid };
                    bars.rigid.extend(before.map(rigid));
                }
            }
            bars.columns.push(column);
        }
        bars
    }

    /// The middle of each bar.
    fn place(&self, net: &Net, tops: &[f32], frames: &[f32]) -> Vec<f32> {
        // How much lower than its bar's middle the middle of a cell is.
        let within = |cell: usize| match net.cells[cell].group {
            Some(group) => tops[cell] + (net.cells[cell].height - frames[group]) / 2.0,
            None => 0.0,
        };
        let mut links = self.rigid.clone();
        for (from, cell) in net.cells.iter().enumerate() {
            for &to in &cell.after {
                let is_inner = cell.group.is_some() && cell.group == net.cells[to].group;
                if !is_inner {
                    let drop = within(from) - within(to);
                    let (pull, from, to) = (pull(net, from, to), self.of[from], self.of[to]);
                    links.push(Link { from, to, drop, pull });
                }
            }
        }
        let (heights, gaps) = (&self.heights, &self.gaps);
        Sheet { columns: &self.columns, heights, gaps, links: &links }.place()
    }
}
