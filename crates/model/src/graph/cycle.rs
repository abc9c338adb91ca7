//! Cycles: found, and shown as a path that a person can follow.

use std::collections::VecDeque;

use petgraph::graph::{DiGraph, NodeIndex};

use super::Link;

/// One shortest cycle for each strongly connected component of more than one task, ordered by their first task.
pub(super) fn cycles(graph: &DiGraph<(), Link, u32>) -> Vec<Vec<usize>> {
    // Kosaraju's algorithm, because petgraph's version of it does not recurse.
    let components = petgraph::algo::kosaraju_scc(graph);
    let mut component_of = vec![0; graph.node_count()];
    for (at, component) in components.iter().enumerate() {
        for node in component {
            component_of[node.index()] = at;
        }
    }
    let mut cycles: Vec<Vec<usize>> = components
        .iter()
        .filter(|component| component.len() > 1)
        .filter_map(|component| {
            let first = component.iter().copied().min()?;
            shortest(graph, first, &component_of)
        })
        .collect();
    cycles.sort();
    cycles
}

/// The shortest cycle through `start` within its component.
fn shortest(
    graph: &DiGraph<(), Link, u32>,
    start: NodeIndex<u32>,
    component_of: &[usize],
) -> Option<Vec<usize>> {
    let mut came_from = std::collections::HashMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        let mut next: Vec<_> = graph
            .neighbors(at)
            .filter(|next| component_of[next.index()] == component_of[start.index()])
            .collect();
        next.sort();
        for next in next {
            if next == start && at != start {
                let mut path = vec![at.index()];
                let mut here = at;
                while here != start {
                    here = *came_from.get(&here)?;
                    path.push(here.index());
                }
                path.reverse();
                return Some(path);
            }
            if next != start && !came_from.contains_key(&next) {
                came_from.insert(next, at);
                open.push_back(next);
            }
        }
    }
    None
}
