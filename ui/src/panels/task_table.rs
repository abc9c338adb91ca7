//! The tasks of a run as a table that can be sorted and filtered; mapped ones unfold to their items.

use egui::{
    Color32, CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, WidgetType,
    pos2, vec2,
};
use millrace_model::event::{TaskRun, TaskState};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;

use super::cells::{items_caret, kind_tile};
use super::items::{Click, shown_of};
use super::task_rows::length;
use crate::app::App;
use crate::state::task_table::{Column, TableRow};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, task_look};
use crate::widgets::{elide, glyph, hairline_h, list_row, virtual_rows};
use crate::words;

const HEAD: f32 = 30.0;
/// Between a column's side and what stands in it.
const INSET: f32 = 8.0;
/// The column of names is no narrower.
const NARROWEST: f32 = 180.0;

/// Which columns there is room for, and where each lies.
fn columns(rect: Rect) -> Vec<(Column, f32, f32)> {
    let width = |column: Column| match column {
        Column::Task => NARROWEST,
        Column::State => 132.0,
        Column::Tries | Column::Exit => 64.0,
        Column::Started => 84.0,
        _ => 82.0,
    };
    // Where there is little room, what people look at least goes first.
    let mut shown = Column::ALL.to_vec();
    for least in [
        Column::Cpu,
        Column::Printed,
        Column::Started,
        Column::Memory,
        Column::Exit,
        Column::Waited,
        Column::Tries,
        Column::Usual,
    ] {
        if shown.iter().map(|column| width(*column)).sum::<f32>() <= rect.width() {
            break;
        }
        shown.retain(|column| *column != least);
    }
    let rest = rect.width() - shown.iter().map(|column| width(*column)).sum::<f32>();
    let mut left = rect.left();
    let places = shown.into_iter().map(|column| {
        let more = if column == Column::Task { rest.max(0.0) } else { 0.0 };
        let place = (column, left, width(column) + more);
        left += place.2;
        place
    });
    places.collect()
}

/// Draws the tab.
pub(super) fn task_table_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let now = app.backend.now();
    let Some(shown) = &mut app.run else { return };
    let Some(live) = &shown.watch.live else { return };
    let Some(run) = live.run.clone() else { return };
    let place = &mut shown.place;
    let usual = place.usual.as_ref();
    place.table.update(&run, &place.names, usual, &shown.watch.items, live.revision);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0, p.panel);
    let inner = Rect::from_min_max(
        pos2(rect.left() + 8.0, rect.top()),
        pos2(rect.right() - 8.0, rect.bottom()),
    );
    let columns = columns(inner);
    if let Some(column) = head_ui(ui, p, &columns, inner, place.table.sort()) {
        place.table.sort_by(column);
        ui.ctx().request_repaint();
    }
    let body = Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD), rect.max);
    let mut list = ui.new_child(UiBuilder::new().max_rect(body).id_salt("table"));
    list.set_clip_rect(body.intersect(ui.clip_rect()));
    let reveal = place.reveal.take();
    let shown = &*shown;
    let rows = &shown.place.table.rows;
    if rows.is_empty() {
        let (title, text) = match shown.place.table.filter.trim() {
            "" => ("No tasks", "This run has none."),
            _ => ("No task fits", "Names, states and causes are looked at."),
        };
        return super::empty_ui(&mut list, icon::LIST_BULLETS, title, text);
    }
    let is_it = |row: &TableRow| {
        let key = run.tasks.get_index(row.place).map(|(key, _)| &key.task);
        reveal.as_ref().is_some_and(|it| Some(&it.task) == key && it.item == row.item)
    };
    let reveal = reveal.as_ref().and_then(|_| rows.iter().position(is_it));
    let has_items = run.tasks.values().any(|task| task.mapped.is_some());
    let offset = app.backend.local_offset_secs(run.queued);
    let mut clicked = None;
    virtual_rows(&mut list, "tasks", theme::ROW, rows.len(), reveal, |ui, range| {
        super::padded(ui, 8, 0, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for row in &rows[range] {
                let Some((whole, task)) = run.tasks.get_index(row.place) else { continue };
                let key = TaskKey { task: whole.task.clone(), item: row.item };
                let Some(of) = run.task(&key) else { continue };
                let drawn = Drawn {
                    row,
                    key: &key,
                    of,
                    title: shown.place.names.of(&run, &key),
                    kind: shown.place.names.kind(row.place),
                    value: row.item.and_then(|item| Some(shown_of(task.mapped.as_ref()?, item))),
                    is_selected: match row.item {
                        None => shown.watch.canvas.selected.contains(&key.task),
                        Some(_) => shown.watch.items.chosen.as_ref() == Some(&key),
                    },
                    indent: if has_items { 18.0 } else { 0.0 },
                    is_open: shown.watch.items.open.contains(&key.task),
                };
                if let Some(click) = drawn.show(ui, p, &columns, (now, offset)) {
                    clicked = Some((key, click));
                }
            }
        });
    });
    if let Some((key, click)) = clicked {
        click.follow(app, key);
    }
}

