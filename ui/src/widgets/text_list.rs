//! A list of texts, one row each.
//!
//! Enter adds a row below, Backspace in an empty one takes it out, Alt with an arrow key moves it. Which rows are
//! values is the caller's business.

use egui::{Id, Key, Modifiers, Response, Ui};

use super::button::Button;
use super::complete::{ExprHelp, preview_ui};
use super::field::Field;
use super::mark::{MARK, mark};
use crate::theme::icons::icon;

/// What was done to a list.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    /// Its rows are others now.
    pub(crate) changed: bool,
    /// A row was left.
    pub(crate) left: bool,
}

/// Draws the rows. `item` is what one of them is called, such as "argument".
pub(crate) fn text_list(
    ui: &mut Ui,
    id: Id,
    (name, item): (&str, &str),
    rows: &mut Vec<String>,
    read_only: bool,
    help: Option<&dyn ExprHelp>,
) -> Done {
    let mut done = Done::default();
    let mut act = None;
    ui.spacing_mut().item_spacing.y = 4.0;
    for (index, row) in rows.iter_mut().enumerate() {
        let mut focused = false;
        let row_id = id.with(index);
        if !read_only && ui.memory(|memory| memory.has_focus(row_id)) {
            act = act.or(key_act(ui, index, row.is_empty()));
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let room = if read_only { 0.0 } else { MARK + 4.0 };
            let row_name = format!("{name} {}", index + 1);
            let response = Field::new(row, &row_name)
                .mono(true)
                .read_only(read_only)
                .id(row_id)
                .help(help)
                .width(ui.available_width() - room)
                .show(ui);
            take_focus(ui, id, index, &response);
            done.changed |= response.changed();
            done.left |= response.lost_focus();
            focused |= response.has_focus();
            let remove = format!("Remove {item} {}", index + 1);
            if !read_only && mark(ui, icon::X, &remove, &remove).clicked() {
                act = Some(Act::Remove(index));
            }
        });
        if let (true, Some(help)) = (focused, help) {
            preview_ui(ui, help, row, true);
        }
    }
    if !read_only {
        let add = format!("Add {item}");
        if Button::quiet(&add).icon(icon::PLUS).flush().show(ui).clicked() {
            act = Some(Act::Insert(rows.len()));
        }
    }
    if let Some(act) = act {
        let focus = act.carry_out(rows);
        done.changed = true;
        if let Some(index) = focus {
            focus_later(ui, id, index);
        }
    }
    done
}

/// Gives a row the focus when it is drawn: the caller may not have it before the next frame.
pub(super) fn focus_later(ui: &Ui, list: Id, index: usize) {
    ui.data_mut(|data| data.insert_temp(list.with("focus"), index));
}

/// Takes the focus that was meant for this row.
pub(super) fn take_focus(ui: &Ui, list: Id, index: usize, row: &Response) {
    let id = list.with("focus");
    if ui.data(|data| data.get_temp::<usize>(id)) == Some(index) {
        ui.data_mut(|data| data.remove_temp::<usize>(id));
        row.request_focus();
    }
}

#[derive(Clone, Copy)]
enum Act {
    /// A new row in this place.
    Insert(usize),
    Remove(usize),
    Up(usize),
    Down(usize),
}

impl Act {
    /// Does it; gives the row that gets the focus.
    fn carry_out(self, rows: &mut Vec<String>) -> Option<usize> {
        match self {
            Self::Insert(index) => {
                rows.insert(index.min(rows.len()), String::new());
                Some(index.min(rows.len() - 1))
            }
            Self::Remove(index) => {
                rows.remove(index);
                (!rows.is_empty()).then(|| index.saturating_sub(1))
            }
            Self::Up(index) => {
                rows.swap(index, index.saturating_sub(1));
                Some(index.saturating_sub(1))
            }
            Self::Down(index) => {
                let next = (index + 1).min(rows.len() - 1);
                rows.swap(index, next);
                Some(next)
            }
        }
    }
}

/// What the keys say to the row that has the focus; taken before its field sees them.
fn key_act(ui: &Ui, index: usize, is_empty: bool) -> Option<Act> {
    ui.input_mut(|input| {
        if input.consume_key(Modifiers::ALT, Key::ArrowUp) {
            Some(Act::Up(index))
        } else if input.consume_key(Modifiers::ALT, Key::ArrowDown) {
            Some(Act::Down(index))
        } else if input.consume_key(Modifiers::NONE, Key::Enter) {
            Some(Act::Insert(index + 1))
        } else if is_empty && input.consume_key(Modifiers::NONE, Key::Backspace) {
            Some(Act::Remove(index))
        } else {
            None
        }
    })
}
