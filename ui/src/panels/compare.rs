//! The sheet that shows what differs between a file and what is here, side by side.

use egui::{CornerRadius, Frame, Margin, ScrollArea, Stroke, Ui, vec2};

use crate::app::{App, TabId, sentence};
use crate::command::Command;
use crate::state::{Difference, Subject};
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, section_head};
use crate::words;

const WIDTH: f32 = 760.0;
/// Between the sides.
const GAP: f32 = 8.0;
/// Lines of a side that are shown; the whole is on hover.
const LINES: usize = 14;

/// Draws the sheet.
pub(super) fn compare_ui(
    app: &mut App,
    ui: &mut Ui,
    tab: TabId,
    with_file: bool,
    differences: &[Difference],
) {
    let p = Palette::of(ui);
    ui.set_width(WIDTH);
    let (other, sides) = match with_file {
        true => ("the file", ["In the file", "Mine"]),
        false => ("the version", ["In the version", "Here"]),
    };
    label(ui, &format!("Compare with {other}"), theme::semibold(theme::TITLE), p.text);
    let about = match differences.len() {
        0 => sentence(&format!("{other} and what is here are the same.")),
        many => {
            let count = words::count(many, "difference", "differences");
            format!("{count} between {other} and what is here")
        }
    };
    label(ui, &about, theme::sans(theme::BODY), p.dim);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let half = half(ui);
        for words in sides {
            ui.allocate_ui(vec2(half, 16.0), |ui| {
                ui.set_width(half);
                section_head(ui, words);
            });
        }
    });
    let height = (ui.ctx().content_rect().height() - 280.0).max(160.0);
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        differences_ui(ui, p, differences);
    });
    super::sheet::buttons(ui, |ui| {
        let mut decide = |ui: &mut Ui, button: Button<'_>, command: Option<Command>| {
            if button.show(ui).clicked() {
                app.sheet = None;
                if let Some(command) = command {
                    app.send(Command::ShowTab(tab));
                    app.send(command);
                }
            }
        };
        if with_file && !differences.is_empty() {
            decide(ui, Button::secondary("Keep mine"), Some(Command::SaveOver));
            decide(ui, Button::secondary("Use the file"), Some(Command::Reload));
        }
        decide(ui, Button::secondary("Close"), None);
    });
}

/// Draws the sheet with what had changed in a workflow before a run of it.
pub(super) fn changes_ui(app: &mut App, ui: &mut Ui, changes: &[Difference]) {
    let p = Palette::of(ui);
    ui.set_width(WIDTH);
    label(ui, "What had changed before this run", theme::semibold(theme::TITLE), p.text);
    let count = words::count(changes.len(), "difference", "differences");
    let about = format!("{count} between the version before and what was run");
    label(ui, &about, theme::sans(theme::BODY), p.dim);
    ui.add_space(4.0);
    let height = (ui.ctx().content_rect().height() - 280.0).max(160.0);
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        differences_ui(ui, p, changes);
    });
    super::sheet::buttons(ui, |ui| {
        if Button::secondary("Close").show(ui).clicked() {
            app.sheet = None;
        }
    });
}

/// The differences, those of one thing under its name.
pub(super) fn differences_ui(ui: &mut Ui, p: &Palette, differences: &[Difference]) {
    let mut last: Option<&Subject> = None;
    ui.spacing_mut().item_spacing.y = 4.0;
    for difference in differences {
        if last != Some(&difference.subject) {
            ui.add_space(if last.is_some() { 8.0 } else { 2.0 });
            label(ui, &difference.subject.words(), theme::semibold(theme::BODY), p.text);
            last = Some(&difference.subject);
        }
        let name = match difference.field.as_str() {
            "" => difference.words(),
            field => field.to_owned(),
        };
        label(ui, &name, theme::sans(theme::SMALL), p.dim);
        let half = half(ui);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            side_ui(ui, p, half, difference.before.as_deref());
            side_ui(ui, p, half, difference.after.as_deref());
        });
    }
}

/// The width of a side.
fn half(ui: &Ui) -> f32 {
    (ui.available_width() - GAP) / 2.0
}

fn side_ui(ui: &mut Ui, p: &Palette, width: f32, text: Option<&str>) {
    Frame::new()
        .fill(p.field)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(CornerRadius::same(theme::RADIUS))
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            let room = width - 18.0;
            ui.set_width(room);
            let Some(text) = text else {
                label(ui, "–", theme::mono(theme::SMALL), p.faint);
                return;
            };
            let mut job = egui::text::LayoutJob::simple(
                text.trim_end().to_owned(),
                theme::mono(theme::SMALL),
                p.text,
                room,
            );
            job.wrap.max_rows = LINES;
            job.wrap.break_anywhere = true;
            let galley = ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
            let cut = galley.elided;
            let (rect, response) = ui.allocate_exact_size(galley.size(), egui::Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, text));
            ui.painter().galley(rect.min, galley, p.text);
            if cut {
                response.on_hover_text(text);
            }
        });
}
