//! A field and the list of what fits: type, go up and down, take with Enter or a click.
//!
//! What fits is the caller's business; it gives the rows for the query as it is now.

use egui::{Color32, Id, Key, Modifiers, Rect, Ui, pos2, vec2};

use super::{Field, elide, glyph, label, list_row};
use crate::theme::icons;
use crate::theme::{self, Palette};

const ROW: f32 = 30.0;

/// A field and the list of what fits.
#[derive(Debug, Default)]
pub(crate) struct SearchList {
    /// What stands in the field.
    pub(crate) query: String,
    chosen: usize,
    was_shown: bool,
}

/// The picture of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Picture {
    /// An icon on a tile of this colour.
    Tile(&'static str, Color32),
    /// An icon alone.
    Plain(&'static str),
    /// A filled icon in a colour of its own, which says a state.
    State(&'static str, Color32),
}

/// A row of the list.
#[derive(Debug, Clone)]
pub(crate) struct SearchRow {
    /// What it looks like, at the left.
    pub(crate) picture: Picture,
    /// What it is.
    pub(crate) title: String,
    /// Dim, at the right: its group, its keys.
    pub(crate) aside: String,
}

impl SearchList {
    /// How high it is with so many rows, of which at most `most` are seen at once.
    pub(crate) fn height(rows: usize, most: usize) -> f32 {
        theme::CONTROL + 8.0 + ROW * rows.clamp(1, most) as f32
    }

    /// Draws it in the width there is; gives the row that was taken.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        id: Id,
        (name, hint): (&str, &str),
        rows: &[SearchRow],
        most: usize,
    ) -> Option<usize> {
        let p = Palette::of(ui);
        let last = rows.len().saturating_sub(1);
        // Taken before the field sees them.
        let (down, up, enter) = ui.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter))
        });
        if down {
            self.chosen += 1;
        } else if up {
            self.chosen = self.chosen.saturating_sub(1);
        }
        self.chosen = self.chosen.min(last);
        let mut taken = (enter && !rows.is_empty()).then_some(self.chosen);

        let field = Field::new(&mut self.query, name).hint(hint).id(id.with("query")).show(ui);
        if !std::mem::replace(&mut self.was_shown, true) {
            field.request_focus();
        }
        if field.changed() {
            self.chosen = 0;
        }
        ui.add_space(2.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        if rows.is_empty() {
            ui.add_space(6.0);
            label(ui, "Nothing fits", theme::sans(theme::BODY), p.dim);
        }
        egui::ScrollArea::vertical().max_height(ROW * most as f32).show(ui, |ui| {
            for (index, row) in rows.iter().enumerate() {
                let response = row_ui(ui, id.with(index), row, index == self.chosen);
                if index == self.chosen && (up || down) {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    taken = Some(index);
                }
            }
        });
        taken
    }
}

fn row_ui(ui: &mut Ui, id: Id, row: &SearchRow, active: bool) -> egui::Response {
    let p = Palette::of(ui);
    let (rect, response) = list_row(ui, id, &row.title, ROW, active);
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let middle = rect.center().y;
    let tile = Rect::from_center_size(pos2(rect.left() + 20.0, middle), vec2(20.0, 20.0));
    let left = rect.left() + 38.0;
    match row.picture {
        Picture::Tile(icon, color) => {
            ui.painter().rect_filled(tile, 4, color);
            glyph(ui.painter(), tile.center(), icon, icons::font(13.0), p.on_accent);
        }
        Picture::Plain(icon) => {
            glyph(ui.painter(), tile.center(), icon, icons::font(15.0), p.dim);
        }
        Picture::State(icon, color) => {
            glyph(ui.painter(), tile.center(), icon, icons::fill_font(15.0), color);
        }
    }
    let ink = if active { p.text } else { p.dim };
    // The title is cut last: what is beside it takes what it leaves.
    let room = rect.right() - 10.0 - left;
    let title = elide(ui.ctx(), &row.title, theme::sans(theme::BODY), p.text, room);
    let room = (room - title.size().x - 12.0).max(0.0);
    let aside = if room < 24.0 { "" } else { row.aside.as_str() };
    let aside = elide(ui.ctx(), aside, theme::sans(theme::SMALL), ink, room);
    let aside_left = rect.right() - 10.0 - aside.size().x;
    ui.painter().galley(pos2(left, middle - title.size().y / 2.0), title, p.text);
    ui.painter().galley(pos2(aside_left, middle - aside.size().y / 2.0), aside, ink);
    response
}
