//! A workflow of the library as a row: its state, its last runs, when it starts next, what can be done with it.

use egui::{CornerRadius, DragAndDrop, Rect, Sense, Ui, pos2, vec2};
use millrace_api::document::{RecentRun, WorkflowRow};

use crate::app::{App, sentence};
use crate::command::Command;
use crate::panels::git_mark::GitMark;
use crate::panels::{next_start, row_menu};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{Button, elide, glyph, list_row};
use crate::words;

/// Width of a bar in the strip of runs, with its gap.
pub(super) const BAR: f32 = 7.0;
/// Width of what says when it starts next, with the switch.
const NEXT: std::ops::RangeInclusive<f32> = 166.0..=280.0;
const ROW: f32 = 60.0;

/// A document that is dragged onto a folder.
#[derive(Debug, Clone)]
pub(super) struct Dragged(pub(super) String);

/// Draws it over the whole of `ui`.
pub(super) fn row_ui(app: &mut App, ui: &mut Ui, p: &Palette, row: &WorkflowRow) {
    let title = row.title.as_deref().unwrap_or(&row.name);
    // Below what is clicked.
    drag_ui(ui, p, ui.max_rect(), row, title);
    let (rect, response) = list_row(ui, ("workflow", &row.name, &row.path), title, ROW, false);
    if response.clicked() {
        open(app, row, title);
    }
    let (picture, ink) = state_look(p, row);
    let middle = rect.center().y;
    let at = pos2(rect.left() + 22.0, middle);
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
            let at = pos2(x, y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, ink);
        }
    };
    let left = rect.left() + 46.0;
    let mark_room = git_mark_ui(app, ui, p, row, (left, middle - 9.0, name_room, title));
    put(ui, left, middle - 9.0, title, theme::semibold(14.0), p.text, name_room - mark_room);
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

    let (upper, lower) = last_words(app, p, row);
    let upper_at = if lower.is_empty() { middle } else { middle - 9.0 };
    put(ui, when_left, upper_at, &upper, theme::sans(theme::BODY), p.dim, 160.0);
    put(ui, when_left, middle + 10.0, &lower, theme::sans(theme::SMALL), p.faint, 160.0);
    let strip = Rect::from_min_max(
        pos2(strip_left, rect.top() + 16.0),
        pos2(strip_left + 20.0 * BAR, rect.bottom() - 16.0),
    );
    strip_ui(app, ui, p, strip, row);
    let size = vec2(next_width, rect.height());
    let next = Rect::from_min_size(pos2(next_left, rect.top()), size);
    next_start::next_start_ui(app, ui, next, row);

    let place = Rect::from_min_size(pos2(run_left, middle - 14.0), vec2(112.0, 28.0));
    let mut right = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(place)
            .id_salt(("run", &row.name, &row.path))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let name = format!("Run {title}");
    let button = Button::secondary("Run").icon(icon::PLAY).name(&name).refused(refused(row));
    if button.asks().show(&mut right).clicked()
        && let Some(path) = &row.path
    {
        app.send(Command::RunFile(path.clone()));
    }
    row_menu::row_menu_ui(app, &mut right, row, &response);
}

/// Opens its document.
pub(super) fn open(app: &mut App, row: &WorkflowRow, title: &str) {
    match &row.path {
        Some(path) => app.send(Command::OpenFile(path.clone())),
        None => app.toasts.fail(
            format!("the file of {title} is gone"),
            Some("its runs can still be opened from Runs".to_owned()),
        ),
    }
}

/// The icon of how its last run stands.
pub(super) fn state_look(p: &Palette, row: &WorkflowRow) -> (&'static str, egui::Color32) {
    match (row.errors, row.recent.first().map(|run| run_look(p, run.state))) {
        (1.., _) => (icons::fill::WARNING_CIRCLE, p.bad),
        (0, Some(look)) => (look.icon, look.color),
        (0, None) => (icons::fill::CIRCLE, p.line),
    }
}

