//! The library: its folders, every known workflow with its last run, what was found; open, run, move.

mod card;
mod heading;
mod hit;
mod row;

use egui::{ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::{from_right, padded, row as beside};
use crate::app::{App, sentence};
use crate::command::{Command, FileCommand, LibraryCommand};
use crate::state::shelf::{Heights, Line, ShelfOrder, What};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, dropdown, label};
use crate::words;

const HEIGHTS: Heights = Heights { heading: 36.0, row: 60.0, cards: 258.0, hit: 26.0 };
/// How far what lies in a folder is moved to the right.
const STEP: f32 = 18.0;

/// Draws the place.
pub(crate) fn workflows_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    head_ui(app, ui, p);
    recent_ui(app, ui, p);
    trouble_ui(app, ui, p);
    let Some(rows) = &app.library.rows else {
        return match app.library.error.clone() {
            Some(error) => super::unread_ui(app, ui, "The library cannot be read", &error),
            None => super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
        };
    };
    if rows.is_empty() && app.library.tree.len() < 2 {
        let folders = app.library.folders.join(", ");
        let text = if folders.is_empty() {
            "Workflows that you run show here.".to_owned()
        } else {
            format!("Make one with New, or put workflow files (.json) into {folders}.")
        };
        return super::empty_ui(ui, icon::TREE_STRUCTURE, "No workflows yet", &text);
    }
    app.thumbnails.begin();
    // As wide as what is shown of the deepest folder.
    let columns = match app.settings.library_cards {
        true => card::columns(ui.available_width() - 32.0 - STEP),
        false => 0,
    };
    let shelf = app.shelf(columns, HEIGHTS);
    let (height, count) = (shelf.height, shelf.count);
    if count == 0 && !app.library.search.trim().is_empty() {
        return nothing_ui(app, ui);
    }
    ScrollArea::vertical().id_salt("workflows").auto_shrink([false, false]).show_viewport(
        ui,
        |ui, view| {
            ui.set_height(height);
            ui.set_width(ui.available_width());
            let shelf = app.shelf(columns, HEIGHTS);
            let range = shelf.between(view.top(), view.bottom());
            let lines: Vec<Line> = shelf.lines[range].to_vec();
            let all = ui.max_rect();
            for line in lines {
                line_ui(app, ui, p, (all, columns), &line);
            }
        },
    );
}

/// A line in its place.
fn line_ui(
    app: &mut App,
    ui: &mut Ui,
    p: &Palette,
    (all, columns): (egui::Rect, usize),
    line: &Line,
) {
    // A workflow stands below its folder, a folder in a folder is moved to the right.
    let depth = match line.what {
        What::Heading(_) => line.depth,
        // All cards stand in the same columns.
        What::Cards(_) => 1,
        _ => line.depth.saturating_sub(1),
    };
    let left = all.left() + 16.0 + STEP * depth.min(8) as f32;
    let place = egui::Rect::from_min_size(
        pos2(left, all.top() + line.top),
        vec2(all.right() - 16.0 - left, line.height),
    );
    let mut ui = ui.new_child(UiBuilder::new().max_rect(place).id_salt("line"));
    ui.spacing_mut().item_spacing.y = 0.0;
    match &line.what {
        What::Heading(at) => {
            if let Some(heading) = app.shelf(columns, HEIGHTS).headings.get(*at).cloned() {
                heading::heading_ui(app, &mut ui, p, &heading);
            }
        }
        What::Row(at) => {
            if let Some(row) = app.library.rows.as_ref().and_then(|rows| rows.get(*at)).cloned() {
                row::row_ui(app, &mut ui, p, &row);
            }
        }
        What::Hit(workflow, hit) => hit::hit_ui(app, &mut ui, p, *workflow, *hit),
        What::More(workflow, more) => hit::more_ui(app, &mut ui, p, *workflow, *more),
        What::Cards(part) => {
            let rows = app.shelf(columns, HEIGHTS).cards[part.clone()].to_vec();
            let width = (place.width() - card::GAP * (columns as f32 - 1.0)) / columns as f32;
            for (column, at) in rows.into_iter().enumerate() {
                let row = app.library.rows.as_ref().and_then(|rows| rows.get(at)).cloned();
                let Some(row) = row else { continue };
                let left = place.left() + (width + card::GAP) * column as f32;
                let size = vec2(width, line.height - card::GAP);
                let place = egui::Rect::from_min_size(pos2(left, place.top()), size);
                let builder = UiBuilder::new().max_rect(place).id_salt(("card", &row.path));
                card::card_ui(app, &mut ui.new_child(builder), p, &row);
            }
        }
    }
}

