//! How a workflow fares: its runs beside each other, the newest at the right; a bar for how long each took, and below it a
//! cell for each task.

pub(super) mod cells;

use egui::{
    Key, Modifiers, Rect, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2,
};
use millrace_api::grid::Fared;
use millrace_model::event::TaskState;

use crate::app::App;
use crate::command::{Command, GridCommand};
use crate::state::{GridCell, GridView};
use crate::theme::icons::icon;
use crate::theme::{self, Palette, run_look, task_look};
use crate::widgets::{Button, elide, hairline_h, menu_frame, wrapped};
use crate::words;

use cells::Cells;

/// Between the left sides of two columns.
const PITCH: f32 = 17.0;
/// Of a cell.
const CELL: f32 = 13.0;
/// Of a row.
const ROW: f32 = 22.0;
/// Of the bars with what is above and below them.
const BARS: f32 = 84.0;
/// Of the longest bar.
const BAR: f32 = 56.0;
/// Of the names at the left.
const NAMES: f32 = 220.0;
/// Below the last row and right of the newest run.
const MARGIN: f32 = 24.0;

/// Draws the tab.
pub(super) fn grid_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    if app.grid.view.runs.is_empty() {
        return nothing_ui(app, ui);
    }
    keys_ui(app, ui);
    let body = ui.available_rect_before_wrap();
    body_ui(app, ui, p, body);
}

/// `Last 36 runs · 92 % succeeded · median 4.2 s`
pub(super) fn summary(count: usize, has_more: bool, fared: &Fared) -> String {
    if count == 0 {
        return String::new();
    }
    let grouped = words::grouped(count as u64);
    let mut parts = vec![match (count, has_more) {
        (1, false) => "1 run".to_owned(),
        (1, true) => "Last run".to_owned(),
        (_, true) => format!("Last {grouped} runs"),
        (_, false) => format!("All {grouped} runs"),
    }];
    parts.extend(fared.percent().map(|percent| format!("{percent} % succeeded")));
    parts.extend(fared.median_us.map(|us| format!("median {}", words::duration_us(us))));
    parts.join(" · ")
}

/// What stands there where there is nothing to draw.
pub(super) fn nothing_ui(app: &mut App, ui: &mut Ui) {
    let view = &app.grid.view;
    match (view.error.clone(), view.loaded) {
        (Some(error), _) => super::unread_ui(app, ui, "The runs cannot be read", &error),
        (None, false) => super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading the runs", ""),
        (None, true) => {
            let text = "Here its runs will stand beside each other: how long each took, and how each task ended.";
            super::empty_ui(ui, icon::GRID_FOUR, "It has not run yet", text);
        }
    }
}

/// The keys, while nothing else has the keyboard.
fn keys_ui(app: &mut App, ui: &Ui) {
    if !super::has_keys(app, ui) {
        return;
    }
    let far = i64::from(u32::MAX);
    for (key, older, down) in [
        (Key::ArrowLeft, 1, 0),
        (Key::ArrowRight, -1, 0),
        (Key::ArrowDown, 0, 1),
        (Key::ArrowUp, 0, -1),
        (Key::Home, far, 0),
        (Key::End, -far, 0),
        (Key::PageDown, 0, 20),
        (Key::PageUp, 0, -20),
    ] {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            app.grid.view.step(older, down);
            app.grid.follow_cursor = true;
        }
    }
    let Some(cell) = app.grid.view.cursor.clone() else { return };
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter)) {
        app.send(open(cell));
    } else if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::C)) {
        match app.grid.view.with_before(cell.run) {
            Ok(runs) => app.send(Command::Grid(GridCommand::Compare(runs, cell.task))),
            Err(why) => app.toasts.fail(why, None),
        }
    }
}

/// The menu of a cell, or of a run's bar. A cell that was chosen before can be compared with it, too.
fn menu_ui(app: &mut App, ui: &mut Ui, cell: &GridCell) {
    menu_frame(ui);
    let item = |app: &mut App, ui: &mut Ui, picture, words: &str, command, why| {
        let button = Button::quiet(words).icon(picture).width(ui.available_width());
        if button.refused(why).show(ui).clicked() {
            app.send(command);
            ui.close();
        }
    };
    item(app, ui, icon::ARROW_RIGHT, "Open", open(cell.clone()), None);
    let before = app.grid.view.with_before(cell.run);
    let why = before.as_ref().err().map(|why| (*why).to_owned());
    let command = GridCommand::Compare(before.unwrap_or([cell.run; 2]), cell.task.clone());
    let words = "Compare with the run before";
    item(app, ui, icon::COPY_SIMPLE, words, Command::Grid(command), why);
    let chosen = app.grid.view.cursor.as_ref().map(|chosen| chosen.run);
    if let Some(chosen) = chosen
        && let Some(runs) = app.grid.view.in_order(chosen, cell.run)
    {
        let words = format!("Compare with run {chosen:.8}, which is chosen");
        let command = GridCommand::Compare(runs, cell.task.clone());
        item(app, ui, icon::COPY_SIMPLE, &words, Command::Grid(command), None);
    }
}

