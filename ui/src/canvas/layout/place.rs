//! Heights for ordered columns, so that chains run straight (Brandes and Köpf, with boxes of any height).
//!
//! Cells are aligned with a middle neighbour four times, from each side and from each end, and pushed together. Each cell gets
//! the mean of the two middle results.

use std::collections::BTreeMap;

/// What differs by no more looks like a mistake.
const KINK: f32 = 40.0;

/// How strongly a link wants to be straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pull {
    /// It is: two parts of one frame.
    Rigid,
    /// Two bends of one edge.
    Bends,
    /// An edge.
    Edge,
}

/// Two cells of neighbouring columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    /// In the column before.
    pub(super) from: usize,
    /// In the column after.
    pub(super) to: usize,
    /// How much lower the middle of `to` is where the link is straight.
    pub(super) drop: f32,
    /// How strongly it wants to be straight.
    pub(super) pull: Pull,
}

/// What is to be placed.
pub(super) struct Sheet<'a> {
    /// The cells of each column, from top to bottom.
    pub(super) columns: &'a [Vec<usize>],
    /// How high each cell is.
    pub(super) heights: &'a [f32],
    /// The room between a cell and the next one.
    pub(super) gaps: &'a [f32],
    /// What connects them.
    pub(super) links: &'a [Link],
}

impl Sheet<'_> {
    /// The middle of each cell.
    pub(super) fn place(&self) -> Vec<f32> {
        let ways = [(true, true), (true, false), (false, true), (false, false)];
        let mut all: Vec<Vec<f32>> = ways
            .iter()
            .map(|&(forwards, downwards)| self.place_one_way(forwards, downwards))
            .collect();
        let spans: Vec<(f32, f32)> = all.iter().map(|middles| self.span(middles)).collect();
        let narrow = spans
            .iter()
            .copied()
            .min_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)));
        let Some(narrow) = narrow else { return Vec::new() };
        for ((middles, span), (_, downwards)) in all.iter_mut().zip(&spans).zip(ways) {
            // What was pushed up is level at the top, what was pushed down at the bottom.
            let by = if downwards { narrow.0 - span.0 } else { narrow.1 - span.1 };
            middles.iter_mut().for_each(|middle| *middle += by);
        }
        let mean = |cell: usize| {
            let mut four = [all[0][cell], all[1][cell], all[2][cell], all[3][cell]];
            four.sort_by(f32::total_cmp);
            f32::midpoint(four[1], four[2])
        };
        let mut middles: Vec<f32> = (0..self.heights.len()).map(mean).collect();
        self.straighten(&mut middles);
        middles
    }

    /// The mean of four results leaves kinks in chains. Where there is room an end moves, unless it is straight already
    /// with what lies on its other side.
    fn straighten(&self, middles: &mut [f32]) {
        let count = self.heights.len();
        let mut column_of = vec![(0, 0); count];
        for (column, cells) in self.columns.iter().enumerate() {
            for (index, &cell) in cells.iter().enumerate() {
                column_of[cell] = (column, index);
            }
        }
        let (mut before, mut after) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for link in self.links {
            before[link.to].push(*link);
            after[link.from].push(*link);
        }
        let kink = |link: &Link, middles: &[f32]| middles[link.from] + link.drop - middles[link.to];
        for column in self.columns {
            for &from in column {
                let [link] = after[from].as_slice() else { continue };
                let by = kink(link, middles);
                if by == 0.0 || by.abs() > KINK || link.pull == Pull::Rigid {
                    continue;
                }
                let is_free = |links: &[Link]| links.iter().all(|link| kink(link, middles) != 0.0);
                let is_alone = before[link.to].len() == 1;
                let moves =
                    [(from, -by, &before[from], true), (link.to, by, &after[link.to], is_alone)];
                let fits = |(cell, by, links, may): &(usize, f32, &Vec<Link>, bool)| {
                    *may && is_free(links) && self.has_room(middles, column_of[*cell], *by)
                };
                if let Some((cell, by, ..)) = moves.into_iter().find(fits) {
                    middles[cell] += by;
                }
            }
        }
    }

    /// Whether a cell can be moved by `by` without coming too near to the next one.
    fn has_room(&self, middles: &[f32], (column, index): (usize, usize), by: f32) -> bool {
        let column = &self.columns[column];
        let apart = |upper: usize, lower: usize, upper_by: f32, lower_by: f32| {
            let apart = middles[lower] + lower_by - middles[upper] - upper_by;
            apart >= self.room(upper, lower)
        };
        let above = index.checked_sub(1).map(|above| column[above]);
        let below = column.get(index + 1).copied();
        above.is_none_or(|above| apart(above, column[index], 0.0, by))
            && below.is_none_or(|below| apart(column[index], below, by, 0.0))
    }

    /// Between the middles of two neighbours of a column, at least.
    fn room(&self, upper: usize, lower: usize) -> f32 {
        f32::midpoint(self.heights[upper], self.heights[lower])
            + self.gaps[upper].max(self.gaps[lower])
    }

    fn span(&self, middles: &[f32]) -> (f32, f32) {
        let cells = self.columns.iter().flatten();
        cells.fold((f32::MAX, f32::MIN), |(low, high), &cell| {
            let half = self.heights[cell] / 2.0;
            (low.min(middles[cell] - half), high.max(middles[cell] + half))
        })
    }

    /// Aligned with the columns before or after, pushed up or down.
    fn place_one_way(&self, forwards: bool, downwards: bool) -> Vec<f32> {
        let sign = if downwards { 1.0 } else { -1.0 };
        let turned = |column: &Vec<usize>| -> Vec<usize> {
            if downwards { column.clone() } else { column.iter().rev().copied().collect() }
        };
        let mut columns: Vec<Vec<usize>> = self.columns.iter().map(turned).collect();
        if !forwards {
            columns.reverse();
        }
        let (roots, shifts) = self.align(&columns, forwards, sign);
        let middles = self.push_together(&columns, &roots, &shifts);
        middles.into_iter().map(|middle| middle * sign).collect()
    }

    /// The first cell of the chain that each cell is in, and how much lower than that it is.
    fn align(&self, columns: &[Vec<usize>], forwards: bool, sign: f32) -> (Vec<usize>, Vec<f32>) {
        let count = self.heights.len();
        let mut place = vec![0; count];
        for (index, &cell) in columns.iter().flat_map(|column| column.iter().enumerate()) {
            place[cell] = index;
        }
        let mut near: Vec<Vec<(usize, f32, Pull)>> = vec![Vec::new(); count];
        for link in self.links {
            match forwards {
                true => near[link.to].push((link.from, link.drop * sign, link.pull)),
                false => near[link.from].push((link.to, -link.drop * sign, link.pull)),
            }
        }
        let (mut roots, mut shifts) = ((0..count).collect::<Vec<_>>(), vec![0.0; count]);
        for column in columns {
            for &cell in column {
                near[cell].sort_by_key(|(other, ..)| place[*other]);
            }
            // Pairs that are aligned never cross, and each cell is in one of them.
            let mut pairs = Pairs::default();
            let mut take = |cell: usize, (other, drop, _): (usize, f32, Pull)| {
                let is_free = roots[cell] == cell && pairs.add(place[other], place[cell]);
                if is_free {
                    roots[cell] = roots[other];
                    shifts[cell] = shifts[other] + drop;
                }
                is_free
            };
            for pull in [Pull::Rigid, Pull::Bends] {
                for &cell in column {
                    if let Some(link) = near[cell].iter().find(|(.., other)| *other == pull) {
                        take(cell, *link);
                    }
                }
            }
            for &cell in column {
                let all = &near[cell];
                if let Some(last) = all.len().checked_sub(1) {
                    let _ = take(cell, all[last / 2]) || take(cell, all[last.div_ceil(2)]);
                }
            }
        }
        (roots, shifts)
    }

    /// The middles of cells when all chains are pushed up as far as they go, and then down to what they touch.
    fn push_together(&self, columns: &[Vec<usize>], roots: &[usize], shifts: &[f32]) -> Vec<f32> {
        let count = self.heights.len();
        let mut below: Vec<Vec<(usize, f32)>> = vec![Vec::new(); count];
        let mut open = vec![0_usize; count];
        for pair in columns.iter().flat_map(|column| column.windows(2)) {
            let (upper, lower) = (pair[0], pair[1]);
            let room = self.room(upper, lower);
            below[roots[upper]].push((roots[lower], shifts[upper] + room - shifts[lower]));
            open[roots[lower]] += 1;
        }
        let mut middle = vec![0.0_f32; count];
        let is_root = |cell: &usize| roots[*cell] == *cell;
        let mut ready: Vec<usize> =
            (0..count).filter(|cell| is_root(cell) && open[*cell] == 0).collect();
        let mut sequence = Vec::with_capacity(count);
        while let Some(root) = ready.pop() {
            sequence.push(root);
            for &(next, room) in &below[root] {
                middle[next] = middle[next].max(middle[root] + room);
                open[next] -= 1;
                if open[next] == 0 {
                    ready.push(next);
                }
            }
        }
        for &root in sequence.iter().rev() {
            let least = below[root].iter().map(|&(next, room)| middle[next] - room);
            let least = least.fold(f32::INFINITY, f32::min);
            if least.is_finite() {
                middle[root] = middle[root].max(least);
            }
        }
        (0..count).map(|cell| middle[roots[cell]] + shifts[cell]).collect()
    }
}

