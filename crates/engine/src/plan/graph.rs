//! Adjacency in two flat arrays, and the orders that follow from it. Not petgraph: a plan never changes, and 100,000
//! tasks are sealed while a person waits.

/// Rows of values in one allocation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rows<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> Rows<T> {
    /// Rows `0..count` of `(row, value)` pairs; within a row the order of the pairs is kept.
    pub(crate) fn collect(count: usize, pairs: Vec<(u32, T)>) -> Self {
        let mut starts = vec![0u32; count + 1];
        for (row, _) in &pairs {
            starts[*row as usize + 1] += 1;
        }
        for row in 0..count {
            starts[row + 1] += starts[row];
        }
        let mut pairs = pairs;
        pairs.sort_by_key(|(row, _)| *row);
        Self { starts, values: pairs.into_iter().map(|(_, value)| value).collect() }
    }

    pub(crate) fn row(&self, row: u32) -> &[T] {
        &self.values[self.range(row)]
    }

    pub(crate) fn range(&self, row: u32) -> std::ops::Range<usize> {
        self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize
    }

    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }
}

/// The tasks, each after its upstreams; or a circle, in the order of its edges.
pub(crate) fn topological(
    count: usize,
    upstreams: &Rows<u32>,
    downstreams: &Rows<u32>,
) -> Result<Vec<u32>, Vec<u32>> {
    let total = u32::try_from(count).unwrap_or(u32::MAX);
    let mut open: Vec<u32> = (0..total).map(|task| length(upstreams.row(task))).collect();
    let mut order: Vec<u32> = (0..total).filter(|task| open[*task as usize] == 0).collect();
    let mut next = 0;
    while let Some(task) = order.get(next).copied() {
        next += 1;
        for down in downstreams.row(task) {
            open[*down as usize] -= 1;
            if open[*down as usize] == 0 {
                order.push(*down);
            }
        }
    }
    if order.len() == count { Ok(order) } else { Err(circle(&open, upstreams)) }
}

/// For each task how many tasks the longest path from it has, itself counted.
pub(crate) fn longest_paths(order: &[u32], downstreams: &Rows<u32>) -> Vec<u32> {
    let mut paths = vec![1u32; order.len()];
    for task in order.iter().rev() {
        let below = downstreams.row(*task).iter().map(|down| paths[*down as usize]).max();
        paths[*task as usize] = 1 + below.unwrap_or(0);
    }
    paths
}

fn length(row: &[u32]) -> u32 {
    u32::try_from(row.len()).unwrap_or(u32::MAX)
}

/// Every task that is left has an upstream that is left: walking up must come round.
fn circle(open: &[u32], upstreams: &Rows<u32>) -> Vec<u32> {
    let left = |task: &u32| open[*task as usize] > 0;
    let first = open.iter().position(|open| *open > 0).and_then(|at| u32::try_from(at).ok());
    let Some(mut task) = first else { return Vec::new() };
    let mut seen = vec![false; open.len()];
    let mut path = Vec::new();
    while !seen[task as usize] {
        seen[task as usize] = true;
        path.push(task);
        let Some(up) = upstreams.row(task).iter().copied().find(left) else { return path };
        task = up;
    }
    let start = path.iter().position(|at| *at == task).unwrap_or(0);
    let mut circle = path.split_off(start);
    circle.reverse();
    circle
}
