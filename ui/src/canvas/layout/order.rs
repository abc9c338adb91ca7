//! The order within each column: crossings are reduced by barycentres and by swaps of neighbours.
//!
//! The search goes by the order of boxes and frames alone; where a bend lies among them follows from where its edge's ends
//! lie. So the order that a search ends with is one from which it finds nothing better, also the next time.

use super::net::{Net, What};

/// The cells of each column, from top to bottom.
pub(super) type Columns = Vec<Vec<usize>>;

/// How often the columns are gone through in search of something better.
const SWEEPS: usize = 8;
/// How often a search begins again from what it found.
const ROUNDS: usize = 16;
/// How many cells are gone through at most, sweep by sweep counted once: in a large graph the search begins again less often,
/// so that nobody waits for it for seconds.
const CELLS: usize = 64_000;
/// How often neighbours are compared.
const SWAPS: usize = 4;

/// The best order that is found from the one in which the cells lie now.
pub(super) fn search(net: &Net) -> Columns {
    let mut best = Candidate::of(net, &as_now(net));
    let rounds = (CELLS / net.cells.len().max(1)).clamp(1, ROUNDS);
    for _ in 0..rounds {
        match better(net, &best) {
            Some(next) => best = next,
            None => break,
        }
    }
    best.columns
}

struct Candidate {
    columns: Columns,
    crossings: usize,
}

impl Candidate {
    /// The order of `solid` cells, with the bends that follow from it.
    fn of(net: &Net, solid: &Columns) -> Self {
        let columns = with_bends(net, solid);
        Self { crossings: crossings(net, &columns), columns }
    }

    /// The same without what is known of the bends.
    fn settled(net: &Net, columns: &Columns) -> Self {
        let is_solid = |cell: &usize| net.cells[*cell].is_solid();
        let solid: Columns = columns
            .iter()
            .map(|column| column.iter().copied().filter(is_solid).collect())
            .collect();
        Self::of(net, &solid)
    }
}

/// Something with fewer crossings than `start`.
fn better(net: &Net, start: &Candidate) -> Option<Candidate> {
    let mut best: Option<Candidate> = None;
    let mut least = start.crossings;
    let mut consider = |columns: &Columns| {
        let candidate = Candidate::settled(net, columns);
        if candidate.crossings < least {
            least = candidate.crossings;
            best = Some(candidate);
        }
        least == 0
    };
    if start.crossings == 0 {
        return None;
    }
    // The smallest change comes first.
    let mut columns = start.columns.clone();
    swap_neighbours(net, &mut columns);
    if consider(&columns) {
        return best;
    }
    let mut columns = start.columns.clone();
    for round in 0..SWEEPS {
        sweep(net, &mut columns, round % 2 == 0);
        let mut swapped = columns.clone();
        swap_neighbours(net, &mut swapped);
        if consider(&columns) || consider(&swapped) {
            break;
        }
    }
    best
}

/// The order in which boxes and frames lie now, with whole groups.
fn as_now(net: &Net) -> Columns {
    let mut columns: Columns = vec![Vec::new(); net.columns];
    for (index, cell) in net.cells.iter().enumerate().filter(|(_, cell)| cell.is_solid()) {
        columns[cell.column].push(index);
    }
    let mut middles: Vec<(f32, u32)> = vec![(0.0, 0); net.groups];
    for cell in &net.cells {
        if let (Some(group), What::Node) = (cell.group, cell.what) {
            middles[group].0 += cell.now;
            middles[group].1 += 1;
        }
    }
    let ranks = ranked(&middles);
    let now = |cell: usize| Some(net.cells[cell].now);
    columns.iter().map(|column| arrange(net, column, now, &ranks)).collect()
}

/// The rank of each, by its mean.
fn ranked(sums: &[(f32, u32)]) -> Vec<usize> {
    let mean = |group: usize| sums[group].0 / sums[group].1.max(1) as f32;
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by(|&one, &other| mean(one).total_cmp(&mean(other)));
    let mut ranks = vec![0; sums.len()];
    for (rank, group) in order.into_iter().enumerate() {
        ranks[group] = rank;
    }
    ranks
}

