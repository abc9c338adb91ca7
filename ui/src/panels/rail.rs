//! The rail at the left: the places.

use egui::{CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType, vec2};

use crate::app::App;
use crate::command::{Command, Place};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::glyph;

/// Draws the rail.
pub(crate) fn rail_ui(app: &mut App, ui: &mut Ui) {
    let rect = ui.max_rect();
    let mut y = rect.top() + 8.0;
    for (place, glyph) in
        [(Place::Workflows, icon::TREE_STRUCTURE), (Place::Runs, icon::LIST_BULLETS)]
    {
        item(app, ui, rect.left() + 8.0, y, place, glyph);
        y += 40.0;
    }
    item(app, ui, rect.left() + 8.0, rect.bottom() - 44.0, Place::Settings, icon::GEAR_SIX);
}

fn item(app: &mut App, ui: &mut Ui, x: f32, y: f32, place: Place, picture: &str) {
    let p = Palette::of(ui);
    let active = match place {
        Place::Workflows => matches!(app.place, Place::Workflows | Place::Editor),
        Place::Runs => matches!(app.place, Place::Runs | Place::Run),
        other => app.place == other,
    };
    let rect = Rect::from_min_size(egui::pos2(x, y), vec2(36.0, 36.0));
    let command = Command::Go(place);
    let response = ui.interact(rect, ui.id().with(command.label()), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(WidgetType::Button, true, active, command.label()));
    let radius = CornerRadius::same(theme::RADIUS + 1);
    if active {
        ui.painter().rect_filled(rect, radius, p.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, radius, p.hover);
    }
    if response.has_focus() {
        let stroke = Stroke::new(1.5, p.accent);
        ui.painter().rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
    let ink = match (active, response.hovered()) {
        (true, _) if !p.dark => p.accent,
        (true, _) | (_, true) => p.text,
        _ => p.dim,
    };
    glyph(ui.painter(), rect.center(), picture, icons::font(20.0), ink);
    if response.clicked() {
        app.send(command.clone());
    }
    response.on_hover_text(command.tip(ui.ctx()));
}
