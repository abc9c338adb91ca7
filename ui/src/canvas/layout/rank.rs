//! Which column each box lies in.

use std::collections::BTreeSet;

/// Columns, and the edges that lead from a column to a later one.
pub(super) struct Ranks {
    /// Of each box, from the left.
    pub(super) column: Vec<usize>,
    /// Each once. Those that would lead back are left out.
    pub(super) edges: Vec<(usize, usize)>,
}

/// Puts each box behind the longest path to it, and from there as far right as makes edges shorter on the whole.
pub(super) fn columns(count: usize, edges: &[(usize, usize)]) -> Ranks {
    let wanted: BTreeSet<(usize, usize)> =
        edges.iter().copied().filter(|(from, to)| from != to).collect();
    let (sequence, edges) = without_circles(count, &wanted);
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(from, to) in &edges {
        before[to].push(from);
        after[from].push(to);
    }
    let mut column = vec![0; count];
    for &node in &sequence {
        column[node] = before[node].iter().map(|&other| column[other] + 1).max().unwrap_or(0);
    }
    for &node in sequence.iter().rev() {
        if before[node].len() < after[node].len() {
            let next = after[node].iter().map(|&other| column[other]).min();
            column[node] = next.map_or(column[node], |next| next - 1);
        }
    }
    Ranks { column, edges }
}

/// An order in which edges lead forwards, and the edges that do.
fn without_circles(
    count: usize,
    edges: &BTreeSet<(usize, usize)>,
) -> (Vec<usize>, Vec<(usize, usize)>) {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut open = vec![0_usize; count];
    for &(from, to) in edges {
        after[from].push(to);
        open[to] += 1;
    }
    let mut place = vec![usize::MAX; count];
    let mut sequence = Vec::with_capacity(count);
    let mut ready: BTreeSet<usize> = (0..count).filter(|&node| open[node] == 0).collect();
    let mut waiting: BTreeSet<usize> = (0..count).filter(|&node| open[node] > 0).collect();
    // Where all that is left waits for each other, one of those that wait for least goes first.
    while let Some(node) =
        ready.pop_first().or_else(|| waiting.iter().copied().min_by_key(|&node| open[node]))
    {
        waiting.remove(&node);
        place[node] = sequence.len();
        sequence.push(node);
        for &next in &after[node] {
            open[next] -= 1;
            if open[next] == 0 && waiting.remove(&next) {
                ready.insert(next);
            }
        }
    }
    let forwards = |(from, to): &&(usize, usize)| place[*from] < place[*to];
    let edges = edges.iter().filter(forwards).copied().collect();
    (sequence, edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_lies_behind_the_longest_path_and_near_what_follows_it() {
        // 4 is needed only by 3, and lies just before it.
        let ranks = columns(5, &[(0, 1), (1, 2), (2, 3), (0, 3), (4, 3)]);
        assert_eq!(ranks.column, [0, 1, 2, 3, 2]);
    }

    #[test]
    fn a_circle_is_cut_once_and_doubles_and_loops_do_not_count() {
        let ranks = columns(3, &[(0, 1), (1, 2), (2, 0), (0, 1), (1, 1)]);
        assert_eq!(ranks.edges, [(0, 1), (1, 2)]);
        assert_eq!(ranks.column, [0, 1, 2]);
    }
}