/// A column sorted by `key`; cells without one stay where they are. The cells of a group stay together, and groups keep
/// the order of their ranks, which is the same in each column: so each frame can be one rectangle.
fn arrange(
    net: &Net,
    column: &[usize],
    key: impl Fn(usize) -> Option<f32>,
    ranks: &[usize],
) -> Vec<usize> {
    struct Unit {
        group: Option<usize>,
        cells: Vec<usize>,
        key: Option<f32>,
    }
    let mut units: Vec<Unit> = Vec::with_capacity(column.len());
    let mut unit_of: Vec<Option<usize>> = vec![None; ranks.len()];
    for &cell in column {
        let group = net.cells[cell].group;
        match group.and_then(|group| unit_of[group]) {
            Some(unit) => units[unit].cells.push(cell),
            None => {
                if let Some(group) = group {
                    unit_of[group] = Some(units.len());
                }
                units.push(Unit { group, cells: vec![cell], key: None });
            }
        }
    }
    for unit in &mut units {
        sort_by_key(&mut unit.cells, |&cell| key(cell));
        let keys: Vec<f32> = unit.cells.iter().filter_map(|&cell| key(cell)).collect();
        unit.key = (!keys.is_empty()).then(|| keys.iter().sum::<f32>() / keys.len() as f32);
    }
    sort_by_key(&mut units, |unit| unit.key);
    let slots: Vec<usize> = (0..units.len()).filter(|&unit| units[unit].group.is_some()).collect();
    let mut of_slots: Vec<Vec<usize>> =
        slots.iter().map(|&slot| std::mem::take(&mut units[slot].cells)).collect();
    of_slots.sort_by_key(|cells| {
        cells.first().and_then(|&cell| net.cells[cell].group).map(|group| ranks[group])
    });
    for (slot, cells) in slots.into_iter().zip(of_slots) {
        units[slot].cells = cells;
    }
    units.into_iter().flat_map(|unit| unit.cells).collect()
}

/// Sorts what has a key among the places of what has one. Ties keep their order.
fn sort_by_key<T>(all: &mut Vec<T>, key: impl Fn(&T) -> Option<f32>) {
    let keys: Vec<Option<f32>> = all.iter().map(&key).collect();
    let mut sorted: Vec<(f32, T)> = Vec::with_capacity(all.len());
    let mut kept: Vec<Option<T>> = Vec::with_capacity(all.len());
    for (item, key) in all.drain(..).zip(keys) {
        match key {
            Some(key) => {
                sorted.push((key, item));
                kept.push(None);
            }
            None => kept.push(Some(item)),
        }
    }
    sorted.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut sorted = sorted.into_iter().map(|(_, item)| item);
    all.extend(kept.into_iter().filter_map(|kept| kept.or_else(|| sorted.next())));
}

/// Bends among the cells of each column: on the straight line between the ends of their edge, were the columns centred.
/// Those of an edge within a group stay within its frame, others beside it.
fn with_bends(net: &Net, solid: &Columns) -> Columns {
    let mut height = vec![0.0_f32; net.cells.len()];
    for column in solid {
        for (index, &cell) in column.iter().enumerate() {
            height[cell] = index as f32 - (column.len() as f32 - 1.0) / 2.0;
        }
    }
    let mut bends: Vec<Vec<(usize, f32, usize)>> = vec![Vec::new(); net.columns];
    for (index, cell) in net.cells.iter().enumerate() {
        let What::Bend { from, to } = cell.what else { continue };
        let (start, end) = (net.cells[from].column as f32, net.cells[to].column as f32);
        let share = (cell.column as f32 - start) / (end - start);
        let y = height[from] + (height[to] - height[from]) * share;
        let column = &solid[cell.column];
        let slot = (y + (column.len() as f32 - 1.0) / 2.0).ceil().clamp(0.0, column.len() as f32);
        let slot = beside_frames(net, column, cell.group, slot as usize, y, &height);
        bends[cell.column].push((slot, y, index));
    }
    let merge = |(column, mut bends): (&Vec<usize>, Vec<(usize, f32, usize)>)| {
        bends.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let mut all = Vec::with_capacity(column.len() + bends.len());
        let mut bends = bends.into_iter().peekable();
        for slot in 0..=column.len() {
            while let Some((.., bend)) = bends.next_if(|bend| bend.0 == slot) {
                all.push(bend);
            }
            all.extend(column.get(slot));
        }
        all
    };
    solid.iter().zip(bends).map(merge).collect()
}

/// The slot of a bend, moved into the frame that it belongs to or out of one that it does not.
fn beside_frames(
    net: &Net,
    column: &[usize],
    group: Option<usize>,
    slot: usize,
    y: f32,
    height: &[f32],
) -> usize {
    let group_at = |index: usize| net.cells[column[index]].group;
    if let Some(group) = group {
        let first = (0..column.len()).find(|&index| group_at(index) == Some(group));
        let last = (0..column.len()).rfind(|&index| group_at(index) == Some(group));
        return match first.zip(last) {
            Some((first, last)) => slot.clamp(first, last + 1),
            None => slot,
        };
    }
    if slot == 0 || slot == column.len() || group_at(slot - 1) != group_at(slot) {
        return slot;
    }
    let Some(around) = group_at(slot) else { return slot };
    let first =
        (0..slot).rfind(|&index| group_at(index) != Some(around)).map_or(0, |index| index + 1);
    let last = (slot..column.len()).find(|&index| group_at(index) != Some(around));
    let last = last.unwrap_or(column.len());
    let (above, below) = (height[column[first]], height[column[last - 1]]);
    if y - above <= below - y { first } else { last }
}

