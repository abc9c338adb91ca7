//! The panel at the right: what is selected, or the workflow itself.

use egui::{ScrollArea, Ui};
use millrace_model::ident::Ident;

use super::padded;
use crate::app::App;
use crate::command::{Command, PieceCommand, Place};
use crate::forms;
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, wrapped};
use crate::words;

/// Draws the panel.
pub(crate) fn inspector_ui(app: &mut App, ui: &mut Ui) {
    let Some(watch) = app.shown_watch() else { return };
    let selected: Vec<Ident> = watch.canvas.selected.iter().cloned().collect();
    let wire = watch.canvas.selected_wire.clone();
    let piece = watch.only_piece();
    let notes = watch.canvas.selected_notes().len();
    // The box that a command was chosen in keeps the keyboard for one frame more.
    let waits = ui.memory(|memory| memory.top_modal_layer().is_some());
    let focus_title = std::mem::take(&mut app.forms.focus_title);
    app.forms.focus_title = focus_title && !waits;
    ScrollArea::vertical().id_salt("inspector").auto_shrink([false, false]).show(ui, |ui| {
        padded(ui, 14, 14, |ui| {
            ui.set_width(ui.available_width());
            if let Some(piece) = piece {
                return super::piece::piece_ui(app, ui, piece);
            }
            match (selected.as_slice(), wire) {
                (tasks, _) if notes > 0 => many_ui(app, ui, tasks.len(), notes),
                ([], Some((from, to))) => super::edge::edge_ui(app, ui, &from, &to),
                ([], None) => workflow_ui(app, ui),
                ([task], _) => super::task::task_ui(app, ui, task),
                (many, _) => many_ui(app, ui, many.len(), 0),
            }
        });
    });
    // Where no title was drawn, nothing waits for it.
    app.forms.focus_title = focus_title && waits;
}

fn many_ui(app: &mut App, ui: &mut Ui, tasks: usize, notes: usize) {
    let p = Palette::of(ui);
    let counts = [(tasks, "task", "tasks"), (notes, "note", "notes")];
    let counts = counts.iter().filter(|(count, ..)| *count > 0);
    let all: Vec<String> =
        counts.map(|(count, one, many)| words::count(*count, one, many)).collect();
    label(ui, &format!("{} selected", all.join(" and ")), theme::semibold(14.0), p.text);
    let text = "Drag one of them, or use the arrow keys, to move them all.";
    wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let group = Command::Piece(PieceCommand::Group);
        if app.place == Place::Editor && tasks > 0 {
            let button =
                Button::secondary("Group").icon(icon::SELECTION_PLUS).tip(group.tip(ui.ctx()));
            if button.show(ui).clicked() {
                app.send(group);
            }
        }
        if app.place == Place::Editor {
            let tip = Command::Delete.tip(ui.ctx());
            if Button::secondary("Delete").icon(icon::TRASH).tip(tip).show(ui).clicked() {
                app.send(Command::Delete);
            }
        }
        let tip = Command::ZoomSelection.tip(ui.ctx());
        if Button::secondary("Fit selection").tip(tip).show(ui).clicked() {
            app.send(Command::ZoomSelection);
        }
    });
}

/// The workflow itself, while nothing is selected.
fn workflow_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let place = app.place;
    if app.tabs.current().is_some_and(|editor| place == Place::Editor && editor.doc.unreadable) {
        return;
    }
    let Some(workflow) = forms::shown_workflow(app) else { return };
    label(ui, workflow.shown_name(), theme::semibold(14.0), p.text);
    let kind = if place == Place::Run { "as it was when it ran" } else { "workflow" };
    let text = format!("{} · {kind}", workflow.name);
    label(ui, &text, theme::sans(theme::SMALL), p.faint);
    if place == Place::Run {
        super::provenance::provenance_ui(app, ui);
    }
    ui.add_space(4.0);
    forms::workflow_form_ui(app, ui, &workflow);
}

/// A name at the left, a value in the right half.
pub(super) fn pair(ui: &mut Ui, name: &str, value: &str) {
    pair_in(ui, name, value, theme::sans(theme::BODY));
}

/// The same with the value in this type.
pub(super) fn pair_in(ui: &mut Ui, name: &str, value: &str, font: egui::FontId) {
    let column = ui.available_width() * 0.45;
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.allocate_ui(egui::vec2(column, 20.0), |ui| {
            ui.set_width(column);
            ui.set_max_width(column - 8.0);
            label(ui, name, theme::sans(theme::BODY), p.dim);
        });
        label(ui, value, font, p.text);
    });
}

/// `1.2 s`, and of one that goes on `4 s`.
pub(super) fn length_words(
    attempt: &millrace_model::event::Attempt,
    now: millrace_model::time::Timestamp,
) -> String {
    match &attempt.end {
        Some(end) => words::duration_us(end.duration_us),
        None => words::running_for(now.since(attempt.started.unwrap_or(attempt.dispatched))),
    }
}
