//! Storage in the settings: what takes space, how long things are kept, backups.

use egui::{CornerRadius, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use millrace_api::place::PlaceOf;
use millrace_api::storage::Storage;

use super::cells::{cell, number_cell};
use crate::app::{App, cleaned_words, sentence};
use crate::command::{Command, SettingCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, elide, label, section_start, wrapped};
use crate::words;

/// So many workflows are shown.
const WORKFLOWS: usize = 8;

/// Draws the page.
pub(super) fn storage_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    match (&app.setting.storage, app.setting.error.clone()) {
        // What was known stays, and that the engine is away is said above.
        (Some(_), Some(_)) if app.why_away().is_some() => {}
        (_, Some(error)) => super::settings::missing_ui(app, ui, Some(&error.message)),
        (None, None) => _ = label(ui, "Measuring", theme::sans(theme::BODY), p.faint),
        (Some(_), None) => {}
    }
    if let Some(storage) = app.setting.storage.clone() {
        ui.scope(|ui| space_ui(ui, &storage));
        super::open_folder::open_folder_ui(app, ui, PlaceOf::Home {});
        ui.scope(|ui| workflows_ui(ui, &storage));
    }
    section_start(ui, "How long things are kept");
    super::retention::retention_ui(app, ui);
    ui.add_space(6.0);
    clean_ui(app, ui);
    section_start(ui, "Backup");
    backup_ui(app, ui);
}

fn space_ui(ui: &mut Ui, storage: &Storage) {
    let p = Palette::of(ui);
    let parts = storage.parts();
    let most = parts.iter().map(|part| part.bytes).max().unwrap_or(0).max(1);
    let measuring = match storage.unmeasured {
        0 => String::new(),
        left => format!(" so far, {left} runs are left to measure"),
    };
    let text = format!(
        "{} taken{measuring}; {} of {} are free on that disk.",
        words::bytes(storage.total()),
        words::bytes(storage.free),
        words::bytes(storage.disk)
    );
    wrapped(ui, &text, theme::sans(theme::BODY), p.text);
    ui.add_space(4.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    for part in parts {
        let bar = bar_ui(ui, &sentence(part.name), part.bytes, most);
        bar.on_hover_text(sentence(part.what));
    }
    ui.add_space(4.0);
    let text = format!(
        "{} in the history, {} deleted that can be put back.",
        words::count(storage.run_count as usize, "run", "runs"),
        storage.deleted_count
    );
    wrapped(ui, &text, theme::sans(theme::SMALL), p.faint);
}

/// A name, a bar, and how much it is.
fn bar_ui(ui: &mut Ui, name: &str, bytes: u64, most: u64) -> egui::Response {
    let p = Palette::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    let size = words::bytes(bytes);
    response
        .widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{name}: {size}")));
    let (left, right) = (rect.left() + 96.0, rect.right() - 84.0);
    let font = theme::sans(theme::BODY);
    let put = |x: f32, text: &str, align: f32, ink| {
        let galley = elide(ui.ctx(), text, font.clone(), ink, 92.0);
        let at = pos2(x - galley.size().x * align, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    };
    put(rect.left(), name, 0.0, p.dim);
    put(rect.right(), &size, 1.0, p.text);
    #[expect(clippy::cast_precision_loss, reason = "a bar of some hundred points")]
    let part = (bytes as f64 / most as f64) as f32;
    let ground =
        Rect::from_min_max(pos2(left, rect.center().y - 4.0), pos2(right, rect.center().y + 4.0));
    ui.painter().rect_filled(ground, CornerRadius::same(4), p.line);
    if bytes > 0 {
        let bar = Rect::from_min_size(ground.min, vec2((ground.width() * part).max(3.0), 8.0));
        ui.painter().rect_filled(bar, CornerRadius::same(4), p.accent);
    }
    response
}

fn workflows_ui(ui: &mut Ui, storage: &Storage) {
    if storage.by_workflow.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    section_start(ui, "Workflows that take most");
    ui.spacing_mut().item_spacing.y = 0.0;
    for row in storage.by_workflow.iter().take(WORKFLOWS) {
        ui.horizontal(|ui| {
            let room = ui.available_width() - 200.0;
            cell(ui, room, &row.workflow, theme::sans(theme::BODY), p.text);
            let runs = words::count(row.runs as usize, "run", "runs");
            number_cell(ui, 100.0, &runs, theme::sans(theme::SMALL), p.dim);
            let rest = ui.available_width();
            number_cell(ui, rest, &words::bytes(row.total()), theme::sans(theme::BODY), p.text);
        });
    }
}

fn clean_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let now = app.setting.would_go;
    let text = match &now {
        None => "Limits are kept each hour.".to_owned(),
        Some(found) if found.is_nothing() => "Nothing is beyond the limits just now.".to_owned(),
        Some(found) => {
            format!("Would go now: {}, {}.", cleaned_words(found), words::bytes(found.bytes))
        }
    };
    wrapped(ui, &text, theme::sans(theme::BODY), p.text);
    let why = match (app.setting.is_cleaning, &now) {
        (true, _) => Some("It is being done".to_owned()),
        (false, Some(found)) if found.is_nothing() => Some("There is nothing to remove".to_owned()),
        (false, _) => None,
    };
    let words = if app.setting.is_cleaning { "Cleaning…" } else { "Clean now" };
    let tip = "Removes that for good, deleted runs too";
    let button = Button::secondary(words).name("Clean now").icon(icon::TRASH);
    if button.tip(tip).refused(why).show(ui).clicked() {
        app.send(Command::Setting(SettingCommand::Clean));
    }
}

fn backup_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    if let Some(running) = app.setting.backup.clone() {
        let text = match running.total {
            0 => format!("Writing {}", running.path),
            total => format!(
                "Writing {}: {} of {}",
                running.path,
                words::bytes(running.done),
                words::bytes(total)
            ),
        };
        wrapped(ui, &text, theme::sans(theme::BODY), p.text);
        if running.total > 0 {
            bar_ui(ui, "Written", running.done, running.total);
        }
        if Button::secondary("Cancel the backup").show(ui).clicked() {
            app.send(Command::Setting(SettingCommand::CancelBackup));
        }
        return;
    }
    let text = "One file with the history, the settings, the library's own folder, drafts, logs and \
                artifacts, written while runs go on. The values of secrets are never in it.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    let words = "Back up…";
    if Button::secondary(words).icon(icon::FLOPPY_DISK).show(ui).clicked() {
        app.send(Command::Setting(SettingCommand::BackUp));
    }
    ui.add_space(4.0);
    let text = "To go back to a backup, give the file to the command line while nothing runs. What is in \
                the home is moved aside, not deleted:";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    let line = "millrace restore --replace FILE";
    ui.horizontal(|ui| {
        label(ui, line, theme::mono(theme::SMALL), p.text);
        let copy = "Copy the command";
        if Button::quiet_icon(icon::COPY, copy).tip(copy).show(ui).clicked() {
            app.send(Command::Copy(line.to_owned()));
        }
    });
}
