//! Room between two cards: where a card goes that comes between them, and who moves aside.

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use millrace_model::document::Workflow;
use millrace_model::ident::Ident;

use super::compose::{as_place, free_spot, snapped};
use crate::canvas::{CARD, GRID};

/// Between a card and the next one in its row.
pub(super) const GAP: f32 = 72.0;

/// New places of cards.
pub(super) type Moves = Vec<(Ident, [f64; 2])>;

/// The place of a card between the ends of an edge, and the moves of whatever makes room for it.
///
/// What comes after the edge moves right as far as is needed, and so does what would be covered by that; what comes
/// before stays. `own` is the card that is put in where it lies on the canvas already; `wanted` is where it was dropped,
/// which counts where the edge runs back.
pub(super) fn make_room(
    workflow: &Workflow,
    places: &[Pos2],
    (from, to): (&Ident, &Ident),
    own: Option<usize>,
    wanted: Option<Pos2>,
) -> (Pos2, Moves) {
    let index = |name: &Ident| workflow.tasks.iter().position(|task| task.name == *name);
    let (Some(start), Some(end)) = (index(from), index(to)) else {
        return (wanted.unwrap_or_default(), Vec::new());
    };
    let (a, b) = (places[start], places[end]);
    let middle = a + (b - a) / 2.0;
    let room = b.x - a.x - CARD.x;
    let needed = CARD.x + 2.0 * GAP;
    let others = |places: &[Pos2]| -> Vec<Pos2> {
        let all = places.iter().enumerate();
        all.filter(|(card, _)| Some(*card) != own).map(|(_, at)| *at).collect()
    };
    if b.x <= a.x {
        // The wire runs back: the card goes where it was dropped, nobody has to make room.
        return (free_spot(&others(places), snapped(wanted.unwrap_or(middle))), Vec::new());
    }
    let at = snapped(pos2(a.x + CARD.x + GAP.max((room - CARD.x) / 2.0), middle.y));
    let shift = ((needed - room) / GRID).ceil().max(0.0) * GRID;
    let mut moved = places.to_vec();
    let mut moves = Vec::new();
    if shift > 0.0 {
        let stays: Vec<usize> = own.into_iter().chain([start]).collect();
        for card in who_moves(workflow, places, end, &stays, vec2(shift, 0.0)) {
            moved[card].x += shift;
            moves.push((workflow.tasks[card].name.clone(), as_place(moved[card])));
        }
    }
    (free_spot(&others(&moved), at), moves)
}

/// Everything that comes after `end`, with it, and every card that would be covered when these move by `by`.
fn who_moves(
    workflow: &Workflow,
    places: &[Pos2],
    end: usize,
    stays: &[usize],
    by: Vec2,
) -> Vec<usize> {
    let mut moves = vec![false; places.len()];
    for card in downstream(workflow, end) {
        moves[card] = !stays.contains(&card);
    }
    let rect = |at: Pos2| Rect::from_min_size(at, CARD);
    let mut open: Vec<usize> = (0..places.len()).filter(|card| moves[*card]).collect();
    // A card is pushed once, so this ends.
    while let Some(card) = open.pop() {
        for other in 0..places.len() {
            let is_free = !moves[other] && !stays.contains(&other);
            let is_covered = rect(places[card] + by).intersects(rect(places[other]));
            let was_covered = rect(places[card]).intersects(rect(places[other]));
            if is_free && is_covered && !was_covered {
                moves[other] = true;
                open.push(other);
            }
        }
    }
    (0..places.len()).filter(|card| moves[*card]).collect()
}

/// A task and everything that comes after it.
fn downstream(workflow: &Workflow, start: usize) -> Vec<usize> {
    let index = millrace_model::graph::task_index(workflow);
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); workflow.tasks.len()];
    for edge in &workflow.dependencies {
        let ends = (index.get(edge.from.as_str()), index.get(edge.to.as_str()));
        if let (Some(&from), Some(&to)) = ends {
            next[from].push(to);
        }
    }
    let mut seen = vec![false; workflow.tasks.len()];
    let mut open = vec![start];
    let mut found = Vec::new();
    while let Some(task) = open.pop() {
        if !std::mem::replace(&mut seen[task], true) {
            found.push(task);
            open.extend(&next[task]);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{name, workflow};

    #[test]
    fn what_comes_after_moves_and_pushes_what_it_would_cover() {
        let workflow = workflow(&["a", "b", "c", "far"], &[("a", "b")]);
        // `c` has nothing to do with the edge, but lies where `b` has to go.
        let places = [pos2(0.0, 0.0), pos2(272.0, 0.0), pos2(512.0, 32.0), pos2(272.0, 400.0)];
        let (at, moves) = make_room(&workflow, &places, (&name("a"), &name("b")), None, None);
        let moved: Vec<&str> = moves.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(moved, ["b", "c"]);
        assert_eq!(moves[0].1, [544.0, 0.0]);
        assert!(at.x >= CARD.x && at.x + CARD.x <= 544.0, "{at}");
    }

    #[test]
    fn where_there_is_room_nobody_moves() {
        let workflow = workflow(&["a", "b"], &[]);
        let places = [pos2(0.0, 0.0), pos2(640.0, 0.0)];
        let (at, moves) = make_room(&workflow, &places, (&name("a"), &name("b")), None, None);
        assert_eq!((at, moves.len()), (pos2(320.0, 0.0), 0));
    }
}
