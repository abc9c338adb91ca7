//! The sheet for a report of a problem: what is not well, and what the file would have in it, before it is written.

use egui::{ScrollArea, Ui};
use millrace_api::diagnostics::{Check, Diagnostics, NEVER_IN_IT, Verdict};

use super::cells::cell;
use super::sheet::buttons;
use crate::app::{App, full_sentence, sentence};
use crate::command::{Command, SettingCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, glyph, label, section_start, wrapped};
use crate::words;

const WIDTH: f32 = 560.0;
/// Of the names of parts.
const NAME: f32 = 110.0;
const SIZE: f32 = 76.0;
/// Of what is not well, where that is much.
const CHECKS: f32 = 220.0;

/// Draws the sheet.
pub(super) fn diagnostics_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 80.0));
    label(ui, "Save diagnostics", theme::semibold(theme::TITLE), p.text);
    let text = "One file to send along with a report of a problem. It is written where you choose, and sent nowhere.";
    wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    let refused = match &app.setting.diagnosis {
        None => {
            ui.add_space(4.0);
            label(ui, "Looking at everything…", theme::sans(theme::BODY), p.faint);
            Some("It is being looked at".to_owned())
        }
        Some(Err(error)) => {
            ui.add_space(4.0);
            wrapped(ui, &full_sentence(&error.message), theme::sans(theme::BODY), p.bad);
            let text = "While the engine does not answer, the command line writes the same: millrace doctor --bundle FILE";
            wrapped(ui, text, theme::sans(theme::SMALL), p.dim);
            Some("The engine did not answer".to_owned())
        }
        Some(Ok(found)) => {
            found_ui(ui, p, found);
            None
        }
    };
    let is_error = matches!(app.setting.diagnosis, Some(Err(_)));
    buttons(ui, |ui| {
        let save = Command::Setting(SettingCommand::SaveDiagnostics);
        let button = Button::primary(save.label()).icon(icon::FLOPPY_DISK).refused(refused);
        if button.show(ui).clicked() {
            app.send(save);
        }
        if Button::secondary("Close").show(ui).clicked() {
            app.sheet = None;
        }
        let again = Command::Setting(SettingCommand::AskDiagnostics);
        if is_error && Button::quiet("Try again").show(ui).clicked() {
            app.send(again);
        }
    });
}

fn found_ui(ui: &mut Ui, p: &Palette, found: &Diagnostics) {
    section_start(ui, "What is in it");
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
        for part in &found.parts {
            ui.horizontal(|ui| {
                cell(ui, NAME, &part.name, theme::mono(theme::SMALL), p.text);
                let room = ui.available_width() - SIZE;
                cell(ui, room, &sentence(&part.what), theme::sans(theme::BODY), p.dim);
                cell(ui, SIZE, &words::bytes(part.bytes), theme::sans(theme::SMALL), p.dim);
            });
        }
    });
    wrapped(ui, &full_sentence(NEVER_IN_IT), theme::sans(theme::SMALL), p.faint);
    let is_well = |check: &&Check| check.verdict == Verdict::Ok;
    let well = found.checks.iter().filter(is_well).count();
    let rest: Vec<&Check> = found.checks.iter().filter(|check| !is_well(check)).collect();
    section_start(ui, "What was looked at");
    let text = match rest.len() {
        0 => format!("All {well} things are well."),
        more => format!("{well} things are well, {more} not:"),
    };
    wrapped(ui, &text, theme::sans(theme::BODY), p.text);
    if rest.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ScrollArea::vertical().max_height(CHECKS).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for check in rest {
            check_ui(ui, p, check);
        }
    });
}

fn check_ui(ui: &mut Ui, p: &Palette, check: &Check) {
    let (picture, ink) = match check.verdict {
        Verdict::Ok => (icon::CHECK_CIRCLE, p.ok),
        Verdict::Warning => (icon::WARNING, p.retry),
        Verdict::Error => (icon::X_CIRCLE, p.bad),
    };
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(18.0, 18.0), egui::Sense::hover());
        glyph(ui.painter(), rect.center(), picture, icons::font(14.0), ink);
        ui.vertical(|ui| {
            let text = format!("{}: {}", sentence(&check.about), check.found);
            wrapped(ui, &text, theme::sans(theme::BODY), p.text);
            if let Some(help) = &check.help {
                wrapped(ui, &sentence(help), theme::sans(theme::SMALL), p.dim);
            }
            ui.add_space(4.0);
        });
    });
}
