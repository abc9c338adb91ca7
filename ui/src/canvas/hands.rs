//! The hands on the canvas: press, drag, release, wheel, turned into camera moves, selection and gestures.
//!
//! Keys are not here: they are commands of the app.

use std::collections::BTreeSet;

use egui::{CursorIcon, Key, PointerButton, Pos2, Rect, Response, Ui, Vec2, vec2};
use millrace_model::ident::Ident;

use super::connect;
use super::guides::{self, Guide};
use super::hit::{self, Hit};
use super::piece::{Grip, Piece};
use super::piece_hands::Part;
use super::plus;
use super::rewire::{self, Loose};
use super::scene::{CARD, GRID, Port, Scene};
use super::under::PieceMarks;
use super::view::{Canvas, Gesture, MenuOf};

/// So near to a line counts as on it, in points of the screen.
const GUIDE_REACH: f32 = 5.0;

/// What the pointer holds.
#[derive(Debug, Clone, Default)]
pub(crate) enum Hold {
    /// Nothing.
    #[default]
    Nothing,
    /// The canvas itself.
    Pan,
    /// The selected cards.
    Move {
        /// Where the drag began, in canvas points.
        start: Pos2,
        /// Where the card that was taken lies in the document.
        anchor: Pos2,
        /// How far they are moved now, in line with what is near or else snapped to the grid.
        by: Vec2,
        /// The lines that show with what.
        guides: Vec<Guide>,
    },
    /// A corner of the rubber band.
    Band {
        /// The fixed corner, in canvas points.
        start: Pos2,
        /// The moving corner.
        now: Pos2,
        /// What was selected before and stays so.
        base: (BTreeSet<Ident>, BTreeSet<Piece>),
    },
    /// The loose end of a wire.
    Connect {
        /// The card it comes from.
        from: usize,
        /// Its port.
        port: Port,
        /// Where the loose end is, in canvas points.
        at: Pos2,
        /// The card under it.
        over: Option<usize>,
    },
    /// An end of a wire that is there already.
    Loose(Loose),
    /// A side or a corner of a note.
    Resize {
        /// Which.
        note: usize,
        /// Its side.
        grip: Grip,
        /// What it was.
        from: Rect,
    },
}

impl Hold {
    /// Something whose corner lies at `anchor` was taken at `start`.
    pub(super) fn moving(start: Pos2, anchor: Pos2) -> Self {
        Self::Move { start, anchor, by: Vec2::ZERO, guides: Vec::new() }
    }

    /// How far the selected cards are moved now.
    pub(super) fn moved(&self) -> Option<Vec2> {
        match self {
            Self::Move { by, .. } => Some(*by),
            _ => None,
        }
    }
}

impl Canvas {
    /// Takes in this frame's pointer and wheel.
    pub(super) fn take_input(
        &mut self,
        ui: &Ui,
        rect: Rect,
        scene: &Scene,
        response: &Response,
        gestures: &mut Vec<Gesture>,
    ) {
        self.drop_stale_hold(scene);
        self.wheel(ui, rect, response);
        let pointer = response.hover_pos().or(response.interact_pointer_pos());
        let space = response.contains_pointer()
            && ui.memory(|memory| memory.focused().is_none())
            && ui.input(|input| input.key_down(Key::Space));
        let panning = response.dragged_by(PointerButton::Middle)
            || (space && response.dragged_by(PointerButton::Primary));
        if panning {
            self.camera.pan += response.drag_delta();
            self.hold = Hold::Pan;
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        } else if matches!(self.hold, Hold::Pan) {
            self.hold = Hold::Nothing;
        } else if space {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
        }
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.hold = Hold::Nothing;
            self.onto = None;
            self.pieces.resized = None;
        }

