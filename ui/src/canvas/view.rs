//! One canvas: its camera, what is selected, and the frame that ties drawing and hands together.

use std::collections::{BTreeSet, HashSet};

use egui::{Align2, CornerRadius, Id, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, vec2};
use millrace_model::document::AtomSet;
use millrace_model::ident::Ident;

use super::camera::Camera;
use super::card::{Marks, port_color};
use super::draw::Drawing;
use super::hands::Hold;
use super::hit::Hit;
use super::name_wires::OnWire;
use super::piece::Piece;
use super::scene::{CARD, CardView, IN_PORT, Port, Scene};
use super::under::{self, PieceMarks};
use super::wire::WireMarks;
use super::{badge, bezier, connect, guides, hands, name_pieces, name_wires, names, plus};
use crate::theme::{self, Palette};
use crate::widgets::elide;

/// A canvas and what a person is doing on it.
#[derive(Default)]
pub(crate) struct Canvas {
    /// What part is seen.
    pub(crate) camera: Camera,
    /// The selected tasks.
    pub(crate) selected: BTreeSet<Ident>,
    /// What is done with notes and groups.
    pub(crate) pieces: PieceMarks,
    /// The selected wire, by its ends.
    pub(crate) selected_wire: Option<(Ident, Ident)>,
    /// Where the canvas was drawn last.
    pub(crate) rect: Option<Rect>,
    pub(super) hold: Hold,
    pub(super) hovered: Option<Hit>,
    /// What lay under the pointer when the button went down.
    pub(super) pressed: Option<Hit>,
    /// The wire that the moved card would be put into.
    pub(super) onto: Option<usize>,
    pub(super) drawing: Drawing,
    /// Fit as soon as the size of the view is known.
    pub(crate) fit_when_shown: bool,
    /// The scene's revision when it was drawn last.
    seen_revision: u64,
    /// At which ports wires start in it, for each card.
    used: Vec<[bool; 3]>,
    /// What the context menu is about.
    pub(crate) menu_of: MenuOf,
}

/// What a context menu is about.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum MenuOf {
    /// The empty ground.
    #[default]
    Ground,
    /// A task.
    Card(Ident),
    /// The selected wire.
    Wire,
    /// A note or a group.
    Piece(Piece),
}

/// What a person did on the canvas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Gesture {
    /// Moved these cards.
    Move {
        /// Which.
        tasks: Vec<Ident>,
        /// And these notes.
        notes: Vec<usize>,
        /// These of them are in another group now, or in none.
        regrouped: Vec<(Ident, Option<usize>)>,
        /// How far, in canvas points.
        by: Vec2,
    },
    /// Drew a wire.
    Connect {
        /// From this task.
        from: Ident,
        /// To that one.
        to: Ident,
        /// With this condition.
        on: AtomSet,
    },
    /// Led a wire elsewhere, or gave it the condition of another port.
    Rewire {
        /// The tasks that it leads from and to.
        ends: (Ident, Ident),
        /// The tasks that it is to lead from and to.
        new_ends: (Ident, Ident),
        /// The condition that it is to have.
        on: AtomSet,
    },
    /// Let go of a wire on nothing.
    Cut {
        /// The task that it leads from.
        from: Ident,
        /// The task that it leads to.
        to: Ident,
    },
    /// Dropped a card on a wire.
    Splice {
        /// Its task.
        task: Ident,
        /// The tasks that the wire leads from and to.
        ends: (Ident, Ident),
    },
    /// Asked for a new task in the middle of a wire.
    Insert {
        /// The tasks that it leads from and to.
        ends: (Ident, Ident),
        /// Where its middle lies, in canvas points.
        at: egui::Pos2,
    },
    /// Dragged a side or a corner of a note.
    Resize {
        /// Which.
        note: usize,
        /// What it is to be, in canvas points.
        rect: Rect,
    },
    /// Wants the selected task opened as what it is.
    Open,
    /// Wants to type in a note, or a group's name.
    Edit(Piece),
    /// Wants a group as one card, or all that is in it.
    Fold(usize),
    /// Clicked a link.
    OpenLink(String),
    /// Drew a wire that may not be.
    Refused(String),
    /// Asked for a new task.
    Pick {
        /// Where, in canvas points.
        at: egui::Pos2,
        /// What it follows: a wire was dropped on nothing.
        after: Option<(Ident, AtomSet)>,
    },
}

