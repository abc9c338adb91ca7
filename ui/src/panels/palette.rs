//! The palette at the left of the editor: every kind of task, to be dragged or clicked onto the canvas.

use egui::{Rect, ScrollArea, Sense, Ui, pos2, vec2};
use millrace_model::kinds::{self, Category, Kind};

use super::padded;
use crate::app::App;
use crate::command::{Command, Keymap};
use crate::state::{Spot, ranked};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, kind_look};
use crate::widgets::{Field, elide, glyph, list_row, section_head};

/// Kinds in the group of those that were used last.
const RECENT: usize = 3;
const ROW: f32 = 30.0;

/// What is dragged from the palette: a kind's id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DraggedKind(pub(crate) &'static Kind);

/// Draws the palette.
pub(crate) fn palette_ui(app: &mut App, ui: &mut Ui) {
    padded(ui, 12, 12, |ui| {
        let field = Field::new(&mut app.palette_search, "Search kinds of tasks");
        let search = field.hint("Search tasks").show(ui);
        keys_ui(ui, &search, app.palette_search.is_empty());
        let enter = search.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let found = ranked(&app.palette_search, &app.settings.kinds_used);
        if enter
            && !app.palette_search.trim().is_empty()
            && let Some(kind) = found.first()
        {
            app.send(Command::AddTask(kind.id, Spot::default()));
            app.palette_search.clear();
        }
        ui.add_space(4.0);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if app.palette_search.trim().is_empty() {
                groups_ui(app, ui);
            } else if found.is_empty() {
                let text = format!("No kind of task fits “{}”.", app.palette_search.trim());
                let color = Palette::of(ui).dim;
                crate::widgets::wrapped(ui, &text, theme::sans(theme::BODY), color);
            } else {
                for kind in found {
                    row_ui(app, ui, "found", kind);
                }
            }
        });
    });
}

/// The key that searches over the canvas, at the right of the field while nothing stands in it.
fn keys_ui(ui: &Ui, field: &egui::Response, is_empty: bool) {
    let p = Palette::of(ui);
    let keys = Keymap::of(ui.ctx()).short_keys_of(&Command::PickTask(None, Spot::default()));
    if is_empty && !keys.is_empty() {
        let keys = elide(ui.ctx(), &keys, theme::sans(theme::SMALL), p.faint, 100.0);
        let rect = field.rect;
        let at = pos2(rect.right() - 10.0 - keys.size().x, rect.center().y - keys.size().y / 2.0);
        ui.painter().galley(at, keys, p.faint);
    }
}

fn groups_ui(app: &mut App, ui: &mut Ui) {
    let of_ids = |ids: &[String]| -> Vec<&'static Kind> {
        ids.iter().filter_map(|id| kinds::kind(id)).collect()
    };
    let favourites = of_ids(&app.settings.favourite_kinds);
    let mut recent = of_ids(&app.settings.recent_kinds);
    recent.truncate(RECENT);
    let mut groups = vec![("Favourites", favourites), ("Recent", recent)];
    for category in Category::ALL {
        let all = kinds::all().iter().copied();
        groups.push((category.title(), all.filter(|kind| kind.category == category).collect()));
    }
    groups.retain(|(_, kinds)| !kinds.is_empty());
    for (index, (title, kinds)) in groups.into_iter().enumerate() {
        // A head belongs to what follows.
        ui.add_space(if index == 0 { 8.0 } else { 20.0 });
        section_head(ui, title);
        ui.add_space(8.0);
        for kind in kinds {
            row_ui(app, ui, title, kind);
        }
    }
}

fn row_ui(app: &mut App, ui: &mut Ui, group: &str, kind: &'static Kind) {
    let p = Palette::of(ui);
    let refused = app.why_not_edit();
    let (rect, response) =
        list_row(ui, (group, kind.id), &format!("Add {}", kind.title), ROW, false);
    let response = response.interact(Sense::click_and_drag());
    if ui.is_rect_visible(rect) {
        let look = kind_look(kind.id);
        let tile =
            Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), vec2(20.0, 20.0));
        ui.painter().rect_filled(tile, 4, look.tile);
        glyph(ui.painter(), tile.center(), look.icon, icons::font(13.0), p.on_accent);
        let ink = if refused.is_some() { p.faint } else { p.text };
        let room = rect.width() - 64.0;
        let text = elide(ui.ctx(), kind.title, theme::sans(theme::BODY), ink, room);
        let y = rect.center().y - text.size().y / 2.0;
        ui.painter().galley(pos2(rect.left() + 34.0, y), text, ink);
    }
    star_ui(app, ui, group, kind, rect, response.contains_pointer());
    if refused.is_none() {
        if response.clicked() {
            app.send(Command::AddTask(kind.id, Spot::default()));
        }
        if response.drag_started() {
            response.dnd_set_drag_payload(DraggedKind(kind));
        }
    }
    let hint = refused.unwrap_or_else(|| "Drag it onto the canvas, or click".to_owned());
    response.on_hover_ui(|ui| {
        crate::widgets::wrapped(ui, kind.summary, theme::sans(theme::BODY), p.text);
        crate::widgets::wrapped(ui, &hint, theme::sans(theme::SMALL), p.dim);
    });
}

/// The star of a row: shown under the pointer and for favourites.
fn star_ui(app: &mut App, ui: &Ui, group: &str, kind: &Kind, rect: Rect, under_pointer: bool) {
    let p = Palette::of(ui);
    let is_favourite = app.settings.favourite_kinds.iter().any(|id| id == kind.id);
    let spot = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(22.0, 22.0));
    let star = ui.interact(spot, ui.id().with(("star", group, kind.id)), Sense::click());
    let words = if is_favourite {
        format!("Remove {} from favourites", kind.title)
    } else {
        format!("Make {} a favourite", kind.title)
    };
    star.widget_info(|| {
        egui::WidgetInfo::selected(egui::WidgetType::Button, true, is_favourite, &words)
    });
    if under_pointer || star.hovered() || star.has_focus() || is_favourite {
        let (font, picture) = match is_favourite {
            true => (icons::fill_font(14.0), icons::fill::STAR),
            false => (icons::font(14.0), icon::STAR),
        };
        let ink = if star.hovered() || star.has_focus() { p.text } else { p.faint };
        glyph(ui.painter(), spot.center(), picture, font, ink);
    }
    if star.clicked() {
        let favourites = &mut app.settings.favourite_kinds;
        match is_favourite {
            true => favourites.retain(|id| id != kind.id),
            false => favourites.push(kind.id.to_owned()),
        }
    }
    star.on_hover_text(words);
}
