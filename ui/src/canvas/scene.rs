//! What is on the canvas: cards and wires, ready to be drawn.
//!
//! Made from a document and, where there is one, a run of it. Knows no gestures and no camera.

use std::sync::Arc;

use egui::{Color32, Pos2, Rect, Vec2};
use millrace_model::diff::Fate;
use millrace_model::document::{Atom, AtomSet};
use millrace_model::event::TaskState;
use millrace_model::ident::Ident;

use super::badge::Badge;
use super::bezier;
use super::piece::{GroupView, NoteView};

/// The size of a card, in canvas points.
pub(crate) const CARD: Vec2 = Vec2::new(200.0, 64.0);
/// Spacing of the grid, in canvas points.
pub(crate) const GRID: f32 = 16.0;

/// Everything that is drawn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    /// The cards, in the order of the document.
    pub(crate) cards: Vec<CardView>,
    /// The wires, in the order of the document.
    pub(crate) wires: Vec<WireView>,
    /// The tasks at the ends of each wire.
    pub(crate) ends: Vec<(Ident, Ident)>,
    /// The notes, in the order of the document.
    pub(crate) notes: Vec<NoteView>,
    /// The groups, in the order of the document.
    pub(crate) groups: Vec<GroupView>,
    /// Changes whenever something of the above does.
    pub(crate) revision: u64,
    /// Cards cannot be moved, connected or deleted.
    pub(crate) read_only: bool,
}

/// A task on the canvas, or a group that is shown as one card.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CardView {
    /// The task's name; of a group that of its first task.
    pub(crate) name: Ident,
    /// The group that it stands for.
    pub(crate) group: Option<usize>,
    /// It is mapped: one task run for each item.
    pub(crate) is_stack: bool,
    /// The tasks of that group.
    pub(crate) members: Vec<Ident>,
    /// Left upper corner, in canvas points.
    pub(crate) at: Pos2,
    /// The first line.
    pub(crate) title: String,
    /// The second line: kind · what matters now.
    pub(crate) line: String,
    /// The second line speaks of the state and takes its colour.
    pub(crate) line_is_state: bool,
    /// The kind's icon.
    pub(crate) icon: &'static str,
    /// The colour behind the icon.
    pub(crate) tile: Color32,
    /// The state in the run that is shown.
    pub(crate) state: Option<TaskState>,
    /// How much of the running task is likely done, 0 to 1.
    pub(crate) progress: Option<f32>,
    /// It takes no part in what is shown.
    pub(crate) dim: bool,
    /// It never runs.
    pub(crate) disabled: bool,
    /// It has an error.
    pub(crate) invalid: bool,
    /// What it gave in the run that is shown, in a few words; empty: nothing.
    pub(crate) gave: String,
    /// What is special about it.
    pub(crate) badges: Vec<Badge>,
    /// What became of it, where two workflows are compared.
    pub(crate) compared: Option<Compared>,
}

/// What became of a task or an edge from one workflow to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    /// Nothing.
    Same,
    /// This.
    Differs(Fate),
}

impl CardView {
    /// The tasks that it stands for.
    pub(crate) fn tasks(&self) -> &[Ident] {
        if self.members.is_empty() { std::slice::from_ref(&self.name) } else { &self.members }
    }
}

/// A dependency on the canvas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WireView {
    /// Index of the upstream card.
    pub(crate) from: usize,
    /// Index of the downstream card.
    pub(crate) to: usize,
    /// Its condition.
    pub(crate) on: AtomSet,
    /// The label of a branch task that it asks for.
    pub(crate) label: Option<Arc<str>>,
    /// Whether it came to hold; none while that is open.
    pub(crate) held: Option<bool>,
    /// What became of it, where two workflows are compared.
    pub(crate) compared: Option<Compared>,
}

impl Compared {
    /// What became of it, where anything did.
    pub(crate) fn fate(self) -> Option<Fate> {
        match self {
            Self::Same => None,
            Self::Differs(fate) => Some(fate),
        }
    }

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Same => "the same",
            Self::Differs(Fate::Added) => "added",
            Self::Differs(Fate::Removed) => "removed",
            Self::Differs(Fate::Changed) => "changed",
        }
    }
}

/// An out port of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Port {
    /// ✓: after success.
    Succeeded,
    /// ✗: after a failure.
    Failed,
    /// ●: whatever happened.
    Finished,
}

impl Port {
    /// All ports.
    pub(crate) const ALL: [Self; 3] = [Self::Succeeded, Self::Failed, Self::Finished];

    /// The port that a condition is drawn at.
    pub(crate) fn of(on: AtomSet) -> Self {
        if on == AtomSet::SUCCEEDED {
            Self::Succeeded
        } else if !on.is_empty()
            && on.iter().all(|a| matches!(a, Atom::Failed | Atom::UpstreamFailed))
        {
            Self::Failed
        } else {
            Self::Finished
        }
    }

    /// The condition that a wire drawn from this port gets.
    pub(crate) fn condition(self) -> AtomSet {
        match self {
            Self::Succeeded => AtomSet::SUCCEEDED,
            Self::Failed => AtomSet::FAILED,
            Self::Finished => AtomSet::FINISHED,
        }
    }

    /// The words for a person.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Succeeded => "on success",
            Self::Failed => "on failure",
            Self::Finished => "when finished",
        }
    }

    /// Its centre, from the card's left upper corner. Success is level with the in port, so that chains run straight.
    pub(crate) fn offset(self) -> Vec2 {
        let y = match self {
            Self::Finished => 16.0,
            Self::Succeeded => 32.0,
            Self::Failed => 48.0,
        };
        Vec2::new(CARD.x, y)
    }
}

/// The centre of the in port, from the card's left upper corner.
pub(crate) const IN_PORT: Vec2 = Vec2::new(0.0, CARD.y / 2.0);

impl Scene {
    /// The index of the card that shows the task of this name.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.cards.iter().position(|card| card.tasks().iter().any(|task| task.as_str() == name))
    }

    /// The rectangle around all cards, or around those for which `wanted` holds.
    pub(crate) fn bounds(&self, wanted: impl Fn(&CardView) -> bool) -> Rect {
        self.cards
            .iter()
            .filter(|card| wanted(card))
            .fold(Rect::NOTHING, |all, card| all.union(Rect::from_min_size(card.at, CARD)))
    }

    /// Whether a wire leads from or to a group that is shown as one card: what is done to wires needs the tasks themselves.
    pub(crate) fn is_of_group(&self, wire: usize) -> bool {
        let wire = &self.wires[wire];
        [wire.from, wire.to].into_iter().any(|card| self.cards[card].group.is_some())
    }

    /// The curve of a wire, in canvas points.
    pub(crate) fn curve(&self, wire: usize) -> [Pos2; 4] {
        let wire = &self.wires[wire];
        let from = self.cards[wire.from].at + Port::of(wire.on).offset();
        bezier::curve(from, self.cards[wire.to].at + IN_PORT, 1.0)
    }

    /// Points along a wire, from its start over its middle to its end.
    pub(crate) fn line(&self, wire: usize) -> Vec<Pos2> {
        bezier::flatten(&self.curve(wire), 16)
    }

    /// At which ports wires start, for each card in the order of [`Port::ALL`].
    pub(super) fn used_ports(&self) -> Vec<[bool; 3]> {
        let mut used = vec![[false; 3]; self.cards.len()];
        for wire in &self.wires {
            used[wire.from][Port::of(wire.on) as usize] = true;
        }
        used
    }
}
