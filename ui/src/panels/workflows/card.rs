//! A workflow of the library as a card: its graph small, its last runs, when it starts next.

use egui::{CornerRadius, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};
use millrace_api::document::WorkflowRow;

use super::row;
use crate::app::{App, Seen};
use crate::command::Command;
use crate::panels::{next_start, row_menu};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, elide, glyph, list_row};
use crate::words;

/// From card to card.
pub(super) const GAP: f32 = 12.0;
/// The least width of a card.
pub(super) const LEAST: f32 = 272.0;
/// How high what stands below the picture is.
const FOOT: f32 = 92.0;
const HEAD: f32 = 54.0;

/// How many stand beside each other in this width.
pub(super) fn columns(width: f32) -> usize {
    (((width + GAP) / (LEAST + GAP)).floor() as usize).max(1)
}

/// Draws it over the whole of `ui`.
pub(super) fn card_ui(app: &mut App, ui: &mut Ui, p: &Palette, row: &WorkflowRow) {
    let title = row.title.as_deref().unwrap_or(&row.name);
    let all = ui.max_rect();
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    ui.painter().rect(all, radius, p.raised, Stroke::new(1.0, p.line), StrokeKind::Inside);
    row::drag_ui(ui, p, all, row, title);
    let id = ("card", &row.name, &row.path);
    let (rect, response) = list_row(ui, id, title, all.height(), false);
    if response.hovered() {
        ui.painter().rect_stroke(all, radius, Stroke::new(1.0, p.accent), StrokeKind::Inside);
    }
    if response.clicked() {
        row::open(app, row, title);
    }
    let (left, right) = (rect.left() + 14.0, rect.right() - 12.0);
    let (picture, ink) = row::state_look(p, row);
    let at = pos2(left + 9.0, rect.top() + 21.0);
    glyph(ui.painter(), at, picture, icons::fill_font(17.0), ink);
    let text_left = left + 26.0;
    let room = right - 30.0 - text_left;
    let mark = row::git_mark_ui(app, ui, p, row, (text_left, rect.top() + 20.0, room, title));
    let put = |ui: &Ui, x: f32, y: f32, text: &str, font, ink, room: f32| {
        let galley = elide(ui.ctx(), text, font, ink, room.max(8.0));
        ui.painter().galley(pos2(x, y - galley.size().y / 2.0), galley, ink);
    };
    let font = theme::semibold(14.0);
    put(ui, text_left, rect.top() + 20.0, title, font, p.text, room - mark);
    let below = match row.errors {
        0 => format!("{} · {}", row.name, words::count(row.tasks as usize, "task", "tasks")),
        errors => format!("{} · {}", row.name, words::count(errors as usize, "error", "errors")),
    };
    let ink = if row.errors > 0 { p.bad } else { p.dim };
    put(ui, text_left, rect.top() + 39.0, &below, theme::sans(theme::SMALL), ink, room);
    let place = Rect::from_min_size(pos2(right - 26.0, rect.top() + 7.0), vec2(28.0, 28.0));
    let mut at = ui.new_child(UiBuilder::new().max_rect(place).id_salt("more"));
    row_menu::row_menu_ui(app, &mut at, row, &response);

    let picture = Rect::from_min_max(
        pos2(rect.left() + 1.0, rect.top() + HEAD),
        pos2(rect.right() - 1.0, rect.bottom() - FOOT),
    );
    picture_ui(app, ui, p, picture, row);
    let middle = rect.bottom() - FOOT + 24.0;
    let starts =
        row.path.as_deref().is_some_and(|path| app.schedules.of_path(path).next().is_some());
    if starts {
        let place = Rect::from_min_max(pos2(left, middle - 20.0), pos2(right, middle + 20.0));
        next_start::next_start_ui(app, ui, place, row);
    } else {
        let (upper, lower) = row::last_words(app, p, row);
        let upper_at = if lower.is_empty() { middle } else { middle - 9.0 };
        put(ui, left, upper_at, &upper, theme::sans(theme::BODY), p.dim, right - left);
        put(ui, left, middle + 9.0, &lower, theme::sans(theme::SMALL), p.faint, right - left);
    }
    // Few bars stand at the left as well.
    let bars = row.recent.len().min(20) as f32;
    let strip = Rect::from_min_max(
        pos2(left + (bars - 20.0) * row::BAR, rect.bottom() - 40.0),
        pos2(left + bars * row::BAR, rect.bottom() - 12.0),
    );
    row::strip_ui(app, ui, p, strip, row);
    let place = Rect::from_min_size(pos2(right - 78.0, rect.bottom() - 40.0), vec2(80.0, 28.0));
    let mut at = ui.new_child(
        UiBuilder::new()
            .max_rect(place)
            .id_salt("run")
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    let name = format!("Run {title}");
    let button = Button::secondary("Run").icon(icon::PLAY).name(&name).refused(row::refused(row));
    if button.asks().show(&mut at).clicked()
        && let Some(path) = &row.path
    {
        app.send(Command::RunFile(path.clone()));
    }
}

/// The graph, on the ground of the canvas.
fn picture_ui(app: &mut App, ui: &Ui, p: &Palette, rect: Rect, row: &WorkflowRow) {
    ui.painter().rect_filled(rect, CornerRadius::ZERO, p.bg);
    let (Some(digest), Some(path)) = (&row.digest, &row.path) else {
        let words = if row.path.is_none() { "Its file is gone" } else { "Too large to be shown" };
        return words_ui(ui, p, rect, words);
    };
    match app.thumbnails.see(digest, path) {
        Seen::Picture(scene, picture) => picture.show(ui, rect, &scene),
        Seen::Nothing => {
            let words = if row.errors > 0 { "It cannot be shown" } else { "No tasks yet" };
            words_ui(ui, p, rect, words);
        }
        Seen::Unknown => {}
    }
}

fn words_ui(ui: &Ui, p: &Palette, rect: Rect, words: &str) {
    let galley = elide(ui.ctx(), words, theme::sans(theme::SMALL), p.faint, rect.width() - 16.0);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, p.faint);
}
