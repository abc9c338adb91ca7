//! Sheets about documents: one at a time, over everything, closed by Escape or a click beside it.

use egui::{Id, Modal, Ui, vec2};

use crate::app::{App, Sheet, TabId};
use crate::command::{Command, FileCommand};
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, wrapped};

/// Draws the sheet where one is open.
pub(crate) fn sheet_ui(app: &mut App, ui: &mut Ui) {
    let Some(sheet) = app.sheet.clone() else { return };
    let p = Palette::of(ui);
    let frame = egui::Frame::new()
        .fill(p.panel)
        .stroke(egui::Stroke::new(1.0, p.line))
        .corner_radius(egui::CornerRadius::same(10))
        .inner_margin(egui::Margin::same(20))
        .shadow(p.shadow(32, 12));
    let modal = Modal::new(Id::new("sheet")).frame(frame).show(ui.ctx(), |ui| match &sheet {
        Sheet::New => super::gallery::gallery_ui(app, ui),
        Sheet::Compare { tab, differences } => {
            super::compare::compare_ui(app, ui, *tab, differences);
        }
        Sheet::Replace(tab, path) => replace_ui(app, ui, *tab, path),
    });
    if modal.should_close() {
        app.sheet = None;
    }
}

/// Whether a file that is there is to be replaced.
fn replace_ui(app: &mut App, ui: &mut Ui, tab: TabId, path: &str) {
    let p = Palette::of(ui);
    ui.set_width(440.0);
    let name = path.rsplit('/').next().unwrap_or(path);
    label(ui, &format!("Replace {name}?"), theme::semibold(theme::TITLE), p.text);
    let text = format!("{path} exists already. Replacing it writes this workflow over it.");
    wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
    ui.add_space(8.0);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.set_min_size(vec2(ui.available_width(), theme::CONTROL));
        if Button::danger("Replace").show(ui).clicked() {
            app.send(Command::File(FileCommand::ReplaceFile(tab, path.to_owned())));
        }
        if Button::secondary("Choose another name").show(ui).clicked() {
            app.sheet = None;
            app.send(Command::ShowTab(tab));
            app.send(Command::File(FileCommand::SaveAs));
        }
        if Button::secondary("Cancel").show(ui).clicked() {
            app.sheet = None;
        }
    });
}
