//! A list of any length of which only the rows in view are drawn.

use std::ops::Range;

use egui::{ScrollArea, Ui};

/// Draws the rows of `area` that are in view, of `count` that are all this high and touch each other.
///
/// The gap between rows counts before they are drawn: with another one, fewer are than there is room for.
pub(crate) fn touching_rows(
    ui: &mut Ui,
    area: ScrollArea,
    height: f32,
    count: usize,
    add: impl FnOnce(&mut Ui, Range<usize>),
) {
    let gap = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    area.show_rows(ui, height, count, add);
    ui.spacing_mut().item_spacing.y = gap;
}

/// Draws the rows in view, of `count` that are all this high. The one at `reveal` is brought into view.
pub(crate) fn virtual_rows(
    ui: &mut Ui,
    salt: &str,
    height: f32,
    count: usize,
    reveal: Option<usize>,
    add: impl FnOnce(&mut Ui, Range<usize>),
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let room = ui.available_height();
    let id = ui.id().with((salt, "in view"));
    let seen: Option<(f32, f32)> = ui.data(|data| data.get_temp(id));
    let mut area = ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]);
    if let Some(row) = reveal {
        let top = row as f32 * height;
        let is_in_view = seen.is_some_and(|(from, to)| top >= from && top + height <= to);
        if !is_in_view {
            area = area.vertical_scroll_offset((top - (room - height) / 2.0).max(0.0));
        }
    }
    let shown = area.show_rows(ui, height, count, |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        add(ui, range);
    });
    let from = shown.state.offset.y;
    ui.data_mut(|data| data.insert_temp(id, (from, from + shown.inner_rect.height())));
}