        let at = pointer.map(|pos| self.camera.to_canvas(rect.min, pos));
        let reach = (7.0 / self.camera.zoom).min(40.0);
        let hit = at
            .filter(|_| response.contains_pointer() || response.dragged())
            .and_then(|at| self.hit(scene, at, reach));
        if matches!(self.hold, Hold::Nothing) && !panning {
            self.hovered = hit;
            self.pieces.hovered = match hit {
                Some(Hit::Piece(piece, _)) => Some(piece),
                _ => None,
            };
            match hit {
                Some(Hit::Port(..)) => ui.ctx().set_cursor_icon(CursorIcon::Crosshair),
                Some(Hit::Card(_) | Hit::Wire(_)) => {
                    ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
                }
                Some(Hit::Piece(..)) => {
                    if let Some((hit, at)) = hit.zip(at) {
                        ui.ctx().set_cursor_icon(self.piece_cursor(ui, scene, hit, at));
                    }
                }
                None => {}
            }
        }
        if ui.input(|input| input.pointer.primary_pressed()) {
            // A drag is known as one only when the pointer has left the spot where it began; in a slow frame it has
            // left it already.
            let origin = ui.input(|input| input.pointer.press_origin());
            let origin = origin.filter(|_| response.is_pointer_button_down_on());
            self.pressed = origin
                .map(|pos| self.camera.to_canvas(rect.min, pos))
                .and_then(|at| self.hit(scene, at, reach));
        }
        let extend = ui.input(|input| input.modifiers.shift || input.modifiers.command);
        if response.drag_started_by(PointerButton::Primary) && !space {
            let origin = ui.input(|input| input.pointer.press_origin());
            if let Some(origin) = origin.map(|pos| self.camera.to_canvas(rect.min, pos)) {
                self.take_hold(scene, origin, extend);
            }
        }
        if let Some(at) = at {
            self.drag_to(ui, rect, scene, at, response);
        }
        let is_held = response.dragged() || response.drag_stopped();
        if !is_held && !matches!(self.hold, Hold::Nothing) {
            // Escape ends a drag without letting go of anything.
            self.hold = Hold::Nothing;
            self.onto = None;
            self.pieces.resized = None;
        }
        if response.drag_stopped_by(PointerButton::Primary) {
            self.let_go(scene, gestures);
        }
        let twice = response.double_clicked_by(PointerButton::Primary);
        if let Some(gesture) = at.filter(|_| twice).and_then(|at| opened(scene, hit, at)) {
            gestures.push(gesture);
        } else if response.clicked_by(PointerButton::Primary) {
            match hit.zip(at) {
                Some((Hit::Wire(wire), at)) if self.is_on_plus(scene, wire, at) => {
                    gestures.extend(insert(scene, wire, self.camera.zoom));
                }
                Some((Hit::Piece(piece, part), at)) => {
                    gestures.extend(self.click_piece(ui, scene, (piece, part), at, extend));
                }
                _ => self.click(scene, hit, extend),
            }
        }
        if response.clicked_by(PointerButton::Secondary) {
            self.menu_of = match hit {
                Some(Hit::Card(card) | Hit::Port(card, _)) => {
                    let name = scene.cards[card].name.clone();
                    if !self.is_card_selected(scene, card) {
                        self.click(scene, hit, false);
                    }
                    MenuOf::Card(name)
                }
                Some(Hit::Wire(_)) => {
                    self.click(scene, hit, false);
                    MenuOf::Wire
                }
                Some(Hit::Piece(piece, _)) => {
                    self.select_piece(scene, piece, false);
                    MenuOf::Piece(piece)
                }
                None => MenuOf::Ground,
            };
        }
    }

    /// The topmost thing at a point.
    fn hit(&self, scene: &Scene, at: Pos2, reach: f32) -> Option<Hit> {
        if let Some(Hit::Wire(wire)) = self.hovered
            && matches!(self.hold, Hold::Nothing)
            && self.is_on_plus(scene, wire, at)
        {
            return self.hovered;
        }
        let is_selected = |wire: usize| self.selected_wire.as_ref() == Some(&scene.ends[wire]);
        let wire = (!scene.read_only).then(|| rewire::at_in_port(scene, at, is_selected)).flatten();
        wire.map(Hit::Wire).or_else(|| {
            hit::at(
                scene,
                at,
                reach,
                |index| self.is_card_selected(scene, index),
                |card, port| self.port_shown(scene, card, port),
            )
            .or_else(|| self.piece_at(scene, at))
        })
    }

    fn is_on_plus(&self, scene: &Scene, wire: usize, at: Pos2) -> bool {
        let shows = self.hovered == Some(Hit::Wire(wire))
            || self.selected_wire.as_ref() == scene.ends.get(wire);
        shows && plus::is_at(scene, wire, at, self.camera.zoom)
    }

    /// A document that was edited or replaced meanwhile may no longer have what is held.
    fn drop_stale_hold(&mut self, scene: &Scene) {
        let count = scene.cards.len();
        if let Hold::Connect { from, over, .. } = &mut self.hold {
            if *from >= count {
                self.hold = Hold::Nothing;
            } else if over.is_some_and(|card| card >= count) {
                *over = None;
            }
        }
        if matches!(&self.hold, Hold::Loose(loose) if !loose.is_within(scene)) {
            self.hold = Hold::Nothing;
        }
        self.onto = self.onto.filter(|wire| *wire < scene.wires.len());
        let is_there = |hit: &Hit| match *hit {
            Hit::Card(card) | Hit::Port(card, _) => card < count,
            Hit::Wire(wire) => wire < scene.wires.len(),
            Hit::Piece(Piece::Note(note), _) => note < scene.notes.len(),
            Hit::Piece(Piece::Group(group), _) => group < scene.groups.len(),
        };
        self.drop_stale_pieces(scene);
        self.hovered = self.hovered.filter(is_there);
        self.pressed = self.pressed.filter(is_there);
    }

    fn wheel(&mut self, ui: &Ui, rect: Rect, response: &Response) {
        if !response.contains_pointer() {
            return;
        }
        let Some(pointer) = response.hover_pos() else { return };
        let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta, input.zoom_delta()));
        if (zoom - 1.0).abs() > 1e-4 {
            self.camera.zoom_at(pointer - rect.min, zoom);
        } else if scroll != Vec2::ZERO {
            self.camera.pan += scroll;
        }
    }

    fn take_hold(&mut self, scene: &Scene, origin: Pos2, extend: bool) {
        self.hold = match self.pressed {
            Some(Hit::Port(from, port)) => Hold::Connect { from, port, at: origin, over: None },
            Some(Hit::Card(card)) => {
                let names = scene.cards[card].tasks();
                if !names.iter().all(|name| self.selected.contains(name)) {
                    if !extend {
                        self.select_nothing();
                    }
                    self.selected.extend(names.iter().cloned());
                    self.selected_wire = None;
                }
                if scene.read_only {
                    Hold::Nothing
                } else {
                    Hold::moving(origin, scene.cards[card].at)
                }
            }
            Some(Hit::Wire(wire))
                if !scene.read_only
                    && rewire::end_at(scene, wire, origin, self.camera.zoom).is_some() =>
            {
                let loose = Loose::take(scene, wire, origin, self.camera.zoom);
                loose.map_or(Hold::Nothing, Hold::Loose)
            }
            Some(Hit::Piece(piece, part)) => self.take_piece(scene, (piece, part), origin, extend),
            Some(Hit::Wire(_)) | None => {
                if !extend {
                    self.select_nothing();
                }
                self.selected_wire = None;
                let base = (self.selected.clone(), self.pieces.selected.clone());
                Hold::Band { start: origin, now: origin, base }
            }
        };
    }

    fn drag_to(&mut self, ui: &Ui, rect: Rect, scene: &Scene, at: Pos2, response: &Response) {
        if !response.dragged() {
            return;
        }
        let (moved, others) = match self.hold {
            Hold::Move { .. } => self.moved_and_others(scene),
            _ => (Rect::NOTHING, Vec::new()),
        };
        let camera = &mut self.camera;
        match &mut self.hold {
            Hold::Move { start, anchor, by, guides } => {
                let raw = at - *start;
                let grid = snap(*anchor + raw) - (*anchor + raw);
                let moved = moved.translate(raw);
                let onto = guides::place(moved, &others, GUIDE_REACH / camera.zoom, grid);
                *by = raw + onto;
                *guides = guides::lines(moved.translate(onto), &others);
                ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
                creep(ui, camera, rect);
            }
            Hold::Band { start, now, base } => {
                *now = at;
                let band = Rect::from_two_pos(*start, at);
                let inside = scene
                    .cards
                    .iter()
                    .filter(|card| Rect::from_min_size(card.at, CARD).intersects(band))
                    .flat_map(|card| card.tasks().iter().cloned());
                self.selected = base.0.iter().cloned().chain(inside).collect();
                let notes = (0..scene.notes.len())
                    .filter(|note| self.pieces.note_rect(scene, *note).intersects(band))
                    .map(Piece::Note);
                let notes: Vec<Piece> = notes.collect();
                self.pieces.selected = base.1.iter().copied().chain(notes).collect();
                creep(ui, camera, rect);
            }
            Hold::Connect { at: end, over, .. } => {
                *end = at;
                // The in port sticks out of the card; a drop on it counts as one on the card.
                *over = hit::card_at(scene, at, |_| false)
                    .or_else(|| hit::card_at(scene, at + vec2(10.0, 0.0), |_| false));
                let own = ui
                    .input(|input| input.pointer.press_origin())
                    .is_some_and(|pressed| camera.to_canvas(rect.min, pressed).distance(at) < 12.0);
                if own {
                    *over = None;
                }
                ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
                creep(ui, camera, rect);
            }
            Hold::Loose(loose) => {
                loose.drag(scene, at);
                ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
                creep(ui, camera, rect);
            }
            Hold::Resize { note, grip, from } => {
                self.pieces.resized = Some((*note, grip.drag(*from, at)));
                ui.ctx().set_cursor_icon(grip.cursor());
                creep(ui, camera, rect);
            }
            Hold::Pan | Hold::Nothing => {}
        }
        self.onto = self.splice_target(scene, at);
    }

    /// What is dragged, where it lay; and what else is in view.
    fn moved_and_others(&self, scene: &Scene) -> (Rect, Vec<Rect>) {
        let view = self.view();
        let card = |card: usize| {
            let place = Rect::from_min_size(scene.cards[card].at, CARD);
            (place, self.is_card_selected(scene, card))
        };
        // Where a note would be without the drag.
        let resting = PieceMarks { by: Vec2::ZERO, ..self.pieces.clone() };
        let note = |note: usize| {
            let is_selected = resting.selected.contains(&Piece::Note(note));
            (resting.note_rect(scene, note), is_selected)
        };
        let all = (0..scene.cards.len()).map(card).chain((0..scene.notes.len()).map(note));
        let mut moved = Rect::NOTHING;
        let mut others = Vec::new();
        for (place, is_moved) in all {
            if is_moved {
                moved = moved.union(place);
            } else if place.intersects(view) {
                others.push(place);
            }
        }
        (moved, others)
    }

    /// The wire that a card would be put into if it were let go now. Only a card alone that has no wires of its own: one
    /// that has some is moved across wires every day, and would be torn out of its place.
    fn splice_target(&self, scene: &Scene, at: Pos2) -> Option<usize> {
        let by = self.hold.moved()?;
        let name = self.only_selected().filter(|_| self.pieces.selected.is_empty())?;
        let card = scene.index_of(name.as_str())?;
        if scene.wires.iter().any(|wire| wire.from == card || wire.to == card) {
            return None;
        }
        let middle = scene.cards[card].at + by + CARD / 2.0;
        let reach = 20.0 / self.camera.zoom.max(0.5);
        hit::wire_at(scene, middle, reach).or_else(|| hit::wire_at(scene, at, reach / 2.0))
    }

    fn let_go(&mut self, scene: &Scene, gestures: &mut Vec<Gesture>) {
        let regrouped = self.regrouped(scene).into_iter();
        let regrouped = regrouped.map(|(card, to)| (scene.cards[card].name.clone(), to));
        let regrouped = regrouped.collect();
        let onto = self.onto.take();
        match std::mem::take(&mut self.hold) {
            Hold::Loose(loose) => gestures.extend(loose.let_go(scene)),
            Hold::Move { .. } if onto.is_some() => {
                let spliced = onto.zip(self.only_selected());
                gestures.extend(
                    spliced.map(|(wire, task)| Gesture::Splice {
                        task,
                        ends: scene.ends[wire].clone(),
                    }),
                );
            }
            Hold::Move { by, .. } if by != Vec2::ZERO => {
                let tasks = self.selected.iter().cloned().collect();
                let notes = self.selected_notes();
                gestures.push(Gesture::Move { tasks, notes, regrouped, by });
            }
            Hold::Resize { .. } => {
                let resized = self.pieces.resized.take();
                gestures.extend(resized.map(|(note, rect)| Gesture::Resize { note, rect }));
            }
            Hold::Connect { from, port, over: Some(to), .. } => {
                gestures.push(match connect::check(scene, from, port, to, None) {
                    Ok(()) => Gesture::Connect {
                        from: scene.cards[from].name.clone(),
                        to: scene.cards[to].name.clone(),
                        on: port.condition(),
                    },
                    Err(reason) => Gesture::Refused(reason),
                });
            }
            // A wire that is let go on nothing asks what it should lead to; near its own port it was a slip.
            Hold::Connect { from, port, at, over: None } => {
                let start = scene.cards[from].at + port.offset();
                if start.distance(at) > 32.0 {
                    let after = Some((scene.cards[from].name.clone(), port.condition()));
                    gestures.push(Gesture::Pick { at, after });
                }
            }
            _ => {}
        }
    }

    pub(super) fn click(&mut self, scene: &Scene, hit: Option<Hit>, extend: bool) {
        match hit {
            Some(Hit::Card(card) | Hit::Port(card, _)) => {
                let names = scene.cards[card].tasks();
                self.selected_wire = None;
                if !extend {
                    self.select_nothing();
                    self.selected.extend(names.iter().cloned());
                    let group = scene.cards[card].group.map(Piece::Group);
                    self.pieces.selected.extend(group);
                } else if names.iter().all(|name| self.selected.contains(name)) {
                    self.selected.retain(|name| !names.contains(name));
                } else {
                    self.selected.extend(names.iter().cloned());
                }
            }
            Some(Hit::Piece(piece, _)) => self.select_piece(scene, piece, extend),
            Some(Hit::Wire(wire)) => {
                self.select_nothing();
                self.selected_wire = Some(scene.ends[wire].clone());
            }
            None if !extend => self.select_nothing(),
            None => {}
        }
    }
}

