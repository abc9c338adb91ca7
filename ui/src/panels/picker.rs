//! The search box at the cursor: type, choose a kind, and the task is there, connected where a wire was dropped.

use egui::{Area, Id, Key, Modifiers, Order, Rect, Ui, pos2, vec2};
use millrace_model::kinds::Kind;

use crate::app::App;
use crate::command::Command;
use crate::state::{Spot, ranked};
use crate::theme::icons;
use crate::theme::{self, Palette, kind_look};
use crate::widgets::{Field, elide, glyph, label, list_row};

const WIDTH: f32 = 280.0;
const ROW: f32 = 30.0;
/// Rows that are seen at once.
const ROWS: usize = 8;

/// An open search box.
#[derive(Debug)]
pub(crate) struct Picker {
    /// Where on the screen it opens.
    pub(crate) screen: egui::Pos2,
    /// Where the task goes.
    pub(crate) spot: Spot,
    query: String,
    chosen: usize,
    is_new: bool,
}

impl Picker {
    /// A search box at a point of the screen for a task at `spot`.
    pub(crate) fn new(screen: egui::Pos2, spot: Spot) -> Self {
        Self { screen, spot, query: String::new(), chosen: 0, is_new: true }
    }
}

/// Draws the search box where one is open.
pub(crate) fn picker_ui(app: &mut App, ui: &mut Ui, within: Rect) {
    let Some(mut picker) = app.picker.take() else { return };
    let p = Palette::of(ui);
    let found = ranked(&picker.query, &app.settings.kinds_used);
    let keys = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter))
    });
    let (down, up, enter) = keys;
    let last = found.len().saturating_sub(1);
    if down {
        picker.chosen = (picker.chosen + 1).min(last);
    } else if up {
        picker.chosen = picker.chosen.saturating_sub(1);
    }
    picker.chosen = picker.chosen.min(last);
    let mut taken: Option<&'static Kind> =
        if enter { found.get(picker.chosen).copied() } else { None };

    let height = 64.0 + ROW * found.len().clamp(1, ROWS) as f32;
    let room = within.shrink(8.0);
    let at = pos2(
        picker.screen.x.min(room.right() - WIDTH).max(room.left()),
        picker.screen.y.min(room.bottom() - height).max(room.top()),
    );
    let id = Id::new("picker");
    let area = Area::new(id).order(Order::Foreground).fixed_pos(at).show(ui.ctx(), |ui| {
        egui::Frame::new()
            .fill(p.panel)
            .stroke(egui::Stroke::new(1.0, p.line))
            .corner_radius(egui::CornerRadius::same(theme::CARD_RADIUS))
            .inner_margin(egui::Margin::same(8))
            .shadow(p.shadow(24, 8))
            .show(ui, |ui| {
                ui.set_width(WIDTH - 16.0);
                ui.spacing_mut().item_spacing.y = 4.0;
                let field = Field::new(&mut picker.query, "Search tasks to add")
                    .hint(hint(&picker.spot))
                    .id(id.with("query"))
                    .show(ui);
                if std::mem::take(&mut picker.is_new) {
                    field.request_focus();
                }
                if field.changed() {
                    picker.chosen = 0;
                }
                ui.spacing_mut().item_spacing.y = 0.0;
                if found.is_empty() {
                    label(ui, "Nothing fits", theme::sans(theme::BODY), p.dim);
                }
                egui::ScrollArea::vertical().max_height(ROW * ROWS as f32).show(ui, |ui| {
                    for (index, kind) in found.iter().enumerate() {
                        let row = row_ui(ui, kind, index == picker.chosen);
                        if index == picker.chosen && (up || down) {
                            row.scroll_to_me(None);
                        }
                        if row.clicked() {
                            taken = Some(kind);
                        }
                    }
                });
            });
    });
    let elsewhere = ui.input(|input| {
        input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !area.response.rect.contains(at))
    });
    match taken {
        Some(kind) => app.send(Command::AddTask(kind.id, picker.spot)),
        None if elsewhere => ui.ctx().request_repaint(),
        None => app.picker = Some(picker),
    }
}

fn hint(spot: &Spot) -> &'static str {
    match (&spot.split, spot.after.is_empty()) {
        (Some(_), _) => "Insert a task",
        (None, true) => "Add a task",
        (None, false) => "Add the next task",
    }
}

fn row_ui(ui: &mut Ui, kind: &'static Kind, active: bool) -> egui::Response {
    let p = Palette::of(ui);
    let (rect, response) = list_row(ui, ("pick", kind.id), kind.title, ROW, active);
    let look = kind_look(kind.id);
    let tile = Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), vec2(20.0, 20.0));
    ui.painter().rect_filled(tile, 4, look.tile);
    glyph(ui.painter(), tile.center(), look.icon, icons::font(13.0), p.on_accent);
    let title = elide(ui.ctx(), kind.title, theme::sans(theme::BODY), p.text, 150.0);
    let middle = rect.center().y;
    let left = rect.left() + 34.0;
    let end = left + title.size().x;
    ui.painter().galley(pos2(left, middle - title.size().y / 2.0), title, p.text);
    let room = rect.right() - 10.0 - end - 12.0;
    let category = elide(ui.ctx(), kind.category.title(), theme::sans(theme::SMALL), p.faint, room);
    let at = pos2(rect.right() - 10.0 - category.size().x, middle - category.size().y / 2.0);
    ui.painter().galley(at, category, p.faint);
    response
}
