//! Hands on notes and groups: what lies there, what a press or a click on it does.

use std::collections::BTreeSet;

use egui::{CursorIcon, Pos2, Rect, Ui, Vec2};
use millrace_model::ident::Ident;

use super::hands::Hold;
use super::hit::Hit;
use super::piece::{self, FOLD, Grip, Piece};
use super::scene::Scene;
use super::under;
use super::view::{Canvas, Gesture};

/// A part of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A note; the title of a frame.
    Body,
    /// A side or a corner of a note.
    Side(Grip),
    /// The button that collapses a group.
    Fold,
}

impl Canvas {
    /// The topmost note or frame at a point.
    pub(super) fn piece_at(&self, scene: &Scene, at: Pos2) -> Option<Hit> {
        let reach = 5.0 / self.camera.zoom;
        for note in (0..scene.notes.len()).rev() {
            let (piece, rect) = (Piece::Note(note), self.pieces.note_rect(scene, note));
            let is_selected = self.pieces.selected.contains(&piece) && !scene.read_only;
            if let Some(grip) = Grip::at(rect, at, reach).filter(|_| is_selected) {
                return Some(Hit::Piece(piece, Part::Side(grip)));
            }
            if rect.contains(at) {
                return Some(Hit::Piece(piece, Part::Body));
            }
        }
        (0..scene.groups.len()).rev().find_map(|group| {
            let head = piece::head(piece::frame(scene, group, |_| Vec2::ZERO)?);
            let is_fold = at.x < head.left() + FOLD && !scene.read_only;
            let part = if is_fold { Part::Fold } else { Part::Body };
            head.contains(at).then_some(Hit::Piece(Piece::Group(group), part))
        })
    }

    /// What the pointer looks like on a piece.
    pub(super) fn piece_cursor(&self, ui: &Ui, scene: &Scene, hit: Hit, at: Pos2) -> CursorIcon {
        match hit {
            Hit::Piece(_, Part::Side(grip)) => grip.cursor(),
            Hit::Piece(Piece::Note(note), _) if self.link_at(ui, scene, note, at).is_none() => {
                CursorIcon::Default
            }
            _ => CursorIcon::PointingHand,
        }
    }

    /// The link of a note at a point.
    pub(super) fn link_at(&self, ui: &Ui, scene: &Scene, note: usize, at: Pos2) -> Option<String> {
        let zoom = self.camera.zoom;
        let rect = self.pieces.note_rect(scene, note);
        // Only places relative to the note matter, so it is laid out as if it lay at the origin.
        let seen = Rect::from_min_size(Pos2::ZERO, rect.size() * zoom);
        let (laid, corner) = under::text_of(ui, &scene.notes[note], seen, zoom);
        let at = ((at - rect.min) * zoom).to_pos2();
        laid.link_at(at - corner.to_vec2()).map(str::to_owned)
    }

    /// The button goes down on a piece and the pointer moves.
    pub(super) fn take_piece(
        &mut self,
        scene: &Scene,
        (piece, part): (Piece, Part),
        origin: Pos2,
        extend: bool,
    ) -> Hold {
        if let (Part::Side(grip), Piece::Note(note)) = (part, piece) {
            let rect = self.pieces.note_rect(scene, note);
            return Hold::Resize { note, grip, from: rect };
        }
        if !self.is_piece_selected(scene, piece) {
            self.select_piece(scene, piece, extend);
        }
        let anchor = match piece {
            Piece::Note(note) => Some(scene.notes[note].at),
            Piece::Group(group) => scene.groups[group].cards.first().map(|&c| scene.cards[c].at),
        };
        match anchor {
            Some(anchor) if !scene.read_only => Hold::moving(origin, anchor),
            _ => Hold::Nothing,
        }
    }

    /// A click on a piece.
    pub(super) fn click_piece(
        &mut self,
        ui: &Ui,
        scene: &Scene,
        (piece, part): (Piece, Part),
        at: Pos2,
        extend: bool,
    ) -> Option<Gesture> {
        if let (Piece::Group(group), Part::Fold) = (piece, part) {
            return Some(Gesture::Fold(group));
        }
        if let Piece::Note(note) = piece
            && let Some(link) = self.link_at(ui, scene, note, at)
        {
            return Some(Gesture::OpenLink(link));
        }
        self.select_piece(scene, piece, extend);
        None
    }

    /// Selects a note, or a group with its tasks; `extend` keeps what is selected, or takes the piece out of it.
    pub(crate) fn select_piece(&mut self, scene: &Scene, piece: Piece, extend: bool) {
        let was_selected = self.is_piece_selected(scene, piece);
        self.selected_wire = None;
        if !extend {
            self.selected.clear();
            self.pieces.selected.clear();
        }
        let tasks = tasks_of(scene, piece);
        if extend && was_selected {
            self.pieces.selected.remove(&piece);
            self.selected.retain(|name| !tasks.contains(name));
        } else {
            self.pieces.selected.insert(piece);
            self.selected.extend(tasks);
        }
    }

    /// The one note or group that is selected, and nothing besides.
    pub(crate) fn only_piece(&self, scene: &Scene) -> Option<Piece> {
        let mut pieces = self.pieces.selected.iter().copied();
        let piece = pieces.next().filter(|_| pieces.next().is_none())?;
        let is_all = match piece {
            Piece::Note(note) => note < scene.notes.len() && self.selected.is_empty(),
            Piece::Group(group) => {
                group < scene.groups.len() && self.selected == tasks_of(scene, piece)
            }
        };
        is_all.then_some(piece)
    }

    /// Nothing is selected any more.
    pub(crate) fn select_nothing(&mut self) {
        self.selected.clear();
        self.selected_wire = None;
        self.pieces.selected.clear();
    }

    /// The selected notes.
    pub(crate) fn selected_notes(&self) -> Vec<usize> {
        let notes = self.pieces.selected.iter().filter_map(|piece| match piece {
            Piece::Note(note) => Some(*note),
            Piece::Group(_) => None,
        });
        notes.collect()
    }

    /// Pieces that are gone are neither selected nor typed in.
    pub(super) fn drop_stale_pieces(&mut self, scene: &Scene) {
        let is_there = |piece: &Piece| match *piece {
            Piece::Note(note) => note < scene.notes.len(),
            Piece::Group(group) => group < scene.groups.len(),
        };
        self.pieces.selected.retain(is_there);
        // A group is selected as long as its tasks are.
        let selected = &self.selected;
        self.pieces.selected.retain(|piece| {
            matches!(piece, Piece::Note(_)) || tasks_of(scene, *piece).is_subset(selected)
        });
        self.pieces.edited = self.pieces.edited.filter(is_there);
        self.pieces.hovered = self.pieces.hovered.filter(is_there);
        self.pieces.resized = self.pieces.resized.filter(|(note, _)| *note < scene.notes.len());
        if matches!(self.hold, Hold::Resize { note, .. } if note >= scene.notes.len()) {
            self.hold = Hold::Nothing;
        }
    }

    fn is_piece_selected(&self, scene: &Scene, piece: Piece) -> bool {
        let tasks = tasks_of(scene, piece);
        self.pieces.selected.contains(&piece) && tasks.is_subset(&self.selected)
    }
}

/// The tasks of a group; none of a note.
pub(crate) fn tasks_of(scene: &Scene, piece: Piece) -> BTreeSet<Ident> {
    let cards = match piece {
        Piece::Note(_) => &[][..],
        Piece::Group(group) => scene.groups.get(group).map_or(&[][..], |group| &group.cards),
    };
    cards.iter().flat_map(|&card| scene.cards[card].tasks()).cloned().collect()
}
