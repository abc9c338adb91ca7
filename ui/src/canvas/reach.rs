//! What lies upstream or downstream of some cards, along any number of wires.

use std::collections::BTreeSet;

use millrace_model::ident::Ident;

use super::scene::Scene;

/// The cards of `from` and everything that wires lead to from there, or that leads there where `upstream` is set.
pub(crate) fn reach(scene: &Scene, from: &BTreeSet<Ident>, upstream: bool) -> BTreeSet<Ident> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); scene.cards.len()];
    for wire in &scene.wires {
        let (here, there) = if upstream { (wire.to, wire.from) } else { (wire.from, wire.to) };
        next[here].push(there);
    }
    let is_start =
        |index: &usize| scene.cards[*index].tasks().iter().any(|task| from.contains(task));
    let mut open: Vec<usize> = (0..scene.cards.len()).filter(is_start).collect();
    let mut seen = vec![false; scene.cards.len()];
    // A card is followed once, so circles of a broken document end too.
    while let Some(card) = open.pop() {
        if !std::mem::replace(&mut seen[card], true) {
            open.extend(&next[card]);
        }
    }
    let cards = scene.cards.iter().zip(seen);
    cards.filter(|(_, seen)| *seen).flat_map(|(card, _)| card.tasks()).cloned().collect()
}
