//! The sheets about folders: the name of one, and which one a workflow is moved to.

use egui::{Key, ScrollArea, Ui, pos2};

use super::sheet::buttons;
use crate::app::{App, FolderForm, MoveToForm, Sheet};
use crate::command::{Command, FileCommand, LibraryCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, elide, field_label, glyph, label, list_row, problem_line, wrapped,
};

/// The name of a folder.
pub(super) fn folder_ui(app: &mut App, ui: &mut Ui, mut form: FolderForm) {
    let p = Palette::of(ui);
    ui.set_width(420.0);
    let is_new = form.path.is_none();
    let title = if is_new { "New folder" } else { "Rename folder" };
    label(ui, title, theme::semibold(theme::TITLE), p.text);
    field_label(ui, "Name", true);
    let problem = form.problem();
    // Nothing is wrong with what has not been typed yet.
    let shown = problem.as_ref().filter(|_| !form.name.is_empty());
    let field = Field::new(&mut form.name, "Name").bad(shown.is_some()).show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    let text = match is_new {
        true => format!("It is made in {}.", form.above),
        false => "What is in it keeps its history, schedules and trust.".to_owned(),
    };
    match shown {
        Some(problem) => problem_line(ui, problem),
        None => drop(wrapped(ui, &text, theme::sans(theme::SMALL), p.faint)),
    }
    let enter = ui.input(|input| input.key_pressed(Key::Enter)) && problem.is_none();
    buttons(ui, |ui| {
        let verb = if is_new { "Make" } else { "Rename" };
        let does = Button::primary(verb).refused(problem).show(ui).clicked() || enter;
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        let command = Command::Library(form.command());
        app.sheet = (!cancel).then_some(Sheet::Folder(form));
        if does {
            app.send(command);
        }
    });
}

/// Which folder a workflow is moved to.
pub(super) fn move_to_ui(app: &mut App, ui: &mut Ui, mut form: MoveToForm) {
    let p = Palette::of(ui);
    ui.set_width(460.0);
    label(ui, &format!("Move {}", form.title), theme::semibold(theme::TITLE), p.text);
    ui.add_space(4.0);
    let here = form.path.rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default();
    let field = Field::new(&mut form.search, "Find a folder").hint("Find a folder").show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    let wanted = form.search.trim().to_lowercase();
    let depth = |path: &str| {
        let roots = app.library.tree.iter().filter(|it| it.parent.is_none());
        let root = roots.filter(|it| path.starts_with(&it.path)).map(|it| it.path.len()).max();
        path.get(root.unwrap_or(0)..).map_or(0, |rest| rest.matches('/').count())
    };
    let folders: Vec<(String, String, usize)> = app
        .library
        .tree
        .iter()
        .filter(|it| wanted.is_empty() || it.path.to_lowercase().contains(&wanted))
        .map(|it| (it.path.clone(), it.name.clone(), depth(&it.path)))
        .collect();
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical().max_height(280.0).auto_shrink([false, true]).show_rows(
        ui,
        30.0,
        folders.len(),
        |ui, range| {
            for (path, name, depth) in &folders[range] {
                let is_here = *path == here;
                let said = format!("Into {name}");
                let (rect, response) = list_row(ui, ("into", path), &said, 30.0, is_here);
                let indent = if wanted.is_empty() { 18.0 * *depth as f32 } else { 0.0 };
                let (left, middle) = (rect.left() + 14.0 + indent, rect.center().y);
                let picture = pos2(left, middle);
                glyph(ui.painter(), picture, icon::FOLDER, icons::font(15.0), p.dim);
                // By its whole path where not all folders are in view.
                let text = if wanted.is_empty() { name } else { path };
                let room = rect.right() - left - 24.0;
                let galley = elide(ui.ctx(), text, theme::sans(theme::BODY), p.text, room);
                let at = pos2(left + 16.0, middle - galley.size().y / 2.0);
                ui.painter().galley(at, galley, p.text);
                if response.clicked() && !is_here {
                    chosen = Some(path.clone());
                }
                response.on_hover_text(if is_here { "It lies here" } else { path });
            }
        },
    );
    if folders.is_empty() {
        wrapped(ui, "No folder is called so.", theme::sans(theme::BODY), p.dim);
    }
    ui.add_space(6.0);
    wrapped(
        ui,
        "History, schedules, trust and versions go along.",
        theme::sans(theme::SMALL),
        p.faint,
    );
    buttons(ui, |ui| {
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        let other = Button::secondary("Another place…").show(ui).clicked();
        let path = form.path.clone();
        app.sheet = (!cancel && !other).then_some(Sheet::MoveTo(form));
        if other {
            app.send(Command::File(FileCommand::Move(path)));
        } else if let Some(folder) = chosen {
            app.send(Command::Library(LibraryCommand::MoveInto { path, folder }));
        }
    });
}
