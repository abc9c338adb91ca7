//! Cards and notes put in order: tidied, aligned, spread evenly.
//!
//! Pure: what is on the canvas and what is selected there give a change, one step of undo.

use std::collections::{BTreeSet, HashMap};

use egui::{Rect, Vec2, vec2};
use millrace_model::document::Workflow;
use millrace_model::edit::Edit;
use millrace_model::ident::Ident;

use super::change::Change;
use super::compose::as_place;
use super::pieces::things;
use crate::canvas::layout::{self, Axis, Node, Side};
use crate::canvas::{CARD, Canvas, GRID, Piece, Scene, frame, place_all};

/// Between what is tidied and what is not, where it has to make way.
const ROOM: f32 = 32.0;

/// Things that move as one: a card, a frame with its cards, or a note.
struct Unit {
    rect: Rect,
    cards: Vec<usize>,
    note: Option<usize>,
}

/// The change that tidies the selected cards, or all where fewer than two are selected. None where they are tidy.
pub(crate) fn tidy(
    workflow: &Workflow,
    scene: &Scene,
    selected: &BTreeSet<Ident>,
) -> Option<Change> {
    let place = |card: usize| Rect::from_min_size(scene.cards[card].at, CARD);
    let is_selected =
        |card: &usize| scene.cards[*card].tasks().iter().any(|task| selected.contains(task));
    let (mut cards, mut others): (Vec<usize>, Vec<usize>) =
        (0..scene.cards.len()).partition(is_selected);
    if cards.len() < 2 {
        cards = (0..scene.cards.len()).collect();
        others.clear();
    }
    let mut groups = vec![None; scene.cards.len()];
    for (index, group) in scene.groups.iter().enumerate().filter(|(_, group)| !group.collapsed) {
        group.cards.iter().for_each(|card| groups[*card] = Some(index));
    }
    let mut local: Vec<Option<usize>> = vec![None; scene.cards.len()];
    for (index, &card) in cards.iter().enumerate() {
        local[card] = Some(index);
    }
    let node = |&card: &usize| Node { at: scene.cards[card].at, size: CARD, group: groups[card] };
    let nodes: Vec<Node> = cards.iter().map(node).collect();
    let edges: Vec<(usize, usize)> =
        scene.wires.iter().filter_map(|wire| local[wire.from].zip(local[wire.to])).collect();
    let places = layout::tidy(&nodes, &edges);
    let tidied: Vec<Rect> = places.iter().map(|at| Rect::from_min_size(*at, CARD)).collect();
    let others: Vec<Rect> = others.into_iter().map(place).collect();
    let down = vec2(0.0, free_below(&tidied, &others));
    let unit = |&card: &usize| Unit { rect: place(card), cards: vec![card], note: None };
    let units: Vec<Unit> = cards.iter().map(unit).collect();
    let moves: Vec<Vec2> =
        units.iter().zip(places).map(|(unit, at)| at - unit.rect.min + down).collect();
    moved(workflow, scene, "tidy", &units, &moves)
}

/// How far down `moved` must go to lie clear of `others`.
fn free_below(moved: &[Rect], others: &[Rect]) -> f32 {
    let mut by = 0.0;
    // Each time it gets past something for good, so this ends.
    loop {
        let mut needed: f32 = by;
        for rect in moved {
            let seen = rect.translate(vec2(0.0, by)).expand(ROOM - 1.0);
            for other in others.iter().filter(|other| seen.intersects(**other)) {
                needed = needed.max(other.bottom() + ROOM - rect.top());
            }
        }
        if needed <= by {
            return by;
        }
        by = (needed / GRID).ceil() * GRID;
    }
}

/// The change that puts what is selected in line; none where it is so already.
pub(crate) fn align(
    workflow: &Workflow,
    scene: &Scene,
    canvas: &Canvas,
    side: Side,
) -> Option<Change> {
    let units = selected_units(scene, canvas);
    let moves = layout::align(&rects(&units), side);
    moved(workflow, scene, "align", &units, &moves)
}

/// The change that spreads what is selected evenly; none where it is so already.
pub(crate) fn spread(
    workflow: &Workflow,
    scene: &Scene,
    canvas: &Canvas,
    axis: Axis,
) -> Option<Change> {
    let units = selected_units(scene, canvas);
    let moves = layout::spread(&rects(&units), axis);
    moved(workflow, scene, "distribute", &units, &moves)
}

fn rects(units: &[Unit]) -> Vec<Rect> {
    units.iter().map(|unit| unit.rect).collect()
}

/// What is selected: notes, whole frames, and cards that are in none of these.
fn selected_units(scene: &Scene, canvas: &Canvas) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut is_taken = vec![false; scene.cards.len()];
    for piece in &canvas.pieces.selected {
        match *piece {
            Piece::Group(group) => {
                if let Some(rect) = frame(scene, group, |_| Vec2::ZERO) {
                    let cards = scene.groups[group].cards.clone();
                    cards.iter().for_each(|card| is_taken[*card] = true);
                    units.push(Unit { rect, cards, note: None });
                }
            }
            Piece::Note(note) => {
                let rect = canvas.pieces.note_rect(scene, note);
                units.push(Unit { rect, cards: Vec::new(), note: Some(note) });
            }
        }
    }
    let is_selected =
        |card: &usize| scene.cards[*card].tasks().iter().all(|task| canvas.selected.contains(task));
    for card in (0..scene.cards.len()).filter(|card| !is_taken[*card]).filter(is_selected) {
        let rect = Rect::from_min_size(scene.cards[card].at, CARD);
        units.push(Unit { rect, cards: vec![card], note: None });
    }
    units
}

/// How many things are selected that can be aligned.
pub(crate) fn count_selected(scene: &Scene, canvas: &Canvas) -> usize {
    selected_units(scene, canvas).len()
}

/// The change that moves each unit by its part of `moves`; none where nothing gets another place.
fn moved(
    workflow: &Workflow,
    scene: &Scene,
    verb: &str,
    units: &[Unit],
    moves: &[Vec2],
) -> Option<Change> {
    let places = place_all(workflow);
    let names = workflow.tasks.iter().map(|task| &task.name);
    let place_of: HashMap<&Ident, egui::Pos2> = names.zip(places).collect();
    let mut notes = workflow.layout.notes.clone();
    let mut tasks = Vec::new();
    let mut new_places = Vec::new();
    for (unit, &by) in units.iter().zip(moves) {
        for task in unit.cards.iter().flat_map(|card| scene.cards[*card].tasks()) {
            let Some(&at) = place_of.get(task) else { continue };
            let at = as_place(at + by);
            tasks.push(task.clone());
            if workflow.layout.tasks.get(task) != Some(&at) {
                new_places.push((task.clone(), at));
            }
        }
        if let Some(note) = unit.note.and_then(|note| notes.get_mut(note)) {
            note.at = [note.at[0] + f64::from(by.x), note.at[1] + f64::from(by.y)];
        }
    }
    let mut edits = Vec::new();
    if !new_places.is_empty() {
        edits.push(Edit::MoveTasks(new_places));
    }
    if notes != workflow.layout.notes {
        edits.push(Edit::SetNotes(notes));
    }
    let count = units.iter().filter(|unit| unit.note.is_some()).count();
    let words = format!("{verb} {}", things(&tasks, count));
    (!edits.is_empty()).then(|| Change::Edit { words, edit: Box::new(Edit::All(edits)) })
}
