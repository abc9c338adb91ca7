//! How the view of a log moves: wheel, keys, the bar at its side.

use egui::{CornerRadius, Id, Key, Modifiers, Rect, Sense, Ui, pos2, vec2};

use crate::state::log::{Cursor, Goal, Log};
use crate::theme::Palette;

/// Height of a line.
pub(super) const LINE: f32 = 19.0;
/// Width of the bar at the side.
pub(super) const SIDE: f32 = 12.0;
/// The thumb is not smaller.
const THUMB: f32 = 28.0;

/// Heights of lines, by which the view moves.
pub(super) type Height<'a> = &'a dyn Fn(&Log, Cursor) -> f32;

/// Points that wheel and keys ask for: to the right, and down.
pub(super) fn asked(ui: &Ui, rect: Rect, log: &mut Log, has_focus: bool) -> egui::Vec2 {
    let mut by = egui::Vec2::ZERO;
    if ui.rect_contains_pointer(rect) {
        by -= ui.input(|input| input.smooth_scroll_delta());
    }
    if !has_focus {
        return by;
    }
    let page = (rect.height() - LINE).max(LINE);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (key, points) in [
        (Key::ArrowDown, vec2(0.0, LINE)),
        (Key::ArrowUp, vec2(0.0, -LINE)),
        (Key::PageDown, vec2(0.0, page)),
        (Key::PageUp, vec2(0.0, -page)),
        (Key::ArrowRight, vec2(48.0, 0.0)),
        (Key::ArrowLeft, vec2(-48.0, 0.0)),
    ] {
        if pressed(key) {
            by += points;
        }
    }
    if pressed(Key::Home) {
        log.view.goal = Some(Goal { at_top: true, ..Goal::to(0) });
    }
    if pressed(Key::End) {
        log.view.goal = None;
        log.view.follows = true;
    }
    by
}

/// Moves the view down by so many points, or up; as far as lines are loaded.
pub(super) fn move_by(log: &mut Log, points: f32, height: Height<'_>) {
    if points < 0.0 {
        log.view.follows = false;
    }
    log.view.shift += points;
    while log.view.shift < 0.0 {
        let Some(before) = log.before(log.view.top) else {
            log.view.shift = 0.0;
            return;
        };
        log.view.top = before;
        log.view.shift += height(log, before);
    }
    loop {
        let tall = height(log, log.view.top);
        if log.view.shift < tall {
            return;
        }
        let Some(after) = log.after(log.view.top) else {
            log.view.shift = 0.0;
            return;
        };
        log.view.shift -= tall;
        log.view.top = after;
    }
}

/// Puts the end of what is loaded at the bottom of a view of this height.
pub(super) fn to_end(log: &mut Log, tall: f32, height: Height<'_>) {
    let Some(last) = log.last() else { return };
    let mut top = last;
    let mut filled = height(log, top);
    while filled < tall {
        let Some(before) = log.before(top) else { break };
        top = before;
        filled += height(log, top);
    }
    log.view.top = top;
    log.view.shift = (filled - tall).max(0.0);
}

/// The bar at the right side: where the view is in the whole.
pub(super) fn side_ui(ui: &mut Ui, rect: Rect, log: &mut Log, last_shown: Option<Cursor>) {
    let p = Palette::of(ui);
    let (Some(top), Some(last)) =
        (log.line(log.view.top), last_shown.and_then(|last| log.line(last)))
    else {
        return;
    };
    let (above, below) = (log.part_above(top.start), log.part_above(last.end));
    if above <= 0.0 && below >= 1.0 && log.view.shift <= 0.0 {
        return;
    }
    let track = rect.shrink2(vec2(2.0, 2.0));
    let tall = (track.height() * (below - above) as f32).clamp(THUMB, track.height());
    let room = track.height() - tall;
    // At the ends the thumb touches them, whatever its least size makes of it.
    let span = (1.0 - (below - above)).max(f64::EPSILON);
    let part = if log.view.follows { 1.0 } else { (above / span).clamp(0.0, 1.0) };
    let part = part as f32;
    let thumb = Rect::from_min_size(
        pos2(track.left() + 1.0, track.top() + room * part),
        vec2(track.width() - 2.0, tall),
    );
    let response = ui.interact(rect, Id::new("log_side"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::slider(true, f64::from(part), "Place in the log"));
    let ink = match (response.dragged(), response.hovered()) {
        (true, _) => p.dim,
        (false, true) => p.faint,
        (false, false) => p.faint.gamma_multiply(0.6),
    };
    ui.painter().rect_filled(thumb, CornerRadius::same(3), ink);
    if let Some(at) =
        response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked())
    {
        let to = ((at.y - track.top() - tall / 2.0) / room.max(1.0)).clamp(0.0, 1.0);
        if to >= 1.0 {
            log.view.goal = None;
            log.view.follows = true;
        } else {
            let offset = log.offset_below(f64::from(to) * span);
            log.view.follows = false;
            log.view.goal = Some(Goal { at_top: true, ..Goal::to(offset) });
        }
    }
}