impl Canvas {
    /// A canvas that fits its scene when it is first shown.
    pub(crate) fn fitted() -> Self {
        Self { fit_when_shown: true, ..Self::default() }
    }

    /// Draws the scene into `rect` and takes in what the person does there.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        scene: &Scene,
        pulse: Option<f32>,
    ) -> (Vec<Gesture>, egui::Response) {
        self.rect = Some(rect);
        if self.seen_revision != scene.revision {
            self.seen_revision = scene.revision;
            if !self.selected.is_empty() {
                let known: HashSet<&Ident> =
                    scene.cards.iter().flat_map(|card| card.tasks()).collect();
                self.selected.retain(|name| known.contains(name));
            }
            self.drop_stale_pieces(scene);
            self.pieces.sizes = under::measure(ui, scene);
            self.used = scene.used_ports();
        }
        if std::mem::take(&mut self.fit_when_shown) {
            self.camera.fit(bounds(scene, &self.pieces), rect.size());
        }
        let id = ui.id().with("canvas");
        let mut gestures = Vec::new();
        if let Some(response) = ui.ctx().read_response(id) {
            self.take_input(ui, rect, scene, &response, &mut gestures);
        }
        self.draw(ui, rect, scene, pulse);
        let response = ui.interact(rect, id, Sense::click_and_drag());
        names::name_canvas(&response, scene);
        if let Some(card) = names::name_cards(ui, rect, self, scene) {
            self.click(scene, Some(Hit::Card(card)), false);
            ui.ctx().request_repaint();
        }
        if let Some(piece) = name_pieces::name_pieces(ui, rect, self, scene) {
            self.select_piece(scene, piece, false);
            ui.ctx().request_repaint();
        }
        badge::name_badges(ui, rect, self, scene);
        match name_wires::name_wires(ui, rect, self, scene) {
            Some(OnWire::Select(wire)) => {
                self.select_nothing();
                self.selected_wire = Some(scene.ends[wire].clone());
                ui.ctx().request_repaint();
            }
            Some(OnWire::Insert(wire)) => {
                gestures.extend(hands::insert(scene, wire, self.camera.zoom));
            }
            None => {}
        }
        self.draw_overlay(ui, rect, scene);
        (gestures, response)
    }

    /// The selected task, where it is one.
    pub(crate) fn only_selected(&self) -> Option<Ident> {
        let mut selected = self.selected.iter();
        selected.next().filter(|_| selected.next().is_none()).cloned()
    }

    /// Whether a wire hangs from the pointer.
    pub(crate) fn is_connecting(&self) -> bool {
        matches!(self.hold, Hold::Connect { .. })
    }

    /// The middle of the view, in canvas points.
    pub(crate) fn middle(&self) -> Option<egui::Pos2> {
        self.rect.map(|rect| self.camera.to_canvas(rect.min, rect.center()))
    }

    /// What is in view, in canvas points.
    pub(crate) fn view(&self) -> Rect {
        let rect = self.rect.unwrap_or(Rect::ZERO);
        let corner = |at| self.camera.to_canvas(rect.min, at);
        Rect::from_min_max(corner(rect.min), corner(rect.max))
    }

    /// Brings a point into the middle of the view.
    pub(crate) fn centre_on(&mut self, at: egui::Pos2) {
        let size = self.rect.map_or(Vec2::ZERO, |rect| rect.size());
        self.camera.pan = size / 2.0 - at.to_vec2() * self.camera.zoom;
    }

    /// Selects one task and brings it into view.
    pub(crate) fn select_and_reveal(&mut self, scene: &Scene, name: &Ident) {
        let Some(index) = scene.index_of(name.as_str()) else { return };
        self.select_nothing();
        self.selected = BTreeSet::from([name.clone()]);
        if let Some(rect) = self.rect {
            let card = Rect::from_min_size(scene.cards[index].at, CARD);
            self.camera.reveal(card, rect.size());
        }
    }

    /// Selects a note or a group and brings it into view.
    pub(crate) fn reveal_piece(&mut self, scene: &Scene, piece: Piece) {
        self.select_piece(scene, piece, false);
        let place = match piece {
            Piece::Note(note) if note < scene.notes.len() => {
                Some(self.pieces.note_rect(scene, note))
            }
            Piece::Note(_) => None,
            Piece::Group(group) => super::frame(scene, group, |_| Vec2::ZERO).or_else(|| {
                let card = *scene.groups.get(group)?.cards.first()?;
                Some(Rect::from_min_size(scene.cards[card].at, CARD))
            }),
        };
        if let Some((place, rect)) = place.zip(self.rect) {
            self.camera.reveal(place, rect.size());
        }
    }

    /// Whether a card, or a task that it stands for, is selected.
    pub(super) fn is_card_selected(&self, scene: &Scene, card: usize) -> bool {
        scene.cards[card].tasks().iter().any(|task| self.selected.contains(task))
    }

    /// The ends of the wire at a point, in canvas points.
    pub(crate) fn wire_at(&self, scene: &Scene, at: egui::Pos2) -> Option<(Ident, Ident)> {
        let reach = (14.0 / self.camera.zoom).min(40.0);
        match super::hit::at(scene, at, reach, |_| false, |_, _| false) {
            Some(Hit::Wire(wire)) if !scene.is_of_group(wire) => Some(scene.ends[wire].clone()),
            _ => None,
        }
    }

    /// Whether everything is in view.
    pub(crate) fn shows_all(&self, scene: &Scene) -> bool {
        self.view().contains_rect(self.bounds(scene))
    }

    /// Shows everything.
    pub(crate) fn fit(&mut self, scene: &Scene) {
        let size = self.rect.map_or(Vec2::ZERO, |rect| rect.size());
        self.camera.fit(self.bounds(scene), size);
    }

    /// The rectangle around everything.
    pub(crate) fn bounds(&self, scene: &Scene) -> Rect {
        bounds(scene, &self.pieces)
    }

    /// Shows what is selected, or everything where nothing is.
    pub(crate) fn fit_selection(&mut self, scene: &Scene) {
        if self.selected.is_empty() && self.selected_notes().is_empty() {
            return self.fit(scene);
        }
        let size = self.rect.map_or(Vec2::ZERO, |rect| rect.size());
        let is_selected =
            |card: &CardView| card.tasks().iter().any(|task| self.selected.contains(task));
        let notes = self.selected_notes().into_iter();
        let notes = notes.filter(|note| *note < scene.notes.len());
        let around = notes
            .map(|note| self.pieces.note_rect(scene, note))
            .fold(scene.bounds(is_selected), Rect::union);
        self.camera.fit(around, size);
    }

    /// Zooms around the middle of the view.
    pub(crate) fn zoom_by(&mut self, factor: f32) {
        let size = self.rect.map_or(Vec2::ZERO, |rect| rect.size());
        self.camera.zoom_at(size / 2.0, factor);
    }

    /// Back to 100 %, around the middle of the view.
    pub(crate) fn zoom_100(&mut self) {
        self.zoom_by(1.0 / self.camera.zoom);
    }

    /// Whether something is being dragged.
    pub(crate) fn is_holding(&self) -> bool {
        !matches!(self.hold, Hold::Nothing)
    }

    /// Whether the pointer is on this wire and holds nothing.
    pub(super) fn hovers_wire(&self, wire: usize) -> bool {
        self.hovered == Some(Hit::Wire(wire)) && matches!(self.hold, Hold::Nothing)
    }

    /// Whether a card's port can be seen now.
    pub(super) fn port_shown(&self, scene: &Scene, card: usize, port: Port) -> bool {
        let is_group = scene.cards[card].group.is_some();
        if (port == Port::Succeeded && !is_group) || self.used_ports(card)[port as usize] {
            return true;
        }
        if scene.read_only || is_group {
            return false;
        }
        let hovered = matches!(self.hovered, Some(Hit::Card(c) | Hit::Port(c, _)) if c == card);
        hovered || self.is_card_selected(scene, card)
    }

    /// At which ports of a card wires start, in the order of [`Port::ALL`].
    fn used_ports(&self, card: usize) -> [bool; 3] {
        self.used.get(card).copied().unwrap_or_default()
    }

    fn draw(&mut self, ui: &mut Ui, rect: Rect, scene: &Scene, pulse: Option<f32>) {
        let mut drawing = std::mem::take(&mut self.drawing);
        let this = &*self;
        let hanging = match this.hold {
            Hold::Connect { from, port, over: Some(to), .. } => {
                Some((to, connect::check(scene, from, port, to, None).is_ok()))
            }
            Hold::Loose(ref loose) => loose.verdict(scene),
            _ => None,
        };
        let moved = this.hold.moved();
        let loose = match &this.hold {
            Hold::Loose(loose) => Some(loose),
            _ => None,
        };
        let shows_ports = loose.and_then(|loose| loose.shows_ports_of());
        let (by, regrouped) = (moved.unwrap_or_default(), this.regrouped(scene));
        let pieces = PieceMarks { by, regrouped, ..this.pieces.clone() };
        if let Hold::Move { guides, .. } = &this.hold {
            // Below the cards: it leads from one to the next, and strikes no name through.
            let painter = ui.painter().with_clip_rect(rect);
            let stroke = Stroke::new(1.0, Palette::of(ui).accent);
            guides::draw(&painter, rect.min, this.camera, guides, stroke);
        }
        drawing.show(
            ui,
            (rect, this.camera),
            (scene, &pieces),
            |index| {
                let card = &scene.cards[index];
                let hovered =
                    matches!(this.hovered, Some(Hit::Card(c) | Hit::Port(c, _)) if c == index);
                let selected = this.is_card_selected(scene, index);
                let is_group = card.group.is_some();
                let mut ports = this.used_ports(index);
                ports[0] |= !is_group;
                let can_be_taken = hovered || selected || shows_ports == Some(index);
                if can_be_taken && !scene.read_only && !is_group {
                    ports = [true; 3];
                }
                let running = card.state == Some(millrace_model::event::TaskState::Running);
                Marks {
                    selected,
                    hovered,
                    ports,
                    verdict: hanging.filter(|(to, _)| *to == index).map(|(_, fine)| fine),
                    pulse: if running { pulse.unwrap_or(0.0) } else { 0.0 },
                }
            },
            |index| {
                let is_selected = this.selected_wire.as_ref() == Some(&scene.ends[index]);
                WireMarks {
                    selected: is_selected || this.onto == Some(index),
                    hovered: this.hovered == Some(Hit::Wire(index)),
                    loose: loose.is_some_and(|loose| loose.wire == index),
                }
            },
            |index| match moved {
                Some(by) if this.is_card_selected(scene, index) => by,
                _ => Vec2::ZERO,
            },
        );
        self.drawing = drawing;
    }

    /// The rubber band and the wire that hangs from the pointer.
    fn draw_overlay(&self, ui: &Ui, rect: Rect, scene: &Scene) {
        let p = Palette::of(ui);
        let painter = ui.painter().with_clip_rect(rect);
        match &self.hold {
            Hold::Band { start, now, .. } => {
                let band = Rect::from_two_pos(
                    self.camera.to_screen(rect.min, *start),
                    self.camera.to_screen(rect.min, *now),
                );
                painter.rect(
                    band,
                    CornerRadius::same(2),
                    p.accent.gamma_multiply(0.12),
                    Stroke::new(1.0, p.accent),
                    StrokeKind::Inside,
                );
            }
            Hold::Connect { from, port, at, over } => {
                let zoom = self.camera.zoom;
                let start = scene.cards[*from].at + port.offset();
                let start = self.camera.to_screen(rect.min, start);
                let verdict = over.map(|to| connect::check(scene, *from, *port, to, None));
                let end = match (over, &verdict) {
                    (Some(to), Some(Ok(()))) => {
                        self.camera.to_screen(rect.min, scene.cards[*to].at + IN_PORT)
                    }
                    _ => self.camera.to_screen(rect.min, *at),
                };
                let refused = matches!(verdict, Some(Err(_)));
                let color = if refused { p.bad } else { port_color(p, *port) };
                let points = bezier::curve(start, end, zoom);
                let line = bezier::flatten(&points, 32);
                painter.add(egui::Shape::line(line, Stroke::new(2.0, color)));
                painter.circle_filled(end, 5.0 * zoom.max(0.6), color);
                let (words, ink) = match verdict {
                    Some(Err(reason)) => (reason, p.bad),
                    Some(Ok(())) => (format!("connect {}", port.words()), p.text),
                    None => (format!("drop on a task · {}", port.words()), p.dim),
                };
                say_at(ui, self.camera.to_screen(rect.min, *at), rect, &words, ink);
            }
            Hold::Loose(loose) => loose.draw(ui, rect, self.camera, scene),
            Hold::Move { .. } => {
                let at = ui.input(|input| input.pointer.latest_pos());
                if let Some((wire, at)) = self.onto.zip(at) {
                    let title = |card: usize| &scene.cards[card].title;
                    let wire = &scene.wires[wire];
                    let words = format!("insert into {} → {}", title(wire.from), title(wire.to));
                    say_at(ui, at, rect, &words, p.text);
                } else if let Some((words, at)) = self.regroup_words(scene).zip(at) {
                    say_at(ui, at, rect, &words, p.text);
                }
            }
            Hold::Nothing => self.draw_plus(ui, rect, scene),
            Hold::Pan | Hold::Resize { .. } => {}
        }
    }

    /// The button on the wire under the pointer, or on the selected one.
    fn draw_plus(&self, ui: &Ui, rect: Rect, scene: &Scene) {
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let pointer = pointer.map(|at| self.camera.to_canvas(rect.min, at));
        let zoom = self.camera.zoom;
        for wire in 0..scene.wires.len() {
            let is_selected = self.selected_wire.as_ref() == Some(&scene.ends[wire]);
            if !is_selected && !self.hovers_wire(wire) {
                continue;
            }
            if let Some(at) = plus::at(scene, wire, zoom) {
                let hot = pointer.is_some_and(|point| plus::is_at(scene, wire, point, zoom));
                plus::draw(ui, rect, self.camera, at, hot && self.hovers_wire(wire));
            }
        }
    }
}

