//! What a workflow that was let go on the canvas of another one is to become: a tab, or a task that runs it.

use egui::{Area, Id, Order, Ui};

use crate::app::App;
use crate::command::{Command, FileCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{label, menu_frame, menu_item};

/// A workflow that was let go.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DropChoice {
    /// Its file.
    pub(crate) path: String,
    /// Where, in points of the window.
    pub(crate) at: egui::Pos2,
}

/// Draws the choice where there is one to make. A click elsewhere makes none.
pub(crate) fn drop_choice_ui(app: &mut App, ui: &mut Ui) {
    let Some(DropChoice { path, at }) = app.drop_choice.clone() else { return };
    let p = Palette::of(ui);
    let area = Area::new(Id::new("drop_choice")).order(Order::Foreground).fixed_pos(at);
    let shown = area.show(ui.ctx(), |ui| {
        let frame = egui::Frame::new()
            .fill(p.panel)
            .stroke(egui::Stroke::new(1.0, p.line))
            .corner_radius(egui::CornerRadius::same(theme::CARD_RADIUS))
            .inner_margin(egui::Margin::same(6))
            .shadow(p.shadow(24, 8));
        let show = |ui: &mut Ui| {
            menu_frame(ui);
            let name = path.rsplit('/').next().unwrap_or(&path);
            // In line with the icons below.
            ui.horizontal(|ui| {
                ui.add_space(7.0);
                label(ui, name, theme::semibold(theme::SMALL), p.dim);
            });
            let call = FileCommand::CallFile { path: path.clone(), at };
            let call = Command::File(call);
            if menu_item(ui, icon::TREE_STRUCTURE, call.label(), "") {
                return Some(call);
            }
            let open = menu_item(ui, icon::FOLDER_OPEN, &format!("Open {name}"), "");
            open.then(|| Command::OpenFile(path.clone()))
        };
        frame.show(ui, show).inner
    });
    let elsewhere = ui.input(|input| {
        input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !shown.response.rect.contains(at))
    });
    if shown.inner.is_some() || elsewhere {
        app.drop_choice = None;
        ui.ctx().request_repaint();
    }
    if let Some(command) = shown.inner {
        app.send(command);
    }
}
