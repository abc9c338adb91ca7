//! The canvas for assistive technology and for tests: every visible card and port has a name.
//!
//! The widgets made here take the keyboard's focus but no pointer: the canvas below gets every click.

use egui::{
    CornerRadius, Key, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType,
};

use super::scene::{CARD, Compared, Port, Scene};
use super::view::{Canvas, card_id};
use crate::theme::Palette;

/// Names are given to so many cards at most; more are not seen as single cards anyway.
const MOST: usize = 300;

/// Names the canvas itself.
pub(super) fn name_canvas(response: &Response, scene: &Scene) {
    response.widget_info(|| {
        let words =
            format!("Canvas, {} tasks, {} dependencies", scene.cards.len(), scene.wires.len());
        WidgetInfo::labeled(WidgetType::Other, true, words)
    });
}

/// Names the visible cards and ports; gives the card that was activated by keyboard or assistive technology.
pub(super) fn name_cards(ui: &Ui, rect: Rect, canvas: &Canvas, scene: &Scene) -> Option<usize> {
    let mut activated = None;
    let mut named = 0;
    for (index, card) in scene.cards.iter().enumerate() {
        let seen = canvas.camera.rect_to_screen(rect.min, Rect::from_min_size(card.at, CARD));
        if !seen.intersects(rect) {
            continue;
        }
        named += 1;
        if named > MOST {
            break;
        }
        let id = card_id(ui, &card.name);
        let response = ui.interact(seen.intersect(rect), id, Sense::focusable_noninteractive());
        let selected = canvas.is_card_selected(scene, index);
        response.widget_info(|| {
            let words = match (card.group, card.state) {
                (Some(_), _) => format!("Group {}, collapsed, {}", card.title, card.line),
                (None, Some(state)) => format!("Task {}, {}", card.title, state.label()),
                (None, None) if card.compared.is_some() => {
                    let word = card.compared.map_or("", Compared::word);
                    format!("Task {}, {word}", card.title)
                }
                (None, None) => format!("Task {}", card.title),
            };
            WidgetInfo::selected(WidgetType::Button, true, selected, words)
        });
        if response.has_focus() {
            let p = Palette::of(ui);
            let stroke = Stroke::new(1.5, p.accent);
            let radius = CornerRadius::same(10);
            ui.painter().with_clip_rect(rect).rect_stroke(
                seen.expand(4.0),
                radius,
                stroke,
                StrokeKind::Outside,
            );
        }
        let pressed = response.has_focus()
            && ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space));
        let asked = ui
            .input(|input| input.has_accesskit_action_request(id, egui::accesskit::Action::Click));
        if pressed || asked {
            activated = Some(index);
        }
        for port in Port::ALL {
            if !canvas.port_shown(scene, index, port) {
                continue;
            }
            let at = canvas.camera.to_screen(rect.min, card.at + port.offset());
            let spot = Rect::from_center_size(at, Vec2::splat(10.0));
            if rect.contains_rect(spot) {
                let response = ui.interact(spot, id.with(port), Sense::hover());
                response.widget_info(|| {
                    let words = format!("{} {}", card.title, port.words());
                    WidgetInfo::labeled(WidgetType::Other, true, words)
                });
            }
        }
    }
    activated
}
