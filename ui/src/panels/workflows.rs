//! The library: every known workflow, its last run, open and run.

use egui::{CornerRadius, Rect, ScrollArea, Sense, Ui, vec2};
use millrace_api::document::{RecentRun, WorkflowRow};

use super::{from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{Command, FileCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{Button, Field, elide, glyph, label, list_row};
use crate::words;

const ROW: f32 = 60.0;
/// Width of a bar in the strip of runs, with its gap.
const BAR: f32 = 7.0;
/// Width of what says when it starts next, with the switch.
const NEXT: std::ops::RangeInclusive<f32> = 166.0..=280.0;

/// Draws the place.
pub(crate) fn workflows_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(56.0);
        row(ui, |ui| {
            label(ui, "Workflows", theme::semibold(18.0), p.text);
            from_right(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let new = Command::File(FileCommand::New);
                let tip = new.tip(ui.ctx());
                if Button::primary("New").icon(icon::PLUS).tip(tip).show(ui).clicked() {
                    app.send(new);
                }
                let open = Command::File(FileCommand::Open);
                let tip = open.tip(ui.ctx());
                if Button::secondary("Open…").tip(tip).show(ui).clicked() {
                    app.send(open);
                }
                ui.allocate_ui(vec2(240.0, theme::CONTROL), |ui| {
                    Field::new(&mut app.library.search, "Search workflows")
                        .hint("Search by name")
                        .show(ui);
                });
            });
        });
    });
    recent_ui(app, ui, p);
    let Some(rows) = &app.library.rows else {
        return match &app.library.error {
            Some(error) => {
                super::empty_ui(ui, icon::WARNING, "The library cannot be read", &sentence(error));
            }
            None => super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
        };
    };
    if rows.is_empty() {
        let folders = app.library.folders.join(", ");
        let text = if folders.is_empty() {
            "Workflows that you run show here.".to_owned()
        } else {
            format!("Put workflow files (.json) into {folders}; they show here.")
        };
        return super::empty_ui(ui, icon::TREE_STRUCTURE, "No workflows yet", &text);
    }
    let shown: Vec<WorkflowRow> = app.library.shown().into_iter().cloned().collect();
    if shown.is_empty() {
        let text = format!("Nothing has “{}” in its name.", app.library.search.trim());
        return super::empty_ui(ui, icon::TREE_STRUCTURE, "Nothing found", &text);
    }
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(
        ui,
        ROW,
        shown.len(),
        |ui, range| {
            padded(ui, 16, 0, |ui| {
                for index in range {
                    row_ui(app, ui, p, &shown[index]);
                }
            });
        },
    );
}

/// What was open lately, as one line of names.
fn recent_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    let recent = app.settings.recent_documents.clone();
    if recent.is_empty() {
        return;
    }
    padded(ui, 24, 0, |ui| {
        ui.set_height(36.0);
        row(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            label(ui, "Recent", theme::sans(theme::SMALL), p.faint);
            for path in recent {
                let name = path.rsplit('/').next().unwrap_or(&path);
                let name = name.strip_suffix(".json").unwrap_or(name).to_owned();
                let said = format!("Open {name} again");
                let button = Button::secondary(&name).icon(icon::FILE_CODE).name(&said);
                // What does not fit is not begun.
                if ui.available_width() < 56.0 + 8.0 * name.chars().count() as f32 {
                    break;
                }
                if button.tip(path.clone()).show(ui).clicked() {
                    app.send(Command::OpenFile(path));
                }
            }
        });
    });
}

