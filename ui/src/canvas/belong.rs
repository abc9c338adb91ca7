//! Which group a dragged card joins, and which one it leaves. Only open frames take cards in; a frame that moves as a whole
//! keeps its own.

use egui::{Rect, Vec2};

use super::piece::{self, frame_around};
use super::scene::{CARD, Scene};
use super::view::Canvas;

/// A card, and the group that it is in once it is let go; none: in no group.
pub(crate) type Belongs = (usize, Option<usize>);

impl Canvas {
    /// What letting go of the cards that are dragged would change about groups.
    pub(super) fn regrouped(&self, scene: &Scene) -> Vec<Belongs> {
        let by = self.hold.moved().filter(|by| *by != Vec2::ZERO && self.onto.is_none());
        let Some(by) = by else { return Vec::new() };
        regroup(scene, by, |card| self.is_card_selected(scene, card))
    }

    /// The same in words, for the pointer.
    pub(super) fn regroup_words(&self, scene: &Scene) -> Option<String> {
        let (card, to) = self.regrouped(scene).first().copied()?;
        let mut groups = scene.groups.iter();
        Some(match to {
            Some(group) => format!("into {}", scene.groups[group].title),
            None => format!("out of {}", groups.find(|group| group.cards.contains(&card))?.title),
        })
    }
}

/// A card joins the frame that its middle comes to lie in, and leaves its own when it lies outside of it altogether.
fn regroup(scene: &Scene, by: Vec2, is_moved: impl Fn(usize) -> bool) -> Vec<Belongs> {
    let open = || scene.groups.iter().enumerate().filter(|(_, group)| !group.collapsed);
    // What stays of each open group, with its frame as it was; a group that moves as a whole takes nobody in.
    let mut resting: Vec<(usize, Rect, Rect)> = Vec::new();
    for (index, group) in open() {
        let stays = group.cards.iter().copied().filter(|card| !is_moved(*card));
        let rest = frame_around(scene, stays, |_| Vec2::ZERO);
        let whole = piece::frame(scene, index, |_| Vec2::ZERO);
        resting.extend(rest.zip(whole).map(|(rest, whole)| (index, rest, whole)));
    }
    let mut changes = Vec::new();
    let moved = (0..scene.cards.len()).filter(|card| scene.cards[*card].group.is_none());
    for card in moved.filter(|card| is_moved(*card)) {
        let place = Rect::from_min_size(scene.cards[card].at + by, CARD);
        let own = open().find(|(_, group)| group.cards.contains(&card)).map(|(index, _)| index);
        let mine = own.and_then(|own| resting.iter().find(|(index, ..)| *index == own));
        if own.is_some() != mine.is_some() {
            // All of its group is moved.
            continue;
        }
        if mine.is_some_and(|(_, rest, _)| rest.contains(place.center())) {
            continue;
        }
        let under = resting
            .iter()
            .rev()
            .find(|(index, rest, _)| Some(*index) != own && rest.contains(place.center()));
        match (under, mine) {
            (Some((index, ..)), _) => changes.push((card, Some(*index))),
            (None, Some((_, _, whole))) if !whole.intersects(place) => changes.push((card, None)),
            _ => {}
        }
    }
    changes
}