/// Sorts each column by the barycentres of its neighbours in the column before, or after.
fn sweep(net: &Net, columns: &mut Columns, forwards: bool) {
    let mut place = vec![0.0_f32; net.cells.len()];
    for column in columns.iter() {
        note_places(column, &mut place);
    }
    let ranks = group_ranks(net, columns, &place);
    for step in 0..net.columns {
        let column = if forwards { step } else { net.columns - 1 - step };
        let key = |cell: usize| {
            let cell = &net.cells[cell];
            let near = if forwards { &cell.before } else { &cell.after };
            let sum: f32 = near.iter().map(|&other| place[other]).sum();
            (!near.is_empty()).then(|| sum / near.len() as f32)
        };
        columns[column] = arrange(net, &columns[column], key, &ranks);
        note_places(&columns[column], &mut place);
    }
}

fn note_places(column: &[usize], place: &mut [f32]) {
    for (index, &cell) in column.iter().enumerate() {
        place[cell] = index as f32;
    }
}

/// The order of groups by where their neighbours lie, as a share of the column.
fn group_ranks(net: &Net, columns: &Columns, place: &[f32]) -> Vec<usize> {
    let mut sums = vec![(0.0, 0); net.groups];
    let mut own = vec![(0.0, 0); net.groups];
    let share = |cell: usize| (place[cell] + 0.5) / columns[net.cells[cell].column].len() as f32;
    for (index, cell) in net.cells.iter().enumerate() {
        let Some(group) = cell.group else { continue };
        own[group].0 += share(index);
        own[group].1 += 1;
        for &other in cell.before.iter().chain(&cell.after) {
            if net.cells[other].group != Some(group) {
                sums[group].0 += share(other);
                sums[group].1 += 1;
            }
        }
    }
    for (sum, own) in sums.iter_mut().zip(own) {
        if sum.1 == 0 {
            *sum = own;
        }
    }
    ranked(&sums)
}

/// Swaps neighbours of a column where that takes crossings away.
fn swap_neighbours(net: &Net, columns: &mut Columns) {
    let mut place = vec![0_usize; net.cells.len()];
    for column in columns.iter() {
        for (index, &cell) in column.iter().enumerate() {
            place[cell] = index;
        }
    }
    let mut near: Vec<[Vec<usize>; 2]> = vec![[Vec::new(), Vec::new()]; net.cells.len()];
    for _ in 0..SWAPS {
        let mut has_swapped = false;
        for column in columns.iter_mut() {
            for &cell in column.iter() {
                for (near, cells) in
                    near[cell].iter_mut().zip([&net.cells[cell].before, &net.cells[cell].after])
                {
                    near.clear();
                    near.extend(cells.iter().map(|&other| place[other]));
                    near.sort_unstable();
                }
            }
            for upper in 1..column.len() {
                let (one, other) = (column[upper - 1], column[upper]);
                if net.cells[one].group != net.cells[other].group {
                    continue;
                }
                let sides = near[one].iter().zip(&near[other]);
                let (now, then) = sides.fold((0, 0), |(now, then), (one, other)| {
                    (now + inversions(one, other), then + inversions(other, one))
                });
                if then < now {
                    column.swap(upper - 1, upper);
                    has_swapped = true;
                }
            }
            for (index, &cell) in column.iter().enumerate() {
                place[cell] = index;
            }
        }
        if !has_swapped {
            break;
        }
    }
}

/// How many pairs of `upper` and `lower`, both sorted, cross.
fn inversions(upper: &[usize], lower: &[usize]) -> usize {
    let mut below = 0;
    let mut sum = 0;
    for &end in upper {
        while below < lower.len() && lower[below] < end {
            below += 1;
        }
        sum += below;
    }
    sum
}

/// How many edges cross.
pub(super) fn crossings(net: &Net, columns: &Columns) -> usize {
    let mut place = vec![0_usize; net.cells.len()];
    for column in columns {
        for (index, &cell) in column.iter().enumerate() {
            place[cell] = index;
        }
    }
    let mut sum = 0;
    let mut ends = Vec::new();
    for pair in columns.windows(2) {
        let mut seen = Counts::new(pair[1].len());
        for &cell in &pair[0] {
            ends.clear();
            ends.extend(net.cells[cell].after.iter().map(|&other| place[other]));
            sum += ends.iter().map(|&end| seen.above(end)).sum::<usize>();
            ends.iter().for_each(|&end| seen.add(end));
        }
    }
    sum
}

/// How many of what was added lies above a number: a Fenwick tree.
struct Counts {
    tree: Vec<usize>,
    all: usize,
}

impl Counts {
    fn new(size: usize) -> Self {
        Self { tree: vec![0; size + 1], all: 0 }
    }

    fn add(&mut self, number: usize) {
        self.all += 1;
        let mut at = number + 1;
        while at < self.tree.len() {
            self.tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn above(&self, number: usize) -> usize {
        let mut upto = 0;
        let mut at = number + 1;
        while at > 0 {
            upto += self.tree[at];
            at &= at - 1;
        }
        self.all - upto
    }
}
