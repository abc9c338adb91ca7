//! The dialog that asks for parameters before a run.

use egui::{Modal, Ui, vec2};

use crate::app::App;
use crate::command::Command;
use crate::forms;
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, label};

/// Draws the dialog where one is open.
pub(crate) fn dialog_ui(app: &mut App, ui: &mut Ui) {
    let Some(mut form) = app.dialog.take() else { return };
    let p = Palette::of(ui);
    let frame = egui::Frame::new()
        .fill(p.panel)
        .stroke(egui::Stroke::new(1.0, p.line))
        .corner_radius(egui::CornerRadius::same(10))
        .inner_margin(egui::Margin::same(20))
        .shadow(p.shadow(32, 12));
    let mut run = false;
    let mut close = false;
    let modal = Modal::new(egui::Id::new("run_form")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let verb = if form.rerun.is_some() { "Rerun" } else { "Run" };
        let title = format!("{verb} {}", form.title);
        label(ui, &title, theme::semibold(theme::TITLE), p.text);
        ui.add_space(4.0);
        egui::ScrollArea::vertical().max_height(440.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            forms::params_ui(ui, &mut form);
        });
        ui.add_space(8.0);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.set_min_size(vec2(ui.available_width(), theme::CONTROL));
            let why = form.first_problem();
            let button = Button::primary("Run now").icon(icon::PLAY).refused(why);
            run = button.show(ui).clicked();
            close = Button::secondary("Cancel").show(ui).clicked();
        });
        let enter = ui.input(|i| i.modifiers.command && i.key_pressed(egui::Key::Enter));
        run |= enter && form.first_problem().is_none();
    });
    close |= modal.should_close();
    if run {
        app.send(Command::RunNow(form.texts()));
    } else if close {
        app.send(Command::CloseDialog);
    }
    app.dialog = Some(form);
}