fn open(cell: GridCell) -> Command {
    match cell.task {
        Some(task) => Command::Grid(GridCommand::Open(cell.run, task)),
        None => Command::OpenRun(cell.run),
    }
}

/// Where things lie in this frame.
struct Frame {
    /// All of it, with the names.
    all: Rect,
    /// The columns.
    plot: Rect,
    /// The left side of the oldest column.
    left: f32,
    /// The top of the first row.
    top: f32,
    columns: usize,
    rows: usize,
}

impl Frame {
    /// The left side of a column, counted from the newest.
    fn x(&self, column: usize) -> f32 {
        self.left + (self.columns - 1 - column) as f32 * PITCH
    }

    fn cell(&self, column: usize, row: usize) -> Rect {
        let y = self.top + row as f32 * ROW + (ROW - CELL) / 2.0;
        Rect::from_min_size(pos2(self.x(column), y), vec2(CELL, CELL))
    }

    /// The room of all bars: it stays where it is when rows are scrolled.
    fn bars(&self) -> Rect {
        Rect::from_min_max(self.plot.min, pos2(self.plot.right(), self.plot.top() + BARS))
    }

    /// The room of the rows.
    fn body(&self) -> Rect {
        Rect::from_min_max(pos2(self.all.left(), self.bars().bottom()), self.all.max)
    }

    /// The columns in view, counted from the newest.
    fn columns_seen(&self) -> std::ops::Range<usize> {
        let from_left = |x: f32| ((x - self.left) / PITCH).floor().max(0.0) as usize;
        let first = from_left(self.plot.left()).min(self.columns);
        let end = (from_left(self.plot.right()) + 1).min(self.columns);
        self.columns - end..self.columns - first
    }

    fn rows_seen(&self) -> std::ops::Range<usize> {
        let body = self.body();
        let first = ((body.top() - self.top) / ROW).floor().max(0.0) as usize;
        let end = ((body.bottom() - self.top) / ROW).ceil().max(0.0) as usize;
        first.min(self.rows)..end.min(self.rows)
    }

    /// What is at a point: a column, and a row or its bar.
    fn at(&self, point: egui::Pos2) -> Option<(usize, Option<usize>)> {
        if !self.plot.contains(point) || point.x < self.left - 2.0 {
            return None;
        }
        let from_left = ((point.x - self.left + 2.0) / PITCH).floor().max(0.0) as usize;
        let column = (self.columns - 1).checked_sub(from_left)?;
        if self.bars().contains(point) {
            return Some((column, None));
        }
        let row = ((point.y - self.top) / ROW).floor();
        let row = if row < 0.0 { return None } else { row as usize };
        (row < self.rows).then_some((column, Some(row)))
    }
}

