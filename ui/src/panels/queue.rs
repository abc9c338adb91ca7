//! What runs and what waits, above the list of all runs, in the order in which places and turns come to them.

use egui::{CursorIcon, Key, Modifiers, Popup, Rect, Response, ScrollArea, Sense, Ui, UiBuilder};
use egui::{pos2, vec2};
use millrace_api::queue::{Queue, QueuePlace, QueuedRun};
use millrace_model::event::RunState;
use millrace_model::ids::RunId;

use super::cells::put;
use super::padded;
use super::runs::{Columns, RUN_ROW};
use crate::app::{App, sentence};
use crate::command::{Command, QueueCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{Palette, run_look};
use crate::widgets::{Button, asking_menu_item, glyph, list_row, menu_frame, menu_item, menu_line};
use crate::words;

/// Rows that are seen at once; the list of all runs keeps its room.
const ROWS: usize = 6;

/// Draws the rows.
pub(super) fn queue_ui(app: &mut App, ui: &mut Ui, queue: &Queue, columns: &Columns) {
    let rows = queue.runs.len();
    let height = RUN_ROW * rows.min(ROWS) as f32;
    let area = ScrollArea::vertical()
        .id_salt("queue")
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false; 2]);
    let mut top = None;
    let mut command = None;
    let output = area.show_rows(ui, RUN_ROW, rows, |ui, range| {
        padded(ui, 16, 0, |ui| {
            let first = range.start as f32;
            top = Some(ui.next_widget_position().y - RUN_ROW * first);
            for index in range {
                command = row_ui(app, ui, queue, index, columns).or(command.take());
            }
        });
    });
    if let (Some(run), Some(top)) = (app.queue_shown.dragged, top) {
        command = drag_ui(app, ui, queue, (run, top), output.inner_rect).or(command);
    }
    if let Some(command) = command {
        app.send(command);
    }
}

/// `2 of 8 tasks at a time · pool db 1 of 2`: how much of what runs share is taken.
pub(super) fn places_words(queue: &Queue) -> String {
    if queue.runs.is_empty() {
        return "Nothing runs and nothing waits".to_owned();
    }
    let tasks = format!("{} of {} tasks at a time", queue.running_tasks, queue.parallel_tasks);
    let pools = queue
        .pools
        .iter()
        .map(|pool| format!("pool {} {} of {}", pool.name, pool.used, pool.slots));
    [tasks].into_iter().chain(pools).collect::<Vec<_>>().join(" · ")
}

fn row_ui(
    app: &mut App,
    ui: &mut Ui,
    queue: &Queue,
    index: usize,
    columns: &Columns,
) -> Option<Command> {
    let p = Palette::of(ui);
    let it = &queue.runs[index];
    let (run, row) = (it.row.run, &it.row);
    let look = run_look(p, row.state);
    let title = row.title.as_deref().unwrap_or(row.workflow.as_str());
    let why = why_words(app, it);
    let state = state_words(it, app.queue_shown.stopping.contains(&run), look.word);
    let name = match why.is_empty() {
        true => format!("{} in the queue: {title}, {state}", index + 1),
        false => format!("{} in the queue: {title}, {state}: {why}", index + 1),
    };
    let (rect, response) = list_row(ui, ("queued", run), &name, RUN_ROW, false);
    let middle = rect.center().y;
    let at = pos2(rect.left() + columns.state, middle);
    glyph(ui.painter(), at, look.icon, icons::fill_font(16.0), look.color);
    let offset = app.backend.local_offset_secs(row.queued);
    let since = words::day_and_clock(row.queued, app.backend.now(), offset);
    let is_waiting = row.state == RunState::Queued || it.waiting > 0;
    for (from, to, text, ink) in [
        (columns.workflow, columns.when, title, p.text),
        (columns.when, columns.took, since.as_str(), p.dim),
        (columns.took, columns.by, state.as_str(), p.dim),
        (columns.by, columns.cause, words::row_trigger(row).as_str(), p.dim),
        (columns.cause, columns.end, why.as_str(), if is_waiting { p.waiting } else { p.dim }),
    ] {
        put(ui, pos2(rect.left() + from, middle), text, ink, to - from - 16.0);
    }
    handle_ui(app, ui, rect, run, title);
    let moves = Moves::of(&queue.runs, index);
    let mut command = buttons_ui(app, ui, rect, (it, title), &moves, &response);
    if response.has_focus() {
        command = moves.by_key(ui).or(command);
    }
    if command.is_none() && response.clicked() {
        command = Some(Command::OpenRun(run));
    }
    if !why.is_empty() {
        response.on_hover_text(why);
    }
    command
}

