//! The sheet with what Millrace is made of: crates and fonts of others, with their licences.

use egui::{ScrollArea, Ui};

use super::cells::cell;
use super::sheet::buttons;
use crate::app::{App, Sheet};
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, label, touching_rows, wrapped};
use crate::words;

/// A line each: name and version, a tab, the licence as its authors name it.
const CRATES: &str = include_str!("../../../assets/licences.txt");
/// The fonts that the window brings along.
const FONTS: [(&str, &str); 2] = [("Inter", "OFL-1.1"), ("JetBrains Mono", "Apache-2.0")];

const WIDTH: f32 = 560.0;
const HEIGHT: f32 = 360.0;
/// Width of a name with its version.
const NAME: f32 = 260.0;

/// Draws the sheet.
pub(super) fn licences_ui(app: &mut App, ui: &mut Ui, mut search: String) {
    let p = Palette::of(ui);
    ui.set_width(WIDTH);
    label(ui, "Licences", theme::semibold(theme::TITLE), p.text);
    let crates = words::count(CRATES.lines().count(), "crate", "crates");
    let text = format!(
        "Millrace is made with {crates} and {} fonts of others. Their whole texts come with the package: \
         /usr/share/doc/millrace/LICENCES.gz.",
        FONTS.len()
    );
    wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
    Field::new(&mut search, "Search licences").hint("A name or a licence, such as MPL").show(ui);
    let wanted = search.trim().to_lowercase();
    let fits = |(name, licence): &(&str, &str)| {
        wanted.is_empty()
            || name.to_lowercase().contains(&wanted)
            || licence.to_lowercase().contains(&wanted)
    };
    let crates = CRATES.lines().filter_map(|line| line.split_once('\t'));
    let rows: Vec<(&str, &str)> = FONTS.into_iter().chain(crates).filter(fits).collect();
    let area = ScrollArea::vertical().auto_shrink([false, false]).max_height(HEIGHT);
    let area = area.min_scrolled_height(HEIGHT);
    touching_rows(ui, area, theme::ROW, rows.len().max(1), |ui, range| {
        if rows.is_empty() {
            let text = format!("Nothing has “{}” in its name or licence.", search.trim());
            label(ui, &text, theme::sans(theme::BODY), p.faint);
            return;
        }
        for (name, licence) in &rows[range] {
            ui.horizontal(|ui| {
                cell(ui, NAME, name, theme::sans(theme::BODY), p.text);
                let room = ui.available_width() - 12.0;
                cell(ui, room, licence, theme::sans(theme::BODY), p.dim);
            });
        }
    });
    let mut closed = false;
    buttons(ui, |ui| closed = Button::secondary("Close").show(ui).clicked());
    app.sheet = (!closed).then_some(Sheet::Licences(search));
}