/// What a double click is for: a new task on nothing, typing in a note or a group's name, a collapsed group opened.
fn opened(scene: &Scene, hit: Option<Hit>, at: Pos2) -> Option<Gesture> {
    match hit {
        Some(Hit::Card(card)) if scene.cards[card].group.is_none() => Some(Gesture::Open),
        _ if scene.read_only => None,
        None => Some(Gesture::Pick { at, after: None }),
        Some(Hit::Piece(piece, Part::Body)) => Some(Gesture::Edit(piece)),
        Some(Hit::Card(card)) => scene.cards[card].group.map(Gesture::Fold),
        _ => None,
    }
}

/// The wish for a task in the middle of a wire.
pub(super) fn insert(scene: &Scene, wire: usize, zoom: f32) -> Option<Gesture> {
    let at = plus::at(scene, wire, zoom)?;
    Some(Gesture::Insert { ends: scene.ends[wire].clone(), at })
}

/// Scrolls while something is dragged to the rim of the view.
fn creep(ui: &Ui, camera: &mut super::Camera, rect: Rect) {
    let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else { return };
    let rim = 24.0;
    let push = |low: f32, high: f32, at: f32| {
        if at < low + rim {
            ((low + rim - at) / 3.0).min(12.0)
        } else if at > high - rim {
            -((at - high + rim) / 3.0).min(12.0)
        } else {
            0.0
        }
    };
    let by = vec2(
        push(rect.left(), rect.right(), pointer.x),
        push(rect.top(), rect.bottom(), pointer.y),
    );
    if by != Vec2::ZERO {
        camera.pan += by;
        ui.ctx().request_repaint();
    }
}

/// The nearest point of the grid.
pub(super) fn snap(at: Pos2) -> Pos2 {
    Pos2::new((at.x / GRID).round() * GRID, (at.y / GRID).round() * GRID)
}