/// Pairs of places in two columns, none of which cross.
#[derive(Default)]
struct Pairs {
    by_later: BTreeMap<usize, usize>,
}

impl Pairs {
    /// Takes a pair in, unless it crosses one that is there.
    fn add(&mut self, earlier: usize, later: usize) -> bool {
        let above = self.by_later.range(..later).next_back();
        let below = self.by_later.range(later..).next();
        let fits = above.is_none_or(|(_, other)| *other < earlier)
            && below.is_none_or(|(at, other)| *at > later && *other > earlier);
        if fits {
            self.by_later.insert(later, earlier);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: usize, to: usize) -> Link {
        Link { from, to, drop: 0.0, pull: Pull::Edge }
    }

    #[test]
    fn chains_run_straight_and_a_fan_is_centred() {
        // 0 leads to 1 and 2, these to 3 and 4.
        let columns = [vec![0], vec![1, 2], vec![3, 4]];
        let links = [edge(0, 1), edge(0, 2), edge(1, 3), edge(2, 4)];
        let sheet =
            Sheet { columns: &columns, heights: &[64.0; 5], gaps: &[32.0; 5], links: &links };
        let middles = sheet.place();
        assert_eq!((middles[1], middles[2]), (middles[3], middles[4]));
        assert_eq!(middles[2] - middles[1], 96.0);
        assert_eq!(middles[0], f32::midpoint(middles[1], middles[2]));
    }

    #[test]
    fn a_link_is_straight_where_its_ends_say() {
        let columns = [vec![0], vec![1]];
        let links = [Link { from: 0, to: 1, drop: 40.0, pull: Pull::Edge }];
        let sheet =
            Sheet { columns: &columns, heights: &[64.0, 160.0], gaps: &[32.0; 2], links: &links };
        let middles = sheet.place();
        assert_eq!(middles[1] - middles[0], 40.0);
    }
}
