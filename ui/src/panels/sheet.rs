//! Sheets about documents: one at a time, over everything, closed by Escape or a click beside it.

use egui::{Id, Modal, Ui, vec2};

use crate::app::{App, PathForm, RenameForm, Sheet, TabId};
use crate::command::{Command, FileCommand};
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, field_label, label, problem_line, wrapped};

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
    // Each kind has a size of its own, which egui remembers by the id.
    let id = Id::new("sheet").with(std::mem::discriminant(&sheet));
    let modal = Modal::new(id).frame(frame).show(ui.ctx(), |ui| match &sheet {
        Sheet::New => super::gallery::gallery_ui(app, ui),
        Sheet::Tries(tries) => {
            let stays = super::tries::tries_ui(app, ui, (**tries).clone());
            app.sheet = stays.map(|tries| Sheet::Tries(Box::new(tries)));
        }
        Sheet::Artifact => super::artifacts::artifact_ui(app, ui),
        Sheet::Licences(search) => super::licences::licences_ui(app, ui, search.clone()),
        Sheet::Diagnostics => super::diagnostics::diagnostics_ui(app, ui),
        Sheet::Value => super::values::value_sheet_ui(app, ui),
        Sheet::Picture(form) => super::picture::picture_ui(app, ui, *form),
        Sheet::Rename(form) => rename_ui(app, ui, form.clone()),
        Sheet::Folder(form) => super::folders::folder_ui(app, ui, form.clone()),
        Sheet::MoveTo(form) => super::folders::move_to_ui(app, ui, form.clone()),
        Sheet::Path(form) => path_ui(app, ui, form.clone()),
        Sheet::MoveTick(form) => super::move_tick::move_ui(app, ui, form.clone()),
        Sheet::Backfill(form) => super::backfill::backfill_ui(app, ui, form.clone()),
        Sheet::Channel(form) => super::channel_sheet::channel_ui(app, ui, form.clone()),
        Sheet::Connection(form) => {
            super::connection_sheet::connection_ui(app, ui, form.clone());
        }
        Sheet::Secret(form) => super::secret_sheet::secret_ui(app, ui, form.clone()),
        Sheet::Extract(form) => super::extract::extract_ui(app, ui, form.clone()),
        Sheet::Replace(tab, path) => replace_ui(app, ui, *tab, path),
        Sheet::Leave(leaving) => super::leave::leave_ui(app, ui, *leaving),
        Sheet::Unkept(leaving) => super::leave::unkept_ui(app, ui, *leaving),
        Sheet::Answer(form) => super::answer::answer_ui(app, ui, form.clone()),
        Sheet::Asked(asked) => super::asked::asked_ui(app, ui, asked),
    });
    if modal.should_close() {
        app.sheet = None;
    }
    app.back_to_channel();
    app.back_to_connection();
}

/// Another name and title for a workflow.
fn rename_ui(app: &mut App, ui: &mut Ui, mut form: RenameForm) {
    let p = Palette::of(ui);
    ui.set_width(420.0);
    label(ui, "Rename workflow", theme::semibold(theme::TITLE), p.text);
    field_label(ui, "Title", false);
    let field = Field::new(&mut form.title, "Title").hint("Shown instead of the name").show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    field_label(ui, "Name", true);
    let problem = form.problem();
    Field::new(&mut form.name, "Name").mono(true).bad(problem.is_some()).show(ui);
    match (&problem, form.new_path()) {
        (Some(problem), _) => problem_line(ui, problem),
        (None, Some(path)) => {
            let text = format!("The file becomes {path}; its history goes along.");
            wrapped(ui, &text, theme::sans(theme::SMALL), p.faint);
        }
        (None, None) => {
            let text = "The file keeps its name; the history goes along.";
            wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
        }
    }
    let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
    let command = form.command();
    let can = problem.is_none() && command.is_some();
    buttons(ui, |ui| {
        let button = Button::primary("Rename").refused(problem);
        if (button.show(ui).clicked() || enter)
            && can
            && let Some(command) = command
        {
            app.send(Command::File(command));
            app.sheet = None;
        } else if Button::secondary("Cancel").show(ui).clicked() {
            app.sheet = None;
        } else {
            app.sheet = Some(Sheet::Rename(form));
        }
    });
}

/// A path that is typed.
fn path_ui(app: &mut App, ui: &mut Ui, mut form: Box<PathForm>) {
    let p = Palette::of(ui);
    ui.set_width(480.0);
    label(ui, &form.title, theme::semibold(theme::TITLE), p.text);
    field_label(ui, "Path", false);
    let field = Field::new(&mut form.text, "Path").mono(true).show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    wrapped(ui, form.hint, theme::sans(theme::SMALL), p.faint);
    let problem = form.problem();
    let enter = ui.input(|input| input.key_pressed(egui::Key::Enter)) && problem.is_none();
    buttons(ui, |ui| {
        let take = Button::primary(form.verb).refused(problem).show(ui).clicked() || enter;
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        app.sheet = (!cancel).then_some(Sheet::Path(form));
        if take {
            app.send(Command::File(FileCommand::TakePath));
        }
    });
}

/// The row of buttons at the foot of a sheet, from right to left.
pub(super) fn buttons(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.add_space(8.0);
    let size = vec2(ui.available_width(), theme::CONTROL);
    ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), add);
}

/// Whether a file that is there is to be replaced.
fn replace_ui(app: &mut App, ui: &mut Ui, tab: TabId, path: &str) {
    let p = Palette::of(ui);
    ui.set_width(440.0);
    let name = path.rsplit('/').next().unwrap_or(path);
    label(ui, &format!("Replace {name}?"), theme::semibold(theme::TITLE), p.text);
    let text = format!("{path} exists already. Replacing it writes this workflow over it.");
    wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
    buttons(ui, |ui| {
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
