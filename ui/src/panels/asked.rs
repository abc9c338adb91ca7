//! The sheet that asks whether what a link wants is to run, and the sign that files can be let go.

use egui::{Align2, CornerRadius, ScrollArea, Stroke, StrokeKind, Ui};

use super::sheet::buttons;
use crate::app::{App, Asked};
use crate::command::{Command, FileCommand};
use crate::theme::{self, Palette};
use crate::widgets::{Button, field_label, label, wrapped};

/// Draws what is asked. No key says yes: a link comes while somebody may be typing.
pub(super) fn asked_ui(app: &mut App, ui: &mut Ui, asked: &Asked) {
    let p = Palette::of(ui);
    ui.set_width(460.0);
    label(ui, &format!("Run {}?", asked.title), theme::semibold(theme::TITLE), p.text);
    let text = "A link asks for this run. Do not run it if you did not expect it.";
    wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    ui.add_space(4.0);
    let given = asked.params.iter().map(|(name, value)| (name.as_str(), value));
    ScrollArea::vertical().max_height(240.0).show(ui, |ui| {
        for (name, value) in std::iter::once(("File", &asked.path)).chain(given) {
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                field_label(ui, name, false);
                // Whole: who is asked must see all that will be given.
                wrapped(ui, value, theme::mono(theme::SMALL), p.text);
            });
        }
    });
    buttons(ui, |ui| {
        if Button::primary("Run").show(ui).clicked() {
            app.send(Command::File(FileCommand::RunAsked(asked.clone())));
        }
        if Button::secondary("Open in editor").show(ui).clicked() {
            app.sheet = None;
            app.send(Command::OpenFile(asked.path.clone()));
        }
        if Button::secondary("Don’t run").show(ui).clicked() {
            app.sheet = None;
        }
    });
}

/// Draws a frame around the window while files are held over it.
pub(crate) fn dragged_ui(app: &App, ui: &Ui) {
    if app.dragged.is_none() {
        return;
    }
    let p = Palette::of(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::new("dragged"));
    let painter = ui.ctx().layer_painter(layer);
    let all = ui.ctx().content_rect();
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    painter.rect_stroke(all.shrink(4.0), radius, Stroke::new(2.0, p.accent), StrokeKind::Inside);
    let words = "Let go: a workflow opens, a script becomes a task";
    let galley = painter.layout_no_wrap(words.to_owned(), theme::sans(theme::BODY), p.text);
    let at = Align2::CENTER_BOTTOM
        .anchor_size(all.center_bottom() - egui::vec2(0.0, 48.0), galley.size());
    painter.rect(
        at.expand2(egui::vec2(16.0, 8.0)),
        radius,
        p.panel,
        Stroke::new(1.0, p.line),
        StrokeKind::Inside,
    );
    painter.galley(at.min, galley, p.text);
}
