//! The files that a task left: a list in the panel at the right, and a sheet that shows what is in one.

use egui::{ScrollArea, TextureOptions, Ui, vec2};
use millrace_api::artifact::ArtifactName;
use millrace_api::place::PlaceOf;
use millrace_api::{ApiError, Code};
use millrace_model::event::{Artifact, Attempt, TaskRun};
use millrace_model::ids::{RunId, TaskKey};
use serde_json::Value;

use super::inspector::pair;
use super::open_folder::open_folder_item;
use crate::app::{App, full_sentence, sentence};
use crate::command::{ArtifactCommand, Command};
use crate::state::preview::Shown;
use crate::state::{Section, member, value_of};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, TreeAct, TreeOffers, elide, glyph, label, list_row, menu_frame, menu_item,
    section_start, touching_rows, tree_ui, wrapped,
};
use crate::words;

const LINE: f32 = 18.0;

/// What the last attempt left, or what was taken over. A click shows it.
pub(super) fn artifacts_ui(app: &mut App, ui: &mut Ui, run: RunId, key: &TaskKey, task: &TaskRun) {
    let last = task.attempts.last();
    let (number, artifacts) = match last.and_then(|last| last.end.as_ref()) {
        Some(end) => (last.map(|last| last.number), end.artifacts.as_slice()),
        None => (None, task.artifacts.as_slice()),
    };
    if artifacts.is_empty() {
        return;
    }
    section_start(ui, "Artifacts");
    ui.spacing_mut().item_spacing.y = 2.0;
    for artifact in artifacts {
        let name = ArtifactName { run, task: key.clone(), number, name: artifact.name.clone() };
        row_ui(app, ui, name, artifact);
    }
    ui.spacing_mut().item_spacing.y = 8.0;
}

fn row_ui(app: &mut App, ui: &mut Ui, name: ArtifactName, artifact: &Artifact) {
    let p = Palette::of(ui);
    let words = format!("Show {}", artifact.name);
    let (rect, response) = list_row(ui, ("artifact", &artifact.name), &words, 28.0, false);
    let middle = rect.center().y;
    let look = match artifact.media_type.as_str() {
        kind if kind.starts_with("image/") => icon::IMAGE,
        "text/csv" | "text/tab-separated-values" => icon::TABLE,
        _ => icon::FILE_TEXT,
    };
    glyph(
        ui.painter(),
        egui::pos2(rect.left() + 14.0, middle),
        look,
        theme::icons::font(14.0),
        p.dim,
    );
    let size = words::bytes(artifact.bytes);
    let size = elide(ui.ctx(), &size, theme::sans(theme::SMALL), p.faint, 80.0);
    let room = rect.width() - 50.0 - size.size().x;
    let text = elide(ui.ctx(), &artifact.name, theme::sans(theme::BODY), p.text, room);
    let at = egui::pos2(rect.left() + 30.0, middle - text.size().y / 2.0);
    ui.painter().galley(at, text, p.text);
    let at = egui::pos2(rect.right() - 10.0 - size.size().x, middle - size.size().y / 2.0);
    ui.painter().galley(at, size, p.faint);
    response.context_menu(|ui| {
        menu_frame(ui);
        if menu_item(ui, icon::FLOPPY_DISK, "Save as…", "") {
            app.send(Command::Artifact(ArtifactCommand::Save(name.clone())));
        }
        open_folder_item(app, ui, "Open folder", PlaceOf::Artifact { artifact: name.clone() });
    });
    if response.clicked() {
        app.send(Command::Artifact(ArtifactCommand::Open(name, artifact.clone())));
    }
    response.on_hover_text(format!("{}  ·  {}", artifact.name, artifact.media_type));
}

/// What the last attempt measured.
pub(super) fn metrics_ui(ui: &mut Ui, attempt: Option<&Attempt>) {
    let Some(end) = attempt.and_then(|attempt| attempt.end.as_ref()) else { return };
    if end.metrics.is_empty() {
        return;
    }
    section_start(ui, "Metrics");
    for metric in &end.metrics {
        let mut text = metric.last.to_string();
        if let Some(step) = metric.step {
            text.push_str(&format!("  at step {step}"));
        }
        if metric.count > 1 {
            text.push_str(&format!("  ({} to {})", metric.min, metric.max));
        }
        pair(ui, &metric.name, &text);
    }
}

/// What should be known of how the last attempt ended.
pub(super) fn notes_ui(ui: &mut Ui, attempt: Option<&Attempt>) {
    let p = Palette::of(ui);
    for note in
        attempt.and_then(|attempt| attempt.end.as_ref()).into_iter().flat_map(|end| &end.notes)
    {
        wrapped(ui, &sentence(note), theme::sans(theme::SMALL), p.retry);
    }
}

