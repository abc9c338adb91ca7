//! A field for a number with a button to either side of a step; the arrow keys step too.

use egui::{Id, Key, Modifiers, Response, Ui};

use super::button::Button;
use super::field::Field;
use crate::theme;
use crate::theme::icons::icon;

/// Draws the field. Gives its response, and by how many steps a person wants it changed.
pub(crate) fn stepper(ui: &mut Ui, field: Field<'_>, id: Id, name: &str) -> (Response, i64) {
    let focused = ui.memory(|memory| memory.has_focus(id));
    let mut steps = 0;
    if focused {
        // Taken before the field sees them.
        ui.input_mut(|input| {
            steps += i64::from(input.consume_key(Modifiers::NONE, Key::ArrowUp));
            steps -= i64::from(input.consume_key(Modifiers::NONE, Key::ArrowDown));
        });
    }
    let response = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let buttons = 2.0 * (theme::CONTROL + 4.0);
            let response = field.id(id).width(ui.available_width() - buttons).show(ui);
            let (less, more) = (format!("Less: {name}"), format!("More: {name}"));
            if Button::icon_only(icon::MINUS, &less).show(ui).clicked() {
                steps -= 1;
            }
            if Button::icon_only(icon::PLUS, &more).show(ui).clicked() {
                steps += 1;
            }
            response
        })
        .inner;
    (response, steps)
}
