//! The graph of a workflow: order, levels, closures, cycles, and how it is written down.
//!
//! A view over a [`Workflow`]'s tasks by index; edges whose ends do not exist are left out, so that it can be built for
//! documents that are not valid. What edges and joins mean is not known here.

mod cycle;
mod render;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::document::Workflow;

pub use render::{dot, mermaid, text};

/// What joins two tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The dependency of this index in the document.
    Dependency(u32),
    /// From a setup to the teardown that names it.
    Teardown,
}

/// The tasks of a workflow, by their index in the document, and what joins them.
#[derive(Debug, Clone)]
pub struct Graph {
    inner: DiGraph<(), Link, u32>,
}

impl Graph {
    /// The graph of `workflow`, the implied edges of teardowns included. Self-edges and edges that stand twice are in
    /// it; of tasks with the same name the first has the edges.
    #[must_use]
    pub fn of(workflow: &Workflow) -> Self {
        let index = task_index(workflow);
        let mut inner = DiGraph::with_capacity(workflow.tasks.len(), workflow.dependencies.len());
        for _ in &workflow.tasks {
            inner.add_node(());
        }
        for (at, dependency) in workflow.dependencies.iter().enumerate() {
            let ends = index.get(dependency.from.as_str()).zip(index.get(dependency.to.as_str()));
            if let Some((from, to)) = ends {
                let link = Link::Dependency(u32::try_from(at).unwrap_or(u32::MAX));
                inner.add_edge(node(*from), node(*to), link);
            }
        }
        for (to, task) in workflow.tasks.iter().enumerate() {
            for setup in &task.teardown_for {
                if let Some(from) = index.get(setup.as_str()) {
                    inner.add_edge(node(*from), node(to), Link::Teardown);
                }
            }
        }
        Self { inner }
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Whether there is no task.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.node_count() == 0
    }

    /// The tasks that `task` depends on, in the order of its dependencies; one that is joined to it twice comes twice.
    pub fn upstreams(&self, task: usize) -> impl Iterator<Item = usize> {
        self.neighbours(task, Direction::Incoming)
    }

    /// The tasks that depend on `task`, in the same way.
    pub fn downstreams(&self, task: usize) -> impl Iterator<Item = usize> {
        self.neighbours(task, Direction::Outgoing)
    }

    fn neighbours(&self, task: usize, direction: Direction) -> impl Iterator<Item = usize> {
        // petgraph gives the newest edge first.
        let mut found: Vec<usize> =
            self.inner.neighbors_directed(node(task), direction).map(NodeIndex::index).collect();
        found.reverse();
        found.into_iter()
    }

    /// The tasks in an order in which each comes after its upstreams, and otherwise as the document has them. Tasks in a
    /// cycle, and those after it, are left out.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut waits: Vec<usize> =
            (0..self.len()).map(|task| self.count(task, Direction::Incoming)).collect();
        let mut ready: BinaryHeap<Reverse<usize>> =
            (0..self.len()).filter(|task| waits[*task] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse(task)) = ready.pop() {
            order.push(task);
            for next in self.inner.neighbors_directed(node(task), Direction::Outgoing) {
                let left = &mut waits[next.index()];
                *left -= 1;
                if *left == 0 {
                    ready.push(Reverse(next.index()));
                }
            }
        }
        order
    }

    fn count(&self, task: usize, direction: Direction) -> usize {
        self.inner.neighbors_directed(node(task), direction).count()
    }

    /// A cycle, where there is one: its tasks in the order of their edges, the first not repeated. The same document
    /// always gives the same one, and none through the same task is shorter.
    #[must_use]
    pub fn cycle(&self) -> Option<Vec<usize>> {
        self.cycles().into_iter().next()
    }

    /// One cycle for each knot of tasks that wait for each other. Self-edges are not counted.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        cycle::cycles(&self.inner)
    }

    /// How many tasks come before each on the longest way from a task without upstreams. Tasks in or after a cycle have
    /// level 0.
    #[must_use]
    pub fn levels(&self) -> Vec<usize> {
        let mut levels = vec![0; self.len()];
        for task in self.order() {
            for next in self.inner.neighbors_directed(node(task), Direction::Outgoing) {
                levels[next.index()] = levels[next.index()].max(levels[task] + 1);
            }
        }
        levels
    }

    /// How many tasks follow each on the longest way to a task without downstreams: of two tasks that could start, the
    /// one with more is the more urgent. Tasks in or before a cycle count only what can be ordered.
    #[must_use]
    pub fn longest_remaining(&self) -> Vec<usize> {
        let mut remaining = vec![0; self.len()];
        for task in self.order().into_iter().rev() {
            for next in self.inner.neighbors_directed(node(task), Direction::Outgoing) {
                remaining[task] = remaining[task].max(remaining[next.index()] + 1);
            }
        }
        remaining
    }

    /// Every task that `task` depends on, directly or not, sorted; without `task` itself.
    #[must_use]
    pub fn ancestors(&self, task: usize) -> Vec<usize> {
        self.closure(task, Direction::Incoming)
    }

    /// Every task that depends on `task`, directly or not, sorted; without `task` itself.
    #[must_use]
    pub fn descendants(&self, task: usize) -> Vec<usize> {
        self.closure(task, Direction::Outgoing)
    }

    fn closure(&self, task: usize, direction: Direction) -> Vec<usize> {
        let mut is_found = vec![false; self.len()];
        let mut open = vec![node(task)];
        while let Some(at) = open.pop() {
            for next in self.inner.neighbors_directed(at, direction) {
                if !std::mem::replace(&mut is_found[next.index()], true) {
                    open.push(next);
                }
            }
        }
        (0..self.len()).filter(|other| is_found[*other] && *other != task).collect()
    }

    /// The shortest way from `from` to `to` along the edges, both included; none where there is none.
    #[must_use]
    pub fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut came_from = vec![None; self.len()];
        let mut open = VecDeque::from([from]);
        while let Some(at) = open.pop_front() {
            if at == to {
                let steps = std::iter::successors(Some(at), |step| {
                    came_from[*step].filter(|_| *step != from)
                });
                let mut path: Vec<usize> = steps.collect();
                path.reverse();
                return Some(path);
            }
            for next in self.downstreams(at) {
                if next != from && came_from[next].is_none() {
                    came_from[next] = Some(at);
                    open.push_back(next);
                }
            }
        }
        None
    }
}

/// The index of each task, by name; of tasks with the same name the first.
#[must_use]
pub fn task_index(workflow: &Workflow) -> HashMap<&str, usize> {
    let mut index = HashMap::with_capacity(workflow.tasks.len());
    for (at, task) in workflow.tasks.iter().enumerate() {
        index.entry(task.name.as_str()).or_insert(at);
    }
    index
}

fn node(task: usize) -> NodeIndex<u32> {
    NodeIndex::new(task)
}