/// Draws the sheet of the artifact that is open.
pub(super) fn artifact_ui(app: &mut App, ui: &mut Ui) {
    let Some(open) = &mut app.artifact else {
        app.sheet = None;
        return;
    };
    let p = Palette::of(ui);
    let space = ui.ctx().content_rect().size() * 0.8;
    ui.set_width(space.x.min(860.0));
    label(ui, &open.artifact.name, theme::semibold(theme::TITLE), p.text);
    let mut about = format!(
        "{} · {} · {}",
        open.name.task,
        words::bytes(open.artifact.bytes),
        open.artifact.media_type
    );
    if open.is_cut() && matches!(open.shown, Some(Ok(_))) {
        about.push_str(" · the beginning is shown");
    }
    label(ui, &about, theme::sans(theme::SMALL), p.faint);
    ui.add_space(4.0);
    let height = (space.y - 120.0).max(160.0);
    match &open.shown {
        None => label(ui, "Reading…", theme::sans(theme::BODY), p.dim),
        Some(Err(error)) if error.code == Code::ContentGone => gone_ui(ui, error),
        Some(Err(error)) => error_ui(ui, error),
        Some(Ok(Shown::Picture(image))) => {
            let texture = open.texture.get_or_insert_with(|| {
                ui.ctx().load_texture("artifact", image.clone(), TextureOptions::LINEAR)
            });
            let size = texture.size_vec2();
            let scale = (ui.available_width() / size.x).min(height / size.y).min(1.0);
            let named = egui::Image::new((texture.id(), size * scale)).alt_text("Picture");
            ui.add(named)
        }
        Some(Ok(Shown::Json(value))) => {
            let values: Vec<_> = members(value);
            let sections = [Section { title: "", none: "It is empty.", values: &values }];
            open.tree.update(&open.artifact.name, &sections);
            let act = ui.scope(|ui| {
                ui.set_max_height(height);
                // In a file nothing has a name for expressions, and it is large already.
                tree_ui(ui, &mut open.tree, TreeOffers::Values)
            });
            if let Some(TreeAct::CopyValue(row)) = act.inner {
                let value = value_of(&sections, &row).map(|value| format!("{value:#}"));
                app.send(Command::Copy(value.unwrap_or_default()));
                return;
            }
            act.response
        }
        Some(Ok(shown)) => shown_ui(ui, height, shown),
    };
    let (name, open_name) = (open.name.clone(), open.name.clone());
    let cannot = matches!(&open.shown, Some(Err(_)));
    let is_gone = matches!(&open.shown, Some(Err(error)) if error.code == Code::ContentGone);
    let is_text = matches!(&open.shown, Some(Ok(Shown::Text(_))));
    let mut copies = false;
    super::sheet::buttons(ui, |ui| {
        if Button::secondary("Close").show(ui).clicked() {
            app.sheet = None;
        }
        let save = Button::secondary("Save as…").icon(icon::FLOPPY_DISK).asks();
        if !cannot && save.show(ui).clicked() {
            app.sheet = None;
            app.send(Command::Artifact(ArtifactCommand::Save(name)));
        }
        if !is_gone {
            let artifact = open_name.clone();
            super::open_folder::open_folder_ui(app, ui, PlaceOf::Artifact { artifact });
        }
        copies = is_text && Button::quiet("Copy").icon(icon::COPY).show(ui).clicked();
    });
    let shown = app.artifact.as_ref().and_then(|open| open.shown.as_ref());
    if let (true, Some(Ok(Shown::Text(lines)))) = (copies, shown) {
        app.send(Command::Copy(lines.join("\n")));
    }
}

/// Text, a table, or formatted text.
pub(super) fn shown_ui(ui: &mut Ui, height: f32, shown: &Shown) -> egui::Response {
    let p = Palette::of(ui);
    match shown {
        Shown::Text(lines) => text_ui(ui, height, lines),
        Shown::Table(rows) => table_ui(ui, height, rows),
        Shown::Markdown(text) => {
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                // Links in it are text: what a task wrote leads nowhere.
                let laid = text.lay_out(ui.ctx(), p, ui.available_width(), 1.0);
                let (rect, _) = ui.allocate_exact_size(laid.size, egui::Sense::hover());
                ui.painter().extend(laid.shapes(rect.min));
            });
            ui.allocate_response(vec2(0.0, 0.0), egui::Sense::hover())
        }
        Shown::Nothing(why) => wrapped(ui, why, theme::sans(theme::BODY), p.dim),
        // Whoever shows these keeps what is open of them, or their texture.
        Shown::Json(_) | Shown::Picture(_) => {
            ui.allocate_response(vec2(0.0, 0.0), egui::Sense::hover())
        }
    }
}

