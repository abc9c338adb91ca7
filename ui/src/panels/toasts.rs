//! Short messages over the bottom of the window.

use egui::{CornerRadius, Rect, Stroke, StrokeKind, Ui, UiBuilder, vec2};

use crate::app::{App, Toast};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, glyph, wrapped};

const WIDTH: f32 = 400.0;

/// Draws the messages, the newest lowest, in the middle above the bottom of `main`.
pub(crate) fn toasts_ui(app: &mut App, ui: &mut Ui, main: Rect) {
    let p = Palette::of(ui);
    let mut bottom = main.bottom() - 16.0;
    let mut closed = None;
    let mut acts = None;
    let toasts: Vec<Toast> = app.toasts.list.clone();
    for toast in toasts.iter().rev() {
        let layer =
            egui::LayerId::new(egui::Order::Foreground, egui::Id::new(("toast", toast.number)));
        let text_width = if toast.is_error { WIDTH - 84.0 } else { WIDTH - 56.0 };
        let ctx = ui.ctx().clone();
        let measure = |text: &str, font| {
            ctx.fonts_mut(|f| f.layout(text.to_owned(), font, p.text, text_width))
        };
        let text = measure(&toast.text, theme::sans(theme::BODY));
        let help = toast.help.as_ref().map(|help| measure(help, theme::sans(theme::SMALL)));
        let inner = text.size().y + help.as_ref().map_or(0.0, |help| help.size().y + 4.0);
        let more = if toast.action.is_some() { 80.0 } else { 0.0 };
        let width = if toast.is_error { WIDTH } else { text.size().x + 56.0 + more };
        let height = (inner + 20.0).max(40.0);
        let place = Rect::from_min_size(
            egui::pos2(main.center().x - width / 2.0, bottom - height).round(),
            vec2(width, height),
        );
        bottom = place.top() - 8.0;
        let mut over = ui.new_child(UiBuilder::new().layer_id(layer).max_rect(place));
        over.set_clip_rect(ui.ctx().content_rect());
        let radius = CornerRadius::same(theme::CARD_RADIUS);
        let border = if toast.is_error { p.bad_line } else { p.line };
        over.painter().add(p.shadow(16, 6).as_shape(place, radius));
        over.painter().rect(place, radius, p.raised, Stroke::new(1.0, border), StrokeKind::Inside);
        let (picture, ink) =
            if toast.is_error { (icon::WARNING_CIRCLE, p.bad) } else { (icon::CHECK, p.ok) };
        let at = egui::pos2(place.left() + 20.0, place.top() + 20.0);
        glyph(over.painter(), at, picture, icons::font(17.0), ink);
        let text_rect = Rect::from_min_size(
            egui::pos2(place.left() + 38.0, place.center().y - inner / 2.0),
            vec2(text_width + 4.0, inner),
        );
        let mut column = over.new_child(UiBuilder::new().max_rect(text_rect));
        column.spacing_mut().item_spacing.y = 4.0;
        wrapped(&mut column, &toast.text, theme::sans(theme::BODY), p.text);
        if let Some(help) = &toast.help {
            wrapped(&mut column, help, theme::sans(theme::SMALL), p.dim);
        }
        if let Some((words, command)) = &toast.action {
            let spot = Rect::from_min_size(
                egui::pos2(place.right() - 82.0, place.center().y - 14.0),
                vec2(72.0, 28.0),
            );
            let mut end = over.new_child(
                UiBuilder::new()
                    .max_rect(spot)
                    .layout(egui::Layout::right_to_left(egui::Align::Center)),
            );
            if Button::secondary(words).show(&mut end).clicked() {
                closed = Some(toast.number);
                acts = Some(command.clone());
            }
        }
        if toast.is_error {
            let spot = Rect::from_min_size(place.right_top() + vec2(-36.0, 6.0), vec2(28.0, 28.0));
            let mut corner = over.new_child(UiBuilder::new().max_rect(spot));
            let button = Button::quiet_icon(icon::X, "Dismiss message");
            if button.show(&mut corner).clicked() {
                closed = Some(toast.number);
            }
        }
    }
    if let Some(command) = acts {
        app.send(command);
    }
    if let Some(number) = closed {
        app.toasts.list.retain(|toast| toast.number != number);
    }
}
