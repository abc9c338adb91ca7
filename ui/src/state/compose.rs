//! From what a hand did to edits: a new task with its wires and its place, and room made for it.
//!
//! Pure: a workflow and an intent give a change and the name of the new task.

use egui::{Pos2, Rect, Vec2, pos2};
use millrace_model::document::{AtomSet, Dependency, Task, Workflow};
use millrace_model::edit::{Edit, fresh_name};
use millrace_model::ident::Ident;
use millrace_model::kinds::Kind;

use super::change::Change;
use super::edges::between;
use super::labels::free_label;
use super::room::{GAP, make_room};
use crate::canvas::{CARD, GRID, place_all};

/// Between a card and the next one in its column.
const ROW_GAP: f32 = 32.0;

/// Where a new task belongs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spot {
    /// The left upper corner of its card, in canvas points; none = beside what it follows, or at a free place.
    pub(crate) at: Option<Pos2>,
    /// It follows these tasks.
    pub(crate) after: Vec<(Ident, AtomSet)>,
    /// It goes between the two ends of this edge.
    pub(crate) split: Option<(Ident, Ident)>,
}

/// The change that adds a task of this kind, and the task's name.
pub(crate) fn add(workflow: &Workflow, kind: &Kind, spot: &Spot) -> Option<(Ident, Change)> {
    let base = Ident::new(kind.id).ok()?;
    let name = fresh_name(workflow, &base);
    let task = Task::new(name.clone(), kind.id);
    let words = format!("add {name}");
    Some((name, Change::Edit { words, edit: Box::new(place(workflow, task, spot)) }))
}

fn place(workflow: &Workflow, task: Task, spot: &Spot) -> Edit {
    let places = place_all(workflow);
    let name = task.name.clone();
    let mut edits = pinned(workflow, &places);
    let at = match &spot.split {
        Some((from, to)) => {
            let (at, moves) = make_room(workflow, &places, (from, to), None, spot.at);
            if !moves.is_empty() {
                edits.push(Edit::MoveTasks(moves));
            }
            at
        }
        None => {
            let wanted = spot.at.unwrap_or_else(|| beside(workflow, &places, &spot.after));
            free_spot(&places, snapped(wanted))
        }
    };
    edits.push(Edit::AddTask { task: Box::new(task), at: Some(as_place(at)) });
    if let Some((from, to)) = &spot.split {
        edits.extend(between(workflow, &name, from, to).into_iter().flatten());
    }
    for (from, on) in &spot.after {
        let edge = Dependency::new(from.clone(), name.clone());
        let branch = free_label(workflow, from).filter(|_| *on == AtomSet::SUCCEEDED);
        edits.push(Edit::AddDependency(Dependency { on: *on, branch, ..edge }));
    }
    Edit::All(edits)
}

/// Cards that lie where the automatic layout has them get these places as their own, so that none jumps when the graph
/// changes.
pub(crate) fn pinned(workflow: &Workflow, places: &[Pos2]) -> Vec<Edit> {
    let free = workflow.tasks.iter().zip(places);
    let moves: Vec<_> = free
        .filter(|(task, _)| !workflow.layout.tasks.contains_key(&task.name))
        .map(|(task, at)| (task.name.clone(), as_place(*at)))
        .collect();
    if moves.is_empty() { Vec::new() } else { vec![Edit::MoveTasks(moves)] }
}

/// Right of what it follows, level with it; at the origin of an empty canvas.
fn beside(workflow: &Workflow, places: &[Pos2], after: &[(Ident, AtomSet)]) -> Pos2 {
    let of = |name: &Ident| {
        let index = workflow.tasks.iter().position(|task| task.name == *name)?;
        places.get(index).copied()
    };
    let found: Vec<Pos2> = after.iter().filter_map(|(name, _)| of(name)).collect();
    let right = |points: &[Pos2]| {
        points.iter().map(|at| at.x).fold(f32::NEG_INFINITY, f32::max) + CARD.x + GAP
    };
    match (found.as_slice(), places) {
        ([], []) => Pos2::ZERO,
        ([], all) => pos2(right(all), all.iter().map(|at| at.y).fold(f32::INFINITY, f32::min)),
        (near, _) => pos2(right(near), near[0].y),
    }
}

