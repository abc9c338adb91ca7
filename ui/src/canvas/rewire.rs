//! A wire that was taken at one of its ends: where it may go, how it looks meanwhile, what is done when it is let go.

use egui::{Pos2, Rect, Stroke, Ui};
use millrace_model::document::AtomSet;

use super::camera::Camera;
use super::card::port_color;
use super::scene::{CARD, IN_PORT, Port, Scene};
use super::view::{Gesture, say_at};
use super::{bezier, connect, hit};
use crate::theme::Palette;

/// How near its end a wire has to be taken, in points of the screen.
const GRASP: f32 = 36.0;
/// How far it has to be dragged to be let go on nothing, in canvas points: less was a slip.
const SLIP: f32 = 32.0;

/// An end of a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At the out port.
    From,
    /// At the in port.
    To,
}

/// A wire with a loose end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Loose {
    /// The wire, by its place in the scene.
    pub(super) wire: usize,
    end: End,
    /// Where the loose end is, in canvas points.
    at: Pos2,
    /// What lies under it: a card, and one of its ports where it is that near.
    over: Option<(usize, Option<Port>)>,
}

/// What becomes of a wire that is let go.
enum Outcome {
    /// It leads from here to there now.
    Leads(usize, usize, AtomSet),
    /// It leads where it led.
    Same,
}

impl Loose {
    /// The wire with the end loose that was taken at `point`; none where that is neither.
    pub(super) fn take(scene: &Scene, wire: usize, point: Pos2, zoom: f32) -> Option<Self> {
        let end = end_at(scene, wire, point, zoom)?;
        Some(Self { wire, end, at: point, over: None })
    }

    /// The card under the loose end, and whether the wire may lead there.
    pub(super) fn verdict(&self, scene: &Scene) -> Option<(usize, bool)> {
        let (card, _) = self.over?;
        Some((card, self.outcome(scene).is_ok()))
    }

    /// The card whose ports are shown because one of them can be chosen.
    pub(super) fn shows_ports_of(&self) -> Option<usize> {
        self.over.filter(|_| self.end == End::From).map(|(card, _)| card)
    }

    /// Whether it is about things that are all there.
    pub(super) fn is_within(&self, scene: &Scene) -> bool {
        let is_card = |(card, _)| card < scene.cards.len();
        self.wire < scene.wires.len() && self.over.is_none_or(is_card)
    }

