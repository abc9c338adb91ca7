//! The search box at the cursor: type, choose a kind, and the task is there, connected where a wire was dropped.

use egui::{Area, Id, Order, Rect, Ui, pos2};

use crate::app::App;
use crate::command::Command;
use crate::state::{Spot, ranked};
use crate::theme::{self, Palette, kind_look};
use crate::widgets::{Picture, SearchList, SearchRow};

const WIDTH: f32 = 280.0;
/// Rows that are seen at once.
const ROWS: usize = 8;

/// An open search box.
#[derive(Debug)]
pub(crate) struct Picker {
    /// Where on the screen it opens.
    screen: egui::Pos2,
    /// Where the task goes.
    spot: Spot,
    list: SearchList,
}

impl Picker {
    /// A search box at a point of the screen for a task at `spot`.
    pub(crate) fn new(screen: egui::Pos2, spot: Spot) -> Self {
        Self { screen, spot, list: SearchList::default() }
    }
}

/// Draws the search box where one is open.
pub(crate) fn picker_ui(app: &mut App, ui: &mut Ui, within: Rect) {
    let Some(mut picker) = app.picker.take() else { return };
    let p = Palette::of(ui);
    let found = ranked(&picker.list.query, &app.settings.kinds_used);
    let rows: Vec<SearchRow> = found
        .iter()
        .map(|kind| {
            let look = kind_look(kind.id);
            SearchRow {
                picture: Picture::Tile(look.icon, look.tile),
                title: kind.title.to_owned(),
                aside: kind.category.title().to_owned(),
            }
        })
        .collect();
    let height = SearchList::height(rows.len(), ROWS) + 16.0;
    let room = within.shrink(8.0);
    let at = pos2(
        picker.screen.x.min(room.right() - WIDTH).max(room.left()),
        picker.screen.y.min(room.bottom() - height).max(room.top()),
    );
    let id = Id::new("picker");
    let area = Area::new(id).order(Order::Foreground).fixed_pos(at).show(ui.ctx(), |ui| {
        let frame = egui::Frame::new()
            .fill(p.panel)
            .stroke(egui::Stroke::new(1.0, p.line))
            .corner_radius(egui::CornerRadius::same(theme::CARD_RADIUS))
            .inner_margin(egui::Margin::same(8))
            .shadow(p.shadow(24, 8));
        let words = ("Search tasks to add", hint(&picker.spot));
        let list = &mut picker.list;
        frame
            .show(ui, |ui| {
                ui.set_width(WIDTH - 16.0);
                list.show(ui, id, words, &rows, ROWS)
            })
            .inner
    });
    let elsewhere = ui.input(|input| {
        input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !area.response.rect.contains(at))
    });
    match area.inner.and_then(|index| found.get(index)) {
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
