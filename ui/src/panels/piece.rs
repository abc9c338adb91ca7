//! A note or a group in the panel at the right.

use egui::{CornerRadius, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType};
use millrace_model::document::{Group, Note};

use crate::app::App;
use crate::canvas::Piece;
use crate::command::{Command, Keymap, PieceCommand};
use crate::forms;
use crate::state::Change;
use crate::theme::icons::icon;
use crate::theme::{self, Hue, Palette};
use crate::widgets::{
    Button, Field, field_label, label, list_row, prose_field, section_head, wrapped,
};

/// The selected note or group.
pub(super) fn piece_ui(app: &mut App, ui: &mut Ui, piece: Piece) {
    let Some(workflow) = forms::shown_workflow(app) else { return };
    match piece {
        Piece::Note(index) => {
            let note = workflow.layout.notes.get(index).cloned();
            note.into_iter().for_each(|note| note_ui(app, ui, index, note));
        }
        Piece::Group(index) => {
            let group = workflow.layout.groups.get(index).cloned();
            group.into_iter().for_each(|group| group_ui(app, ui, index, group));
        }
    }
}

fn note_ui(app: &mut App, ui: &mut Ui, index: usize, mut note: Note) {
    let p = Palette::of(ui);
    let editable = app.why_not_edit().is_none();
    label(ui, "Note", theme::semibold(14.0), p.text);
    let about = "Markdown: # headings, **bold**, lists, `code`, [links](https://…)";
    wrapped(ui, about, theme::sans(theme::SMALL), p.faint);
    ui.add_space(4.0);
    field_label(ui, "Text", false);
    let id = egui::Id::new(("note text", index));
    let response = prose_field(ui, id, "Note text", &mut note.text, 10, !editable, false);
    if response.changed() {
        let note = Box::new(note.clone());
        app.send(Command::Change(Change::Note { index, note, field: "the text" }));
    }
    if response.lost_focus() {
        app.send(Command::EndStep);
    }
    if !editable {
        return;
    }
    colours_ui(app, ui, Piece::Note(index), Hue::named(note.colour.as_deref(), Hue::Yellow));
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let fit = PieceCommand::FitNote(index);
        let is_fitted = note.size == [0.0, 0.0];
        let refused = is_fitted.then(|| "It is as large as its text".to_owned());
        let button = Button::secondary("Fit to text").tip("Makes it as large as its text");
        if button.refused(refused).show(ui).clicked() {
            app.send(Command::Piece(fit));
        }
        let tip = Command::Delete.tip(ui.ctx());
        if Button::secondary("Delete").icon(icon::TRASH).tip(tip).show(ui).clicked() {
            app.send(Command::Delete);
        }
    });
}

fn group_ui(app: &mut App, ui: &mut Ui, index: usize, mut group: Group) {
    let p = Palette::of(ui);
    let editable = app.why_not_edit().is_none();
    label(ui, "Group", theme::semibold(14.0), p.text);
    let count = crate::words::count(group.tasks.len(), "task", "tasks");
    label(ui, &count, theme::sans(theme::SMALL), p.faint);
    ui.add_space(4.0);
    field_label(ui, "Name", false);
    let field = Field::new(&mut group.name, "Group name").hint("Group").read_only(!editable);
    let response = field.id(egui::Id::new(("group name", index))).show(ui);
    if response.changed() {
        let group = Box::new(group.clone());
        app.send(Command::Change(Change::Group { index, group, field: "the name" }));
    }
    if response.lost_focus() {
        app.send(Command::EndStep);
    }
    if editable {
        colours_ui(app, ui, Piece::Group(index), Hue::named(group.colour.as_deref(), Hue::Grey));
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let (words, picture) = match group.collapsed {
                true => ("Expand", icon::ARROWS_OUT_SIMPLE),
                false => ("Collapse", icon::ARROWS_IN_SIMPLE),
            };
            if Button::secondary(words).icon(picture).show(ui).clicked() {
                app.send(Command::Piece(PieceCommand::Fold(index)));
            }
            let ungroup = Command::Piece(PieceCommand::Ungroup);
            let keys = Keymap::of(ui.ctx()).keys_of(&ungroup);
            let tip = format!("Takes the frame away and leaves its tasks  ·  {keys}");
            if Button::secondary("Ungroup").icon(icon::SELECTION_SLASH).tip(tip).show(ui).clicked()
            {
                app.send(ungroup);
            }
        });
    }
    ui.add_space(8.0);
    section_head(ui, "Tasks");
    ui.spacing_mut().item_spacing.y = 0.0;
    for name in &group.tasks {
        let title = forms::shown_workflow(app)
            .and_then(|workflow| workflow.task(name.as_str()).map(|t| t.shown_name().to_owned()));
        let title = title.unwrap_or_else(|| name.to_string());
        let id = egui::Id::new(("group task", name));
        let (rect, response) = list_row(ui, id, &title, 28.0, false);
        let galley = crate::widgets::elide(
            ui.ctx(),
            &title,
            theme::sans(theme::BODY),
            p.text,
            rect.width() - 16.0,
        );
        let at = egui::pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, p.text);
        if response.clicked() {
            app.send(Command::Reveal(name.clone()));
        }
    }
}

/// A row of swatches.
fn colours_ui(app: &mut App, ui: &mut Ui, piece: Piece, chosen: Hue) {
    ui.add_space(2.0);
    field_label(ui, "Colour", false);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for hue in Hue::ALL {
            if swatch(ui, hue, hue == chosen) {
                app.send(Command::Piece(PieceCommand::Colour(piece, hue)));
            }
        }
    });
}

/// A colour to choose; says whether it was clicked.
pub(super) fn swatch(ui: &mut Ui, hue: Hue, chosen: bool) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(24.0), Sense::click());
    let name = format!("Colour {}", hue.name());
    response.widget_info(|| WidgetInfo::selected(WidgetType::RadioButton, true, chosen, &name));
    if ui.is_rect_visible(rect) {
        let inner = rect.shrink(3.0);
        let corners = CornerRadius::same(5);
        ui.painter().rect_filled(inner, corners, hue.base(p));
        if chosen || response.hovered() || response.has_focus() {
            let color = if chosen || response.has_focus() { p.accent } else { p.faint };
            let stroke = Stroke::new(2.0, color);
            ui.painter().rect_stroke(rect, CornerRadius::same(7), stroke, StrokeKind::Inside);
        }
    }
    response.on_hover_text(hue.name()).clicked()
}