/// Why it cannot be read, and what to do.
fn error_ui(ui: &mut Ui, error: &ApiError) -> egui::Response {
    let p = Palette::of(ui);
    let shown = wrapped(ui, &full_sentence(&error.message), theme::sans(theme::BODY), p.bad);
    let help = match (&error.help, error.code) {
        (Some(help), _) => full_sentence(help),
        (None, Code::Unreachable) => "Open it again when the engine answers.".to_owned(),
        (None, _) => return shown,
    };
    wrapped(ui, &help, theme::sans(theme::SMALL), p.dim);
    shown
}

/// That it was removed is no error: somebody wanted it so.
fn gone_ui(ui: &mut Ui, error: &ApiError) -> egui::Response {
    let p = Palette::of(ui);
    let shown = wrapped(ui, &full_sentence(&error.message), theme::sans(theme::BODY), p.text);
    if let Some(help) = &error.help {
        wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
    }
    shown
}

fn text_ui(ui: &mut Ui, height: f32, lines: &[String]) -> egui::Response {
    let p = Palette::of(ui);
    let font = theme::mono(theme::SMALL);
    let area = ScrollArea::both().max_height(height).auto_shrink([false, true]);
    touching_rows(ui, area, LINE, lines.len(), |ui, range| {
        for line in &lines[range] {
            let galley = ui
                .ctx()
                .fonts_mut(|fonts| fonts.layout_no_wrap(line.clone(), font.clone(), p.text));
            let (rect, response) =
                ui.allocate_exact_size(vec2(galley.size().x, LINE), egui::Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, line));
            ui.painter().galley(rect.min, galley, p.text);
        }
    });
    ui.allocate_response(vec2(0.0, 0.0), egui::Sense::hover())
}

fn table_ui(ui: &mut Ui, height: f32, rows: &[Vec<String>]) -> egui::Response {
    let p = Palette::of(ui);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![40.0_f32; columns];
    for row in rows.iter().take(100) {
        for (width, cell) in widths.iter_mut().zip(row) {
            let wanted = cell.chars().count().min(40) as f32 * 7.2 + 16.0;
            *width = width.max(wanted);
        }
    }
    // Numbers end below each other.
    let numbers: Vec<bool> = (0..columns)
        .map(|at| {
            let mut cells = rows.iter().skip(1).take(100).filter_map(|row| row.get(at));
            let mut any = false;
            cells.all(|cell| {
                any |= !cell.is_empty();
                cell.is_empty() || cell.parse::<f64>().is_ok()
            }) && any
        })
        .collect();
    let total: f32 = widths.iter().sum();
    let area = ScrollArea::both().max_height(height).auto_shrink([false, true]);
    touching_rows(ui, area, 22.0, rows.len(), |ui, range| {
        for (index, row) in rows[range.clone()].iter().enumerate() {
            let is_head = index + range.start == 0;
            let (rect, response) = ui.allocate_exact_size(vec2(total, 22.0), egui::Sense::hover());
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::WidgetType::Label, true, row.join(", "))
            });
            let painter = ui.painter();
            let foot = rect.bottom() - 0.5;
            painter.hline(rect.x_range(), foot, egui::Stroke::new(1.0, p.line));
            let (font, ink) = match is_head {
                true => (theme::semibold(theme::SMALL), p.dim),
                false => (theme::mono(theme::SMALL), p.text),
            };
            let mut left = rect.left();
            for ((cell, width), is_number) in row.iter().zip(&widths).zip(numbers.clone()) {
                let galley = elide(ui.ctx(), cell, font.clone(), ink, width - 12.0);
                let from = if is_number { left + width - 12.0 - galley.size().x } else { left };
                let at = egui::pos2(from, rect.center().y - galley.size().y / 2.0);
                ui.painter().galley(at, galley, ink);
                left += width;
            }
        }
    });
    ui.allocate_response(vec2(0.0, 0.0), egui::Sense::hover())
}

/// The members of a JSON document; a plain value is the only one.
fn members(value: &Value) -> Vec<(String, String, &Value)> {
    match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), member("", k), v)).collect(),
        Value::Array(list) => {
            let each = list.iter().enumerate();
            each.map(|(at, value)| (at.to_string(), format!("[{at}]"), value)).collect()
        }
        plain => vec![(String::new(), String::new(), plain)],
    }
}
