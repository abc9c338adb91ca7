//! A folder of the library over its workflows: folds them, counts them, takes what is let go on it.

use egui::{CornerRadius, Popup, Response, Stroke, StrokeKind, Ui, pos2};
use millrace_api::place::PlaceOf;

use super::row::Dragged;
use crate::app::App;
use crate::command::{Command, LibraryCommand};
use crate::panels::open_folder::open_folder_item;
use crate::state::shelf::{ELSEWHERE, Heading};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, asking_menu_item, elide, glyph, list_row, menu_frame, menu_item, menu_line,
};
use crate::words;

/// The middle of the menu's button from the right side: below the buttons of the rows.
const MORE: f32 = 29.0;

/// Draws it over the whole of `ui`.
pub(super) fn heading_ui(app: &mut App, ui: &mut Ui, p: &Palette, heading: &Heading) {
    let all = ui.max_rect();
    let count = words::count(heading.count, "workflow", "workflows");
    let name = format!("Folder {}, {count}", heading.name);
    let (rect, response) = list_row(ui, ("folder", &heading.path), &name, all.height(), false);
    let middle = rect.center().y;
    let painter = ui.painter();
    let caret = if heading.is_folded { icon::CARET_RIGHT } else { icon::CARET_DOWN };
    glyph(painter, pos2(rect.left() + 12.0, middle), caret, icons::font(12.0), p.dim);
    let is_elsewhere = heading.path == ELSEWHERE;
    let picture = match (is_elsewhere, heading.is_folded) {
        (true, _) => icon::ARROW_U_UP_RIGHT,
        (false, true) => icon::FOLDER,
        (false, false) => icon::FOLDER_OPEN,
    };
    glyph(painter, pos2(rect.left() + 32.0, middle), picture, icons::font(16.0), p.dim);
    let mut right = rect.right() - if is_elsewhere { 10.0 } else { MORE + 22.0 };
    if let Some(words) = git_words(app, heading) {
        let galley = elide(ui.ctx(), &words, theme::mono(theme::SMALL), p.faint, 260.0);
        right -= galley.size().x;
        ui.painter().galley(pos2(right, middle - galley.size().y / 2.0), galley, p.faint);
        right -= 13.0;
        glyph(ui.painter(), pos2(right, middle), icon::GIT_BRANCH, icons::font(13.0), p.faint);
        right -= 16.0;
    }
    let mut left = rect.left() + 48.0;
    let mut put = |ui: &Ui, text: &str, font, ink| {
        let galley = elide(ui.ctx(), text, font, ink, (right - left).max(8.0));
        let at = pos2(left, middle - galley.size().y / 2.0);
        left += galley.size().x + 10.0;
        ui.painter().galley(at, galley, ink);
    };
    put(ui, &heading.name, theme::semibold(theme::BODY), p.text);
    put(ui, &words::grouped(heading.count as u64), theme::sans(theme::SMALL), p.faint);
    // What is wrong with them shows where it cannot be seen below.
    if heading.bad > 0 {
        put(ui, icons::fill::X_CIRCLE, icons::fill_font(13.0), p.bad);
        put(ui, &words::grouped(heading.bad as u64), theme::sans(theme::SMALL), p.bad);
    }
    if heading.running > 0 {
        put(ui, icons::fill::CIRCLE_HALF, icons::fill_font(13.0), p.run);
        put(ui, &words::grouped(heading.running as u64), theme::sans(theme::SMALL), p.run);
    }
    if response.clicked() {
        app.send(Command::Library(LibraryCommand::Fold(heading.path.clone())));
    }
    if is_elsewhere {
        response.on_hover_text("Workflows that ran from outside of the library");
        return;
    }
    if response.dnd_hover_payload::<Dragged>().is_some() {
        let radius = CornerRadius::same(theme::RADIUS);
        ui.painter().rect_stroke(rect, radius, Stroke::new(2.0, p.accent), StrokeKind::Inside);
    }
    if let Some(dragged) = response.dnd_release_payload::<Dragged>() {
        let (path, folder) = (dragged.0.clone(), heading.path.clone());
        app.send(Command::Library(LibraryCommand::MoveInto { path, folder }));
    }
    menu_ui(app, ui, heading, &response);
    response.on_hover_text(&heading.path);
}

/// The branch and the commit, on the first folder of a repository.
fn git_words(app: &App, heading: &Heading) -> Option<String> {
    let above = app.library.tree.iter().find(|folder| folder.path == heading.path)?;
    let found = app.library.git.begins_at(&heading.path, above.parent.as_deref())?;
    if found.trouble.is_some() {
        return Some("git: not read".to_owned());
    }
    let branch = found.branch.as_deref().unwrap_or("no branch");
    Some(match &found.commit {
        Some(commit) => format!("{branch} · {commit}"),
        None => format!("{branch} · no commit yet"),
    })
}

fn menu_ui(app: &mut App, ui: &mut Ui, heading: &Heading, response: &Response) {
    let rect = response.rect;
    let place = egui::Rect::from_center_size(
        pos2(rect.right() - MORE, rect.center().y),
        egui::Vec2::splat(theme::CONTROL),
    );
    let mut at = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt("more"));
    let name = format!("More about the folder {}", heading.name);
    let button = Button::quiet_icon(icon::DOTS_THREE, &name).show(&mut at);
    Popup::menu(&button).show(|ui| items_ui(app, ui, heading));
    response.context_menu(|ui| items_ui(app, ui, heading));
}

fn items_ui(app: &mut App, ui: &mut Ui, heading: &Heading) {
    menu_frame(ui);
    let mut item = |ui: &mut Ui, picture: &str, command: Command| {
        if asking_menu_item(ui, picture, command.label(), "") {
            app.send(command);
        }
    };
    let path = || heading.path.clone();
    item(ui, icon::FOLDER_PLUS, Command::Library(LibraryCommand::AskFolder(Some(path()))));
    if !heading.is_root {
        item(ui, icon::PENCIL_SIMPLE, Command::Library(LibraryCommand::AskFolderName(path())));
    }
    menu_line(ui);
    if menu_item(ui, icon::COPY, "Copy path", "") {
        app.send(Command::Copy(path()));
    }
    open_folder_item(app, ui, "Open folder", PlaceOf::File { path: path() });
    if !heading.is_root && heading.count == 0 {
        menu_line(ui);
        let remove = Command::Library(LibraryCommand::RemoveFolder(path()));
        if asking_menu_item(ui, icon::TRASH, remove.label(), "") {
            app.send(remove);
        }
    }
}