/// The heads of the columns; the one that was clicked.
fn head_ui(
    ui: &Ui,
    p: &Palette,
    columns: &[(Column, f32, f32)],
    rect: Rect,
    sort: Option<(Column, bool)>,
) -> Option<Column> {
    let mut clicked = None;
    for (column, left, width) in columns {
        let room = Rect::from_min_size(pos2(*left, rect.top()), vec2(*width, HEAD));
        let id = ui.id().with(("column", column.word()));
        let response = ui.interact(room, id, Sense::click());
        let by = sort.filter(|(by, _)| by == column);
        let name = match by {
            None => format!("Sort by {}", column.word()),
            Some((_, true)) => format!("Sort by {}, sorted from the largest", column.word()),
            Some((_, false)) => format!("Sort by {}, sorted from the smallest", column.word()),
        };
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
        let lit = response.hovered() || by.is_some();
        let ink = if lit { p.text } else { p.faint };
        let word = column.word().to_uppercase();
        let galley = elide(ui.ctx(), &word, theme::semibold(theme::HEAD), ink, width - 24.0);
        let arrow = if by.is_some() { 14.0 } else { 0.0 };
        let x = match is_number(*column) {
            true => left + width - INSET - galley.size().x - arrow,
            false => left + INSET,
        };
        let end = x + galley.size().x;
        ui.painter().galley(pos2(x, room.center().y - galley.size().y / 2.0), galley, ink);
        if let Some((_, falling)) = by {
            let picture = if falling { icon::ARROW_DOWN } else { icon::ARROW_UP };
            glyph(ui.painter(), pos2(end + 8.0, room.center().y), picture, icons::font(11.0), ink);
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, p.accent);
            ui.painter().rect_stroke(
                room.shrink(3.0),
                CornerRadius::same(4),
                stroke,
                StrokeKind::Inside,
            );
        }
        if response.clicked() {
            clicked = Some(*column);
        }
    }
    hairline_h(ui.painter(), ui.max_rect().x_range(), rect.top() + HEAD - 0.5, p.line);
    clicked
}

fn is_number(column: Column) -> bool {
    !matches!(column, Column::Task | Column::State)
}

/// A row with all that is drawn of it.
struct Drawn<'a> {
    row: &'a TableRow,
    key: &'a TaskKey,
    of: &'a TaskRun,
    title: String,
    kind: &'a str,
    value: Option<String>,
    is_selected: bool,
    indent: f32,
    is_open: bool,
}

