//! A log: one row a line, with its time; follows its end while it grows.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, ScrollArea, Ui};
use millrace_api::Code;

use crate::app::{App, sentence};
use crate::command::Command;
use crate::state::ansi::Ink;
use crate::state::log::{LineSource, LogLine};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::Button;
use crate::words;

const LINE: f32 = 19.0;
/// Width of the time column.
const TIME: f32 = 104.0;

/// Draws the log of the run in view.
pub(super) fn log_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(watch) = app.shown_watch() else { return };
    let Some(log) = &watch.log else {
        let (title, text) = if watch.live.is_none() {
            ("No log yet", "The log of a task shows here when it has run.")
        } else {
            ("No log chosen", "Select a task that has run, then open its log.")
        };
        super::empty_ui(ui, icon::FILE_TEXT, title, text);
        return;
    };
    if let Some(error) = &log.error {
        if error.code == Code::NotFound {
            let text = "This task wrote no log in this run.";
            super::empty_ui(ui, icon::FILE_TEXT, "No log", text);
        } else {
            let why = sentence(&error.message);
            super::empty_ui(ui, icon::WARNING, "The log cannot be read", &why);
        }
        return;
    }
    if !log.loaded {
        return;
    }
    if log.lines.is_empty() {
        let text = if log.complete {
            "The task printed nothing."
        } else {
            "The task has printed nothing so far."
        };
        super::empty_ui(ui, icon::FILE_TEXT, "Empty log", text);
        return;
    }
    let offset = log.lines.first().map_or(0, |line| app.backend.local_offset_secs(line.at));
    let mut earlier = false;
    let mut copy = None;
    let head_rows = usize::from(log.before > 0);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(6.0);
    let salt = (log.key.run, log.key.task.clone(), log.number);
    ScrollArea::both().id_salt(salt).auto_shrink([false, false]).stick_to_bottom(true).show_rows(
        ui,
        LINE,
        log.lines.len() + head_rows,
        |ui, range| {
            for row in range {
                if row < head_rows {
                    ui.horizontal(|ui| {
                        ui.set_height(LINE);
                        ui.add_space(16.0);
                        let words =
                            format!("Load what was printed before ({})", words::bytes(log.before));
                        earlier |= ui.link(words).clicked();
                    });
                    continue;
                }
                let line = &log.lines[row - head_rows];
                if line_ui(ui, p, line, offset) {
                    copy = Some(line.text());
                }
            }
        },
    );
    if earlier {
        app.send(Command::LogEarlier);
    }
    if let Some(text) = copy {
        app.send(Command::Copy(text));
    }
    copy_all(app, ui);
}

/// One line; says whether it is to be copied.
fn line_ui(ui: &mut Ui, p: &Palette, line: &LogLine, offset: i32) -> bool {
    let base = match line.source {
        LineSource::Stdout => p.text.gamma_multiply(0.86),
        LineSource::Stderr => p.bad,
        LineSource::Note => p.faint,
    };
    let mut job = LayoutJob::default();
    job.wrap.max_width = f32::INFINITY;
    for span in &line.spans {
        let color = span.style.color.map_or(base, |ink| ink_color(p, ink));
        let color = if span.style.faint { color.gamma_multiply(0.65) } else { color };
        let format = TextFormat { font_id: theme::mono(theme::SMALL), color, ..Default::default() };
        job.append(&span.text, 0.0, format);
    }
    let galley = ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
    let width = (16.0 + TIME + galley.size().x + 16.0).max(ui.available_width());
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, LINE), egui::Sense::click());
    let text = line.text();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &text));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0, p.hover);
    }
    let time = words::clock_ms(line.at, offset);
    let font = theme::mono(theme::SMALL);
    let time = ui.ctx().fonts_mut(|fonts| fonts.layout_no_wrap(time, font, p.faint));
    let y = rect.center().y - time.size().y / 2.0;
    ui.painter().galley(egui::pos2(rect.left() + 16.0, y), time, p.faint);
    let y = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(egui::pos2(rect.left() + 16.0 + TIME, y), galley, base);
    let mut copy = false;
    response.context_menu(|ui| {
        if ui.button(format!("{}  Copy line", icon::COPY)).clicked() {
            copy = true;
            ui.close();
        }
    });
    copy
}

/// A button over the right upper corner: the whole log as loaded.
fn copy_all(app: &mut App, ui: &mut Ui) {
    let rect = ui.max_rect();
    let place = egui::Rect::from_min_size(
        egui::pos2(rect.right() - 46.0, rect.top() + 8.0),
        egui::vec2(28.0, 28.0),
    );
    let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt("copy"));
    let button =
        Button::icon_only(icon::COPY, "Copy log").tip("Copies the log as far as it is loaded");
    if button.show(&mut corner).clicked() {
        let log = app.shown_watch().and_then(|watch| watch.log.as_ref());
        let text =
            log.map(|log| log.lines.iter().map(LogLine::text).collect::<Vec<_>>().join("\n"));
        if let Some(text) = text {
            app.send(Command::Copy(text));
        }
    }
}

/// A terminal's colour, as it can be read on our ground.
fn ink_color(p: &Palette, ink: Ink) -> Color32 {
    match ink {
        Ink::Named(0) => p.faint,
        Ink::Named(1) => p.bad,
        Ink::Named(2) => p.ok,
        Ink::Named(3) => p.retry,
        Ink::Named(4) => p.accent,
        Ink::Named(5) => p.waiting,
        Ink::Named(6) => {
            if p.dark {
                Color32::from_rgb(0x4f, 0xc1, 0xc9)
            } else {
                Color32::from_rgb(0x0f, 0x7c, 0x86)
            }
        }
        Ink::Named(_) => p.text,
        Ink::Rgb(r, g, b) => readable(p, r, g, b),
    }
}

/// Very dark colours on dark ground, and very light ones on light ground, are moved towards the text's.
fn readable(p: &Palette, r: u8, g: u8, b: u8) -> Color32 {
    let light = (u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b)) / 10;
    let unreadable = if p.dark { light < 70 } else { light > 180 };
    let color = Color32::from_rgb(r, g, b);
    if unreadable { color.lerp_to_gamma(p.text, 0.55) } else { color }
}
