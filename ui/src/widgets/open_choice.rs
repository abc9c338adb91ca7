//! A field with suggestions: one of a few texts, or any other.

use egui::{Popup, Response, Ui};

use super::button::Button;
use super::field::Field;
use super::menu::menu_item;
use crate::theme;
use crate::theme::icons::icon;

/// Draws the field with a button that lists `choices`; gives the one that was chosen just now.
pub(crate) fn open_choice(
    ui: &mut Ui,
    field: Field<'_>,
    name: &str,
    choices: &[String],
    read_only: bool,
) -> (Response, Option<usize>) {
    if read_only || choices.is_empty() {
        return (field.show(ui), None);
    }
    let mut chosen = None;
    let response = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let response = field.width(ui.available_width() - theme::CONTROL - 4.0).show(ui);
            let label = format!("Choose: {name}");
            let button = Button::icon_only(icon::CARET_DOWN, &label).show(ui);
            Popup::menu(&button).align(egui::RectAlign::BOTTOM_END).show(|ui| {
                super::menu::menu_frame(ui);
                for (index, choice) in choices.iter().enumerate() {
                    if menu_item(ui, "", choice, "") {
                        chosen = Some(index);
                    }
                }
            });
            response
        })
        .inner;
    (response, chosen)
}
