//! The wires for assistive technology, for the keyboard and for tests: each has a name at its middle.
//!
//! As with cards, what is made here takes the keyboard's focus but no pointer.

use egui::{Key, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType};

use super::card::BARE;
use super::scene::{Port, Scene};
use super::view::Canvas;
use super::{bezier, plus};
use crate::theme::Palette;

/// Names are given to so many wires at most.
const MOST: usize = 200;

/// What the keyboard or assistive technology does with a wire.
pub(super) enum OnWire {
    /// Select it.
    Select(usize),
    /// Put a task into it.
    Insert(usize),
}

/// Names the visible wires; gives what was done with one.
pub(super) fn name_wires(ui: &Ui, rect: Rect, canvas: &Canvas, scene: &Scene) -> Option<OnWire> {
    let mut done = None;
    if canvas.camera.zoom < BARE {
        return done;
    }
    let mut named = 0;
    for wire in 0..scene.wires.len() {
        let middle = bezier::at(&scene.curve(wire), 0.5);
        let at = canvas.camera.to_screen(rect.min, middle);
        if !rect.contains(at) {
            continue;
        }
        named += 1;
        if named > MOST {
            break;
        }
        let view = &scene.wires[wire];
        let title = |card: usize| scene.cards[card].title.as_str();
        let ends = format!("{} → {}", title(view.from), title(view.to));
        let mut how = Port::of(view.on).words().to_owned();
        if let Some(label) = &view.label {
            how = format!("{how}, branch {label}");
        }
        let selected = canvas.selected_wire.as_ref() == Some(&scene.ends[wire]);
        let id = ui.id().with(("wire", &scene.ends[wire]));
        let spot = Rect::from_center_size(at, Vec2::splat(20.0)).intersect(rect);
        if named_spot(ui, spot, id, &format!("Dependency {ends}, {how}"), selected, rect) {
            done = Some(OnWire::Select(wire));
        }
        let shows_plus = selected || canvas.hovers_wire(wire);
        if shows_plus && plus::at(scene, wire, canvas.camera.zoom).is_some() {
            let words =
                format!("Insert a task between {} and {}", title(view.from), title(view.to));
            if named_spot(ui, spot, id.with("plus"), &words, false, rect) {
                done = Some(OnWire::Insert(wire));
            }
        }
    }
    done
}

/// A place with a name; says whether it was activated.
pub(super) fn named_spot(
    ui: &Ui,
    spot: Rect,
    id: egui::Id,
    words: &str,
    selected: bool,
    clip: Rect,
) -> bool {
    let response = ui.interact(spot, id, Sense::focusable_noninteractive());
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, selected, words));
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui).accent);
        let painter = ui.painter().with_clip_rect(clip);
        painter.rect_stroke(spot.expand(2.0), 10, stroke, StrokeKind::Outside);
    }
    let keys = || ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space));
    let asked =
        ui.input(|input| input.has_accesskit_action_request(id, egui::accesskit::Action::Click));
    asked || (response.has_focus() && keys())
}