fn head_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    padded(ui, 24, 0, |ui| {
        ui.set_height(56.0);
        beside(ui, |ui| {
            label(ui, "Workflows", theme::semibold(18.0), p.text);
            from_right(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let new = Command::File(FileCommand::New);
                let tip = new.tip(ui.ctx());
                if Button::primary("New").icon(icon::PLUS).tip(tip).show(ui).clicked() {
                    app.send(new);
                }
                let open = Command::File(FileCommand::Open);
                let tip = open.tip(ui.ctx());
                if Button::secondary("Open…").tip(tip).show(ui).clicked() {
                    app.send(open);
                }
                let cards = app.settings.library_cards;
                let (picture, name) = match cards {
                    true => (icon::LIST_BULLETS, "Show a table"),
                    false => (icon::GRID_FOUR, "Show cards"),
                };
                if Button::icon_only(picture, name).tip(name).show(ui).clicked() {
                    app.send(Command::Library(LibraryCommand::ShowCards(!cards)));
                }
                let folder = Button::icon_only(icon::FOLDER_PLUS, "New folder").tip("New folder…");
                if folder.asks().show(ui).clicked() {
                    app.send(Command::Library(LibraryCommand::AskFolder(None)));
                }
                ui.allocate_ui(vec2(128.0, theme::CONTROL), |ui| {
                    let names = ShelfOrder::ALL.map(|order| order.label().to_owned());
                    let now = app.settings.library_order;
                    let chosen = ShelfOrder::ALL.iter().position(|order| *order == now);
                    if let Some(order) = dropdown(ui, "Order", &names, chosen) {
                        let order = LibraryCommand::Order(ShelfOrder::ALL[order]);
                        app.send(Command::Library(order));
                    }
                });
                let room = (ui.available_width() - 8.0).clamp(120.0, 280.0);
                ui.allocate_ui(vec2(room, theme::CONTROL), |ui| {
                    Field::new(&mut app.library.search, "Search workflows")
                        .hint("Search names, scripts, kind:sql…")
                        .show(ui);
                });
            });
        });
    });
}

/// What is not as it should be, while what was known before is in view.
fn trouble_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    let known = app.library.rows.is_some();
    let text = match (&app.library.error, &app.library.found.error) {
        (Some(_), _) if app.why_away().is_some() => return,
        (Some(error), _) if known => {
            format!("{}. These are the workflows as they were known before.", sentence(error))
        }
        (None, Some(error)) if !app.library.search.trim().is_empty() => {
            format!("{}. Only names and titles are looked through.", sentence(error))
        }
        _ => return,
    };
    padded(ui, 24, 0, |ui| {
        ui.set_height(28.0);
        beside(ui, |ui| {
            label(ui, icon::WARNING, theme::icons::font(14.0), p.retry);
            label(ui, &text, theme::sans(theme::BODY), p.retry);
        });
    });
}

fn nothing_ui(app: &App, ui: &mut Ui) {
    let search = app.library.search.trim();
    let found = &app.library.found;
    if found.of != search && found.error.is_none() {
        return super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Searching", "");
    }
    let (_, searched) = found.counts;
    let text = match searched {
        0 => format!("Nothing has “{search}” in its name."),
        _ => {
            let all = words::count(searched as usize, "document", "documents");
            format!("“{search}” stands in no name, script or field of {all}.")
        }
    };
    super::empty_ui(ui, icon::TREE_STRUCTURE, "Nothing found", &text);
}

/// What was open lately, as one line of names.
fn recent_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    let recent = app.settings.recent_documents.clone();
    if recent.is_empty() {
        return;
    }
    padded(ui, 24, 0, |ui| {
        ui.set_height(36.0);
        beside(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            label(ui, "Recent", theme::sans(theme::SMALL), p.faint);
            for path in recent {
                let name = path.rsplit('/').next().unwrap_or(&path);
                let name = name.strip_suffix(".json").unwrap_or(name).to_owned();
                let said = format!("Open {name} again");
                let button = Button::secondary(&name).icon(icon::FILE_CODE).name(&said);
                // What does not fit is not begun.
                if ui.available_width() < 56.0 + 8.0 * name.chars().count() as f32 {
                    break;
                }
                if button.tip(path.clone()).show(ui).clicked() {
                    app.send(Command::OpenFile(path));
                }
            }
        });
    });
}
