//! The rail at the left: the places.

use egui::{CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType, vec2};

use crate::app::App;
use crate::command::{Command, Place};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{elide, glyph};

/// Draws the rail.
pub(crate) fn rail_ui(app: &mut App, ui: &mut Ui) {
    let rect = ui.max_rect();
    let mut y = rect.top() + 8.0;
    for (place, glyph) in [
        (Place::Workflows, icon::TREE_STRUCTURE),
        (Place::Runs, icon::LIST_BULLETS),
        (Place::Schedules, icon::CALENDAR_DOTS),
        (Place::Inbox, icon::TRAY),
    ] {
        item(app, ui, rect.left() + 8.0, y, place, glyph);
        if place == Place::Inbox {
            badge(app, ui, egui::pos2(rect.left() + 36.0, y + 9.0));
        }
        y += 40.0;
    }
    item(app, ui, rect.left() + 8.0, rect.bottom() - 44.0, Place::Settings, icon::GEAR_SIX);
}

fn item(app: &mut App, ui: &mut Ui, x: f32, y: f32, place: Place, picture: &str) {
    let p = Palette::of(ui);
    let active = match place {
        Place::Workflows => {
            matches!(app.place, Place::Workflows | Place::Editor | Place::Workflow | Place::Changes)
        }
        Place::Runs => matches!(app.place, Place::Runs | Place::Run | Place::TwoRuns),
        other => app.place == other,
    };
    let rect = Rect::from_min_size(egui::pos2(x, y), vec2(36.0, 36.0));
    let command = Command::Go(place);
    let response = ui.interact(rect, ui.id().with(command.label()), Sense::click());
    let name = match (place, app.inbox.count()) {
        (Place::Inbox, count @ 1..) => format!("Inbox, {count} new"),
        _ => command.label().to_owned(),
    };
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, active, &name));
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

/// How much is in the inbox.
fn badge(app: &App, ui: &Ui, at: egui::Pos2) {
    let p = Palette::of(ui);
    let text = match app.inbox.count() {
        0 => return,
        count @ 1..=99 => count.to_string(),
        _ => "99+".to_owned(),
    };
    let galley = elide(ui.ctx(), &text, theme::semibold(10.0), p.on_accent, 32.0);
    let size = vec2((galley.size().x + 8.0).max(15.0), 15.0);
    let place = Rect::from_center_size(at, size);
    // A ring of the ground keeps it apart from the icon.
    ui.painter().rect_filled(place.expand(1.5), CornerRadius::same(9), p.panel);
    ui.painter().rect_filled(place, CornerRadius::same(8), p.primary);
    ui.painter().galley(place.center() - galley.size() / 2.0, galley, p.on_accent);
}