    /// The loose end follows the pointer.
    pub(super) fn drag(&mut self, scene: &Scene, at: Pos2) {
        self.at = at;
        // Ports stick out of the card; a drop on one counts as one on the card.
        let out = egui::vec2(if self.end == End::To { 10.0 } else { -10.0 }, 0.0);
        let card =
            hit::card_at(scene, at, |_| false).or_else(|| hit::card_at(scene, at + out, |_| false));
        self.over = card.map(|card| {
            let corner = scene.cards[card].at;
            let far = |port: &Port| (corner + port.offset()).distance(at);
            let nearest = Port::ALL.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)));
            (card, nearest.filter(|port| self.end == End::From && far(port) < 12.0))
        });
    }

    /// What letting it go does.
    pub(super) fn let_go(&self, scene: &Scene) -> Option<Gesture> {
        let (from, to) = scene.ends[self.wire].clone();
        if self.over.is_none() {
            let was_slip = home(scene, self.wire, self.end).distance(self.at) < SLIP;
            return (!was_slip).then_some(Gesture::Cut { from, to });
        }
        match self.outcome(scene) {
            Ok(Outcome::Leads(new_from, new_to, on)) => Some(Gesture::Rewire {
                ends: (from, to),
                new_ends: (scene.cards[new_from].name.clone(), scene.cards[new_to].name.clone()),
                on,
            }),
            Ok(Outcome::Same) => None,
            Err(reason) => Some(Gesture::Refused(reason)),
        }
    }

    fn outcome(&self, scene: &Scene) -> Result<Outcome, String> {
        let wire = &scene.wires[self.wire];
        let Some((card, port)) = self.over else { return Ok(Outcome::Same) };
        let is_home = |card| card == if self.end == End::To { wire.to } else { wire.from };
        let (from, to) = match self.end {
            End::To => (wire.from, card),
            End::From => (card, wire.to),
        };
        // A port that the wire does not start at already stands for its condition.
        let on = match port.filter(|port| *port != Port::of(wire.on)) {
            Some(port) => port.condition(),
            None => wire.on,
        };
        if is_home(card) {
            let is_same = on == wire.on;
            return Ok(if is_same { Outcome::Same } else { Outcome::Leads(from, to, on) });
        }
        connect::check(scene, from, Port::of(on), to, Some(self.wire))?;
        Ok(Outcome::Leads(from, to, on))
    }

    /// The wire as it hangs, and what letting it go would do.
    pub(super) fn draw(&self, ui: &Ui, rect: Rect, camera: Camera, scene: &Scene) {
        let p = Palette::of(ui);
        let wire = &scene.wires[self.wire];
        let screen = |at: Pos2| camera.to_screen(rect.min, at);
        let outcome = self.outcome(scene);
        let at = match (&outcome, self.over) {
            (Ok(_), Some((card, port))) => {
                let corner = scene.cards[card].at;
                match self.end {
                    End::To => corner + IN_PORT,
                    End::From => corner + port.unwrap_or(Port::of(wire.on)).offset(),
                }
            }
            _ => self.at,
        };
        let fixed = home(scene, self.wire, self.end.other());
        let (start, end) = if self.end == End::To { (fixed, at) } else { (at, fixed) };
        let on = match &outcome {
            Ok(Outcome::Leads(.., on)) => *on,
            _ => wire.on,
        };
        let title = |card: usize| scene.cards[card].title.as_str();
        let (words, ink) = match (&outcome, self.over) {
            (Err(reason), _) => (reason.clone(), p.bad),
            (_, None) => ("let go to delete  ·  drop on a task to move".to_owned(), p.dim),
            (Ok(Outcome::Leads(from, to, on)), _) => {
                let how = Port::of(*on).words();
                (format!("{} → {} {how}", title(*from), title(*to)), p.text)
            }
            (Ok(Outcome::Same), _) => ("back where it was".to_owned(), p.dim),
        };
        let color = if outcome.is_err() { p.bad } else { port_color(p, Port::of(on)) };
        let points = bezier::curve(screen(start), screen(end), camera.zoom);
        let painter = ui.painter().with_clip_rect(rect);
        painter.add(egui::Shape::line(bezier::flatten(&points, 32), Stroke::new(2.0, color)));
        painter.circle_filled(screen(at), 5.0 * camera.zoom.max(0.6), color);
        say_at(ui, screen(self.at), rect, &words, ink);
    }
}

impl End {
    fn other(self) -> Self {
        match self {
            Self::From => Self::To,
            Self::To => Self::From,
        }
    }
}

/// The end of a wire that can be taken at `point`.
pub(super) fn end_at(scene: &Scene, wire: usize, point: Pos2, zoom: f32) -> Option<End> {
    if scene.is_of_group(wire) {
        return None;
    }
    let (start, end) = (home(scene, wire, End::From), home(scene, wire, End::To));
    // The middle of a short wire stays free for what is done there.
    let grasp = (GRASP / zoom).min(start.distance(end) * 0.35);
    if end.distance(point) <= grasp {
        Some(End::To)
    } else {
        (start.distance(point) <= grasp).then_some(End::From)
    }
}

/// Where an end of a wire lies.
fn home(scene: &Scene, wire: usize, end: End) -> Pos2 {
    let wire = &scene.wires[wire];
    match end {
        End::From => scene.cards[wire.from].at + Port::of(wire.on).offset(),
        End::To => scene.cards[wire.to].at + IN_PORT,
    }
}

/// The wire whose end is taken at the in port under `point`: the selected one, else the last.
pub(super) fn at_in_port(
    scene: &Scene,
    point: Pos2,
    is_selected: impl Fn(usize) -> bool,
) -> Option<usize> {
    let near = |wire: &usize| {
        if scene.is_of_group(*wire) {
            return false;
        }
        let at = scene.cards[scene.wires[*wire].to].at;
        (at.x - point.x).abs() < CARD.x && (at + IN_PORT).distance(point) <= 6.0
    };
    let mut found = None;
    for wire in (0..scene.wires.len()).filter(near) {
        if is_selected(wire) {
            return Some(wire);
        }
        found = Some(wire);
    }
    found
}
