//! The hands on the canvas: press, drag, release, wheel, turned into camera moves, selection and gestures.
//!
//! Keys are not here: they are commands of the app.

use std::collections::BTreeSet;

use egui::{CursorIcon, Key, PointerButton, Pos2, Rect, Response, Ui, Vec2, vec2};
use millrace_model::ident::Ident;

use super::connect;
use super::hit::{self, Hit};
use super::scene::{CARD, GRID, Port, Scene};
use super::view::{Canvas, Gesture};

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
        /// How far they are moved now, snapped to the grid.
        by: Vec2,
    },
    /// A corner of the rubber band.
    Band {
        /// The fixed corner, in canvas points.
        start: Pos2,
        /// The moving corner.
        now: Pos2,
        /// What was selected before and stays so.
        base: BTreeSet<Ident>,
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
}

impl Hold {
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
        }

        let at = pointer.map(|pos| self.camera.to_canvas(rect.min, pos));
        let reach = (7.0 / self.camera.zoom).min(40.0);
        let hit = at.filter(|_| response.contains_pointer() || response.dragged()).and_then(|at| {
            hit::at(
                scene,
                at,
                reach,
                |index| self.selected.contains(&scene.cards[index].name),
                |card, port| self.port_shown(scene, card, port),
            )
        });
        if matches!(self.hold, Hold::Nothing) && !panning {
            self.hovered = hit;
            match hit {
                Some(Hit::Port(..)) => ui.ctx().set_cursor_icon(CursorIcon::Crosshair),
                Some(Hit::Card(_) | Hit::Wire(_)) => {
                    ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
                }
                None => {}
            }
        }
        if ui.input(|input| input.pointer.primary_pressed()) {
            // A drag is known as one only when the pointer has left the spot where it began; in a slow frame it has
            // left it already.
            let origin = ui.input(|input| input.pointer.press_origin());
            let origin = origin.filter(|_| response.is_pointer_button_down_on());
            self.pressed = origin.map(|pos| self.camera.to_canvas(rect.min, pos)).and_then(|at| {
                hit::at(
                    scene,
                    at,
                    reach,
                    |index| self.selected.contains(&scene.cards[index].name),
                    |card, port| self.port_shown(scene, card, port),
                )
            });
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
        if response.drag_stopped_by(PointerButton::Primary) {
            self.let_go(scene, gestures);
        }
        if response.double_clicked_by(PointerButton::Primary)
            && hit.is_none()
            && !scene.read_only
            && let Some(at) = at
        {
            gestures.push(Gesture::Pick { at, after: None });
        } else if response.clicked_by(PointerButton::Primary) {
            self.click(scene, hit, extend);
        }
        if response.clicked_by(PointerButton::Secondary) {
            self.menu_card = match hit {
                Some(Hit::Card(card) | Hit::Port(card, _)) => {
                    let name = scene.cards[card].name.clone();
                    if !self.selected.contains(&name) {
                        self.click(scene, hit, false);
                    }
                    Some(name)
                }
                _ => None,
            };
        }
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
        let is_there = |hit: &Hit| match *hit {
            Hit::Card(card) | Hit::Port(card, _) => card < count,
            Hit::Wire(wire) => wire < scene.wires.len(),
        };
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
                let name = &scene.cards[card].name;
                if !self.selected.contains(name) {
                    if !extend {
                        self.selected.clear();
                    }
                    self.selected.insert(name.clone());
                    self.selected_wire = None;
                }
                if scene.read_only {
                    Hold::Nothing
                } else {
                    Hold::Move { start: origin, anchor: scene.cards[card].at, by: Vec2::ZERO }
                }
            }
            Some(Hit::Wire(_)) | None => {
                let base = if extend { self.selected.clone() } else { BTreeSet::new() };
                self.selected_wire = None;
                Hold::Band { start: origin, now: origin, base }
            }
        };
    }

    fn drag_to(&mut self, ui: &Ui, rect: Rect, scene: &Scene, at: Pos2, response: &Response) {
        if !response.dragged() {
            return;
        }
        let camera = &mut self.camera;
        match &mut self.hold {
            Hold::Move { start, anchor, by } => {
                let raw = at - *start;
                let snapped = snap(*anchor + raw);
                *by = snapped - *anchor;
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
                    .map(|card| card.name.clone());
                self.selected = base.iter().cloned().chain(inside).collect();
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
            Hold::Pan | Hold::Nothing => {}
        }
    }

    fn let_go(&mut self, scene: &Scene, gestures: &mut Vec<Gesture>) {
        match std::mem::take(&mut self.hold) {
            Hold::Move { by, .. } if by != Vec2::ZERO => {
                let tasks = scene
                    .cards
                    .iter()
                    .filter(|card| self.selected.contains(&card.name))
                    .map(|card| card.name.clone())
                    .collect();
                gestures.push(Gesture::Move { tasks, by });
            }
            Hold::Connect { from, port, over: Some(to), .. } => {
                gestures.push(match connect::check(scene, from, port, to) {
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

    fn click(&mut self, scene: &Scene, hit: Option<Hit>, extend: bool) {
        match hit {
            Some(Hit::Card(card) | Hit::Port(card, _)) => {
                let name = scene.cards[card].name.clone();
                self.selected_wire = None;
                if !extend {
                    self.selected = BTreeSet::from([name]);
                } else if !self.selected.remove(&name) {
                    self.selected.insert(name);
                }
            }
            Some(Hit::Wire(wire)) => {
                let wire = &scene.wires[wire];
                let ends = (scene.cards[wire.from].name.clone(), scene.cards[wire.to].name.clone());
                self.selected.clear();
                self.selected_wire = Some(ends);
            }
            None if !extend => {
                self.selected.clear();
                self.selected_wire = None;
            }
            None => {}
        }
    }
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
