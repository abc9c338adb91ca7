//! The items of a mapped task in two runs: how each ended in both. A click shows what it printed.

use egui::{Ui, pos2};
use millrace_model::diff::runs::TaskFared;

use crate::state::{TwoItem, TwoItems, longer_words};
use crate::theme::{self, Palette, icons, task_look};
use crate::widgets::{elide, glyph, label, list_row, virtual_rows};
use crate::words;

const ROW: f32 = 26.0;
/// Of both states.
const STATES: f32 = 44.0;

/// Draws the list; the place of the one that was clicked.
pub(super) fn items_ui(ui: &mut Ui, p: &Palette, items: &mut TwoItems) -> Option<usize> {
    let all = words::count(items.rows.len(), "item", "items");
    let text = match items.differ {
        0 => format!("{all}, all ended the same"),
        differ => format!("{all}, {} ended otherwise", words::grouped(differ as u64)),
    };
    label(ui, &text, theme::sans(theme::SMALL), p.dim);
    let reveal = std::mem::take(&mut items.reveals).then_some(items.chosen);
    let mut clicked = None;
    let (rows, chosen) = (&items.rows, items.chosen);
    virtual_rows(ui, "items", ROW, rows.len(), reveal, |ui, range| {
        for place in range {
            if row_ui(ui, p, place, &rows[place], place == chosen) {
                clicked = Some(place);
            }
        }
    });
    clicked
}

fn row_ui(ui: &mut Ui, p: &Palette, place: usize, item: &TwoItem, active: bool) -> bool {
    let word = |side: &Option<TaskFared>| side.as_ref().map_or("not there", |it| it.state.label());
    let states = format!("{}, {}", word(&item.fared[0]), word(&item.fared[1]));
    let longer = item.longer_us().map(longer_words);
    let said = match &longer {
        Some(longer) => format!("{}: {states}, {longer}", item.words),
        None => format!("{}: {states}", item.words),
    };
    let (rect, response) = list_row(ui, ("item", place), &said, ROW, active);
    let middle = rect.center().y;
    for (side, x) in item.fared.iter().zip([13.0, 31.0]) {
        let at = pos2(rect.left() + x, middle);
        match side {
            Some(fared) => {
                let look = task_look(p, fared.state);
                glyph(ui.painter(), at, look.icon, icons::fill_font(13.0), look.color);
            }
            None => glyph(ui.painter(), at, icons::icon::MINUS, icons::font(12.0), p.faint),
        }
    }
    let longer = longer.unwrap_or_default();
    let longer = elide(ui.ctx(), &longer, theme::sans(theme::SMALL), p.faint, 76.0);
    let right = rect.right() - 8.0 - longer.size().x;
    let ink = if item.differs() { p.text } else { p.dim };
    let room = right - rect.left() - STATES - 8.0;
    if room > 16.0 {
        let galley = elide(ui.ctx(), &item.words, theme::sans(theme::BODY), ink, room);
        let at = pos2(rect.left() + STATES, middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    }
    ui.painter().galley(pos2(right, middle - longer.size().y / 2.0), longer, p.faint);
    response.on_hover_text(said).clicked()
}