fn body_ui(app: &mut App, ui: &mut Ui, p: &Palette, body: Rect) {
    let names = NAMES.min(body.width() * 0.4);
    let (columns, rows) = (app.grid.view.runs.len(), app.grid.view.tasks.len());
    let width = columns as f32 * PITCH + MARGIN;
    let height = BARS + rows as f32 * ROW + MARGIN;
    let room = vec2(body.width() - names, body.height());
    let mut area = ScrollArea::both().id_salt("grid").auto_shrink([false, false]);
    let furthest = (width - room.x).max(0.0);
    let mut from_newest = app.grid.from_newest.clamp(0.0, furthest);
    let is_moved = std::mem::take(&mut app.grid.follow_cursor);
    let place = app.grid.view.cursor.as_ref().and_then(|cell| app.grid.view.place(cell));
    if let Some((column, row)) = place.filter(|_| is_moved) {
        let right = column as f32 * PITCH;
        from_newest = from_newest
            .clamp((right + PITCH + MARGIN * 2.0 - room.x).max(0.0), right)
            .min(furthest);
        if let Some(row) = row {
            let id = ui.id().with("grid_rows_seen");
            let seen: f32 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
            let lowest = (row + 1) as f32 * ROW + BARS + MARGIN - room.y;
            area = area.vertical_scroll_offset(
                seen.clamp(lowest.max(0.0), (row as f32 * ROW).max(lowest.max(0.0))),
            );
        }
    }
    // Older runs come in at the left: what is in view stays where it is.
    if is_moved || app.grid.width != width {
        area = area.horizontal_scroll_offset(furthest - from_newest);
    }
    let mut child = ui.new_child(UiBuilder::new().max_rect(body).id_salt("grid_body"));
    child.set_clip_rect(body.intersect(ui.clip_rect()));
    let output = area.show_viewport(&mut child, |ui, viewport| {
        ui.set_width(names + width);
        ui.set_height(height);
        let origin = ui.min_rect().min;
        let plot = Rect::from_min_max(pos2(body.left() + names, body.top()), body.max);
        Frame {
            all: body,
            plot,
            left: origin.x + names,
            top: body.top() + BARS - viewport.top(),
            columns,
            rows,
        }
    });
    let seen = output.state.offset;
    ui.data_mut(|data| data.insert_temp(ui.id().with("grid_rows_seen"), seen.y));
    app.grid.width = width;
    app.grid.from_newest = (furthest - seen.x).max(0.0);
    let frame = output.inner;
    app.grid.sees_oldest = frame.left + PITCH * 8.0 > frame.plot.left();
    let response = child.interact(frame.plot, child.id().with("cells"), Sense::click());
    let hovered = response.hover_pos().and_then(|point| frame.at(point));
    let view = &app.grid.view;
    draw(&child, p, &frame, view, hovered, place);
    let told = hovered.or(place).and_then(|(column, row)| describe(view, column, row));
    let words = told.unwrap_or_else(|| summary(view.runs.len(), view.has_more(), &view.fared));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
    if response.secondary_clicked() {
        app.grid.menu_of = hovered.and_then(|(column, row)| app.grid.view.cell(column, row));
    }
    if let Some(cell) = app.grid.menu_of.clone() {
        response.context_menu(|ui| menu_ui(app, ui, &cell));
    }
    let view = &app.grid.view;
    let Some((column, row)) = hovered else { return };
    let clicked = response.clicked().then(|| view.cell(column, row)).flatten();
    let only_chosen = child.input(|input| input.modifiers.command);
    let now = app.backend.now();
    let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    response.on_hover_ui_at_pointer(|ui| {
        let Some(run) = view.runs.get(column) else { return };
        let small = || theme::sans(theme::BODY);
        if let Some(at) = row {
            wrapped(ui, &shown_name(view, at), theme::semibold(theme::BODY), p.text);
            wrapped(ui, &cell_words(view, column, at), small(), p.text);
        }
        let offset = app.backend.local_offset_secs(run.queued);
        let when = words::day_and_clock(run.queued, now, offset);
        wrapped(ui, &format!("Run {:.8} · {when}", run.run), small(), p.dim);
        let look = run_look(p, run.state);
        let length =
            run.took_us.map(|us| format!(", took {}", words::duration_us(us))).unwrap_or_default();
        wrapped(ui, &format!("{}{length}", look.word), small(), p.dim);
    });
    if let Some(cell) = clicked {
        app.grid.view.cursor = Some(cell.clone());
        if !only_chosen {
            app.send(open(cell));
        }
    }
}

fn shown_name(view: &GridView, row: usize) -> String {
    let task = &view.tasks[row];
    task.title.clone().unwrap_or_else(|| task.task.to_string())
}

/// `failed, took 4.1 s`
fn cell_words(view: &GridView, column: usize, row: usize) -> String {
    match view.at(column, row) {
        Some((state, Some(us))) => format!("{}, took {}", state.label(), words::duration_us(us)),
        Some((state, None)) => state.label().to_owned(),
        None => "not in this run".to_owned(),
    }
}

/// A cell for those who cannot see it.
fn describe(view: &GridView, column: usize, row: Option<usize>) -> Option<String> {
    let run = view.runs.get(column)?;
    Some(match row {
        Some(row) => format!(
            "{}, {}, run {:.8}",
            shown_name(view, row),
            cell_words(view, column, row),
            run.run
        ),
        None => {
            let length = run
                .took_us
                .map(|us| format!(", took {}", words::duration_us(us)))
                .unwrap_or_default();
            format!("Run {:.8}, {}{length}", run.run, run.state)
        }
    })
}

