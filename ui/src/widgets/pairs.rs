//! A table of names and values; a value can be the name of a stored secret.

use egui::{Id, Popup, Rect, ScrollArea, Ui};

use super::button::Button;
use super::complete::{ExprHelp, preview_ui};
use super::field::Field;
use super::mark::{MARK, mark, toggle_mark};
use super::menu::{menu_frame, menu_item, menu_line};
use super::text_list::{Done, focus_later, take_focus};
use crate::theme::icons::icon;

/// A row of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Pair {
    /// The name.
    pub(crate) name: String,
    /// The value, or the name of a secret.
    pub(crate) value: String,
    /// The value is that of a stored secret.
    pub(crate) is_secret: bool,
}

/// How a table of pairs is shown.
pub(crate) struct Pairs<'a> {
    /// What assistive technology reads first, such as "Variables".
    pub(crate) name: &'a str,
    /// What a row is called, such as "variable".
    pub(crate) item: &'a str,
    /// A value can be a secret, of which these are stored.
    pub(crate) secrets: Option<&'a [String]>,
    /// What completes names in the values.
    pub(crate) help: Option<&'a dyn ExprHelp>,
    /// Nothing can be changed.
    pub(crate) read_only: bool,
}

/// Draws the table. Gives also the row that needs a secret which is not stored yet, and its name as far as it is known.
pub(crate) fn pairs(
    ui: &mut Ui,
    id: Id,
    how: &Pairs<'_>,
    rows: &mut Vec<Pair>,
) -> (Done, Option<(usize, String)>) {
    let mut done = Done::default();
    let mut remove = None;
    let mut wanted = None;
    ui.spacing_mut().item_spacing.y = 4.0;
    for (index, row) in rows.iter_mut().enumerate() {
        let mut focused = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            // The same for each row, so that the columns are straight whichever marks a row has.
            let marks = match (how.read_only, how.secrets) {
                (true, _) => 0.0,
                (false, Some(_)) => 3.0,
                (false, None) => 1.0,
            } * (MARK + 4.0);
            let room = ui.available_width() - marks - 4.0;
            // Names are short, what stands beside them is often an expression.
            let share = if how.secrets.is_some() { 0.4 } else { 0.34 };
            let name_room = (room * share).round();
            let number = index + 1;
            let label = format!("{} {number} name", how.name);
            let name = Field::new(&mut row.name, &label)
                .hint("Name")
                .mono(true)
                .read_only(how.read_only)
                .id(id.with(("name", index)))
                .width(name_room)
                .show(ui);
            take_focus(ui, id, index, &name);
            let label = format!("{} {number} value", how.name);
            let help = how.help.filter(|_| !row.is_secret);
            let hint = if row.is_secret { "Name of a secret" } else { "Value" };
            let value = Field::new(&mut row.value, &label)
                .hint(hint)
                .mono(true)
                .read_only(how.read_only)
                .id(id.with(("value", index)))
                .help(help)
                .width(room - name_room)
                .show(ui);
            focused = value.has_focus();
            let place = value.rect;
            for response in [name, value] {
                done.changed |= response.changed();
                done.left |= response.lost_focus();
            }
            if how.read_only {
                return;
            }
            if let Some(names) = how.secrets {
                if !row.is_secret {
                    ui.add_space(MARK + 4.0);
                } else if let Some(choice) =
                    choose(ui, &format!("{} {number}", how.name), row, (names, place))
                {
                    match choice {
                        Choice::Stored(name) => {
                            row.value = name;
                            done.changed = true;
                        }
                        Choice::New(name) => wanted = Some((index, name)),
                    }
                }
                let words = if row.is_secret {
                    "A stored secret. Click to write the value itself."
                } else {
                    "A value. Click to name a stored secret instead."
                };
                let label = format!("Secret: {} {number}", how.name);
                if toggle_mark(ui, icon::KEY, &label, words, row.is_secret).clicked() {
                    row.is_secret = !row.is_secret;
                    done.changed = true;
                }
            }
            let label = format!("Remove {} {number}", how.item);
            if mark(ui, icon::X, &label, &label).clicked() {
                remove = Some(index);
            }
        });
        if let (true, Some(help)) = (focused && !row.is_secret, how.help) {
            preview_ui(ui, help, &row.value, true);
        }
    }
    if let Some(index) = remove {
        rows.remove(index);
        done.changed = true;
    }
    let add = format!("Add {}", how.item);
    if !how.read_only && Button::quiet(&add).icon(icon::PLUS).flush().show(ui).clicked() {
        let index = rows.len();
        rows.push(Pair::default());
        done.changed = true;
        focus_later(ui, id, index);
    }
    (done, wanted)
}

/// What was chosen for a secret.
enum Choice {
    /// The one of this name.
    Stored(String),
    /// One that is not there yet.
    New(String),
}

/// The list of stored secrets behind a mark, below the field in `place`.
fn choose(
    ui: &mut Ui,
    name: &str,
    row: &Pair,
    (names, place): (&[String], Rect),
) -> Option<Choice> {
    let label = format!("Choose a secret: {name}");
    let response = mark(ui, icon::CARET_DOWN, &label, "Choose a stored secret, or store a new one");
    let mut choice = None;
    Popup::menu(&response).anchor(place).gap(4.0).show(|ui| {
        menu_frame(ui);
        let most = 8.0 * 28.0;
        ScrollArea::vertical().max_height(most).show(ui, |ui| {
            for stored in names {
                if menu_item(ui, icon::KEY, stored, "") {
                    choice = Some(Choice::Stored(stored.clone()));
                }
            }
        });
        if !names.is_empty() {
            menu_line(ui);
        }
        if menu_item(ui, icon::PLUS, "New secret…", "") {
            let is_new = !row.value.contains("${") && !names.contains(&row.value);
            let typed = if is_new { row.value.clone() } else { String::new() };
            let name = if typed.is_empty() { row.name.to_lowercase() } else { typed };
            choice = Some(Choice::New(name));
        }
    });
    choice
}
