//! Order, levels, closures and cycles over documents, and how graphs are written down.

use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::graph::{self, Graph};
use millrace_model::ident::Ident;
use millrace_model::read::Document;
use proptest::prelude::*;

fn workflow(tasks: usize, edges: &[(usize, usize)]) -> Workflow {
    let name = |at: usize| Ident::new(&format!("t{at}")).unwrap();
    let mut workflow = Workflow::new(Ident::new("w").unwrap());
    workflow.tasks = (0..tasks).map(|at| Task::new(name(at), "noop")).collect();
    workflow.dependencies =
        edges.iter().map(|(from, to)| Dependency::new(name(*from), name(*to))).collect();
    workflow
}

#[test]
fn a_diamond() {
    let graph = Graph::of(&workflow(4, &[(3, 1), (3, 2), (1, 0), (2, 0)]));
    assert_eq!(graph.order(), [3, 1, 2, 0]);
    assert_eq!(graph.levels(), [2, 1, 1, 0]);
    assert_eq!(graph.longest_remaining(), [0, 1, 1, 2]);
    assert_eq!(graph.ancestors(0), [1, 2, 3]);
    assert_eq!(graph.descendants(3), [0, 1, 2]);
    assert_eq!(graph.upstreams(0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(graph.path(3, 0), Some(vec![3, 1, 0]));
    assert_eq!(graph.path(0, 3), None);
    assert_eq!(graph.path(2, 2), Some(vec![2]));
    assert_eq!(graph.cycle(), None);
}

#[test]
fn the_shortest_cycle_of_each_knot_is_named() {
    let graph = Graph::of(&workflow(
        7,
        &[(0, 1), (1, 2), (2, 3), (3, 1), (2, 1), (4, 5), (5, 4), (3, 6), (6, 6)],
    ));
    assert_eq!(graph.cycles(), [vec![1, 2], vec![4, 5]]);
    // What comes before a knot can be ordered, what is in it or after it cannot.
    assert_eq!(graph.order(), [0]);
}

#[test]
fn a_hundred_thousand_tasks_in_a_circle_do_not_overflow_the_stack() {
    let count = 100_000;
    let edges: Vec<(usize, usize)> = (0..count).map(|at| (at, (at + 1) % count)).collect();
    let graph = Graph::of(&workflow(count, &edges));
    assert_eq!(graph.cycle().unwrap().len(), count);
    assert_eq!(graph.descendants(0).len(), count - 1);
}

proptest! {
    #[test]
    fn orders_and_cycles_exclude_each_other(edges in prop::collection::vec((0..8_usize, 0..8_usize), 0..14)) {
        let workflow = workflow(8, &edges);
        let graph = Graph::of(&workflow);
        let order = graph.order();
        let place = |task| order.iter().position(|other| *other == task);
        for (from, to) in &edges {
            if let Some(to) = place(*to) {
                prop_assert!(place(*from).is_some_and(|from| from < to));
            }
        }
        let has_self = edges.iter().any(|(from, to)| from == to);
        match graph.cycle() {
            None => prop_assert!(order.len() == 8 || has_self),
            Some(cycle) => {
                prop_assert!(order.len() < 8);
                for (at, task) in cycle.iter().enumerate() {
                    let next = cycle[(at + 1) % cycle.len()];
                    prop_assert!(edges.contains(&(*task, next)));
                }
            }
        }
    }
}

#[test]
fn graphs_are_written_down() {
    let workflow = Document::parse(include_bytes!("graph.json")).workflow.unwrap();
    insta::assert_snapshot!("graph_text", graph::text(&workflow));
    insta::assert_snapshot!("graph_dot", graph::dot(&workflow));
    insta::assert_snapshot!("graph_mermaid", graph::mermaid(&workflow));
}