fn draw(
    ui: &Ui,
    p: &Palette,
    frame: &Frame,
    view: &GridView,
    hovered: Option<(usize, Option<usize>)>,
    cursor: Option<(usize, Option<usize>)>,
) {
    let (columns, rows) = (frame.columns_seen(), frame.rows_seen());
    let body = frame.body();
    let names = ui.painter().with_clip_rect(body.intersect(ui.clip_rect()));
    if let Some((_, Some(at))) = hovered.or(cursor) {
        let top = frame.top + at as f32 * ROW;
        let line = Rect::from_x_y_ranges(body.x_range(), top..=top + ROW);
        names.rect_filled(line, 0, p.hover.gamma_multiply(0.5));
    }
    let left = body.left() + 24.0;
    for at in rows.clone() {
        let ink = if view.tasks[at].gone { p.faint } else { p.dim };
        let room = frame.plot.left() - 16.0 - left;
        let name = elide(ui.ctx(), &shown_name(view, at), theme::sans(theme::BODY), ink, room);
        let y = frame.top + at as f32 * ROW + (ROW - name.size().y) / 2.0;
        names.galley(pos2(left, y), name, ink);
    }
    let mut cells = Cells::new(p);
    for column in columns.clone() {
        for at in rows.clone() {
            if let Some((state, _)) = view.at(column, at) {
                cells.add(frame.cell(column, at), state);
            }
        }
    }
    let inside = body.intersect(frame.plot).intersect(ui.clip_rect());
    ui.painter().with_clip_rect(inside).add(cells.mesh());
    let mut bars = Cells::new(p);
    let ground = frame.bars();
    for column in columns {
        let run = &view.runs[column];
        let part = run.took_us.unwrap_or(0) as f32 / view.longest_us.max(1) as f32;
        let tall = (part * BAR).max(3.0);
        let bottom = ground.bottom() - 10.0;
        let bar = Rect::from_min_max(
            pos2(frame.x(column), bottom - tall),
            pos2(frame.x(column) + CELL, bottom),
        );
        bars.bar(bar, run_look(p, run.state).color);
    }
    ui.painter().with_clip_rect(ground.intersect(ui.clip_rect())).add(bars.mesh());
    hairline_h(ui.painter(), frame.all.x_range(), ground.bottom() - 0.5, p.line);
    let longest = format!("longest {}", words::duration_us(view.longest_us));
    let longest =
        elide(ui.ctx(), &longest, theme::sans(theme::SMALL), p.faint, frame.plot.left() - left);
    ui.painter().galley(pos2(left, ground.bottom() - 10.0 - BAR), longest, p.faint);
    for (place, ink) in [(cursor, p.accent), (hovered, p.text)] {
        let Some((column, at)) = place else { continue };
        mark(ui, p, frame, view, (column, at), ink);
    }
}

/// A frame around a cell with the icon of its state in it, or around a bar.
fn mark(
    ui: &Ui,
    p: &Palette,
    frame: &Frame,
    view: &GridView,
    (column, row): (usize, Option<usize>),
    ink: egui::Color32,
) {
    let stroke = egui::Stroke::new(1.5, ink);
    let Some(row) = row else {
        let ground = frame.bars();
        let bar = Rect::from_min_max(
            pos2(frame.x(column) - 2.0, ground.top() + 8.0),
            pos2(frame.x(column) + CELL + 2.0, ground.bottom() - 8.0),
        );
        let painter = ui.painter().with_clip_rect(ground.intersect(ui.clip_rect()));
        painter.rect_stroke(bar, 4, stroke, egui::StrokeKind::Inside);
        return;
    };
    let inside = frame.body().intersect(frame.plot).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(inside);
    let cell = frame.cell(column, row);
    if let Some((state, _)) = view.at(column, row) {
        let look = task_look(p, state);
        painter.rect_filled(cell.expand(1.0), 4, p.bg);
        let font = theme::icons::fill_font(CELL);
        crate::widgets::glyph(&painter, cell.center(), look.icon, font, look.color);
    }
    painter.rect_stroke(cell.expand(2.5), 5, stroke, egui::StrokeKind::Inside);
}

/// Whether a cell has a cross: a failure is seen without colours.
fn is_crossed(state: TaskState) -> bool {
    matches!(state, TaskState::Failed | TaskState::Error)
}
