//! The bar of what is selected, in place of the head of the list.

use egui::{Sense, Ui, vec2};

use super::command;
use crate::app::App;
use crate::command::RunsCommand;
use crate::panels::{from_right, padded, row};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, hairline_h, label};
use crate::words;

/// Draws the bar.
pub(super) fn bulk_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::hover());
    ui.painter().rect_filled(rect, 0, p.panel);
    hairline_h(ui.painter(), rect.x_range(), rect.bottom(), p.line);
    let mut bar = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt("bulk"));
    padded(&mut bar, 24, 0, |ui| {
        ui.set_height(40.0);
        row(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            if let Some(deed) = &app.runs_shown.deed {
                label(ui, &deed.words(), theme::sans(theme::BODY), p.text);
                return;
            }
            let selection = &app.runs_shown.selection;
            let count = words::grouped(selection.len() as u64);
            label(ui, &format!("{count} selected"), theme::semibold(theme::BODY), p.text);
            label(ui, &selection.words(), theme::sans(theme::BODY), p.dim);
            from_right(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let close =
                    Button::quiet_icon(icon::X, "Select nothing").tip("Select nothing  ·  Esc");
                if close.show(ui).clicked() {
                    app.send(command(RunsCommand::SelectNone));
                }
                deeds_ui(app, ui);
            });
        });
    });
}

fn deeds_ui(app: &mut App, ui: &mut Ui) {
    let delete = RunsCommand::Delete(Vec::new());
    let cancel = RunsCommand::Cancel(Vec::new());
    let retry = RunsCommand::Retry(Vec::new());
    let found = app.runs_shown.list.len();
    let selected = app.runs_shown.selection.len() as u64;
    for (deed, why, picture, is_danger) in [
        (delete, "None of them has ended", icon::TRASH, true),
        (cancel, "None of them is under way", icon::STOP, true),
        (retry, "None of them failed", icon::ARROW_CLOCKWISE, false),
    ] {
        let refused = (app.selected_for(&deed) == 0).then(|| why.to_owned());
        let words = match &deed {
            RunsCommand::Delete(_) => "Delete",
            RunsCommand::Cancel(_) => "Cancel runs",
            _ => "Retry failed",
        };
        let button = if is_danger { Button::danger(words) } else { Button::secondary(words) };
        if button.icon(picture).refused(refused).asks().show(ui).clicked() {
            app.send(command(deed));
        }
    }
    let two = app.runs_shown.selection.two().is_some();
    let why = (!two).then(|| "Select two runs to compare them".to_owned());
    let compare = Button::secondary("Compare").icon(icon::COPY_SIMPLE).refused(why);
    if compare.tip("Both beside each other").show(ui).clicked() {
        app.send(command(RunsCommand::Compare));
    }
    if selected < found {
        let words = format!("Select all {}", words::grouped(found));
        if Button::quiet(&words).tip("Select all that are found  ·  Ctrl+A").show(ui).clicked() {
            app.send(command(RunsCommand::SelectAll));
        }
    }
}