/// Why it waits, with the title of the task where it is a task that does.
fn why_words(app: &App, it: &QueuedRun) -> String {
    let Some(wait) = &it.why else { return String::new() };
    if it.row.state == RunState::Queued {
        return sentence(&wait.why);
    }
    let task = app.task_title(&it.row.workflow, wait.task.task.as_str());
    let task = task.unwrap_or_else(|| wait.task.to_string());
    format!("{task}: {}", wait.why)
}

/// `Queued`, `2 tasks run, 3 wait`.
fn state_words(it: &QueuedRun, is_stopping: bool, word: &str) -> String {
    let many = |count: u32| count as usize;
    match (it.running, it.waiting) {
        _ if is_stopping => "Stopping".to_owned(),
        _ if it.row.state != RunState::Running => sentence(word),
        (0, 0) => sentence(word),
        (0, waiting) => words::count(many(waiting), "task waits", "tasks wait"),
        (running, 0) => words::count(many(running), "task runs", "tasks run"),
        (running, waiting) => {
            let running = words::count(many(running), "task runs", "tasks run");
            format!("{running}, {}", words::count(many(waiting), "waits", "wait"))
        }
    }
}

/// Where a run can go from its place.
struct Moves {
    run: RunId,
    up: Option<QueuePlace>,
    down: Option<QueuePlace>,
}

impl Moves {
    fn of(runs: &[QueuedRun], index: usize) -> Self {
        let before = |at: usize| runs.get(at).map(|it| QueuePlace::Before(it.row.run));
        let up = index.checked_sub(1).and_then(before);
        let has_next = index + 1 < runs.len();
        let down = has_next.then(|| before(index + 2).unwrap_or(QueuePlace::Last));
        Self { run: runs[index].row.run, up, down }
    }

    fn command(&self, to: QueuePlace) -> Command {
        Command::Queue(QueueCommand::Move { run: self.run, to })
    }

    /// What the keys say to the row that has the focus.
    fn by_key(&self, ui: &Ui) -> Option<Command> {
        let (first, last) = (QueuePlace::First, QueuePlace::Last);
        let keys = [
            (Key::ArrowUp, self.up),
            (Key::ArrowDown, self.down),
            (Key::Home, self.up.map(|_| first)),
            (Key::End, self.down.map(|_| last)),
        ];
        let mut pressed = keys
            .into_iter()
            .filter(|(key, _)| ui.input_mut(|input| input.consume_key(Modifiers::ALT, *key)));
        pressed.next().and_then(|(_, to)| to).map(|to| self.command(to))
    }
}