/// How its last run ended, and when it was.
pub(super) fn last_words(app: &App, p: &Palette, row: &WorkflowRow) -> (String, String) {
    let Some(run) = row.recent.first() else {
        return ("Never run".to_owned(), String::new());
    };
    let offset = app.backend.local_offset_secs(run.queued);
    let word = sentence(run_look(p, run.state).word);
    let upper = match run.duration_us {
        Some(us) => {
            format!("{word} · {}", words::duration_us(us))
        }
        None => word,
    };
    (upper, words::day_and_clock(run.queued, app.backend.now(), offset))
}

/// Why it cannot be run.
pub(super) fn refused(row: &WorkflowRow) -> Option<String> {
    match (&row.path, row.errors) {
        (None, _) => Some("Its file is gone".to_owned()),
        (_, 1..) => Some("It has errors; open it to see them".to_owned()),
        _ => None,
    }
}

/// Lets the row be dragged onto a folder.
pub(super) fn drag_ui(ui: &Ui, p: &Palette, rect: Rect, row: &WorkflowRow, title: &str) {
    let Some(path) = &row.path else { return };
    let id = ui.id().with(("drag", path));
    let drag = ui.interact(rect, id, Sense::drag());
    drag.dnd_set_drag_payload(Dragged(path.clone()));
    if drag.dragged()
        && DragAndDrop::has_payload_of_type::<Dragged>(ui.ctx())
        && let Some(at) = ui.ctx().pointer_interact_pos()
    {
        let layer = egui::LayerId::new(egui::Order::Tooltip, id);
        let painter = ui.ctx().layer_painter(layer);
        let text = elide(ui.ctx(), title, theme::sans(theme::BODY), p.text, 240.0);
        let size = text.size() + vec2(34.0, 12.0);
        let place = Rect::from_min_size(at + vec2(12.0, 8.0), size);
        let radius = CornerRadius::same(theme::RADIUS);
        painter.add(p.shadow(12, 4).as_shape(place, radius));
        let line = egui::Stroke::new(1.0, p.accent);
        painter.rect(place, radius, p.raised, line, egui::StrokeKind::Inside);
        let middle = place.center().y;
        let picture = pos2(place.left() + 14.0, middle);
        glyph(&painter, picture, icon::FILE_CODE, icons::font(14.0), p.dim);
        painter.galley(pos2(place.left() + 26.0, middle - text.size().y / 2.0), text, p.text);
    }
}

/// How the file stands in git, as a letter behind the title; gives the room that it takes. As in the commit: nothing.
pub(super) fn git_mark_ui(
    app: &App,
    ui: &Ui,
    p: &Palette,
    row: &WorkflowRow,
    (left, middle, room, title): (f32, f32, f32, &str),
) -> f32 {
    let Some((state, repository)) = row.path.as_deref().and_then(|path| app.library.git.of(path))
    else {
        return 0.0;
    };
    let Some(mark) = GitMark::of(p, state, repository) else { return 0.0 };
    let width =
        elide(ui.ctx(), title, theme::semibold(14.0), p.text, room - GitMark::ROOM).size().x;
    mark.show(ui, pos2(left + width + 15.0, middle), ui.id().with(("git", &row.path)));
    GitMark::ROOM
}

/// The newest runs as bars: height is duration, colour is state; a click opens one.
pub(super) fn strip_ui(app: &mut App, ui: &mut Ui, p: &Palette, strip: Rect, row: &WorkflowRow) {
    let longest = row.recent.iter().filter_map(|run| run.duration_us).max().unwrap_or(1).max(1);
    for (index, run) in row.recent.iter().take(20).enumerate() {
        let x = strip.right() - (index as f32 + 1.0) * BAR;
        let share = run.duration_us.map_or(0.5, |us| us as f32 / longest as f32);
        let height = (strip.height() * share).clamp(4.0, strip.height());
        let bar = Rect::from_min_max(
            pos2(x, strip.bottom() - height),
            pos2(x + BAR - 2.0, strip.bottom()),
        );
        let hit = Rect::from_min_max(pos2(x, strip.top()), pos2(x + BAR, strip.bottom()));
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
    let took = run.duration_us.map(words::duration_us);
    let word = run_look(p, run.state).word;
    match took {
        Some(took) => format!("Run {:.4}: {word}, {when}, {took}", run.run),
        None => format!("Run {:.4}: {word}, {when}", run.run),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim()
}