impl Drawn<'_> {
    fn show(
        &self,
        ui: &mut Ui,
        p: &Palette,
        columns: &[(Column, f32, f32)],
        clock: (Timestamp, i32),
    ) -> Option<Click> {
        let look = task_look(p, self.of.state);
        let name = format!("{}, {}", self.title, look.word);
        let id = ("table", self.row.place, self.row.item);
        let (rect, response) = list_row(ui, id, &name, theme::ROW, self.is_selected);
        let middle = rect.center().y;
        let mut unfold = false;
        for (column, left, width) in columns {
            match column {
                Column::Task => unfold = self.name_ui(ui, p, *left, *width, middle),
                Column::State => {
                    let at = pos2(left + INSET + 7.0, middle);
                    glyph(ui.painter(), at, look.icon, icons::fill_font(14.0), look.color);
                    let ink = match self.of.state {
                        TaskState::Failed | TaskState::Error => p.bad,
                        _ => p.dim,
                    };
                    let room = width - 2.0 * INSET - 20.0;
                    let text = elide(ui.ctx(), look.word, theme::sans(theme::BODY), ink, room);
                    let at = pos2(left + INSET + 20.0, middle - text.size().y / 2.0);
                    ui.painter().galley(at, text, ink);
                }
                other => {
                    let (text, ink) = self.cell(p, *other, clock);
                    let room = width - 2.0 * INSET;
                    let text = elide(ui.ctx(), &text, theme::sans(theme::BODY), ink, room);
                    let at =
                        pos2(left + width - INSET - text.size().x, middle - text.size().y / 2.0);
                    ui.painter().galley(at, text, ink);
                }
            }
        }
        let click = Click::of(&response, unfold, self.of);
        if let Some(cause) = &self.of.cause {
            response.on_hover_text(crate::app::sentence(&cause.to_string()));
        }
        click
    }

    /// Caret, tile and title. Whether the caret was clicked.
    fn name_ui(&self, ui: &Ui, p: &Palette, left: f32, width: f32, middle: f32) -> bool {
        let mut unfold = false;
        let mut x = left + 4.0 + self.indent;
        if self.of.mapped.is_some() {
            let id = ui.id().with(("caret", self.row.place));
            let at = pos2(left + 12.0, middle);
            unfold = items_caret(ui, id, at, &self.title, self.is_open);
        }
        match self.key.item {
            None => {
                kind_tile(ui, pos2(x + 10.0, middle), self.kind);
                x += 28.0;
            }
            Some(_) => x += 20.0,
        }
        let words = match (&self.value, self.key.item) {
            (Some(value), Some(item)) => format!("{item}  {value}"),
            _ => self.title.clone(),
        };
        let room = (left + width - INSET - x).max(8.0);
        let text = elide(ui.ctx(), &words, theme::sans(theme::BODY), p.text, room);
        ui.painter().galley(pos2(x, middle - text.size().y / 2.0), text, p.text);
        unfold
    }

    /// A cell's words and their colour.
    fn cell(
        &self,
        p: &Palette,
        column: Column,
        (now, offset): (Timestamp, i32),
    ) -> (String, Color32) {
        let facts = &self.row.facts;
        let or_none = |text: Option<String>| text.unwrap_or_default();
        let dim = p.dim;
        match column {
            Column::Task | Column::State => (String::new(), dim),
            Column::Took => (length(self.of, now), p.text),
            Column::Usual => (or_none(facts.usual_us.map(words::duration_us)), dim),
            Column::Tries => match facts.tries {
                0 => (String::new(), dim),
                tries => (tries.to_string(), dim),
            },
            Column::Waited => match facts.waited_us {
                // Every task waits some microseconds for its place.
                0..50_000 => (String::new(), dim),
                us => (words::duration_us(us), dim),
            },
            Column::Exit => match facts.exit {
                None => (String::new(), dim),
                Some(millrace_model::event::Exit::Code(0)) => ("0".to_owned(), dim),
                Some(millrace_model::event::Exit::Code(code)) => (code.to_string(), p.bad),
                Some(millrace_model::event::Exit::Signal(signal)) => {
                    (format!("signal {signal}"), p.bad)
                }
                Some(millrace_model::event::Exit::Status(status)) => (status.to_string(), p.bad),
            },
            Column::Printed => (or_none(facts.printed.map(words::bytes)), dim),
            Column::Cpu => (or_none(facts.cpu_us.map(words::duration_us)), dim),
            Column::Memory => (or_none(facts.memory.map(words::bytes)), dim),
            Column::Started => (or_none(facts.started.map(|at| words::clock(at, offset))), dim),
        }
    }
}