fn buttons_ui(
    app: &mut App,
    ui: &mut Ui,
    rect: Rect,
    (it, title): (&QueuedRun, &str),
    moves: &Moves,
    response: &Response,
) -> Option<Command> {
    let size = vec2(96.0, 28.0);
    let place =
        Rect::from_min_size(pos2(rect.right() - 8.0 - size.x, rect.center().y - 14.0), size);
    let mut bar = ui.new_child(
        UiBuilder::new()
            .max_rect(place)
            .id_salt(("queue buttons", moves.run))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let ui = &mut bar;
    ui.spacing_mut().item_spacing.x = 4.0;
    let mut command = None;
    for (picture, words, keys, to, refused) in [
        (icon::ARROW_UP, "up", "Alt+↑", moves.up, "It is the first already"),
        (icon::ARROW_DOWN, "down", "Alt+↓", moves.down, "It is the last already"),
    ] {
        let name = format!("Move {title} {words}");
        let why = to.is_none().then(|| refused.to_owned());
        let tip = format!("Move {words}  ·  {keys}");
        let button = Button::quiet_icon(picture, &name).tip(tip).refused(why).asks().show(ui);
        if let Some(to) = to.filter(|_| button.clicked()) {
            command = Some(moves.command(to));
        }
    }
    let name = format!("More about {title} in the queue");
    let button = Button::quiet_icon(icon::DOTS_THREE, &name).show(ui);
    let is_stopping = app.queue_shown.stopping.contains(&it.row.run);
    let mut menu = |ui: &mut Ui| command = menu_ui(ui, moves, is_stopping).or(command.take());
    Popup::menu(&button).show(|ui| menu(ui));
    response.context_menu(|ui| menu(ui));
    command
}

fn menu_ui(ui: &mut Ui, moves: &Moves, is_stopping: bool) -> Option<Command> {
    menu_frame(ui);
    let mut command = None;
    let mut item = |ui: &mut Ui, picture: &str, words: &str, keys: &str, then: Command| {
        let row = match then {
            Command::Queue(_) => asking_menu_item,
            _ => menu_item,
        };
        if row(ui, picture, words, keys) {
            command = Some(then);
        }
    };
    item(ui, icon::ARROW_RIGHT, "Open run", "", Command::OpenRun(moves.run));
    menu_line(ui);
    if let Some(up) = moves.up {
        let first = moves.command(QueuePlace::First);
        item(ui, icon::ARROW_LINE_UP, "Move first", "Alt+Home", first);
        item(ui, icon::ARROW_UP, "Move up", "Alt+↑", moves.command(up));
    }
    if let Some(down) = moves.down {
        item(ui, icon::ARROW_DOWN, "Move down", "Alt+↓", moves.command(down));
        item(ui, icon::ARROW_LINE_DOWN, "Move last", "Alt+End", moves.command(QueuePlace::Last));
    }
    if moves.up.is_some() || moves.down.is_some() {
        menu_line(ui);
    }
    let words = if is_stopping { "Stop now" } else { "Stop" };
    item(ui, icon::STOP, words, "", Command::Queue(QueueCommand::Cancel(moves.run)));
    command
}

/// What a run is dragged by.
fn handle_ui(app: &mut App, ui: &mut Ui, rect: Rect, run: RunId, title: &str) {
    let p = Palette::of(ui);
    let center = pos2(rect.left() - 4.0, rect.center().y);
    let spot = Rect::from_center_size(center, vec2(18.0, RUN_ROW - 8.0));
    let handle = ui.interact(spot, ui.id().with(("handle", run)), Sense::drag());
    let name = format!("Drag {title}");
    handle.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Other, true, &name));
    let is_dragged = app.queue_shown.dragged == Some(run);
    let ink = if handle.hovered() || is_dragged { p.text } else { p.faint };
    glyph(ui.painter(), center, icon::DOTS_SIX_VERTICAL, icons::font(15.0), ink);
    if handle.drag_started() {
        app.queue_shown.dragged = Some(run);
    }
    let cursor = if is_dragged { CursorIcon::Grabbing } else { CursorIcon::Grab };
    handle.on_hover_cursor(cursor).on_hover_text("Drag to another place  ·  Alt+↑  ·  Alt+↓");
}

/// The line where the dragged run would go, and its going there when it is let go.
fn drag_ui(
    app: &mut App,
    ui: &Ui,
    queue: &Queue,
    (run, top): (RunId, f32),
    shown: Rect,
) -> Option<Command> {
    let p = Palette::of(ui);
    let pointer = ui.input(|input| input.pointer.interact_pos());
    let escaped = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    let from = queue.runs.iter().position(|it| it.row.run == run);
    let (Some(pointer), Some(from), false) = (pointer, from, escaped) else {
        app.queue_shown.dragged = None;
        return None;
    };
    let gap = ((pointer.y - top) / RUN_ROW).round().clamp(0.0, queue.runs.len() as f32) as usize;
    // The gaps above and below itself are where it is.
    let stays = gap == from || gap == from + 1;
    if !stays {
        let y = (top + RUN_ROW * gap as f32).clamp(shown.top() + 1.0, shown.bottom() - 1.0);
        let x = shown.x_range().shrink(16.0);
        ui.painter().hline(x, y, egui::Stroke::new(2.0, p.accent));
    }
    if ui.input(|input| input.pointer.any_down()) {
        return None;
    }
    app.queue_shown.dragged = None;
    let to = match queue.runs.get(gap) {
        _ if gap == 0 => QueuePlace::First,
        Some(next) => QueuePlace::Before(next.row.run),
        None => QueuePlace::Last,
    };
    (!stays).then_some(Command::Queue(QueueCommand::Move { run, to }))
}