fn row_ui(app: &mut App, ui: &mut Ui, p: &Palette, row: &WorkflowRow) {
    let now = app.backend.now();
    let title = row.title.as_deref().unwrap_or(&row.name);
    let (rect, response) = list_row(ui, ("workflow", &row.name, &row.path), title, ROW, false);
    if response.clicked() {
        match &row.path {
            Some(path) => app.send(Command::OpenFile(path.clone())),
            None => app.toasts.fail(
                format!("the file of {title} is gone"),
                Some("its runs can still be opened from Runs".to_owned()),
            ),
        }
    }
    let last = row.recent.first();
    let look = last.map(|run| run_look(p, run.state));
    let (picture, ink) = match (row.errors, look) {
        (1.., _) => (crate::theme::icons::fill::WARNING_CIRCLE, p.bad),
        (0, Some(look)) => (look.icon, look.color),
        (0, None) => (crate::theme::icons::fill::CIRCLE, p.line),
    };
    let middle = rect.center().y;
    let at = egui::pos2(rect.left() + 22.0, middle);
    glyph(ui.painter(), at, picture, icons::fill_font(18.0), ink);

    let run_left = rect.right() - 120.0;
    // Where nothing starts by itself, the names have the room.
    let starts = app.schedules.list.as_ref().is_some_and(|list| !list.schedules.is_empty());
    let next_width = (rect.width() * 0.18).clamp(*NEXT.start(), *NEXT.end());
    let next_left = if starts { run_left - next_width - 20.0 } else { run_left };
    let strip_left = next_left - 20.0 * BAR - 28.0;
    let when_left = strip_left - 170.0;
    let name_room = when_left - rect.left() - 64.0;
    let put = |ui: &Ui, x: f32, y: f32, text: &str, font, ink, room: f32| {
        if room > 12.0 {
            let galley = elide(ui.ctx(), text, font, ink, room);
            let at = egui::pos2(x, y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, ink);
        }
    };
    let left = rect.left() + 46.0;
    put(ui, left, middle - 9.0, title, theme::semibold(14.0), p.text, name_room);
    let tasks = words::count(row.tasks as usize, "task", "tasks");
    let below = match (row.errors, &row.description) {
        (0, Some(text)) => format!("{} · {tasks} · {}", row.name, first_line(text)),
        (0, None) => format!("{} · {tasks}", row.name),
        (errors, _) => {
            format!("{} · {}", row.name, words::count(errors as usize, "error", "errors"))
        }
    };
    let ink = if row.errors > 0 { p.bad } else { p.dim };
    put(ui, left, middle + 10.0, &below, theme::sans(theme::SMALL), ink, name_room);

    let (upper, lower) = match last {
        Some(run) => {
            let offset = app.backend.local_offset_secs(run.queued);
            let word = look.map_or("", |look| look.word);
            let took =
                run.duration_us.map(|us| words::duration(std::time::Duration::from_micros(us)));
            let upper = match took {
                Some(took) => format!("{} · {took}", sentence(word)),
                None => sentence(word),
            };
            (upper, words::day_and_clock(run.queued, now, offset))
        }
        None => ("Never run".to_owned(), String::new()),
    };
    let upper_at = if lower.is_empty() { middle } else { middle - 9.0 };
    put(ui, when_left, upper_at, &upper, theme::sans(theme::BODY), p.dim, 160.0);
    put(ui, when_left, middle + 10.0, &lower, theme::sans(theme::SMALL), p.faint, 160.0);
    let strip = Rect::from_min_max(
        egui::pos2(strip_left, rect.top() + 16.0),
        egui::pos2(strip_left + 20.0 * BAR, rect.bottom() - 16.0),
    );
    strip_ui(app, ui, p, strip, row);
    let size = vec2(next_width, rect.height());
    let next = Rect::from_min_size(egui::pos2(next_left, rect.top()), size);
    super::next_start::next_start_ui(app, ui, next, row);

    let place = Rect::from_min_size(egui::pos2(run_left, middle - 14.0), vec2(112.0, 28.0));
    let mut right = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(place)
            .id_salt(("run", &row.name, &row.path))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let refused = match (&row.path, row.errors) {
        (None, _) => Some("Its file is gone".to_owned()),
        (_, 1..) => Some("It has errors; open it to see them".to_owned()),
        _ => None,
    };
    let name = format!("Run {title}");
    let button = Button::secondary("Run").icon(icon::PLAY).name(&name).refused(refused);
    if button.show(&mut right).clicked()
        && let Some(path) = &row.path
    {
        app.send(Command::RunFile(path.clone()));
    }
    super::row_menu::row_menu_ui(app, &mut right, row, &response);
}

/// The newest runs as bars: height is duration, colour is state; a click opens one.
fn strip_ui(app: &mut App, ui: &mut Ui, p: &Palette, strip: Rect, row: &WorkflowRow) {
    let longest = row.recent.iter().filter_map(|run| run.duration_us).max().unwrap_or(1).max(1);
    for (index, run) in row.recent.iter().take(20).enumerate() {
        let x = strip.right() - (index as f32 + 1.0) * BAR;
        let share = run.duration_us.map_or(0.5, |us| us as f32 / longest as f32);
        let height = (strip.height() * share).clamp(4.0, strip.height());
        let bar = Rect::from_min_max(
            egui::pos2(x, strip.bottom() - height),
            egui::pos2(x + BAR - 2.0, strip.bottom()),
        );
        let hit =
            Rect::from_min_max(egui::pos2(x, strip.top()), egui::pos2(x + BAR, strip.bottom()));
        let id = ui.id().with(("bar", run.run));
        let response = ui.interact(hit, id, Sense::click());
        let words = bar_words(app, p, run);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &words));
        let color = run_look(p, run.state).color;
        let color = if response.hovered() { color } else { color.gamma_multiply(0.8) };
        ui.painter().rect_filled(bar, CornerRadius::same(1), color);
        if response.clicked() {
            app.send(Command::OpenRun(run.run));
        }
        response.on_hover_text(words);
    }
}

fn bar_words(app: &App, p: &Palette, run: &RecentRun) -> String {
    let when = words::day_and_clock(
        run.queued,
        app.backend.now(),
        app.backend.local_offset_secs(run.queued),
    );
    let took = run.duration_us.map(|us| words::duration(std::time::Duration::from_micros(us)));
    let word = run_look(p, run.state).word;
    match took {
        Some(took) => format!("Run {:.4}: {word}, {when}, {took}", run.run),
        None => format!("Run {:.4}: {word}, {when}", run.run),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim()
}
