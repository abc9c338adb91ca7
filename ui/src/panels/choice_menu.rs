//! A small menu at a place of the window that asks what something that was let go there is to become.

use egui::{Area, CornerRadius, Frame, Id, Margin, Order, Pos2, Stroke, Ui};

use crate::theme::{self, Palette};
use crate::widgets::{label, menu_frame};

/// What became of it in this frame.
pub(super) enum Choice<T> {
    /// Nobody has chosen yet.
    Open,
    /// This was chosen.
    Made(T),
    /// Somebody pressed elsewhere: there is nothing to choose any more.
    Left,
}

/// Draws the menu: a head, and what `items` draws, which gives what was chosen.
pub(super) fn choice_menu_ui<T>(
    ui: &mut Ui,
    (id, at): (&str, Pos2),
    head: &str,
    items: impl FnOnce(&mut Ui) -> Option<T>,
) -> Choice<T> {
    let p = Palette::of(ui);
    let area = Area::new(Id::new(id)).order(Order::Foreground).fixed_pos(at);
    let shown = area.show(ui.ctx(), |ui| {
        let frame = Frame::new()
            .fill(p.panel)
            .stroke(Stroke::new(1.0, p.line))
            .corner_radius(CornerRadius::same(theme::CARD_RADIUS))
            .inner_margin(Margin::same(6))
            .shadow(p.shadow(24, 8));
        let show = |ui: &mut Ui| {
            menu_frame(ui);
            // In line with the icons below.
            ui.horizontal(|ui| {
                ui.add_space(7.0);
                label(ui, head, theme::semibold(theme::SMALL), p.dim);
            });
            items(ui)
        };
        frame.show(ui, show).inner
    });
    // The press by which it was let go is over: the next one outside takes it back.
    let is_elsewhere = ui.input(|input| {
        input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !shown.response.rect.contains(at))
    });
    let choice = match shown.inner {
        Some(made) => Choice::Made(made),
        None if is_elsewhere => Choice::Left,
        None => return Choice::Open,
    };
    ui.ctx().request_repaint();
    choice
}
