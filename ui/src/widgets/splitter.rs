//! The edge between two panels that can be dragged.

use egui::{CursorIcon, Id, Rect, Sense, Ui, WidgetInfo, WidgetType};

/// Which side of a panel the edge is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The left side; dragging left makes the panel wider.
    Left,
    /// The right side; dragging right makes it wider.
    Right,
    /// The upper side; dragging up makes it higher.
    Top,
}

/// Lets the edge of `panel` be dragged and the arrow keys move it; changes `size` within `range`.
pub(crate) fn splitter(
    ui: &mut Ui,
    id: Id,
    name: &str,
    panel: Rect,
    edge: Edge,
    size: &mut f32,
    range: std::ops::RangeInclusive<f32>,
) {
    let grip = match edge {
        Edge::Left => Rect::from_min_max(
            panel.left_top() - egui::vec2(3.0, 0.0),
            panel.left_bottom() + egui::vec2(3.0, 0.0),
        ),
        Edge::Right => Rect::from_min_max(
            panel.right_top() - egui::vec2(3.0, 0.0),
            panel.right_bottom() + egui::vec2(3.0, 0.0),
        ),
        Edge::Top => Rect::from_min_max(
            panel.left_top() - egui::vec2(0.0, 3.0),
            panel.right_top() + egui::vec2(0.0, 3.0),
        ),
    };
    let response = ui.interact(grip, id, Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, name));
    let mut change = match edge {
        Edge::Left => -response.drag_delta().x,
        Edge::Right => response.drag_delta().x,
        Edge::Top => -response.drag_delta().y,
    };
    if response.has_focus() {
        use egui::Key;
        let (more, less) = match edge {
            Edge::Left => (Key::ArrowLeft, Key::ArrowRight),
            Edge::Right => (Key::ArrowRight, Key::ArrowLeft),
            Edge::Top => (Key::ArrowUp, Key::ArrowDown),
        };
        ui.input(|input| {
            if input.key_pressed(more) {
                change += 16.0;
            }
            if input.key_pressed(less) {
                change -= 16.0;
            }
        });
    }
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(match edge {
            Edge::Left | Edge::Right => CursorIcon::ResizeHorizontal,
            Edge::Top => CursorIcon::ResizeVertical,
        });
    }
    *size = (*size + change).clamp(*range.start(), range.end().max(*range.start()));
}
