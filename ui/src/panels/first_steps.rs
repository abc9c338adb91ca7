//! The line of first steps at the foot of the canvas: three things to try, ticked off as they are done.

use egui::{CornerRadius, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use crate::app::App;
use crate::command::Command;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, glyph, label};

const WIDTH: f32 = 560.0;
/// The zoom control keeps its room at the left.
const BESIDE: f32 = 210.0;

/// Draws the line until all is done or it was closed.
pub(super) fn first_steps_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    look(app);
    let done = app.settings.first_steps;
    let room = rect.width() - 28.0;
    if app.settings.first_steps_closed || done == [true; 3] || room < WIDTH {
        return;
    }
    let p = Palette::of(ui);
    // Beside the zoom control, or above it where that takes too much of the row.
    let (beside, up) = if room - BESIDE < WIDTH { (14.0, 90.0) } else { (BESIDE, 46.0) };
    let left = (rect.center().x - WIDTH / 2.0).max(rect.left() + beside);
    let place = Rect::from_min_size(pos2(left, rect.bottom() - up), vec2(WIDTH, 32.0));
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    ui.painter().add(p.shadow(10, 3).as_shape(place, radius));
    ui.painter().rect(place, radius, p.panel, Stroke::new(1.0, p.line), StrokeKind::Inside);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let inner = place.shrink2(vec2(12.0, 2.0));
    let mut bar =
        ui.new_child(UiBuilder::new().max_rect(inner).id_salt("first_steps").layout(layout));
    bar.spacing_mut().item_spacing.x = 6.0;
    let run = match app.why_held() {
        Some(_) => "Trust it, then run it".to_owned(),
        None => format!("Run it with {}", Command::Run.called(ui.ctx())),
    };
    let steps = [&*run, "Click a task", "Drag from a port to connect"];
    for (words, done) in steps.into_iter().zip(done) {
        let (spot, _) = bar.allocate_exact_size(vec2(16.0, 16.0), egui::Sense::hover());
        let (picture, font, ink) = match done {
            true => (icons::fill::CHECK_CIRCLE, icons::fill_font(15.0), p.ok),
            false => (icon::CIRCLE, icons::font(15.0), p.faint),
        };
        glyph(bar.painter(), spot.center(), picture, font, ink);
        let ink = if done { p.faint } else { p.text };
        label(&mut bar, words, theme::sans(theme::BODY), ink);
        bar.add_space(10.0);
    }
    bar.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if Button::quiet_icon(icon::X, "Close the first steps").show(ui).clicked() {
            app.settings.first_steps_closed = true;
        }
    });
}

/// Ticks off what is seen to be done.
fn look(app: &mut App) {
    let Some(editor) = app.tabs.current() else { return };
    let canvas = &editor.watch.canvas;
    let seen =
        [editor.watch.live.is_some(), canvas.only_selected().is_some(), canvas.is_connecting()];
    for (done, now) in app.settings.first_steps.iter_mut().zip(seen) {
        *done |= now;
    }
}
