//! The sheet that asks what a picture of the canvas is to look like.

use egui::{Theme, Ui};

use super::sheet::buttons;
use crate::app::{App, PictureForm, Sheet};
use crate::bridge::FileKind;
use crate::command::{Command, FileCommand};
use crate::theme::{self, Palette};
use crate::widgets::{Button, checkbox, field_label, label, segmented, wrapped};

const KINDS: [FileKind; 2] = [FileKind::Png, FileKind::Svg];
const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];
const SCALES: [u32; 3] = [1, 2, 4];

/// Draws what is in the sheet.
pub(super) fn picture_ui(app: &mut App, ui: &mut Ui, mut form: PictureForm) {
    let p = Palette::of(ui);
    ui.set_width(400.0);
    label(ui, "Export as picture", theme::semibold(theme::TITLE), p.text);
    let text = "All of the canvas, at 100 %, with the states that it shows.";
    wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    field_label(ui, "Format", false);
    choose(ui, &["PNG", "SVG"], &KINDS, &mut form.kind);
    field_label(ui, "Theme", false);
    choose(ui, &["Light", "Dark"], &THEMES, &mut form.theme);
    if form.kind == FileKind::Png {
        field_label(ui, "Size", false);
        choose(ui, &["1 ×", "2 ×", "4 ×"], &SCALES, &mut form.scale);
    }
    ui.add_space(4.0);
    checkbox(ui, &mut form.ground, "With background");
    buttons(ui, |ui| {
        let drawn = Button::primary("Save picture…").show(ui).clicked();
        let closed = Button::secondary("Cancel").show(ui).clicked();
        if drawn {
            app.send(Command::File(FileCommand::DrawPicture(form)));
        }
        app.sheet = (!drawn && !closed).then_some(Sheet::Picture(form));
    });
}

fn choose<T: Copy + PartialEq>(ui: &mut Ui, names: &[&str], values: &[T], value: &mut T) {
    let active = values.iter().position(|known| known == value).unwrap_or(usize::MAX);
    if let Some(index) = segmented(ui, names, active) {
        *value = values[index];
    }
}