/// The nearest place at or below `wanted` where a card covers no other.
pub(crate) fn free_spot(places: &[Pos2], wanted: Pos2) -> Pos2 {
    let mut at = wanted;
    let covers = |at: Pos2, other: &Pos2| {
        Rect::from_min_size(at, CARD)
            .expand(GRID / 2.0)
            .intersects(Rect::from_min_size(*other, CARD))
    };
    // Each step leaves the lowest card that was in the way behind, so this ends.
    while let Some(lowest) =
        places.iter().filter(|other| covers(at, other)).map(|other| other.y).reduce(f32::max)
    {
        at.y = snapped(pos2(at.x, lowest + CARD.y + ROW_GAP)).y;
    }
    at
}

/// The nearest point of the grid.
pub(crate) fn snapped(at: Pos2) -> Pos2 {
    let round = |value: f32| (value / GRID).round() * GRID;
    pos2(round(at.x), round(at.y))
}

/// The place as a document has it.
pub(crate) fn as_place(at: Pos2) -> [f64; 2] {
    [f64::from(at.x), f64::from(at.y)]
}

/// The corner of a card whose middle is at `at`.
pub(crate) fn around(at: Pos2) -> Pos2 {
    at - Vec2::new(CARD.x / 2.0, CARD.y / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{self, name, workflow};
    use millrace_model::kinds;

    fn chain() -> Workflow {
        workflow(&["a", "b", "c"], &[("a", "b"), ("b", "c")])
    }

    fn made(workflow: &Workflow, spot: &Spot) -> (Ident, Workflow) {
        let shell = kinds::kind("shell").unwrap();
        let (name, change) = add(workflow, shell, spot).unwrap();
        let next = fixture::made(workflow, &change);
        (name, next)
    }

    fn at(workflow: &Workflow, task: &str) -> Pos2 {
        let [x, y] = workflow.layout.tasks[&name(task)];
        pos2(x as f32, y as f32)
    }

    fn nothing_is_covered(workflow: &Workflow) {
        let places = place_all(workflow);
        for (index, a) in places.iter().enumerate() {
            for b in &places[..index] {
                let (a, b) = (Rect::from_min_size(*a, CARD), Rect::from_min_size(*b, CARD));
                assert!(!a.intersects(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn a_task_on_an_edge_takes_its_condition_and_gets_room() {
        let mut before = chain();
        before.dependencies[0].on = AtomSet::FINISHED;
        let spot = Spot { split: Some((name("a"), name("b"))), ..Spot::default() };
        let (new, after) = made(&before, &spot);
        let edge = |from: &str, to: &str| {
            let edges = after.dependencies.iter();
            edges.clone().find(|e| e.from.as_str() == from && e.to.as_str() == to).map(|e| e.on)
        };
        assert_eq!(edge("a", new.as_str()), Some(AtomSet::FINISHED));
        assert_eq!(edge(new.as_str(), "b"), Some(AtomSet::SUCCEEDED));
        assert_eq!(edge("a", "b"), None);
        nothing_is_covered(&after);
        let order = ["a", new.as_str(), "b", "c"].map(|task| at(&after, task).x);
        assert!(order.is_sorted_by(|left, right| left + CARD.x < *right), "{order:?}");
    }

    #[test]
    fn a_task_after_others_lies_beside_them() {
        let before = chain();
        let after_a = vec![(name("a"), AtomSet::FAILED)];
        let (new, after) = made(&before, &Spot { after: after_a, ..Spot::default() });
        assert_eq!(at(&after, new.as_str()).x, at(&after, "b").x);
        nothing_is_covered(&after);
        assert_eq!(after.dependencies.last().unwrap().on, AtomSet::FAILED);
    }

    #[test]
    fn nothing_that_lay_somewhere_jumps() {
        let before = chain();
        let places = place_all(&before);
        let spot = Spot { at: Some(pos2(1000.0, 1000.0)), ..Spot::default() };
        let (_, after) = made(&before, &spot);
        assert_eq!(place_all(&after)[..3], places[..]);
    }

    #[test]
    fn a_dropped_task_moves_off_what_lies_there() {
        let before = chain();
        let (_, after) = made(&before, &Spot { at: Some(pos2(8.0, 8.0)), ..Spot::default() });
        nothing_is_covered(&after);
    }
}