/// A small label beside the pointer, kept inside `rect`.
pub(super) fn say_at(ui: &Ui, at: egui::Pos2, rect: Rect, words: &str, ink: egui::Color32) {
    let p = Palette::of(ui);
    let galley = elide(ui.ctx(), words, theme::sans(theme::SMALL), ink, 420.0);
    let size = galley.size() + vec2(16.0, 10.0);
    let room = rect.shrink(8.0);
    let left = (at.x + 16.0).min(room.right() - size.x).max(room.left());
    let top = (at.y + 18.0).min(room.bottom() - size.y).max(room.top());
    let label = Rect::from_min_size(egui::pos2(left, top).round(), size);
    let painter = ui.painter().with_clip_rect(rect);
    let radius = CornerRadius::same(theme::RADIUS);
    painter.add(p.shadow(12, 4).as_shape(label, radius));
    painter.rect(label, radius, p.panel, Stroke::new(1.0, p.line), StrokeKind::Inside);
    let text = Align2::CENTER_CENTER.anchor_size(label.center(), galley.size());
    painter.galley(text.min.round(), galley, ink);
}

/// The rectangle around everything.
pub(super) fn bounds(scene: &Scene, pieces: &PieceMarks) -> Rect {
    let notes = (0..scene.notes.len()).map(|note| pieces.note_rect(scene, note));
    let frames =
        (0..scene.groups.len()).filter_map(|group| super::frame(scene, group, |_| Vec2::ZERO));
    notes.chain(frames).fold(scene.bounds(|_| true), Rect::union)
}

/// The egui id under which a card is known to assistive technology.
pub(super) fn card_id(ui: &Ui, name: &Ident) -> Id {
    ui.id().with(("card", name.as_str()))
}
